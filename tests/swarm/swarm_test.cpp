// Random systems, random faults: whatever happens, no request is lost or made up, and the same seed repeats it.
//
// Ten thousand scenarios, dealt out to shards that ctest runs side by side. Each runs twice for its fingerprint, one in
// ten a third time as the window does it; most are broken off after some thousand events, wherever that is, and their
// worlds taken down there. Hands strike after a random number of events. What all of this came upon is counted, and a
// shard that did not come upon everything fails.
//
// TANTRUM_SWARM_SEED=n repeats one scenario; TANTRUM_SWARM_COUNT=100000 runs more; TANTRUM_SWARM_VERBOSE=1 prints what
// was come upon. A failure prints the command that repeats it and writes the scenario next to the program; so does a crash.
#include "tests/swarm/support/checks.h"
#include "tests/swarm/support/generator.h"
#include "tests/swarm/support/reach.h"
#include "tests/swarm/support/luck.h"

#include "engine/pool.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

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

constexpr std::uint64_t shards = 8, countInAll = sanitized ? 400 : 10'000;

std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise)
{
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

fs::path program() { return fs::read_symlink("/proc/self/exe"); }
fs::path fileOf(std::uint64_t seed) { return program().parent_path() / ("swarm-" + std::to_string(seed) + ".yaml"); }
std::string commandFor(std::uint64_t seed)
{
    return "TANTRUM_SWARM_SEED=" + std::to_string(seed) + " " + program().string() + " --gtest_filter=*Swarm.Loses*/0";
}

struct Outcome {
    std::uint64_t fingerprint = 0, events = 0, requests = 0;
    bool ended = false;
    std::string stopReason;
    bool operator==(const Outcome&) const = default;
};

// `watched` as the window does it: pictures, frames, small steps; and everything that only looks: tail sampling with little
// memory, and the logs.
Outcome runOnce(const scenario::Scenario& scenario, const Generated& generated, bool watched, Reach* reach)
{
    WorldOptions options;
    options.passages = options.frames = watched;
    options.passageCapacity = 1000;
    if (watched) {
        TailSampling& tail = options.tail.emplace();
        tail.text = "errors,30%";
        tail.errors = true;
        tail.share = 0.3;
        tail.wait = engine::Duration::nanoseconds(20'000'000);
        tail.held = 40;
        options.traceCapacity = 500;
        options.logs = LogLevel::debug;
        options.logCapacity = 500;
    }
    const auto world = World::build(scenario, options);
    std::vector<Passage> passages;
    const auto advance = [&](std::uint64_t event) {
        auto progress = World::Progress::reached;
        while (progress == World::Progress::reached && world->events() < event) {  // the last instant, too, has its events
            const std::uint64_t room = event - world->events();
            progress = world->advanceSome(watched ? std::min<std::uint64_t>(room, 997) : room, world->end());
            if (watched) world->takePassages(passages);
        }
        return progress == World::Progress::reached && world->now() < world->end();
    };
    for (const Strike& strike : generated.strikes) {
        if (!advance(strike.event)) break;
        expectConservation(*world);
        if (reach) reach->noteStrike(*world, strike.entry);
        // It may have been the instant that ends the run, or the one in which a guard steps in.
        if (const std::string refusal = world->apply(strike.entry); !refusal.empty() && refusal != "the run has ended") ADD_FAILURE() << strike.entry << " was refused: " << refusal;
        expectConservation(*world);
        if (testing::Test::HasFatalFailure()) break;
    }
    advance(generated.events);
    expectConservation(*world);
    if (reach) reach->noteRun(*world);
    Outcome outcome{world->fingerprint(), world->events(), world->requests(), world->now() >= world->end(), world->stopReason()};
    if (!outcome.stopReason.empty()) {
        EXPECT_GT(outcome.stopReason.size(), 30u) << "not a sentence: " << outcome.stopReason;
        EXPECT_NE(outcome.stopReason.find(' '), std::string::npos) << outcome.stopReason;
    }
    return outcome;
}

void runSeed(std::uint64_t seed, bool alone, Reach& reach)
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
        reach.noteModels(generated.models);
        const Outcome first = runOnce(*read.scenario, generated, false, &reach);
        // A hand waits for the end of its instant; an instant without end takes millions of events until a guard steps in.
        // Of those few runs most are not repeated: they would be half of the work.
        const bool repeated = alone || first.events <= 2 * generated.events + 1000 || seed / shards % 16 == 0;
        if (repeated) {
            const Outcome second = runOnce(*read.scenario, generated, false, nullptr);
            EXPECT_TRUE(first == second) << "the same seed gave another run: " << first.fingerprint << " after " << first.events << " events, then " << second.fingerprint << " after " << second.events;
        }
        if (alone || (repeated && seed / shards % 10 == 0)) {
            EXPECT_EQ(generate(seed).yaml, generated.yaml);
            const Outcome watched = runOnce(*read.scenario, generated, true, nullptr);
            EXPECT_TRUE(first == watched) << "watching changed the run: " << first.fingerprint << " after " << first.events << " events, watched " << watched.fingerprint << " after " << watched.events;
        }
        if (alone) std::printf("seed %llu: %llu events, %llu requests, %s%s\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(first.events), static_cast<unsigned long long>(first.requests), first.ended ? "to the end" : "to the budget", first.stopReason.c_str());
    }
#ifdef TANTRUM_PLAIN_FRAMES
    EXPECT_EQ(engine::FramePool::reservedBytes(), before) << "coroutine frames are left over";
#else
    static_cast<void>(before);
#endif
}

