#include "models/observability/logs.h"

#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using support::run;
using Lines = std::vector<std::string>;

support::Options logged(LogLevel least, std::vector<double> arrivals = {})
{
    support::Options options;
    options.logs = least;
    options.trace = std::move(arrivals);
    return options;
}

// "1010 warn users call_timed_out to web, 10 ms": moments and times in milliseconds.
std::string told(const LogResult& logs, const LogLine& line)
{
    std::string text = std::to_string(std::llround(line.at.inSeconds() * 1e3)) + " " + std::string(keyOf(line.level)) + " " + logs.nodes[line.node] + " " + logs.texts[line.message];
    if (line.peer != LogLine::none) text += " to " + logs.nodes[line.peer];
    if (line.outcome) text += ": " + std::string(keyOf(*line.outcome));
    if (line.text != LogLine::none) text += " (" + logs.texts[line.text] + ")";
    if (line.time) text += ", " + std::to_string(line.time->count() / 1'000'000) + " ms";
    if (line.attempt > 0) text += ", again";
    if (line.replica >= 0) text += ", replica " + std::to_string(line.replica);
    return text;
}

Lines told(const Results& results)
{
    Lines lines;
    for (const LogLine& line : results.logs.lines) lines.push_back(told(results.logs, line));
    return lines;
}

std::size_t countOf(const Results& results, std::string_view message)
{
    return static_cast<std::size_t>(std::count_if(results.logs.lines.begin(), results.logs.lines.end(), [&](const LogLine& line) { return results.logs.texts[line.message] == message; }));
}

const std::string impatient = "nodes:\n"
                              "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                              "  web: {type: service, workers: 1, work: 30ms}\n"
                              "links:\n"
                              "  users -> web: {latency: 1ms, policies: [retry: {attempts: 2, backoff: fixed(5ms), jitter: none}, timeout: 10ms]}\n";

// Of the work nobody waits for, the service says that it went well: so it did, seen from there.
TEST(Logs, TellWhatPoliciesDecidedAndWhatFailed)
{
    EXPECT_EQ(told(run(impatient, 5, logged(LogLevel::info, {1.0}))),
              (Lines{"1010 warn users call_timed_out to web, 10 ms", "1010 warn users call_retried to web, 5 ms", "1025 warn users call_timed_out to web, 10 ms",
                     "1025 error users request_failed: timeout, 25 ms"}));
    EXPECT_EQ(told(run(impatient, 5, logged(LogLevel::debug, {1.0}))),
              (Lines{"1010 warn users call_timed_out to web, 10 ms", "1010 warn users call_retried to web, 5 ms", "1025 warn users call_timed_out to web, 10 ms",
                     "1025 error users request_failed: timeout, 25 ms", "1031 debug web request_served, 30 ms", "1061 debug web request_served, 45 ms"}));
    EXPECT_EQ(told(run(impatient, 5, logged(LogLevel::error, {1.0}))), (Lines{"1025 error users request_failed: timeout, 25 ms"}));
}

// Where a failure begins, the line says why; who passes it on says that the call failed.
TEST(Logs, SayWhyAtThePlaceWhereItFailed)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                                "  web: {type: service, workers: 9, operations: {go: [{call: db.read}]}}\n"
                                "  db: {type: database, connections: 1, queue: 1, read: 100ms}\n"
                                "links:\n  \"* -> *\": {latency: 1ms}\n",
                                5, logged(LogLevel::info, support::atOnce(3, 1.0)));
    EXPECT_EQ(told(results), (Lines{"1002 error db request_failed: rejected (no free connection), 0 ms", "1003 warn web call_failed to db: rejected, 2 ms",
                                    "1003 error web request_failed: rejected, 2 ms", "1004 warn users call_failed to web: rejected, 4 ms",
                                    "1004 error users request_failed: rejected, 4 ms"}));
}

