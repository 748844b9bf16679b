#include "models/observability/traces.h"

#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using support::run;

support::Options traced(double rate, std::vector<double> arrivals = {})
{
    support::Options options;
    options.traceRate = rate;
    options.trace = std::move(arrivals);
    return options;
}

std::string told(const TraceResult& traces, const Span& span)
{
    const auto milliseconds = [](engine::Instant at) { return std::to_string(std::llround(at.inSeconds() * 1e3)); };
    const std::string place = span.kind == SpanKind::attempt ? traces.links[span.place] : traces.nodes[span.place];
    std::string text(keyOf(span.kind));
    text += " " + place + " " + milliseconds(span.begun) + "-";
    text += span.open ? "open" : milliseconds(span.ended) + " " + std::string(keyOf(span.outcome));
    if (span.attempt > 0) text += " again";
    if (span.parent != Span::none) text += " in " + std::to_string(span.parent);
    if (const std::string_view operation = traces.operationOf(span); !operation.empty()) text += " for " + std::string(operation);
    if (span.waited > engine::Duration()) text += " waited " + std::to_string(span.waited.count() / 1'000'000);
    return text;
}

std::vector<std::string> told(const Results& results)
{
    std::vector<std::string> lines;
    for (const Span& span : results.traces.spans) lines.push_back(told(results.traces, span));
    return lines;
}

using Lines = std::vector<std::string>;

Lines notesOf(const Results& results)
{
    Lines lines;
    for (const Note& note : results.traces.notes)
        lines.push_back(std::string(keyOf(note.kind)) + " " + std::to_string(std::llround(note.at.inSeconds() * 1e3)) + " " +
                        std::to_string(note.value.count() / 1'000'000) + " on " + results.traces.links[note.link] + " of " +
                        std::to_string(note.span));
    return lines;
}

// The work goes on after its caller has gone: the trace shows both.
TEST(Traces, ShowARetryAfterATimeoutAndTheWorkNobodyWaitsFor)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                                "  web: {type: service, workers: 1, work: 30ms}\n"
                                "links:\n"
                                "  users -> web: {latency: 1ms, policies: [retry: {attempts: 2, backoff: fixed(5ms), jitter: none}, timeout: 10ms]}\n",
                                5, traced(1, {1.0}));
    EXPECT_EQ(told(results), (Lines{"request users 1000-1025 timeout", "attempt users -> web 1000-1010 timeout in 0",
                                    "stay web 1001-1031 ok in 1", "attempt users -> web 1015-1025 timeout again in 0",
                                    "stay web 1016-1061 ok in 3 waited 15"}));
    EXPECT_EQ(notesOf(results), (Lines{"timeout 1010 10 on users -> web of 0", "retry 1010 5 on users -> web of 0",
                                       "timeout 1025 10 on users -> web of 0"}));
    EXPECT_EQ(results.traces.sampled, 1u);
    EXPECT_EQ(results.traces.dropped, 0u);
}

TEST(Traces, FollowCallsFromNodeToNodeWithinAProcessAndThroughABalancer)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web.buy}\n"
                                "  web: {type: service, workers: 1, operations: {buy: [{work: 10ms}, {call: front}, {call: db.read}]}}\n"
                                "  front: {type: load_balancer, backends: [stock]}\n"
                                "  stock: {type: service, work: 5ms}\n"
                                "  db: {type: database, read: 2ms}\n",
                                5, traced(1, {1.0}));
    EXPECT_EQ(told(results), (Lines{"request users 1000-1017 ok", "stay web 1000-1017 ok in 0 for buy", "stay front 1010-1015 ok in 1",
                                    "stay stock 1010-1015 ok in 2", "stay db 1015-1017 ok in 1 for read"}));
}

