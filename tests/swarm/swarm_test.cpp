// Random systems, random faults: whatever happens, no request is lost or made up, and the same seed repeats it.
//
// TANTRUM_SWARM_SEED=n repeats one scenario; TANTRUM_SWARM_COUNT=10000 runs many. A failure prints the command that
// repeats it and writes the scenario next to the program; so does a crash.
#include "tests/swarm/support/generator.h"
#include "tests/swarm/support/luck.h"

#include "engine/pool.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>

namespace {
char lastWords[1024];
void sayLastWords()
{
    if (write(STDERR_FILENO, lastWords, std::strlen(lastWords)) < 0) return;
}
extern "C" void onAbort(int signal)
{
    sayLastWords();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}
}  // namespace
// AddressSanitizer calls this, if it is there, before it reports.
extern "C" void __asan_on_error();
extern "C" void __asan_on_error() { sayLastWords(); }

namespace tantrum::swarm {
namespace {

using namespace models;
namespace fs = std::filesystem;

constexpr std::uint64_t eventBudget = 150'000;
constexpr int checkpoints = 8;

std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise)
{
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

fs::path program() { return fs::read_symlink("/proc/self/exe"); }
fs::path fileOf(std::uint64_t seed) { return program().parent_path() / ("swarm-" + std::to_string(seed) + ".yaml"); }
std::string commandFor(std::uint64_t seed)
{
    return "TANTRUM_SWARM_SEED=" + std::to_string(seed) + " " + program().string() + " --gtest_filter=Swarm.Loses*";
}

std::uint64_t sumOf(const std::array<std::uint64_t, outcomeCount>& outcomes) { return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0}); }

// What adds up at any moment of any run.
void expectConservation(const World& world)
{
    ASSERT_EQ(world.unaccounted(), 0) << "at " << world.now().inSeconds() << " s";
    const Results results = world.results();
    for (const ClientResult& client : results.clients) {
        EXPECT_EQ(client.offered, client.completed + client.failed + client.inFlight) << client.name;
        EXPECT_EQ(client.completed + client.failed, sumOf(client.outcomes)) << client.name;
        EXPECT_LE(client.latency.count, client.completed) << client.name;
    }
    for (const NodeResult& node : results.nodes) {
        EXPECT_EQ(node.arrivals, node.completed + node.failed + node.inFlight) << node.name;
        EXPECT_TRUE(std::isnan(node.utilization) || node.utilization >= 0) << node.name;
        if (std::isnan(node.queueMean)) continue;  // the warm-up is not over
        EXPECT_GE(node.queueMean, -1e-9) << node.name;
        EXPECT_LE(node.queueMean, node.queueMax + 1e-9) << node.name;
    }
    for (const LinkResult& link : results.links) {
        const std::string name = link.from + " -> " + link.to;
        EXPECT_EQ(link.attempts, sumOf(link.outcomes) + link.inFlight) << name;
        // Only these let every call through at once.
        const bool lets = std::all_of(link.metrics.begin(), link.metrics.end(), [](const NamedMetric& metric) {
            return metric.key.starts_with("retry.") || metric.key.starts_with("timeout.") || metric.key.starts_with("hedge.");
        });
        if (!lets) continue;
        EXPECT_GE(link.attempts, link.calls) << name;
    }
}

struct Outcome {
    std::uint64_t fingerprint = 0, events = 0, requests = 0;
    bool ended = false;
    std::string stopReason;
    bool operator==(const Outcome&) const = default;
};