// A process that is gone writes nothing: its supervisor does, and whoever called it.
TEST(Logs, AreSilentAboutWhatDiedWithTheProcess)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                                "  web: {type: service, workers: 2, work: 500ms}\n"
                                "links:\n  users -> web: {latency: 1ms}\n"
                                "timeline:\n  - {at: 1.1s, crash: web, for: 100ms}\n",
                                2, logged(LogLevel::info, {1.0}));
    EXPECT_EQ(told(results), (Lines{"1100 error web process_gone", "1101 warn users call_failed to web: crashed, 101 ms", "1101 error users request_failed: crashed, 101 ms",
                                    "1200 info web process_started"}));
}

// Whoever serves a request whose caller has gone hears of it, if the protocol tells.
TEST(Logs, TellOfCallersThatAreGone)
{
    const Lines lines = told(run("nodes:\n"
                                 "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                                 "  web: {type: service, work: 100ms}\n"
                                 "links:\n  users -> web: {latency: 1ms, cancellation: true, policies: [timeout: 30ms]}\n",
                                 5, logged(LogLevel::info, {1.0})));
    EXPECT_EQ(lines, (Lines{"1030 warn users call_timed_out to web, 30 ms", "1030 error users request_failed: timeout, 30 ms", "1031 info web caller_gone: timeout (callers gave up), 30 ms"}));
}

TEST(Logs, TellOfCircuitBreakersAtTheMomentTheyTurn)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                                "  web: {type: service, workers: 9, work: 10ms}\n"
                                "links:\n  users -> web: {latency: 1ms, policies: [circuit_breaker: {window: 2, minimum_calls: 2, open_for: 1s, permitted: 1}]}\n"
                                "timeline:\n  - {at: 0.5s, for: 1s, errors: web}\n",
                                5, logged(LogLevel::info, {1.0, 1.1, 1.2, 2.5}));
    Lines turns;
    for (const std::string& line : told(results))
        if (line.find("circuit") != std::string::npos) turns.push_back(line);
    EXPECT_EQ(turns, (Lines{"1102 warn users circuit_breaker_opened to web", "1200 warn users call_refused_by_open_circuit to web", "1200 error users request_failed: circuit_open, 0 ms",
                            "2500 info users circuit_breaker_half_open to web", "2512 info users circuit_breaker_closed to web"}));
}

// One mechanism for all models: what their counters tell, seen a tenth of a bucket later at the latest.
TEST(Logs, TellWhatTheCountersOfModelsTell)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: poisson(50/s), sends: orders}\n"
                                "  orders: {type: queue, max_deliveries: 2, dead_letters: graves, visibility: 50ms}\n"
                                "  graves: {type: queue}\n"
                                "  fulfil: {type: consumer, consumes: orders, concurrency: 9, work: 1ms}\n"
                                "timeline:\n  - {at: 1s, for: 1s, errors: fulfil}\n  - {at: 3s, set: fulfil.concurrency, to: 4}\n",
                                5, logged(LogLevel::info));
    std::uint64_t buried = 0;
    for (const LogLine& line : results.logs.lines)
        if (results.logs.texts[line.message] == "dead_lettered") {
            buried += line.count;
            EXPECT_EQ(results.logs.nodes[line.node], "orders");
            EXPECT_GE(line.at, support::second(1));
        }
    EXPECT_GT(buried, 0u);
    EXPECT_EQ(static_cast<double>(buried), support::metric(support::node(results, "orders"), "dead_lettered"));
    EXPECT_EQ(told(results).back(), "3000 info fulfil configuration_changed (concurrency → 4)");
}