TEST(Traces, CloseWhatACrashCutsOffAndLeaveOpenWhatIsUnderWay)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                                "  web: {type: service, workers: 2, work: 500ms}\n"
                                "links:\n  users -> web: {latency: 1ms}\n"
                                "timeline:\n  - {at: 1.1s, crash: web, for: 100ms}\n",
                                2, traced(1, {1.0, 1.9}));
    EXPECT_EQ(told(results), (Lines{"request users 1000-1101 crashed", "attempt users -> web 1000-1101 crashed in 0",
                                    "stay web 1001-1100 crashed in 1", "request users 1900-open", "attempt users -> web 1900-open in 3",
                                    "stay web 1901-open in 4"}));
}

TEST(Traces, TellWaitingFromWorkWhereverThereIsAQueue)
{
    const std::string nodes = "nodes:\n"
                              "  users: {type: client, arrivals: trace(trace.csv), sends: web.go}\n";
    const auto waitsAt = [](const Results& results, std::string_view place) {
        Lines waits;
        for (const Span& span : results.traces.spans)
            if (span.kind == SpanKind::stay && results.traces.nodes[span.place] == place)
                waits.push_back(std::to_string(span.waited.count() / 1'000'000) + " of " + std::to_string((span.ended - span.begun).count() / 1'000'000));
        return waits;
    };
    const auto three = traced(1, support::atOnce(3, 1.0));
    const Lines inTurn{"0 of 10", "10 of 20", "20 of 30"};
    EXPECT_EQ(waitsAt(run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, work: 10ms}\n", 5, three), "web"), inTurn);
    EXPECT_EQ(waitsAt(run(nodes + "  web: {type: service, operations: {go: [{work: 6ms}, {work: 4ms}]}}\n", 5, three), "web"), inTurn);
    EXPECT_EQ(waitsAt(run(nodes + "  web: {type: service, blocking: false, operations: {go: [{work: 10ms}]}}\n", 5, three), "web"), inTurn);
    EXPECT_EQ(waitsAt(run(nodes + "  web: {type: service, cores: 1, operations: {go: [{work: 10ms}]}}\n", 5, three), "web"), inTurn);
    EXPECT_EQ(waitsAt(run(nodes + "  web: {type: service, workers: 3, operations: {go: [{call: db.read}]}}\n  db: {type: database, connections: 1, read: 10ms}\n", 5, three), "db"), inTurn);
    EXPECT_EQ(waitsAt(run(nodes + "  web: {type: service, workers: 3, operations: {go: [{call: db.write}]}}\n  db: {type: database, row_locks: true, write: 10ms}\n", 5, three), "db"), inTurn);
    EXPECT_EQ(waitsAt(run(nodes + "  web: {type: service, workers: 3, operations: {go: [{call: memory.get}]}}\n  memory: {type: cache, work: 10ms}\n", 5, three), "memory"), inTurn);
}

// Who gives up while waiting has waited all the time; who finds the queue full has not waited at all.
TEST(Traces, CountTheWaitingOfThoseWhoAreNeverServed)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                                "  web: {type: service, workers: 1, queue: 1, work: 100ms}\n"
                                "links:\n  users -> web: {latency: 1ms, cancellation: true, policies: [timeout: 30ms]}\n",
                                5, traced(1, support::atOnce(3, 1.0)));
    Lines stays;
    for (const std::string& line : told(results))
        if (line.starts_with("stay")) stays.push_back(line);
    EXPECT_EQ(stays, (Lines{"stay web 1001-1031 timeout in 1", "stay web 1001-1031 timeout in 3 waited 30", "stay web 1001-1001 rejected in 5"}));
}

