#include "app/core/replications.h"

#include "app/core/processor_time.h"
#include "models/world/batches.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace tantrum::app {

namespace {

using models::World;
using Unit = ReplicatedMetric::Unit;
using Clock = std::chrono::steady_clock;

struct ClientMetric {
    std::string_view key;
    Unit unit;
    double (*value)(const models::ClientResult&);
};
constexpr ClientMetric clientMetrics[] = {
    {"goodput_per_s", Unit::perSecond, [](const models::ClientResult& client) { return client.goodputPerSecond; }},
    {"error_rate", Unit::share, [](const models::ClientResult& client) { return client.errorRate; }},
    {"mean", Unit::seconds, [](const models::ClientResult& client) { return client.latency.mean; }},
    {"p50", Unit::seconds, [](const models::ClientResult& client) { return client.latency.p50; }},
    {"p90", Unit::seconds, [](const models::ClientResult& client) { return client.latency.p90; }},
    {"p95", Unit::seconds, [](const models::ClientResult& client) { return client.latency.p95; }},
    {"p99", Unit::seconds, [](const models::ClientResult& client) { return client.latency.p99; }},
    {"p999", Unit::seconds, [](const models::ClientResult& client) { return client.latency.p999; }}};

struct NodeMetric {
    std::string_view key;
    Unit unit;
    double (*value)(const models::NodeResult&);
};
constexpr NodeMetric nodeMetrics[] = {
    {"utilization", Unit::share, [](const models::NodeResult& node) { return node.utilization; }},
    {"queue_mean", Unit::plain, [](const models::NodeResult& node) { return node.queueMean; }}};

std::vector<ReplicatedMetric> metricsOf(const models::Results& results)
{
    std::vector<ReplicatedMetric> metrics;
    for (const auto& client : results.clients)
        for (const ClientMetric& metric : clientMetrics)
            metrics.push_back({metric.unit, true, client.name, metric.key});
    for (const auto& node : results.nodes)
        for (const NodeMetric& metric : nodeMetrics) metrics.push_back({metric.unit, false, node.name, metric.key});
    return metrics;
}

Replication boiledDown(const models::Results& results)
{
    Replication replication;
    replication.seed = results.seed;
    replication.fingerprint = results.fingerprint;
    replication.events = results.events;
    replication.requests = results.requests;
    replication.stopReason = results.stopReason;
    for (const auto& client : results.clients)
        for (const ClientMetric& metric : clientMetrics) replication.values.push_back(metric.value(client));
    for (const auto& node : results.nodes)
        for (const NodeMetric& metric : nodeMetrics) replication.values.push_back(metric.value(node));
    for (const auto& claim : results.expect) {
        replication.claimValues.push_back(claim.value);
        replication.claimsKept.push_back(claim.passed);
    }
    return replication;
}

// The threads and what they share: the next number, what is done, and the first thing that went wrong.
class Crew {
public:
    Crew(const models::scenario::Scenario& scenario, const ReplicationOptions& options, Replications& into)
        : scenario_(scenario), options_(options), into_(into), firstSeed_(options.world.seed.value_or(scenario.seed)),
          shares_(jobsOf(options))
    {}

