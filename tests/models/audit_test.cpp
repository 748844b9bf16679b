// The audit passes what is right and sees what is wrong, at any node.
#include "models/scenario/catalogue.h"
#include "models/world/construction.h"
#include "models/world/sampler.h"
#include "tests/models/support/run.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;
using Verdict = AuditLine::Verdict;

const std::string shop = "nodes:\n  users: {type: client, arrivals: poisson(200/s), sends: web}\n  web: {type: service, workers: 2, work: exponential(4ms)}\n"
                         "links:\n  users -> web: {latency: 1ms}\n";

const AuditLine& line(const std::vector<AuditLine>& lines, std::string_view subject, std::string_view law)
{
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const AuditLine& each) { return each.subject == subject && each.law == law; });
    if (found == lines.end()) throw std::runtime_error("the audit has no such line");
    return *found;
}

std::size_t violations(const std::vector<AuditLine>& lines)
{
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [](const AuditLine& each) { return each.verdict == Verdict::violated; }));
}

TEST(Audit, FindsLittlesLawAndTheUtilisationLawExactWhereANodeWasEmpty)
{
    const auto world = build("warmup: 5s\n" + shop, 60);
    world->advanceTo(world->end());
    const std::vector<AuditLine> lines = world->audit();
    for (const char* law : {"Little's law", "utilisation law"}) {
        const AuditLine& exact = line(lines, "web", law);
        EXPECT_EQ(exact.verdict, Verdict::holds) << exact.note;
        EXPECT_TRUE(exact.note.starts_with("exact")) << exact.note;
        EXPECT_GT(exact.left, 30) << "most of 48 seconds of work";
        EXPECT_NEAR(exact.left, exact.right, 1e-6);
    }
    EXPECT_EQ(violations(lines), 0u);
    EXPECT_EQ(line(lines, "users", "Little's law").verdict, Verdict::notApplicable);
}

// Every type of node, so that no gauge of a population or of workers is taken on trust.
TEST(Audit, HoldsForEveryKindOfNode)
{
    const auto world = build("nodes:\n"
                             "  users: {type: client, arrivals: poisson(100/s), sends: lb.buy, keys: zipf(1000 1.0)}\n"
                             "  lb: {type: load_balancer, backends: [web], work: exponential(1ms)}\n"
                             "  web:\n    type: service\n    replicas: 2\n    workers: 8\n    operations:\n      buy:\n        - work: exponential(5ms)\n"
                             "        - cache: {in: redis, steps: [{call: db.read}]}\n        - call: db.write\n        - publish: orders\n"
                             "  redis: {type: cache, capacity: 200, work: 0.1ms}\n"
                             "  db: {type: database, connections: 4, row_locks: true, read: exponential(2ms), write: exponential(2ms)}\n"
                             "  orders: {type: queue}\n"
                             "  packers: {type: consumer, consumes: orders, concurrency: 2, work: exponential(3ms)}\n"
                             "links:\n  \"* -> *\": {latency: 0.1ms}\n", 100);
    world->advanceTo(world->end());
    const std::vector<AuditLine> lines = world->audit();
    for (const AuditLine& each : lines) EXPECT_NE(each.verdict, Verdict::violated) << each.subject << ": " << each.law << ", " << each.left << " against " << each.right << " " << each.note;
    for (const char* node : {"lb", "web", "redis", "db", "orders", "packers"}) {
        const AuditLine& little = line(lines, node, "Little's law");
        EXPECT_EQ(little.verdict, Verdict::holds) << node << ": " << little.note;
        EXPECT_TRUE(little.note.starts_with("exact")) << node << ": " << little.note;
        EXPECT_GT(little.left, 0) << node;
    }
    EXPECT_EQ(line(lines, "lb", "utilisation law").note, "no workers");
    EXPECT_EQ(line(lines, "redis", "utilisation law").verdict, Verdict::holds);
}