TEST(Traces, FollowAMessageFromItsPublisherToEachOfItsConsumers)
{
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web.buy}\n"
                                "  web: {type: service, operations: {buy: [{publish: orders}]}}\n"
                                "  orders: {type: queue, visibility: 50ms}\n"
                                "  fulfil: {type: consumer, consumes: orders, work: 10ms, steps: [{call: stock}]}\n"
                                "  stock: {type: service, work: 5ms}\n"
                                "links:\n  web -> orders: {latency: 1ms}\n  fulfil -> orders: {latency: 2ms}\n"
                                "timeline:\n  - {at: 1.008s, crash: fulfil, for: 100ms}\n",
                                5, traced(1, {1.0}));
    // Taken at 1.001, it is lost in the crash, and comes back at 1.051; the consumer is there again at 1.108.
    // What was handled at 1.127 is acknowledged at 1.129, and the consumer knows so at 1.131.
    EXPECT_EQ(told(results), (Lines{"request users 1000-1000 ok", "stay web 1000-1000 ok in 0 for buy",
                                    "attempt web -> orders 1000-1002 ok in 1 for publish", "stay orders 1001-1129 ok in 2 for publish waited 59",
                                    "stay fulfil 1003-1008 crashed in 3", "stay fulfil 1112-1131 ok in 3", "stay stock 1122-1127 ok in 5"}));
}

TEST(Traces, NoteWhatPoliciesDecided)
{
    const auto noted = [](const std::string& policies, const std::vector<double>& arrivals) {
        return notesOf(run("nodes:\n"
                           "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                           "  web: {type: service, work: 20ms}\n"
                           "links:\n  users -> web: {latency: 1ms, policies: [" + policies + "]}\n",
                           5, traced(1, arrivals)));
    };
    EXPECT_EQ(noted("hedge: 5ms", {1.0}), (Lines{"hedge 1005 0 on users -> web of 0"}));
    EXPECT_EQ(noted("bulkhead: 1", {1.0, 1.01}), (Lines{"bulkhead_full 1010 0 on users -> web of 3"}));
    EXPECT_EQ(noted("rate_limit: {rate: 1/s, burst: 1}", {1.0, 1.01}), (Lines{"rate_limited 1010 0 on users -> web of 3"}));
    EXPECT_EQ(noted("circuit_breaker: {window: 1, minimum_calls: 1}, timeout: 5ms", {1.0, 1.01}),
              (Lines{"timeout 1005 5 on users -> web of 0", "circuit_open 1010 0 on users -> web of 3"}));
    EXPECT_EQ(noted("retry: {attempts: 3, backoff: fixed(5ms), jitter: none, budget: 10%, burst: 1}, timeout: 5ms", {1.0}),
              (Lines{"timeout 1005 5 on users -> web of 0", "retry 1005 5 on users -> web of 0", "timeout 1015 5 on users -> web of 0",
                     "retry_refused 1015 0 on users -> web of 0"}));
}

const std::string shop = "nodes:\n"
                         "  users: {type: client, arrivals: poisson(200/s), sends: web.buy}\n"
                         "  web: {type: service, workers: 50, queue: 10, operations: {buy: [{work: exponential(5ms)}, {call: db.read, optional: true}]}}\n"
                         "  db: {type: database, connections: 4, queue: 5, read: exponential(20ms)}\n"
                         "links:\n"
                         "  users -> web: {latency: exponential(1ms), policies: [retry: {attempts: 3}, timeout: 60ms]}\n"
                         "  web -> db: {latency: 1ms, loss: 2%, policies: [circuit_breaker, timeout: 30ms]}\n"
                         "timeline:\n  - {at: 5s, crash: db, for: 1s}\n";