// `watched` as the window does it: pictures, frames, small steps.
Outcome runOnce(const scenario::Scenario& scenario, const Generated& generated, bool watched)
{
    WorldOptions options;
    options.passages = options.frames = watched;
    options.passageCapacity = 1000;
    const auto world = World::build(scenario, options);
    std::vector<Passage> passages;
    std::size_t next = 0;
    for (int checkpoint = 1; checkpoint <= checkpoints; ++checkpoint) {
        const engine::Instant until = checkpoint == checkpoints ? world->end() : engine::Instant::at(scenario.duration / checkpoints * checkpoint);
        for (;;) {
            const std::uint64_t room = eventBudget - std::min(eventBudget, world->events());
            const auto progress = world->advanceSome(watched ? std::min<std::uint64_t>(room, 997) : room, until);
            if (watched) world->takePassages(passages);
            if (progress != World::Progress::reached || world->now() >= until || world->events() >= eventBudget) break;
        }
        expectConservation(*world);
        if (testing::Test::HasFatalFailure() || world->events() >= eventBudget || !world->stopReason().empty()) break;
        // A crash may strike a scenario in the middle of anything.
        if (next < generated.interventions.size() && checkpoint < checkpoints)
            if (const std::string refusal = world->apply(generated.interventions[next++]); !refusal.empty())
                ADD_FAILURE() << generated.interventions[next - 1] << " was refused: " << refusal;
    }
    Outcome outcome{world->fingerprint(), world->events(), world->requests(), world->now() >= world->end(), world->stopReason()};
    if (!outcome.stopReason.empty()) {
        EXPECT_GT(outcome.stopReason.size(), 30u) << "not a sentence: " << outcome.stopReason;
        EXPECT_NE(outcome.stopReason.find(' '), std::string::npos) << outcome.stopReason;
    }
    return outcome;
}

void runSeed(std::uint64_t seed, bool alone)
{
    const Generated generated = generate(seed);
    std::snprintf(lastWords, sizeof lastWords, "\nThis was swarm scenario %llu. Repeat it:\n  %s\n", static_cast<unsigned long long>(seed), commandFor(seed).c_str());
    if (alone) std::ofstream(fileOf(seed)) << generated.yaml;
    const std::size_t before = engine::FramePool::reservedBytes();
    {
        const auto read = scenario::read(generated.yaml, "swarm.yaml", catalogue());
        const bool errors = !read.scenario;
        EXPECT_FALSE(errors) << "not valid by construction:\n" << scenario::render(read.diagnostics, generated.yaml).substr(0, 2000);
        if (errors) return;
        const Outcome first = runOnce(*read.scenario, generated, false);
        EXPECT_EQ(generate(seed).yaml, generated.yaml);
        const Outcome second = runOnce(*read.scenario, generated, false);
        EXPECT_TRUE(first == second) << "the same seed gave another run: " << first.fingerprint << " after " << first.events << " events, then " << second.fingerprint << " after " << second.events;
        const Outcome watched = runOnce(*read.scenario, generated, true);
        EXPECT_TRUE(first == watched) << "watching changed the run: " << first.fingerprint << " after " << first.events << " events, watched " << watched.fingerprint << " after " << watched.events;
        if (alone) std::printf("seed %llu: %llu events, %llu requests, %s%s\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(first.events), static_cast<unsigned long long>(first.requests), first.ended ? "to the end" : "to the budget", first.stopReason.c_str());
    }
#ifdef TANTRUM_PLAIN_FRAMES
    EXPECT_EQ(engine::FramePool::reservedBytes(), before) << "coroutine frames are left over";
#else
    static_cast<void>(before);
#endif
}

// Every parameter and every step has to be in the swarm's reach, or the swarm proves nothing about it.
TEST(Swarm, KnowsEveryKindOfParameterAndEveryStep)
{
    for (const std::string& unknown : unknownToTheSwarm()) ADD_FAILURE() << unknown << ", which tests/swarm/support cannot make up yet";
}

TEST(Swarm, LosesNoRequestAndRepeatsItselfWhateverTheSystemAndItsFaults)
{
    std::signal(SIGABRT, onAbort);
#ifndef TANTRUM_PLAIN_FRAMES
    std::signal(SIGSEGV, onAbort);
#endif
    const bool alone = std::getenv("TANTRUM_SWARM_SEED") != nullptr;
    const std::uint64_t first = fromEnvironment("TANTRUM_SWARM_SEED", 1);
    const std::uint64_t count = alone ? 1 : fromEnvironment("TANTRUM_SWARM_COUNT", 300);
    int failures = 0;
    for (std::uint64_t seed = first; seed < first + count && failures < 10; ++seed) {
        const int before = testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
        runSeed(seed, alone);
        if (testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count() == before) continue;
        ++failures;
        std::ofstream(fileOf(seed)) << generate(seed).yaml;
        ADD_FAILURE() << "swarm scenario " << seed << ", written to " << fileOf(seed) << "; repeat it with\n  " << commandFor(seed);
    }
    std::signal(SIGABRT, SIG_DFL);
    std::signal(SIGSEGV, SIG_DFL);
}

}  // namespace
}  // namespace tantrum::swarm
