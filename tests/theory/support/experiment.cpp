#include "tests/theory/support/experiment.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/document.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"
#include "tests/theory/support/ledger.h"
#include "tests/theory/support/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace tantrum::theory {
namespace {

using namespace models;
constexpr std::size_t batchesWanted = 40;  // buckets of 1, 2 or 5 times a power of ten: 16 to 40 of them
constexpr double shareOfWarmup = 0.02;

std::string plain(double value)
{
    std::ostringstream text;
    text.precision(12);
    text << value;
    return text.str();
}

const SeriesResult::Columns& columns(const std::vector<SeriesResult::Columns>& list, const std::string& name)
{
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.name == name; });
    if (found == list.end()) throw std::runtime_error("there is no series of " + name);
    return *found;
}

// Rigorous: the stays counted (those that ended in the window) and the area under the population differ by what sticks
// out over the window's edges, which nobody's longest stay times the most that were there can exceed.
void expectLittlesLaw(const NodeResult& node, double seconds)
{
    if (node.latency.count == 0 || !(node.populationMean > 0)) return;
    const double stays = static_cast<double>(node.latency.count) * node.latency.mean;
    const double area = node.populationMean * seconds;
    const double most = node.queueMax + 4 * node.populationMean + 4;
    EXPECT_NEAR(area, stays, 2 * most * node.latency.maximum + 1e-9 * area) << "Little's law at " << node.name;
}

// With blocking: false nobody holds a worker while waiting for another node, so that workers and queue are not all.
bool countsEverybody(const scenario::Scenario& scenario, const std::string& node)
{
    const scenario::NodeEntry* entry = scenario.find(node);
    const scenario::Parameter* blocking = entry->type->find("blocking");
    return !blocking || blocking->write(entry->parameters) == "true";
}

void expectInvariants(const World& world, const scenario::Scenario& scenario, const Results& results)
{
    EXPECT_EQ(world.unaccounted(), 0) << "requests were lost or made up";
    for (const models::AuditLine& line : world.audit())
        EXPECT_NE(line.verdict, models::AuditLine::Verdict::violated)
            << line.subject << ": " << line.law << ": " << line.left << " against " << line.right << " " << line.note;
    EXPECT_EQ(results.stopReason, "");
    const double seconds = results.simulatedSeconds - scenario.warmup.inSeconds();
    for (const ClientResult& client : results.clients)
        EXPECT_EQ(client.offered, client.completed + client.failed + client.inFlight) << client.name;
    for (const NodeResult& node : results.nodes) {
        EXPECT_EQ(node.arrivals, node.completed + node.failed + node.inFlight) << node.name;
        if (node.failed == 0 && countsEverybody(scenario, node.name)) expectLittlesLaw(node, seconds);
    }
}

double intervalOf(const Quantity& quantity, const Results& results, double warmup)
{
    if (quantity.interval) return quantity.interval(results);
    if (!quantity.batch) return 0;
    std::vector<double> batches;
    const double length = results.series.bucketSeconds;
    for (std::size_t bucket = 0; (static_cast<double>(bucket) + 1) * length <= results.simulatedSeconds * (1 + 1e-9); ++bucket)
        if (static_cast<double>(bucket) * length >= warmup) batches.push_back(quantity.batch(results.series, bucket));
    return halfWidth(batches);
}

std::uint64_t base()
{
    const char* text = std::getenv("TANTRUM_THEORY_SEED");
    return text ? std::strtoull(text, nullptr, 10) : 1;
}

// Far apart, so that no two questions share their luck, whatever the base.
std::uint64_t offsetOf(int seed, int look) { return (base() - 1) * 1'000'000 + static_cast<std::uint64_t>(seed) * 1000 + static_cast<std::uint64_t>(look); }

std::string nameOfTest()
{
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    return std::string(test->test_suite_name()) + "." + test->name();
}

std::string headingOf(const Experiment& experiment)
{
    std::string heading = experiment.file;
    for (const auto& [key, value] : experiment.settings) heading += "  " + key + "=" + (value.size() > 60 ? value.substr(0, 57) + "..." : value);
    return heading;
}