TEST(Traces, ChangeNothingAboutARun)
{
    const Results without = run(shop, 20, traced(0)), with = run(shop, 20, traced(0.3));
    EXPECT_EQ(with.fingerprint, without.fingerprint);
    EXPECT_EQ(with.events, without.events);
    EXPECT_EQ(without.traces.rate, 0);
    EXPECT_TRUE(without.traces.spans.empty());
    EXPECT_GT(with.traces.spans.size(), 1'000u);
}

// Whatever happens to a request, its spans form one tree: a parent begins before its children, in the same trace.
TEST(Traces, AreTreesWhateverGoesWrong)
{
    const Results results = run(shop, 20, traced(1));
    const TraceResult& traces = results.traces;
    std::set<std::string> ids;
    std::vector<int> roots(traces.traces.size());
    for (std::uint32_t index = 0; index < traces.spans.size(); ++index) {
        const Span& span = traces.spans[index];
        ids.insert(spanId(results.seed, traces.traces[span.trace], index));
        EXPECT_TRUE(span.open || span.begun <= span.ended);
        if (span.parent == Span::none) {
            ++roots[span.trace];
            continue;
        }
        ASSERT_LT(span.parent, index);
        EXPECT_EQ(traces.spans[span.parent].trace, span.trace);
        EXPECT_LE(traces.spans[span.parent].begun, span.begun);
    }
    EXPECT_TRUE(std::all_of(roots.begin(), roots.end(), [](int count) { return count == 1; }));
    EXPECT_EQ(ids.size(), traces.spans.size());
    const ClientResult& users = support::client(results, "users");
    EXPECT_EQ(traces.sampled, users.completed + users.failed + users.inFlight);
}

// Five standard deviations of the binomial law: one in two million runs would lie outside.
TEST(Traces, AreOfTheShareThatWasAskedFor)
{
    for (const double rate : {0.01, 0.2, 0.5}) {
        const Results results = run("nodes:\n  users: {type: client, arrivals: paced(10000/s), sends: web}\n  web: {type: service, workers: 9, work: 0.1ms}\n",
                                    10, traced(rate));
        const double requests = static_cast<double>(results.requests);
        EXPECT_NEAR(static_cast<double>(results.traces.sampled), rate * requests, 5 * std::sqrt(requests * rate * (1 - rate)));
    }
}

TEST(Traces, AreKeptWholeOrNotAtAllWhenTheMemoryIsFull)
{
    support::Options options = traced(1);
    options.traceCapacity = 1'000;
    const Results results = run(shop, 20, options);
    const TraceResult& traces = results.traces;
    EXPECT_LE(traces.spans.size() + traces.notes.size(), 1'000u);
    EXPECT_GE(traces.spans.size() + traces.notes.size(), 700u);
    EXPECT_EQ(traces.recorded, traces.spans.size());
    EXPECT_GT(traces.dropped, 0u);
    EXPECT_LT(traces.dropped, traces.sampled);
    std::set<std::uint32_t> kept;
    for (const Span& span : traces.spans) {
        kept.insert(span.trace);
        EXPECT_TRUE(traces.traces[span.trace].whole);
    }
    EXPECT_EQ(kept.size(), traces.kept());
    for (const Note& note : traces.notes) EXPECT_LT(note.span, traces.spans.size());
}

TEST(Traces, OfManyCallsByOneRequestAreDroppedAsAWhole)
{
    support::Options options = traced(1, {1.0, 2.0});
    options.traceCapacity = 100;
    const Results results = run("nodes:\n"
                                "  users: {type: client, arrivals: trace(trace.csv), sends: web.go}\n"
                                "  web: {type: service, operations: {go: [{repeat: {times: 500, steps: [{call: db.read}]}}]}}\n"
                                "  db: {type: database, read: 1ms}\n",
                                5, options);
    EXPECT_TRUE(results.traces.spans.empty());
    EXPECT_EQ(results.traces.sampled, 2u);
    EXPECT_EQ(results.traces.dropped, 2u);
    EXPECT_EQ(results.traces.kept(), 0u);
}

TEST(Traces, HaveIdsOfTheirOwnThatAreTheSameForTheSameRun)
{
    TraceResult::Trace trace, other;
    trace.request = other.request = 5;
    other.client = 1;
    EXPECT_EQ(traceId(1, trace).size(), 32u);
    EXPECT_EQ(spanId(1, trace, 0).size(), 16u);
    EXPECT_EQ(traceId(1, trace), traceId(1, trace));
    EXPECT_NE(traceId(1, trace), traceId(2, trace));
    EXPECT_NE(traceId(1, trace), traceId(1, other));
    EXPECT_NE(spanId(1, trace, 0), spanId(1, trace, 1));
}

}  // namespace
}  // namespace tantrum::models