// Every parameter and every step has to be in the swarm's reach, or the swarm proves nothing about it.
TEST(Generator, KnowsEveryKindOfParameterAndEveryStep)
{
    for (const std::string& unknown : unknownToTheSwarm()) ADD_FAILURE() << unknown << ", which tests/swarm/support cannot make up yet";
}

class Swarm : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Swarm, LosesNoRequestAndRepeatsItselfWhateverTheSystemAndItsFaults)
{
    std::signal(SIGABRT, onAbort);
#ifndef TANTRUM_PLAIN_FRAMES
    std::signal(SIGSEGV, onAbort);
#endif
    const bool alone = std::getenv("TANTRUM_SWARM_SEED") != nullptr;
    if (alone && GetParam() != 0) GTEST_SKIP() << "one scenario needs one shard";
    const std::uint64_t first = fromEnvironment("TANTRUM_SWARM_SEED", 1) + GetParam();
    const std::uint64_t count = alone ? 1 : fromEnvironment("TANTRUM_SWARM_COUNT", countInAll) / shards;
    Reach reach;
    const auto failuresSoFar = [] { return testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count(); };
    int failures = 0;
    for (std::uint64_t scenario = 0; scenario < count && failures < 10; ++scenario) {
        const std::uint64_t seed = first + shards * scenario;
        const int before = failuresSoFar();
        runSeed(seed, alone, reach);
        if (failuresSoFar() == before) continue;
        ++failures;
        std::ofstream(fileOf(seed)) << generate(seed).yaml;
        ADD_FAILURE() << "swarm scenario " << seed << ", written to " << fileOf(seed) << "; repeat it with\n  " << commandFor(seed);
    }
    if (alone || std::getenv("TANTRUM_SWARM_VERBOSE")) reach.print();
    if (!alone && count >= 1000)
        for (const std::string& missed : reach.missed()) ADD_FAILURE() << "of " << count << " scenarios too few came upon: " << missed;
    std::signal(SIGABRT, SIG_DFL);
    std::signal(SIGSEGV, SIG_DFL);
}

INSTANTIATE_TEST_SUITE_P(Shard, Swarm, testing::Range(std::uint64_t{0}, shards));

}  // namespace
}  // namespace tantrum::swarm