// One look at a quantity in a run.
Entry lookAt(const Quantity& quantity, const Experiment& experiment, const Results& results, int look)
{
    Entry entry{.test = nameOfTest(), .experiment = headingOf(experiment), .quantity = quantity.name, .expected = quantity.expected};
    entry.got = quantity.whole(results);
    entry.interval = intervalOf(quantity, results, shareOfWarmup * results.simulatedSeconds);
    entry.allowed = std::max(quantity.tolerance * std::abs(quantity.expected), entry.interval);
    entry.seed = results.seed;
    entry.look = look;
    entry.passed = std::abs(entry.got - entry.expected) <= entry.allowed;  // NaN does not
    return entry;
}

}  // namespace

std::string textOf(const Experiment& experiment)
{
    const std::string path = std::string(TANTRUM_SOURCE_DIR) + "/scenarios/theory/" + experiment.file;
    std::ifstream stream(path);
    if (!stream) throw std::runtime_error(path + " cannot be read");
    std::ostringstream text;
    text << stream.rdbuf();
    scenario::Document document(text.str(), path, catalogue());
    for (const auto& [key, value] : experiment.settings)
        if (const auto refusal = document.set(key, value)) throw std::runtime_error(key + "=" + value + ": " + refusal->message);
    return document.text();
}

Results runOnce(const Experiment& experiment, std::uint64_t seedOffset, double factor)
{
    Experiment timed = experiment;
    const double seconds = experiment.seconds * factor / sanitizerFactor;
    timed.settings.emplace_back("duration", plain(std::ceil(seconds * 1e9)) + "ns");
    timed.settings.emplace_back("warmup", plain(std::floor(seconds * shareOfWarmup * 1e9)) + "ns");
    auto read = scenario::read(textOf(timed), experiment.file, catalogue());
    if (!read.diagnostics.empty()) throw std::runtime_error(scenario::render(read.diagnostics));
    WorldOptions options;
    options.seed = read.scenario->seed + seedOffset;
    options.mostBuckets = batchesWanted;
    const auto world = World::build(*read.scenario, options);
    world->advanceTo(world->end());
    Results results = world->results();
    expectInvariants(*world, *read.scenario, results);
    if (experiment.always) experiment.always(results);
    return results;
}

void expectLaw(const Experiment& experiment, const std::vector<Quantity>& quantities)
{
    constexpr double lengths[looks]{1, 2, 6, 18};
    std::vector<std::vector<Entry>> found(quantities.size());
    for (int seed = 0; seed < seeds; ++seed) {
        std::vector<std::size_t> open(quantities.size());
        std::iota(open.begin(), open.end(), std::size_t{0});
        for (int look = 1; look <= looks && !open.empty(); ++look) {
            const Results results = runOnce(experiment, offsetOf(seed, look - 1), firstLook * lengths[look - 1]);
            std::vector<std::size_t> missed;
            for (const std::size_t index : open) {
                const Entry entry = lookAt(quantities[index], experiment, results, look);
                if (!entry.passed) missed.push_back(index);
                if (entry.passed || look == looks) found[index].push_back(entry);
            }
            open = std::move(missed);
        }
    }
    for (const std::vector<Entry>& entries : found)
        for (const Entry& entry : entries) {
            Ledger::instance().add(entry);
            EXPECT_TRUE(entry.passed) << entry.experiment << ", " << entry.quantity << ": the law says " << entry.expected << ", the simulator " << entry.got << ", allowed ± " << entry.allowed << " (seed "
                                      << entry.seed << ", look " << entry.look << " of " << looks << "); repeat it with\n  TANTRUM_THEORY_SEED=" << base() << " theory_tests --gtest_filter=" << entry.test;
        }
}

std::uint64_t seedFor(int index) { return offsetOf(index, 0); }

double requestsFor(double load, double squaredVariation, double tolerance, double most)
{
    const double r = load;
    const double markovian = (2 + 5 * r - 4 * r * r + r * r * r) / (r * (1 - r) * (1 - r));
    const double variance = markovian * (1 + squaredVariation) / 2;
    return std::clamp(2.576 * 2.576 / (tolerance * tolerance) * variance, 5e5, most);
}

Quantity meanLatency(const std::string& client, double expected, double tolerance)
{
    return meanBeyond(client, 0, client + " mean", expected, tolerance);
}

Quantity meanBeyond(const std::string& client, double part, const std::string& name, double expected, double tolerance)
{
    return {name, expected, tolerance, [=](const Results& results) { return clientIn(results, client).latency.mean - part; },
            [=](const SeriesResult& series, std::size_t bucket) { return static_cast<double>(columns(series.clients, client).mean[bucket]) - part; }};
}

