// Whatever diverges is stopped in words, within bounds of events and memory that a slow machine keeps in ten seconds and
// two gigabytes; whatever is merely large is left alone. Each case runs in a process of its own, whose peak is measured.
#include "tests/models/support/run.h"

#include "engine/pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

// Ten seconds at the 3 million events a second of a slow and loaded machine would be 30 million.
constexpr std::uint64_t mostEvents = 16'000'000;
constexpr long mostKilobytes = 2L << 20;

struct Ended {
    std::string reason;  ///< empty: it came to its end
    std::uint64_t events = 0, requests = 0;
    double seconds = 0;  ///< of the processor
    long kilobytes = 0;  ///< at the peak, without what the process had from its parent
    bool sound = false;  ///< the process ended by itself, with every request accounted for
};

void runAndTell(const scenario::Scenario& scenario, int to)
{
    const auto world = World::build(scenario, {});
    world->advanceTo(world->end());
    const bool sound = world->unaccounted() == 0;
    const std::string told = std::to_string(world->events()) + " " + std::to_string(world->requests()) + " " + std::to_string(sound) + " " + world->stopReason();
    if (write(to, told.data(), told.size()) != static_cast<ssize_t>(told.size())) _exit(1);
}

// Resident now; a child begins with as much.
long kilobytesNow()
{
    std::ifstream statm("/proc/self/statm");
    long all = 0, resident = 0;
    statm >> all >> resident;
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// A process that hangs is ended by its limit, and found wanting.
Ended runApart(const std::string& yaml, double seconds)
{
    Ended ended;
    const scenario::Scenario scenario = read(yaml, seconds);
    const long before = kilobytesNow();
    int pipes[2];
    if (pipe(pipes) != 0) return ended;
    const pid_t child = fork();
    if (child == 0) {
        const rlimit seconds60{60, 60};
        setrlimit(RLIMIT_CPU, &seconds60);
        runAndTell(scenario, pipes[1]);
        _exit(0);
    }
    close(pipes[1]);
    char text[1000];
    std::string told;
    for (ssize_t length; (length = ::read(pipes[0], text, sizeof text)) > 0;) told.append(text, static_cast<std::size_t>(length));
    close(pipes[0]);
    int status = 0;
    rusage usage{};
    wait4(child, &status, 0, &usage);
    int counted = 0, sound = 0;
    unsigned long long events = 0, requests = 0;
    if (std::sscanf(told.c_str(), "%llu %llu %d %n", &events, &requests, &sound, &counted) == 3) ended.reason = told.substr(static_cast<std::size_t>(counted));
    ended.events = events;
    ended.requests = requests;
    ended.sound = WIFEXITED(status) && WEXITSTATUS(status) == 0 && sound == 1;
    ended.kilobytes = usage.ru_maxrss - before;
    ended.seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    return ended;
}

struct Case {
    const char* name;
    double duration;
    const char* node;    ///< what the sentence has to name
    const char* cause;   ///< and to say
    std::string nodes;
};
void PrintTo(const Case& each, std::ostream* stream) { *stream << each.name; }

const std::string nodes = "nodes:\n  users: {type: client, arrivals: ";

std::vector<Case> diverging()
{
    std::string failing;
    for (int step = 0; step < 20; ++step) failing += std::string(step ? ", " : "[") + "{fail: 0%}";
    failing += "]";
    const std::string retries = "{latency: 0, policies: [retry: {attempts: 1000, backoff: fixed(0), jitter: none}]}\n";
    return {
        {"AQueueWithoutConsumers", 100, "'orders'", "grows without end", nodes + "paced(1000000/s), sends: orders}\n  orders: {type: queue}\n"},
        {"AServiceThatCannotKeepUp", 1000, "'web'", "grows without end", nodes + "poisson(500000/s), sends: web}\n  web: {type: service, work: exponential(1ms)}\n"},
        {"AConsumerThatCannotKeepUp", 1000, "'orders'", "grows without end", nodes + "paced(1000000/s), sends: orders}\n  orders: {type: queue}\n  packers: {type: consumer, consumes: orders, work: 1s}\n"},
        {"ARetryStormAtAnUnboundedQueue", 1000, "'web'", "grows without end", nodes + "paced(10000/s), sends: web}\n  web: {type: service, work: 10ms}\nlinks:\n  users -> web: {latency: 0, policies: [retry: {attempts: 1000, backoff: fixed(1ms)}, timeout: 1ms]}\n"},
        {"CallsThatNeverEnd", 1e6, "'web'", "grows without end", nodes + "paced(100000/s), sends: web}\n  web: {type: service, workers: 1000000, work: 1ms}\ntimeline:\n  - {at: 1s, pause: web}\n"},
        {"ArrivalsBeyondTheClock", 10, "'users'", "time hardly moves", nodes + "poisson(1000000000/s), sends: web}\n  web: {type: service, queue: 10, work: 1ms}\n"},
        {"PacedArrivalsBeyondTheClock", 10, "'users'", "time hardly moves", nodes + "paced(1000000000/s), sends: web}\n  web: {type: service, queue: 10, work: 1ms}\n"},
        {"ArrivalsThatTurnMadLater", 100, "'users'", "time hardly moves", nodes + "steps(100/s 5s 1000000000/s), sends: web}\n  web: {type: service, queue: 10, work: 1ms}\n"},
        {"AUserWhoNeverThinks", 10, "'web'", "time stands still", nodes + "closed(users=1 think=0), sends: web}\n  web: {type: service, work: 0}\n"},
        {"AUserWhoThinksForANanosecond", 100, "'users'", "time hardly moves", nodes + "closed(users=10 think=1ns), sends: web}\n  web: {type: service, work: 0}\n"},
        {"AUserWhoIsTurnedAwayAndAsksAgain", 10, "'users'", "time stands still", nodes + "closed(users=1 think=0), sends: web}\n  web: {type: service, work: 1ms}\nlinks:\n  users -> web: {latency: 0, policies: [rate_limit: {rate: 1/s, burst: 1}]}\n"},
        {"RetriesOfRetriesWithoutWaiting", 10, "'c'", "time stands still",
         nodes + "paced(1/s), sends: a}\n  a: {type: service, operations: {get: [call: b]}}\n  b: {type: service, operations: {get: [call: c]}}\n  c: {type: service, operations: {get: [fail: 100%]}}\n"
                 "links:\n  users -> a: " + retries + "  a -> b: " + retries + "  b -> c: " + retries},
        {"AConsumerThatReturnsWhatItCannotHandle", 10, "'packers'", "time stands still", nodes + "paced(1/s), sends: orders}\n  orders: {type: queue}\n  packers: {type: consumer, consumes: orders, steps: [{fail: 100%}], on_failure: return}\n"},
        {"AConsumerFarAwayThatReturnsWhatItCannotHandle", 10, "'packers'", "time stands still", nodes + "paced(1/s), sends: orders}\n  orders: {type: queue}\n  packers: {type: consumer, consumes: orders, steps: [{fail: 100%}], on_failure: return}\nlinks:\n  packers -> orders: {latency: 0}\n"},
        {"AConsumerThatFeedsItself", 10, "'orders'", "time stands still", nodes + "paced(1/s), sends: orders}\n  orders: {type: queue}\n  packers: {type: consumer, consumes: orders, steps: [{call: orders.publish}]}\n"},
        {"AProgramThatGoesRound", 10, "'web'", "time stands still", nodes + "paced(10/s), sends: web}\n  web: {type: service, operations: {get: [{repeat: {times: 1000000, steps: [{repeat: {times: 1000000, steps: " + failing + "}}]}}]}}\n"},
        {"AProgramThatCallsRound", 10, "'other'", "time stands still", nodes + "paced(10/s), sends: web}\n  web: {type: service, operations: {get: [{repeat: {times: 1000000, steps: [{repeat: {times: 1000000, steps: [call: other]}}]}}]}}\n  other: {type: service, work: 0}\n"},
        {"NodesThatCallEachOther", 100, "a -> b", "endless circle", nodes + "paced(10/s), sends: a}\n  a: {type: service, workers: 1000, operations: {get: [{choose: [{share: 99.99%, steps: [{call: b}]}, {steps: [{work: 1ms}]}]}]}}\n"
                                                                      "  b: {type: service, workers: 1000, operations: {get: [{choose: [{share: 99.99%, steps: [{call: a}]}, {steps: [{work: 1ms}]}]}]}}\n"},
    };
}

// A sanitizer's own memory and time would be measured instead of the guard's.
#if defined(TANTRUM_PLAIN_FRAMES) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

class Divergence : public testing::TestWithParam<Case> {};

TEST_P(Divergence, IsStoppedInOneSentenceWithinTimeAndMemory)
{
    const Case& each = GetParam();
    if (sanitized && std::string(each.name) != "NodesThatCallEachOther") GTEST_SKIP() << "too many events for a sanitizer";
    const Ended ended = runApart(each.nodes, each.duration);
    std::printf("%s: %.1f million events, %.1f s, %.2f GiB: %s\n", each.name, static_cast<double>(ended.events) / 1e6, ended.seconds, static_cast<double>(ended.kilobytes) / (1 << 20), ended.reason.c_str());
    EXPECT_TRUE(ended.sound);
    EXPECT_NE(ended.reason.find(each.node), std::string::npos) << ended.reason;
    EXPECT_NE(ended.reason.find(each.cause), std::string::npos) << ended.reason;
    EXPECT_LE(ended.events, mostEvents);
    EXPECT_LE(ended.kilobytes, mostKilobytes);
}

INSTANTIATE_TEST_SUITE_P(Guard, Divergence, testing::ValuesIn(diverging()), [](const auto& chosen) { return std::string(chosen.param.name); });

std::string manyNodes(int pairs)
{
    std::string text = "nodes:\n";
    for (int pair = 0; pair < pairs; ++pair) {
        const std::string number = std::to_string(pair);
        text += "  c" + number + ": {type: client, arrivals: poisson(50/s), sends: s" + number + "}\n  s" + number + ": {type: service, work: exponential(1ms)}\n";
    }
    return text;
}

std::vector<Case> large()
{
    return {
        {"AMillionRequestsUnderWayInLockstep", 3.5, "", "", nodes + "closed(users=1000000 think=1s), sends: web}\n  web: {type: service, workers: 1000000, work: 1s}\n"},
        {"AMillionRequestsUnderWayOverALink", 1.5, "", "", nodes + "paced(900000/s), sends: web}\n  web: {type: service, workers: 1000000, work: 1.1s}\nlinks:\n  users -> web: {latency: 10ms}\n"},
        {"TenThousandNodes", 1.5, "", "", manyNodes(5000)},
        {"AHundredThousandArrivalsAtOneInstant", 3, "", "",
         nodes + "closed(users=100000 think=1s), sends: a}\n  a: {type: load_balancer, backends: [b]}\n  b: {type: service, replicas: 10, workers: 100000, operations: {get: [{call: c}, {call: d}, {call: c}]}}\n"
                 "  c: {type: service, workers: 100000, operations: {get: [{work: 0}, {call: d}]}}\n  d: {type: service, workers: 100000, work: 0}\n"},
        {"OneBusyServiceForAWhile", 5, "", "", nodes + "poisson(600000/s), sends: web}\n  web: {type: service, workers: 1000, queue: 1000, work: exponential(1ms)}\n"},
    };
}

class Largeness : public testing::TestWithParam<Case> {};

TEST_P(Largeness, IsNoReasonToStop)
{
    if (sanitized) GTEST_SKIP() << "too many events for a sanitizer";
    const Case& each = GetParam();
    const Ended ended = runApart(each.nodes, each.duration);
    std::printf("%s: %.1f million events, %.1f s, %.2f GiB\n", each.name, static_cast<double>(ended.events) / 1e6, ended.seconds, static_cast<double>(ended.kilobytes) / (1 << 20));
    EXPECT_TRUE(ended.sound);
    EXPECT_EQ(ended.reason, "");
    EXPECT_GE(ended.requests, 100'000u);
    EXPECT_LE(ended.kilobytes, mostKilobytes);
}

INSTANTIATE_TEST_SUITE_P(Guard, Largeness, testing::ValuesIn(large()), [](const auto& chosen) { return std::string(chosen.param.name); });

}  // namespace
}  // namespace tantrum::models
