#include "app/core/csv.h"

#include <fmt/format.h>

#include <cmath>

namespace tantrum::app {

namespace {

using Columns = models::SeriesResult::Columns;

template <class Number> std::string exact(Number value) { return std::isfinite(value) ? fmt::format("{}", value) : std::string{}; }

/// Rows of the summary for one subject.
class Rows {
public:
    Rows(CsvWriter& csv, std::string_view kind, std::string name) : csv_(csv), kind_(kind), name_(std::move(name)) {}

    void value(std::string_view metric, double number) { start(metric).number(number).endRow(); }
    void value(std::string_view metric, std::uint64_t number) { start(metric).count(number).endRow(); }
    void outcomes(const std::array<std::uint64_t, models::outcomeCount>& outcomes)
    {
        for (std::size_t index = 0; index < outcomes.size(); ++index) value(fmt::format("outcomes.{}", models::outcomeKeys[index]), outcomes[index]);
    }
    void latency(std::string_view prefix, const models::LatencySummary& latency)
    {
        const auto key = [&](std::string_view part) { return fmt::format("{}.{}", prefix, part); };
        value(key("mean"), latency.mean);
        for (const models::Percentile percentile : models::percentiles)
            value(key(models::keyOf(percentile)),
                  latency.needed(percentile) > 0 ? models::Interval{}.low : latency.of(percentile));
        value(key("max"), latency.maximum);
        for (const models::Percentile percentile : models::percentiles)
            if (const std::uint64_t needed = latency.needed(percentile); needed > 0)
                value(key(models::keyOf(percentile)) + ".needs", needed);
    }
    void intervals(std::string_view prefix, const models::LatencySummary& latency)
    {
        const auto write = [&](std::string_view part, const models::Interval& interval) {
            value(fmt::format("{}.{}.low95", prefix, part), interval.low);
            value(fmt::format("{}.{}.high95", prefix, part), interval.high);
        };
        write("mean", latency.meanInterval);
        for (const models::Percentile percentile : models::percentiles)
            write(models::keyOf(percentile), latency.interval(percentile));
        value(fmt::format("{}.batches", prefix), std::uint64_t{latency.batches});
        value(fmt::format("{}.correlated", prefix), std::uint64_t{latency.correlated});
        value(fmt::format("{}.disturbed", prefix), std::uint64_t{latency.disturbed});
    }
    void metrics(const std::vector<models::NamedMetric>& metrics)
    {
        for (const auto& metric : metrics) value(metric.key, metric.value);
    }

private:
    CsvWriter& start(std::string_view metric) { return csv_.text(kind_).text(name_).text(metric); }
    CsvWriter& csv_;
    std::string_view kind_;
    std::string name_;
};

}  // namespace

void CsvWriter::separate()
{
    if (rowBegun_) out_ += ',';
    rowBegun_ = true;
}

CsvWriter& CsvWriter::text(std::string_view value)
{
    separate();
    constexpr std::string_view formulaStarts = "=+-@\t\r";
    std::string cell{value};
    if (!cell.empty() && formulaStarts.find(cell.front()) != std::string_view::npos) cell.insert(0, 1, '\'');
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        out_ += cell;
        return *this;
    }
    out_ += '"';
    for (const char c : cell) out_ += c == '"' ? std::string{"\"\""} : std::string(1, c);
    out_ += '"';
    return *this;
}

CsvWriter& CsvWriter::number(double value) { return separate(), out_ += exact(value), *this; }
CsvWriter& CsvWriter::number(float value) { return separate(), out_ += exact(value), *this; }
CsvWriter& CsvWriter::count(std::uint64_t value) { return separate(), out_ += std::to_string(value), *this; }
CsvWriter& CsvWriter::count(std::int64_t value) { return separate(), out_ += std::to_string(value), *this; }

void CsvWriter::endRow()
{
    out_ += "\r\n";
    rowBegun_ = false;
}