// Which law says nothing about a node is what the node says, not what a parameter of it is called.
TEST(Audit, AsksEachNodeWhetherALawApplies)
{
    const auto audited = [](const std::string& service) {
        const auto world = build("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n  web: {type: service, workers: 4, work: exponential(4ms)" + service + "}\n", 20);
        world->advanceTo(world->end());
        return world->audit();
    };
    const auto plain = audited("");
    EXPECT_EQ(line(plain, "web", "utilisation law").verdict, Verdict::holds);
    EXPECT_EQ(line(plain, "web", "Little's law").verdict, Verdict::holds);
    EXPECT_EQ(line(audited(", cores: 2"), "web", "utilisation law").note, "its workers share cores");
    EXPECT_EQ(line(audited(", blocking: false"), "web", "Little's law").note, "with blocking: false nobody counts those who wait for other nodes");
}

// Work that is cut short counts as far as it was done: the law holds exactly for workers with a time limit.
TEST(Audit, HoldsWhereWorkIsCutShort)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: poisson(1/s), sends: rabbit.tasks}\n  rabbit: {type: rabbitmq, queues: {tasks: {}}}\n"
                             "  worker: {type: celery, consumes: rabbit.tasks, concurrency: 4, work: exponential(1s), time_limit: 2s}\n", 200);
    world->advanceTo(world->end());
    ASSERT_GT(metric(node(world->results(), "worker"), "time_limits"), 5);
    const std::vector<AuditLine> lines = world->audit();
    EXPECT_EQ(violations(lines), 0u);
    const AuditLine& law = line(lines, "worker", "utilisation law");
    EXPECT_EQ(law.verdict, Verdict::holds) << law.note;
    EXPECT_TRUE(law.note.starts_with("exact") || law.note.starts_with("workers also")) << law.note;
    EXPECT_NEAR(law.left, law.right, 1e-6);
}

/// A world in pieces, so that a test can tamper with what one of them counts.
struct Pieces {
    explicit Pieces(double seconds) : scenario(read(shop, seconds)), construction(scenario, parts, 1)
    {
        construction.build();
        sampler.emplace(scenario, parts, second(seconds), WorldOptions());
    }
    void runTo(double seconds)
    {
        while (parts.simulation.now() < second(seconds)) {
            parts.simulation.run(std::min(second(seconds), sampler->nextEdge()));
            sampler->cut();
        }
    }
    std::vector<AuditLine> audited() const { return audit(parts, *sampler, {}); }
    Station& web() { return parts.nodes[1].component->station(); }

    scenario::Scenario scenario;
    Parts parts;
    Construction construction;
    std::optional<Sampler> sampler;
};

TEST(Audit, SeesWhatIsWrong)
{
    const auto violated = [](auto&& tamper) {
        Pieces pieces(20);
        pieces.runTo(10);
        EXPECT_EQ(violations(pieces.audited()), 0u);
        tamper(pieces);
        pieces.runTo(20);
        std::string laws;
        for (const AuditLine& each : pieces.audited())
            if (each.verdict == Verdict::violated) laws += each.subject + ": " + std::string(each.law) + "; ";
        return laws;
    };
    EXPECT_EQ(violated([](Pieces&) {}), "");
    EXPECT_EQ(violated([](Pieces& pieces) { pieces.web().arrive(), pieces.web().leave(Outcome::ok, engine::Duration()); }), "web: flow between nodes; ") << "a request that nobody sent";
    EXPECT_EQ(violated([](Pieces& pieces) { pieces.web().window().record(1'000'000'000); }), "web: Little's law; ") << "a stay that nobody had";
    EXPECT_EQ(violated([](Pieces& pieces) { ++pieces.parts.routes[0]->route->counts.callsEnded[0]; }), "users -> web: conservation; ") << "a call that ended twice";
    EXPECT_EQ(violated([](Pieces& pieces) { ++pieces.parts.routes[0]->route->counts.calls; }), "users: flow between nodes; users -> web: conservation; ") << "a call that nobody made";
    // Work that nobody asked for keeps no worker busy.
    EXPECT_EQ(violated([](Pieces& pieces) {
                  Host& host = *pieces.parts.nodes[1].component->hosts().front();
                  struct Idle {
                      static engine::Task<void> work(Host& at) { co_await at.processor().work(engine::Duration::seconds(1)); }
                  };
                  host.scope().spawn(Idle::work(host));
              }),
              "web: utilisation law; ");
}

}  // namespace
}  // namespace tantrum::models
