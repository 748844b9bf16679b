#include "models/observability/tail_traces.h"

#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tantrum::models {
namespace {

using support::run;
using engine::Duration;

constexpr Duration milliseconds(std::int64_t count) { return Duration::nanoseconds(count * 1'000'000); }

TailSampling rules()
{
    TailSampling tail;
    tail.text = "as the test says";
    return tail;
}

support::Options sampled(const TailSampling& tail, std::vector<double> arrivals = {})
{
    support::Options options;
    options.tail = tail;
    options.trace = std::move(arrivals);
    return options;
}

support::Options headSampled(double rate)
{
    support::Options options;
    options.traceRate = rate;
    return options;
}

using Requests = std::set<std::uint64_t>;

Requests requestsOf(const TraceResult& traces)
{
    Requests requests;
    for (const TraceResult::Trace& trace : traces.traces) requests.insert(trace.request);
    return requests;
}

// Slow, failed and ordinary requests, with retries and a crash among them.
const std::string shop = "nodes:\n"
                         "  users: {type: client, arrivals: poisson(200/s), sends: web.buy}\n"
                         "  web: {type: service, workers: 50, queue: 10, operations: {buy: [{work: exponential(5ms)}, {call: db.read, optional: true}]}}\n"
                         "  db: {type: database, connections: 4, queue: 5, read: exponential(20ms)}\n"
                         "links:\n"
                         "  users -> web: {latency: exponential(1ms), policies: [retry: {attempts: 3}, timeout: 60ms]}\n"
                         "  web -> db: {latency: 1ms, loss: 2%, policies: [circuit_breaker, timeout: 30ms]}\n"
                         "timeline:\n  - {at: 5s, crash: db, for: 1s}\n  - {at: 10s, crash: web, for: 1s}\n";

// Against the traces of all requests: those that failed, were slow, or would have been head sampled, and no others.
TEST(TailTraces, KeepExactlyWhatTheRulesSay)
{
    TailSampling tail = rules();
    tail.errors = true;
    tail.slowerThan = milliseconds(60);
    tail.share = 0.05;
    const Results all = run(shop, 20, headSampled(1)), head = run(shop, 20, headSampled(0.05)), kept = run(shop, 20, sampled(tail));
    const Requests byShare = requestsOf(head.traces);
    Requests expected;
    std::uint64_t failed = 0, slow = 0, byLuck = 0;
    for (const Span& root : all.traces.spans) {
        if (root.parent != Span::none || root.open) continue;
        const std::uint64_t request = all.traces.traces[root.trace].request;
        const bool fails = root.outcome != Outcome::ok, lags = root.ended - root.begun > milliseconds(60), lucky = byShare.contains(request);
        failed += fails;
        slow += !fails && lags;
        byLuck += !fails && !lags && lucky;
        if (fails || lags || lucky) expected.insert(request);
    }
    EXPECT_EQ(requestsOf(kept.traces), expected);
    EXPECT_GT(failed, 0u);
    EXPECT_EQ(kept.traces.tail.byErrors, failed);
    EXPECT_EQ(kept.traces.tail.bySlowness, slow);
    EXPECT_EQ(kept.traces.tail.byShare, byLuck);
    EXPECT_EQ(kept.traces.sampled, expected.size());
    EXPECT_EQ(kept.traces.tail.seen, all.traces.sampled);
    EXPECT_EQ(kept.traces.tail.evicted + kept.traces.tail.lateSpans + kept.traces.tail.incomplete, 0u);
    // It only looks.
    EXPECT_EQ(kept.fingerprint, all.fingerprint);
    EXPECT_EQ(kept.events, all.events);
}

// What is kept is kept as head sampling has it, span by span and note by note.
TEST(TailTraces, AreTheSameTreesAsThoseOfHeadSampling)
{
    TailSampling tail = rules();
    tail.share = 0.3;
    const TraceResult head = run(shop, 20, headSampled(0.3)).traces, kept = run(shop, 20, sampled(tail)).traces;
    const auto told = [](const TraceResult& traces, std::size_t trace) {
        std::vector<std::string> lines;
        for (std::uint32_t index = 0; index < traces.spans.size(); ++index) {
            const Span& span = traces.spans[index];
            if (span.trace != trace) continue;
            const std::int64_t parent = span.parent == Span::none ? -1 : static_cast<std::int64_t>(traces.spans[span.parent].number);
            std::string line = std::to_string(span.number) + " in " + std::to_string(parent) + " " + std::string(keyOf(span.kind)) + " " +
                               std::to_string(span.place) + " " + std::to_string(span.begun.count()) + "-" + (span.open ? "open" : std::to_string(span.ended.count())) +
                               " " + std::string(keyOf(span.outcome)) + " waited " + std::to_string(span.waited.count());
            for (const Note& note : traces.notes)
                if (note.span == index) line += " " + std::string(keyOf(note.kind)) + " " + std::to_string(note.at.count());
            lines.push_back(line);
        }
        return lines;
    };
    const std::size_t compared = std::min<std::size_t>(200, kept.traces.size());
    ASSERT_GT(compared, 100u);
    for (std::size_t trace = 0; trace < compared; ++trace) {
        ASSERT_EQ(kept.traces[trace].request, head.traces[trace].request);
        EXPECT_EQ(told(kept, trace), told(head, trace));
    }
}

const std::string longWork = "nodes:\n"
                             "  users: {type: client, arrivals: trace(trace.csv), sends: web.go}\n"
                             "  web: {type: service, workers: 9, operations: {go: [{call: db.read}, {work: 2s}]}}\n"
                             "  db: {type: database, read: 10ms}\n";

// The first span came at 1.01. A second later nothing speaks against the request, which then takes another second: it is
// gone, although it was slow. Whoever waits longer sees it.
TEST(TailTraces, DecideByWhatHasComeWhenTheWaitIsOver)
{
    TailSampling tail = rules();
    tail.slowerThan = milliseconds(1'000);
    tail.wait = milliseconds(1'000);
    const TraceResult hasty = run(longWork, 10, sampled(tail, {1.0})).traces;
    EXPECT_EQ(hasty.sampled, 0u);
    EXPECT_TRUE(hasty.spans.empty());
    tail.wait = milliseconds(3'000);
    const TraceResult patient = run(longWork, 10, sampled(tail, {1.0})).traces;
    EXPECT_EQ(patient.sampled, 1u);
    EXPECT_EQ(patient.tail.bySlowness, 1u);
    EXPECT_EQ(patient.spans.size(), 3u);
}

// A retry saved the request; only who asks about spans keeps it.
TEST(TailTraces, TellFailedRequestsFromThoseOfWhichSomethingFailed)
{
    const std::string saved = "nodes:\n"
                              "  users: {type: client, arrivals: trace(trace.csv), sends: web}\n"
                              "  web: {type: service, work: 10ms}\n"
                              "links:\n  users -> web: {latency: 1ms, policies: [retry: {attempts: 3, backoff: fixed(200ms), jitter: none}]}\n"
                              "timeline:\n  - {at: 0.9s, for: 200ms, errors: web}\n";
    TailSampling tail = rules();
    tail.errors = true;
    EXPECT_EQ(run(saved, 5, sampled(tail, {1.0})).traces.sampled, 0u);
    tail.spanErrors = true;
    EXPECT_EQ(run(saved, 5, sampled(tail, {1.0})).traces.sampled, 1u);
}

const std::string mail = "nodes:\n"
                         "  users: {type: client, arrivals: trace(trace.csv), sends: web.buy}\n"
                         "  web: {type: service, workers: 9, operations: {buy: [{publish: orders}]}}\n"
                         "  orders: {type: queue}\n"
                         "  fulfil: {type: consumer, consumes: orders, concurrency: 9, work: 3s}\n";

// The request is over at once, its message after three seconds. As long as its trace is in memory what comes late is still
// added to it; when others have pushed it out, the consumer's span finds nobody.
TEST(TailTraces, LoseWhatComesWhenTheirTraceHasLeftTheMemory)
{
    const auto openIn = [](const TraceResult& traces) {
        return std::count_if(traces.spans.begin(), traces.spans.end(), [](const Span& span) { return span.open; });
    };
    TailSampling tail = rules();
    tail.share = 1;
    tail.wait = milliseconds(500);
    const TraceResult whole = run(mail, 10, sampled(tail, {1.0, 3.0})).traces;
    EXPECT_EQ(whole.sampled, 2u);
    EXPECT_EQ(openIn(whole), 0);
    EXPECT_EQ(whole.tail.incomplete + whole.tail.lateSpans, 0u);

    tail.held = 1;
    const TraceResult torn = run(mail, 10, sampled(tail, {1.0, 3.0})).traces;
    EXPECT_EQ(torn.sampled, 2u);
    EXPECT_EQ(torn.tail.evicted, 0u) << "it was decided about";
    EXPECT_EQ(torn.tail.incomplete, 1u);
    EXPECT_EQ(torn.tail.lateSpans, 2u) << "the ends of the message and of its handling";
    EXPECT_EQ(openIn(torn), 2);
    ASSERT_EQ(torn.traces.size(), 2u);
    EXPECT_EQ(torn.traces[0].request, 1u) << "in the order in which they began, whenever they left the memory";
}

// What was dropped stays dropped, whatever comes of it later: the failure of work that nobody waits for is not seen.
TEST(TailTraces, MissWhatFailsAfterTheDecision)
{
    TailSampling tail = rules();
    tail.spanErrors = true;
    tail.wait = milliseconds(500);
    const std::string cut = mail + "timeline:\n  - {at: 2s, for: 100ms, crash: fulfil}\n";
    EXPECT_EQ(run(cut, 10, sampled(tail, {1.0})).traces.sampled, 0u);
    tail.wait = milliseconds(2'000);
    EXPECT_EQ(run(cut, 10, sampled(tail, {1.0})).traces.sampled, 1u);
}

// Ten traces a second that wait 30 s for their decision, and room for ten: each has to leave before anybody decides. What
// is in memory at the end is decided about as when a Collector is shut down.
TEST(TailTraces, LoseTracesThatWaitLongerThanTheMemoryHoldsThem)
{
    const std::string steady = "nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n  web: {type: service, work: 1ms}\n";
    TailSampling tail = rules();
    tail.share = 1;
    tail.held = 10;
    const Results results = run(steady, 20.05, sampled(tail));
    EXPECT_EQ(results.requests, 200u);
    EXPECT_EQ(results.traces.tail.evicted, 190u);
    EXPECT_EQ(results.traces.sampled, 10u);
    tail.wait = milliseconds(500);
    EXPECT_EQ(run(steady, 20.05, sampled(tail)).traces.sampled, 200u) << "five at a time have room";
    tail.wait = TailSampling::usualWait;
    tail.afterRoot = milliseconds(500);
    EXPECT_EQ(run(steady, 20.05, sampled(tail)).traces.sampled, 200u) << "the root has come, why wait";
}

TEST(TailTraces, StayWithinTheirMemory)
{
    TailSampling tail = rules();
    tail.share = 1;
    support::Options options = sampled(tail);
    options.traceCapacity = 1'000;
    const TraceResult traces = run(shop, 20, options).traces;
    EXPECT_LE(traces.spans.size() + traces.notes.size(), 1'000u);
    EXPECT_GT(traces.spans.size(), 700u);
    EXPECT_GT(traces.tail.evicted + traces.dropped, 0u);
    EXPECT_EQ(traces.traces.size(), traces.kept());
    EXPECT_EQ(traces.sampled + traces.tail.evicted, traces.tail.seen) << "all of them either left undecided or were chosen";
    // One request with more spans than fit.
    options.trace = {1.0};
    options.traceCapacity = 100;
    const TraceResult huge = run("nodes:\n"
                                 "  users: {type: client, arrivals: trace(trace.csv), sends: web.go}\n"
                                 "  web: {type: service, operations: {go: [{repeat: {times: 500, steps: [{call: db.read}]}}]}}\n"
                                 "  db: {type: database, read: 1ms}\n",
                                 5, options).traces;
    EXPECT_TRUE(huge.spans.empty());
    EXPECT_EQ(huge.tail.evicted, 1u);
}

}  // namespace
}  // namespace tantrum::models