std::string summaryCsv(const models::Results& results)
{
    CsvWriter csv;
    csv.text("kind").text("name").text("metric").text("value").endRow();
    Rows run{csv, "run", results.scenario};
    run.value("seed", results.seed);
    csv.text("run").text(results.scenario).text("fingerprint").text(fmt::format("{:016x}", results.fingerprint)).endRow();
    run.value("simulated_s", results.simulatedSeconds);
    run.value("events", results.events);
    run.value("requests", results.requests);
    for (const auto& client : results.clients) {
        Rows rows{csv, "client", client.name};
        rows.value("offered", client.offered);
        rows.value("completed", client.completed);
        rows.value("failed", client.failed);
        rows.value("in_flight", client.inFlight);
        rows.outcomes(client.outcomes);
        rows.value("throughput_per_s", client.throughputPerSecond);
        rows.value("goodput_per_s", client.goodputPerSecond);
        rows.value("error_rate", client.errorRate);
        rows.latency("latency_s", client.latency);
        rows.intervals("latency_s", client.latency);
        rows.latency("failure_latency_s", client.failureLatency);
    }
    for (const auto& node : results.nodes) {
        Rows rows{csv, "node", node.name};
        rows.value("arrivals", node.arrivals);
        rows.value("completed", node.completed);
        rows.value("failed", node.failed);
        rows.value("in_flight", node.inFlight);
        rows.outcomes(node.outcomes);
        rows.value("utilization", node.utilization);
        rows.value("queue_mean", node.queueMean);
        rows.value("queue_max", node.queueMax);
        rows.value("population_mean", node.populationMean);
        rows.latency("latency_s", node.latency);
        rows.intervals("latency_s", node.latency);
        rows.metrics(node.metrics);
    }
    for (const auto& link : results.links) {
        Rows rows{csv, "link", link.from + " -> " + link.to};
        rows.value("calls", link.calls);
        rows.value("attempts", link.attempts);
        rows.value("lost", link.lost);
        rows.value("in_flight", link.inFlight);
        rows.outcomes(link.outcomes);
        rows.metrics(link.metrics);
    }
    for (const auto& level : results.slos) {
        Rows rows{csv, "slo", level.name};
        rows.value("counted", level.counted);
        rows.value("bad", level.bad);
        rows.value("budget_spent", level.budgetSpent);
        for (const auto& alert : level.alerts) {
            Rows of{csv, "alert", level.name + "." + alert.name};
            of.value("fired", alert.fired);
            of.value("peak_burn", alert.peakBurn);
            if (alert.firings.empty()) continue;
            of.value("first_fired_s", alert.firings.front().firedSeconds);
            of.value("first_resolved_s", alert.firings.front().resolvedSeconds);
        }
    }
    for (const auto& claim : results.expect) {
        csv.text("expect").text(claim.text).text("passed").count(std::uint64_t{claim.passed}).endRow();
        csv.text("expect").text(claim.text).text("value").number(claim.value).endRow();
        if (claim.needs > 0) csv.text("expect").text(claim.text).text("needs").count(claim.needs).endRow();
    }
    return std::move(csv).finish();
}

std::string seriesCsv(const models::SeriesResult& series)
{
    struct Named {
        const char* key;
        std::vector<float> Columns::*values;
    };
    static constexpr Named columns[] = {{"rate_per_s", &Columns::ratePerSecond}, {"goodput_per_s", &Columns::goodputPerSecond},
                                        {"error_rate", &Columns::errorRate}, {"attempts_per_s", &Columns::attemptsPerSecond},
                                        {"mean_s", &Columns::mean}, {"p50_s", &Columns::p50}, {"p95_s", &Columns::p95},
                                        {"p99_s", &Columns::p99}, {"p999_s", &Columns::p999}, {"queue_mean", &Columns::queueMean},
                                        {"queue_max", &Columns::queueMax}, {"utilization", &Columns::utilization}};
    CsvWriter csv;
    csv.text("kind").text("name").text("bucket").text("time_s");
    for (const auto& column : columns) csv.text(column.key);
    csv.endRow();
    const auto write = [&](const char* kind, const std::vector<Columns>& group) {
        for (const auto& subject : group) {
            std::size_t buckets = 0;
            for (const auto& column : columns) buckets = std::max(buckets, (subject.*column.values).size());
            for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
                csv.text(kind).text(subject.name).count(bucket).number(static_cast<double>(bucket) * series.bucketSeconds);
                for (const auto& column : columns) {
                    const auto& values = subject.*column.values;
                    csv.number(bucket < values.size() ? values[bucket] : std::nanf(""));
                }
                csv.endRow();
            }
        }
    };
    write("client", series.clients);
    write("node", series.nodes);
    return std::move(csv).finish();
}

std::string histogramCsv(const std::vector<HistogramTable>& histograms)
{
    CsvWriter csv;
    csv.text("kind").text("name").text("lower_s").text("upper_s").text("count").endRow();
    for (const auto& table : histograms)
        for (const auto& row : table.rows) {
            csv.text(table.subject == Subject::client ? "client" : "node").text(table.name);
            csv.number(static_cast<double>(row.lower) / 1e9).number(static_cast<double>(row.upper) / 1e9).count(row.count).endRow();
        }
    return std::move(csv).finish();
}

}  // namespace tantrum::app