// A thousand equal lines within a second: a hundred, and then every hundredth, as zap's production logger has it.
TEST(Logs, SuppressRepetitionsAndSayHowMany)
{
    const std::string down = "nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n  web: {type: service, workers: 9, work: 0ms}\n"
                             "timeline:\n  - {at: 1.0005s, for: 1s, errors: web}\n";
    const Results results = run(down, 4, logged(LogLevel::error));
    std::uint64_t lines = 0, suppressed = 0;
    for (const LogLine& line : results.logs.lines) {
        if (results.logs.nodes[line.node] != "users") continue;
        ++lines;
        suppressed += line.suppressed;
        EXPECT_TRUE(line.suppressed == 0 || line.suppressed == 99u);
    }
    EXPECT_EQ(support::client(results, "users").failed, 1'000u);
    EXPECT_EQ(lines, 109u);
    EXPECT_EQ(suppressed, 9 * 99u);
    EXPECT_EQ(results.logs.suppressed, 2 * 891u) << "of users and of web";
    EXPECT_EQ(results.logs.written, 2 * 109u);
    support::Options little = logged(LogLevel::error);
    little.logCapacity = 50;
    const Results full = run(down, 4, little);
    EXPECT_EQ(full.logs.lines.size(), 50u);
    EXPECT_EQ(full.logs.dropped, 2 * 109u - 50u);
}

const std::string shop = "nodes:\n"
                         "  users: {type: client, arrivals: poisson(200/s), sends: web.buy}\n"
                         "  web: {type: service, workers: 50, queue: 10, operations: {buy: [{work: exponential(5ms)}, {call: db.read, optional: true}]}}\n"
                         "  db: {type: database, connections: 4, queue: 5, read: exponential(20ms)}\n"
                         "links:\n"
                         "  users -> web: {latency: exponential(1ms), policies: [retry: {attempts: 3}, timeout: 60ms]}\n"
                         "  web -> db: {latency: 1ms, loss: 2%, policies: [circuit_breaker, timeout: 30ms]}\n"
                         "timeline:\n  - {at: 5s, crash: db, for: 1s}\n";

TEST(Logs, ChangeNothingAboutARunOrItsTraces)
{
    support::Options options;
    options.traceRate = 0.2;
    const Results without = run(shop, 20, options);
    options.logs = LogLevel::debug;
    const Results with = run(shop, 20, options);
    EXPECT_EQ(with.fingerprint, without.fingerprint);
    EXPECT_EQ(with.events, without.events);
    EXPECT_FALSE(without.logs.on);
    EXPECT_TRUE(without.logs.lines.empty());
    ASSERT_EQ(with.traces.spans.size(), without.traces.spans.size());
    ASSERT_EQ(with.traces.notes.size(), without.traces.notes.size());
    for (std::size_t index = 0; index < with.traces.spans.size(); ++index) {
        const Span &left = with.traces.spans[index], &right = without.traces.spans[index];
        ASSERT_TRUE(left.begun == right.begun && left.ended == right.ended && left.waited == right.waited && left.trace == right.trace && left.parent == right.parent &&
                    left.number == right.number && left.place == right.place && left.open == right.open && left.outcome == right.outcome)
            << index;
    }
    // Without traces, too.
    EXPECT_EQ(run(shop, 20, logged(LogLevel::debug)).fingerprint, without.fingerprint);
}

// Every line about a traced request carries the ids of a span of its trace, and one about another request none.
TEST(Logs, CarryTheIdsOfTracedRequests)
{
    support::Options options = logged(LogLevel::info);
    options.traceRate = 0.5;
    const Results results = run(shop, 20, options);
    std::size_t traced = 0, others = 0;
    for (const LogLine& line : results.logs.lines) {
        others += !line.traced;
        if (!line.traced) continue;
        ++traced;
        const auto& traces = results.traces.traces;
        const auto trace = std::find_if(traces.begin(), traces.end(), [&](const auto& each) { return each.request == line.trace.request && each.client == line.trace.client; });
        ASSERT_NE(trace, traces.end());
        const auto index = static_cast<std::uint32_t>(trace - traces.begin());
        const auto& spans = results.traces.spans;
        const auto span = std::find_if(spans.begin(), spans.end(), [&](const Span& each) { return each.trace == index && each.number == line.span; });
        ASSERT_NE(span, spans.end());
        EXPECT_LE(span->begun, line.at);
    }
    EXPECT_GT(traced, 100u);
    EXPECT_GT(others, 100u);
    EXPECT_EQ(countOf(results, "process_gone"), 1u);
}

}  // namespace
}  // namespace tantrum::models
