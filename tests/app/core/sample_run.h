// A run with something in every field, for tests that write and read results without simulating.
#pragma once

#include "app/core/store.h"

#include <cmath>

namespace tantrum::app::testing {

inline models::LatencySummary latency(double scale)
{
    return {1000, 0.011 * scale, 0.009 * scale, 0.02 * scale, 0.03 * scale, 0.1 * scale / 3, 0.3 * scale, 1.1 * scale};
}

inline models::Results sampleResults()
{
    const float gap = std::nanf("");
    models::Results results;
    results.scenario = "Checkout <under> a \"flash\" crowd";
    results.version = "0.1.0";
    results.seed = 18446744073709551615u;
    results.fingerprint = 0x00fe12ab00cd34ef;
    results.simulatedSeconds = 300;
    results.wallSeconds = 0.1 + 0.2;
    results.cpuSeconds = 0.2;
    results.events = 5'120'034;
    results.requests = 84'102;
    models::ClientResult client;
    client.name = "shoppers";
    client.offered = 84'102;
    client.completed = 83'990;
    client.failed = 100;
    client.inFlight = 12;
    client.outcomes = {83'990, 80, 20};
    client.throughputPerSecond = 280.1;
    client.goodputPerSecond = 279.9;
    client.errorRate = 0.0012;
    client.latency = latency(1);
    client.latency.meanInterval = {0.0108, 0.0112};
    client.latency.intervals = {{{0.0089, 0.0091}, {0.019, 0.021}, {0.028, 0.032}, {0.03, 0.037}, {}}};
    client.latency.needs = {0, 0, 0, 0, 3688};
    client.latency.batches = 20;
    client.latency.correlated = true;
    client.failureLatency = latency(2);
    for (int value = 1; value <= 1000; ++value) client.latencyHistogram.record(value * 1'000'003);
    results.clients.push_back(client);
    models::NodeResult web;
    web.name = "web";
    web.type = "service";
    web.arrivals = 84'102;
    web.completed = 84'000;
    web.failed = 102;
    web.outcomes = {84'000, 0, 102};
    web.utilization = 0.61;
    web.queueMean = 0.4;
    web.queueMax = 31;
    web.populationMean = 2.5;
    web.latency = latency(0.5);
    web.metrics = {{"hit_ratio", 0.91}, {"queue_mean", 99}};
    results.nodes.push_back(web);
    models::NodeResult queue;
    queue.name = "orders";
    queue.type = "rabbitmq_queue";
    queue.utilization = std::nan("");
    queue.latency = {0, std::nan(""), std::nan(""), std::nan(""), std::nan(""), std::nan(""), std::nan(""), std::nan("")};
    results.nodes.push_back(queue);
    models::ServiceLevelResult level;
    level.name = "checkout";
    level.of = "shoppers";
    level.objective = 0.999;
    level.windowSeconds = 30 * 86'400;
    level.counted = 84'090;
    level.bad = 100;
    level.budgetSpent = 0.0013;
    level.alerts.push_back({"fast", "page", 14.4, 3600, 300, 21.5, 2, {{60, 125}, {180, std::nan("")}}});
    results.slos.push_back(level);
    models::LinkResult link;
    link.from = "shoppers";
    link.to = "web";
    link.calls = 84'102;
    link.attempts = 86'011;
    link.lost = 3;
    link.inFlight = 12;
    link.outcomes = {83'990, 80, 20};
    link.metrics = {{"retry.retries", 1909}};
    results.links.push_back(link);
    results.series.bucketSeconds = 0.5;
    results.series.clients.push_back({"shoppers", {280.f, 281.f, 0.f}, {280.f, 0.08f, 0.f}, {0.f, 0.5f, gap}, {280.f, 300.f, 0.f},
                                      {0.01f, 0.02f, gap}, {0.009f, 0.01f, gap}, {0.03f, 0.04f, gap}, {0.08f, 0.1f, gap}, {0.3f, 0.4f, gap}, {}, {}, {}});
    results.series.nodes.push_back({"web", {1.f, 2.f, 3.f}, {1.f, 2.f, 3.f}, {0.f, 0.f, 0.f}, {}, {0.1f, gap, 0.1f}, {0.1f, gap, 0.1f}, {0.1f, gap, 0.1f},
                                    {0.1f, gap, 0.1f}, {0.1f, gap, 0.1f}, {0.4f, 0.5f, 0.6f}, {1.f, 2.f, 31.f}, {0.5f, 0.6f, 0.7f}});
    results.series.nodes.push_back({"orders", {0.f, 0.f, 0.f}, {}, {}, {}, {}, {}, {}, {}, {}, {0.f, 0.f, 0.f}, {0.f, 0.f, 0.f}, {}});
    results.expect.push_back({"p99(shoppers.latency) < 250ms before 60s", true, 0.0801, ""});
    results.expect.push_back({"goodput(shoppers) > 270/s after 90s", false, 86.0, ""});
    results.expect.push_back({"error_rate(shoppers) < 1% after 500s", false, std::nan(""), "the run ended before"});
    results.expect.push_back({"p999(shoppers.latency) < 1s", true, 0.3, "", 1000, 3688});
    return results;
}

inline Run sampleRun()
{
    Run run;
    run.scenarioFile = "checkout.yaml";
    run.scenarioText = "tantrum: 1\n# \xC3\xA9 and 'quotes' stay as they are\nname: x\n";
    run.duration = engine::Duration::seconds(300);
    run.journal = {{engine::Instant::at(engine::Duration::nanoseconds(1'500'000'001)), {"{crash: web, for: 10s}"}},
                   {engine::Instant::at(engine::Duration::seconds(2)), {"{set: web.workers, to: 32}"}}};
    run.results = sampleResults();
    run.histograms = histogramsOf(run.results);
    run.logs = {{1'500'000'000, "warn", "web", "request_failed", R"({"outcome":"rejected","reason":"queue \"full\""})", std::string(32, 'a'), std::string(16, 'b'), 0},
                {2'000'000'000, "info", "orders", "started", "{}", "", "", 17}};
    return run;
}

}  // namespace tantrum::app::testing
