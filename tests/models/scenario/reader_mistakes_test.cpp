#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>

namespace tantrum::tests {
namespace {

struct Mistake {
    std::uint32_t line;
    std::uint32_t column;
    const char* message;
    const char* hint;
};

void expectExactly(const sc::ReadResult& result, std::span<const Mistake> mistakes)
{
    EXPECT_FALSE(result.scenario);
    ASSERT_EQ(result.diagnostics.size(), mistakes.size()) << problemsOf(result);
    for (std::size_t i = 0; i < mistakes.size(); ++i) {
        const auto& diagnostic = result.diagnostics[i];
        EXPECT_EQ(diagnostic.position.line, mistakes[i].line) << problemsOf(result);
        EXPECT_EQ(diagnostic.position.column, mistakes[i].column) << diagnostic.message;
        EXPECT_EQ(diagnostic.message, mistakes[i].message);
        EXPECT_EQ(diagnostic.hint, mistakes[i].hint);
    }
}

TEST(Reader, FifteenMistakesGetFifteenDiagnostics)
{
    const char* text = R"(tantrum: 1
nmae: A typo in a key
duration: 60
warmup: 10s
nodes:
  users:
    type: client
    arrivals: poisson(280)
    sends: wbe.checkout
  web:
    type: service
    wokers: 16
    replicas: 0
    work: exponental(4ms)
    operations:
      checkout:
        - wrok: 4ms
        - call: db.get
        - call: users
  db: {type: databse}
  2nd: {type: service}
links:
  "* -> *": {latency: normal(0.5ms, 0.1ms)}
  web -> db:
    policies:
      - retyr: {attempts: 3}
timeline:
  - {at: 10s, crash: users}
expect:
  - p99(web.latency) < 250ms
)";
    const Mistake mistakes[]{
        {2, 1, "a scenario has no 'nmae'", "did you mean 'name'?"},
        {3, 11, "'60' needs a unit", "e.g. 60ms"},
        {8, 23, "'280' needs a unit", "e.g. 280/s"},
        {9, 12, "there is no node 'wbe'", "did you mean 'web'?"},
        {12, 5, "a service has no 'wokers'", "did you mean 'workers'?"},
        {13, 15, "'0' is out of range", "allowed: 1 to 10000"},
        {14, 11, "there is no function 'exponental' for this", "did you mean 'exponential'?"},
        {17, 11, "'wrok' is not a step", "did you mean 'work'?"},
        {19, 17, "'users' is a client: it cannot be called", "nodes here that can: web, 2nd"},
        {20, 14, "there is no type 'databse'", "known here: cache, client, queue, service, worker"},
        {21, 3, "'2nd' is not a name", "names begin with a letter and go on with letters, digits, '_' and '-'"},
        {23, 23, "'normal(0.5ms, 0.1ms)' is torn at its comma: inside { } and [ ] YAML ends a value at the comma",
         "separate arguments by spaces, or quote the value"},
        {26, 9, "there is no policy 'retyr'", "did you mean 'retry'?"},
        {28, 22, "'users' is a client: it does not understand 'crash'", "no fault can be aimed at it"},
        {30, 9, "'web' is a service, and 'p99' is measured at a client", "clients: users"},
    };
    expectExactly(readText(text), mistakes);
}

std::string one(const std::string& text)
{
    const auto result = readText(text);
    if (result.diagnostics.size() != 1) return "not one: " + problemsOf(result);
    const auto& found = result.diagnostics[0];
    return std::to_string(found.position.line) + ":" + std::to_string(found.position.column) + ": " + found.message +
           (found.hint.empty() ? "" : " | " + found.hint);
}

const std::string head = "tantrum: 1\nduration: 60s\nnodes:\n  web: {type: service, operations: {get: [{work: 1ms}], "
                         "put: [{work: 1ms}]}}\n  users: {type: client, sends: web.get}\n  jobs: {type: queue}\n";

TEST(Reader, TheFrameOfAScenarioIsChecked)
{
    EXPECT_EQ(one("duration: 1s\nnodes: {}\n"),
              "1:1: the format version is missing | begin the file with 'tantrum: 1'");
    EXPECT_EQ(one("tantrum: 2\nwhatever: 1s\n"), "1:10: this file is in format version 2, which this program does not "
                                                 "know | this program reads version 1; a newer one may read this file");
    EXPECT_EQ(one("tantrum: one\nduration: 1s\nnodes: {}\n"),
              "1:10: 'one' is not a format version | write 'tantrum: 1'");
    EXPECT_EQ(one("tantrum: 1\nnodes: {}\n"), "1:1: the scenario has no duration | add e.g. 'duration: 5min'");
    EXPECT_EQ(one("tantrum: 1\nduration: 1s\n"),
              "1:1: the scenario has no nodes | add 'nodes:' with at least a client and a service");
    EXPECT_EQ(one("tantrum: 1\nduration: 0s\nnodes: {}\n"), "2:11: '0s' is out of range | allowed: at least 1ns");
    EXPECT_EQ(one("tantrum: 1\nduration: 101000d\nnodes: {}\n"),
              "2:11: '101000d' is too long | at most 100 years (36500d)");
    EXPECT_EQ(one("tantrum: 1\nduration: 1s\nwarmup: 1s\nnodes: {}\n"),
              "3:9: the warm-up (1s) has to be shorter than the run (1s) | nothing would be left to measure");
    EXPECT_EQ(one("tantrum: 1\nduration: 1s\nseed: -1\nnodes: {}\n"),
              "3:7: '-1' is not a whole number from 0 to 18446744073709551615 | write e.g. 42");
    EXPECT_EQ(one("tantrum: 1\nduration: 1s\nduration: 2s\nnodes: {}\n"),
              "3:1: the key 'duration' is given twice | remove one of them");
    EXPECT_EQ(one("tantrum: 1\nduration: 1s\nnodes: [a]\n"),
              "3:8: 'nodes' is a mapping, not a list | write 'key: value' lines below it, or {key: value}");
}

TEST(Reader, NodesAreChecked)
{
    EXPECT_EQ(one(head + "  a: {workers: 1}\n"),
              "7:3: the node 'a' has no type | add e.g. 'type: service'; `tantrum list` shows all types");
    EXPECT_EQ(
        one(head + "  a: {type: retry}\n"),
        "7:13: 'retry' is a policy, not a type of node | policies belong to links: links: {a -> b: {policies: [...]}}");
    EXPECT_EQ(one(head + "  a: {type: client}\n"), "7:6: a client needs 'sends' | what it calls");
    EXPECT_EQ(one(head + "  a: {type: service, discipline: filo}\n"),
              "7:34: 'filo' is not one of: fifo, lifo | did you mean 'fifo'?");
    EXPECT_EQ(one(head + "  a: {type: service, workers: unlimited}\n"),
              "7:31: 'unlimited' is not a whole number | write e.g. 16 or 10_000");
    EXPECT_EQ(one(head + "  a: {type: service, queue: 2_000_000}\n"),
              "7:29: '2_000_000' is out of range | allowed: 0 to 1000000, or unlimited");
    EXPECT_EQ(one(head + "  a: {type: service, ttl: 2h}\n"), "7:27: '2h' is out of range | allowed: at most 1h");
    EXPECT_EQ(one(head + "  a: {type: service, work: exponential(2h)}\n"),
              "7:28: the mean of 'exponential(2h)' is out of range | allowed: at most 1min");
    EXPECT_EQ(one(head + "  a: {type: service, workers: [1]}\n"), "7:31: a count is expected here, not a list");
    EXPECT_EQ(one(head + "  a: {type: service, workers: }\n"),
              "7:31: a count is expected here, not nothing | write a value after the colon");
    EXPECT_EQ(one(head + "  a: {type: worker, consumes: web}\n"),
              "7:31: 'web' is a service: it cannot keep messages | nodes here that can: jobs");
    EXPECT_EQ(one(head + "  a: {type: worker, consumes: jobs, also: [jobs, jbos]}\n"),
              "7:50: there is no node 'jbos' | did you mean 'jobs'?");
    EXPECT_EQ(one(head + "  a: {type: client, sends: web}\n"),
              "7:28: 'web' has several operations | say which, e.g. web.get; known here: get, put");
    EXPECT_EQ(one(head + "  a: {type: client, sends: web.got}\n"),
              "7:28: 'web' has no operation 'got' | did you mean 'get'?");
    EXPECT_TRUE(
        readText(
            head +
            "  a: {type: service, queue: unlimited, limit: 5/s, price: $0.40, disk: 10MB/s, drain: true, speed: x2}\n")
            .scenario);
}

TEST(Reader, LinksAreChecked)
{
    EXPECT_EQ(one(head + "links:\n  web - users: {}\n"),
              "8:3: 'web - users' is not a link | write from -> to, e.g. web -> db or \"* -> *\"");
    EXPECT_EQ(one(head + "links:\n  web -> usrs: {}\n"), "8:3: there is no node 'usrs' | did you mean 'users'?");
    EXPECT_EQ(one(head + "links:\n  web -> b*: {}\n"), "8:3: no node matches 'b*' | the link is of no use");
    EXPECT_EQ(one(head + "links:\n  web -> users: {}\n  web->users: {}\n"),
              "9:3: the link 'web -> users' is given twice | put both into one");
    EXPECT_EQ(one(head + "links:\n  web -> users: {type: lnk}\n"),
              "8:24: there is no type of link 'lnk' | did you mean 'link'?");
    EXPECT_EQ(one(head + "links:\n  web -> users: {policies: [timeout]}\n"),
              "8:29: 'timeout' needs 'limit' | how long to wait");
    EXPECT_EQ(one(head + "links:\n  web -> users: {policies: [circuit_breaker: 3]}\n"),
              "8:46: the policy 'circuit_breaker' is a mapping, not a single value | write 'key: value' lines below "
              "it, or {key: value}");
    EXPECT_EQ(one(head + "links:\n  web -> users: {policies: [{retry: 3, timeout: 1s}]}\n"),
              "8:29: a policy is one name with its parameters | write e.g. '- retry: {attempts: 3}', each policy after "
              "its own '- '");
    EXPECT_TRUE(readText(head + "links:\n  \"web->users\": {policies: [retry, retry: , retry: 5]}\n").scenario);
}

TEST(Reader, TheTimelineIsChecked)
{
    const std::string begin = head + "timeline:\n";
    EXPECT_EQ(one(begin + "  - {crash: web}\n"), "8:5: a timeline entry needs 'at' | when it happens, e.g. at: 60s");
    EXPECT_EQ(one(begin + "  - {at: 1s}\n"),
              "8:5: the entry does not say what happens | known here: crash, partition, slow, set");
    EXPECT_EQ(one(begin + "  - {at: 1s, carsh: web}\n"),
              "8:14: 'carsh' is not something that can happen | did you mean 'crash'?");
    EXPECT_EQ(one(begin + "  - {at: 1s, crash: web, slow: web}\n"),
              "8:26: an entry does one thing, not both 'crash' and 'slow' | make two entries of it");
    EXPECT_EQ(one(begin + "  - {at: 90s, crash: web}\n"),
              "8:10: this never happens: the run ends at 1min | make it earlier, or the duration longer");
    EXPECT_EQ(one(begin + "  - {at: 1s, crash: jobs}\n"),
              "8:21: 'jobs' is a queue: it does not understand 'crash' | no fault can be aimed at it");
    EXPECT_EQ(one(begin + "  - {at: 1s, crash: wbe}\n"), "8:21: there is no node 'wbe' | did you mean 'web'?");
    EXPECT_EQ(one(begin + "  - {at: 1s, slow: web, factr: 3}\n"),
              "8:25: the fault 'slow' has no 'factr' | did you mean 'factor'?");
    EXPECT_EQ(one(begin + "  - {at: 1s, set: web.workers}\n"),
              "8:5: 'set' needs 'to' | the new value, e.g. {at: 4min, set: web.workers, to: 32}");
    EXPECT_EQ(one(begin + "  - {at: 1s, set: web.wrokers, to: 3}\n"),
              "8:19: a service has no 'wrokers' | did you mean 'workers'?");
    EXPECT_EQ(one(begin + "  - {at: 1s, set: web.replicas, to: 3}\n"),
              "8:19: 'replicas' of a service cannot change while the simulation runs | what can: known here: workers, "
              "queue, discipline, limit, work");
    EXPECT_EQ(one(begin + "  - {at: 1s, set: web.workers, to: 0}\n"),
              "8:36: '0' is out of range | allowed: 1 to 1000000");
    EXPECT_EQ(one(begin + "  - {at: 1s, set: users.arrivals.rate, to: 0}\n"), "8:44: '0' needs a unit | e.g. 0/s");
    EXPECT_EQ(one(begin + "  - {at: 1s, set: web -> users.latency, to: 1ms}\n"),
              "8:19: 'links' has no entry 'web -> users' | name an entry as it stands there, or add it");
}

TEST(Reader, ExpectationsAreChecked)
{
    const std::string begin = head + "expect:\n";
    EXPECT_EQ(one(begin + "  - p98(users.latency) < 1s\n"),
              "8:5: there is nothing called 'p98' to expect | did you mean 'p90'?");
    EXPECT_EQ(one(begin + "  - p99(users) < 1s\n"), "8:9: 'p99' is a measure of latency | write p99(users.latency)");
    EXPECT_EQ(one(begin + "  - p99(usres.latency) < 1s\n"), "8:9: there is no node 'usres' | did you mean 'users'?");
    EXPECT_EQ(one(begin + "  - p99(users.latency) < 1\n"), "8:26: '1' needs a unit | e.g. 1ms");
    EXPECT_EQ(one(begin + "  - p99(users.latency) ~ 1s\n"),
              "8:24: a comparison is expected here | one of < <= > >= ==");
    EXPECT_EQ(one(begin + "  - p99(users.latency) < 1s later\n"),
              "8:29: 'later' is not expected here | before T, after T, between T and T");
    EXPECT_EQ(one(begin + "  - p99(users.latency) < 1s within 1%\n"),
              "8:29: 'within' belongs to '==' | e.g. mean(c.latency) == 10ms within 1%");
    EXPECT_EQ(one(begin + "  - goodput(users) > 5/s after 2min\n"),
              "8:26: the run ends at 1min | nothing would be measured");
    EXPECT_EQ(one(begin + "  - goodput(users) > 5/s between 20s and 10s\n"),
              "8:26: the window is empty | between the earlier and the later time");
    EXPECT_EQ(one(begin + "  - metric(web.lga) < 1s\n"), "8:12: a service has no metric 'lga' | did you mean 'lag'?");
    EXPECT_EQ(one(begin + "  - fast\n"),
              "8:5: 'fast' is not an expectation | write e.g. p99(shoppers.latency) < 250ms");
    EXPECT_TRUE(readText(begin + "  - goodput(users) > 0/s\n  - error_rate(users) < 1%\n  - utilization(web)<0.9\n  - "
                                 "queue_max(web) <= 10\n")
                    .scenario);
}

TEST(Reader, StudyAndLayoutAreChecked)
{
    EXPECT_EQ(one(head + "study: {vray: {}}\n"), "7:9: 'study' has no 'vray' | did you mean 'vary'?");
    EXPECT_EQ(one(head + "study: {vary: {web.workers: }}\n"),
              "7:16: the values to try are missing | write a list [1, 2, 4] or a range 1..8");
    EXPECT_EQ(one(head + "layout: {web: [1]}\n"),
              "7:15: a place is a list of two numbers up to a million | e.g. [320, 180]");
    EXPECT_EQ(one(head + "layout: {wbe: [1, 2]}\n"), "7:10: there is no node 'wbe' | did you mean 'web'?");
    EXPECT_TRUE(readText(head + "layout:\nstudy:\nlinks:\n").scenario);
}

}  // namespace
}  // namespace tantrum::tests