Quantity percentile(const std::string& client, double percent, double expected, double toleranceOfMean)
{
    const auto batch = [=](const SeriesResult& series, std::size_t bucket) {
        const SeriesResult::Columns& of = columns(series.clients, client);
        const std::vector<float>& column = percent == 50 ? of.p50 : percent <= 95 ? of.p95 : percent == 99 ? of.p99 : of.p999;
        return static_cast<double>(column[bucket]);
    };
    // The series has no column for others; the spread of the nearest serves.
    return {client + " p" + plain(percent), expected, ofPercentile * toleranceOfMean,
            [=](const Results& results) { return clientIn(results, client).latencyHistogram.percentile(percent) * 1e-9; }, batch};
}

Quantity meanQueue(const std::string& node, double expected, double tolerance, double share)
{
    return {node + " Lq", expected, tolerance, [=](const Results& results) { return share * nodeIn(results, node).queueMean; },
            [=](const SeriesResult& series, std::size_t bucket) { return share * static_cast<double>(columns(series.nodes, node).queueMean[bucket]); }};
}

Quantity meanPopulation(const std::string& node, double places, double expected, double tolerance, double shareOfQueue)
{
    return {node + " L", expected, tolerance,
            [=](const Results& results) {
                const NodeResult& of = nodeIn(results, node);
                return of.populationMean - (1 - shareOfQueue) * of.queueMean;
            },
            [=](const SeriesResult& series, std::size_t bucket) {
                const SeriesResult::Columns& of = columns(series.nodes, node);
                return shareOfQueue * static_cast<double>(of.queueMean[bucket]) + places * static_cast<double>(of.utilization[bucket]);
            }};
}

Quantity utilization(const std::string& node, double expected, double tolerance)
{
    return {node + " utilization", expected, tolerance, [=](const Results& results) { return nodeIn(results, node).utilization; },
            [=](const SeriesResult& series, std::size_t bucket) { return static_cast<double>(columns(series.nodes, node).utilization[bucket]); }};
}

Quantity goodput(const std::string& client, double expected, double tolerance)
{
    return {client + " goodput", expected, tolerance, [=](const Results& results) { return clientIn(results, client).goodputPerSecond; },
            [=](const SeriesResult& series, std::size_t bucket) { return static_cast<double>(columns(series.clients, client).goodputPerSecond[bucket]); }};
}

Quantity shareThatWaited(const std::string& client, double expected, double tolerance)
{
    return {client + " P(wait)", expected, tolerance,
            [=](const Results& results) {
                const engine::Histogram& latency = clientIn(results, client).latencyHistogram;
                return static_cast<double>(latency.countAbove(0)) / static_cast<double>(latency.count());
            },
            {},
            // Wq = P(wait) E[wait | wait], and the two rise and fall together: the share is at least as sure as the mean.
            [=](const Results& results) {
                const double mean = clientIn(results, client).latency.mean;
                const std::vector<float>& means = columns(results.series.clients, client).mean;
                std::vector<double> batches;
                for (std::size_t bucket = 1; bucket < means.size(); ++bucket) batches.push_back(static_cast<double>(means[bucket]) / mean * expected);
                return halfWidth(batches);
            }};
}

Quantity errorRate(const std::string& client, double expected, double tolerance)
{
    return {client + " error rate", expected, tolerance, [=](const Results& results) { return clientIn(results, client).errorRate; },
            [=](const SeriesResult& series, std::size_t bucket) { return static_cast<double>(columns(series.clients, client).errorRate[bucket]); }};
}

const ClientResult& clientIn(const Results& results, const std::string& name)
{
    for (const ClientResult& client : results.clients)
        if (client.name == name) return client;
    throw std::runtime_error("there is no client " + name);
}

const NodeResult& nodeIn(const Results& results, const std::string& name)
{
    for (const NodeResult& node : results.nodes)
        if (node.name == name) return node;
    throw std::runtime_error("there is no node " + name);
}

const LinkResult& linkIn(const Results& results, const std::string& from, const std::string& to)
{
    for (const LinkResult& link : results.links)
        if (link.from == from && link.to == to) return link;
    throw std::runtime_error("there is no link " + from + " -> " + to);
}

double metricOf(const std::vector<NamedMetric>& metrics, const std::string& key)
{
    for (const NamedMetric& metric : metrics)
        if (metric.key == key) return metric.value;
    throw std::runtime_error("there is no metric " + key);
}

std::string milliseconds(double value) { return plain(value) + "ms"; }
std::string perSecond(double value) { return plain(value) + "/s"; }

}  // namespace tantrum::theory