    void run()
    {
        std::vector<std::thread> threads;
        try {
            for (std::size_t job = 0; job < shares_.size(); ++job) threads.emplace_back([this, job] { work(job); });
        } catch (...) {  // no more threads to be had: those there are do it
            if (threads.empty()) work(0);
        }
        watch();
        for (std::thread& thread : threads) thread.join();
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    static std::size_t jobsOf(const ReplicationOptions& options)
    {
        const std::size_t wanted = options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
        return std::min(wanted, options.count);
    }

    void work(std::size_t job)
    {
        try {
            for (std::size_t index; !failed_ && (index = next_++) < options_.count;) {
                Replication done = one(index, job);
                const std::lock_guard lock{mutex_};
                into_.runs[index] = std::move(done);
                shares_[job] = 0;
                ++ended_;
                progress_.notify_one();
            }
        } catch (...) {
            const std::lock_guard lock{mutex_};
            if (!failure_) failure_ = std::current_exception();
            failed_ = true;
            progress_.notify_one();
        }
    }

    Replication one(std::size_t index, std::size_t job)
    {
        models::WorldOptions options = options_.world;
        options.seed = firstSeed_ + index;
        const auto world = World::build(scenario_, options);
        constexpr std::uint64_t slice = 1'000'000;
        while (world->advanceSome(slice, world->end()) == World::Progress::reached && !failed_)
            shares_[job] = world->now().inSeconds() / world->end().inSeconds();
        const models::Results results = world->results();
        Replication replication = boiledDown(results);
        if (options_.audit)
            for (models::AuditLine& line : world->audit())
                if (line.verdict == models::AuditLine::Verdict::violated)
                    replication.violations.push_back(std::move(line));
        if (index == 0) describe(results);
        return replication;
    }

    void describe(const models::Results& results)
    {
        const std::lock_guard lock{mutex_};
        into_.metrics = metricsOf(results);
        for (const auto& claim : results.expect) into_.claims.push_back(claim.text);
    }

    void watch()
    {
        std::unique_lock lock{mutex_};
        while (ended_ < options_.count && !failed_) {
            progress_.wait_for(lock, std::chrono::milliseconds{100});
            if (!options_.onProgress || Clock::now() - told_ < std::chrono::milliseconds{100}) continue;
            told_ = Clock::now();
            double done = static_cast<double>(ended_);
            for (const std::atomic<double>& share : shares_) done += share;
            const std::size_t ended = ended_;
            lock.unlock();
            options_.onProgress(ended, done / static_cast<double>(options_.count));
            lock.lock();
        }
        if (!options_.onProgress || failed_) return;
        lock.unlock();
        options_.onProgress(options_.count, 1);
    }

    const models::scenario::Scenario& scenario_;
    const ReplicationOptions& options_;
    Replications& into_;
    const std::uint64_t firstSeed_;
    std::vector<std::atomic<double>> shares_;  ///< of each job's present replication
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> failed_{false};
    std::mutex mutex_;  ///< guards into_, ended_, failure_
    std::condition_variable progress_;
    std::size_t ended_ = 0;
    std::exception_ptr failure_;
    Clock::time_point told_ = Clock::now();
};

}  // namespace

Aggregate aggregateOf(const std::vector<double>& values)
{
    Aggregate aggregate;
    double sum = 0, squares = 0;
    for (const double value : values) {
        if (std::isnan(value)) continue;
        aggregate.minimum = aggregate.count == 0 ? value : std::min(aggregate.minimum, value);
        aggregate.maximum = aggregate.count == 0 ? value : std::max(aggregate.maximum, value);
        ++aggregate.count;
        sum += value;
    }
    if (aggregate.count == 0) return aggregate;
    const auto number = static_cast<double>(aggregate.count);
    aggregate.mean = sum / number;
    if (aggregate.count < 2) return aggregate;
    for (const double value : values)
        if (!std::isnan(value)) squares += (value - aggregate.mean) * (value - aggregate.mean);
    aggregate.deviation = std::sqrt(squares / (number - 1));
    const double half = models::student95(aggregate.count - 1) * aggregate.deviation / std::sqrt(number);
    aggregate.interval = {aggregate.mean - half, aggregate.mean + half};
    return aggregate;
}

Aggregate Replications::aggregate(std::size_t metric) const
{
    std::vector<double> values;
    for (const Replication& run : runs)
        if (run.stopReason.empty()) values.push_back(run.values[metric]);
    return aggregateOf(values);
}

std::size_t Replications::kept(std::size_t claim) const
{
    return static_cast<std::size_t>(
        std::count_if(runs.begin(), runs.end(), [claim](const Replication& run) { return run.claimsKept[claim]; }));
}

std::size_t Replications::stopped() const
{
    return static_cast<std::size_t>(
        std::count_if(runs.begin(), runs.end(), [](const Replication& run) { return !run.stopReason.empty(); }));
}

std::size_t Replications::violations() const
{
    std::size_t sum = 0;
    for (const Replication& run : runs) sum += run.violations.size();
    return sum;
}

Replications replicate(const models::scenario::Scenario& scenario, const ReplicationOptions& options)
{
    Replications replications;
    replications.scenario = scenario.name;
    replications.runs.resize(options.count);
    const auto began = Clock::now();
    const double processor = processorSeconds();
    Crew(scenario, options, replications).run();
    replications.wallSeconds = std::chrono::duration<double>(Clock::now() - began).count();
    replications.cpuSeconds = processorSeconds() - processor;
    return replications;
}

}  // namespace tantrum::app
