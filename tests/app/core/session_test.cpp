// The window drives a run from other threads while it is going. These tests hold the session to what design.md §5
// promises: the same run whatever the pace, exact steps, and a journal that repeats it. Run them under TSan, too.
#include "app/core/runner.h"
#include "app/core/session.h"
#include "models/scenario/reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

namespace tantrum::app {
namespace {

using engine::Duration;
using engine::Instant;
using namespace std::chrono_literals;

constexpr const char* text = R"(tantrum: 1
name: Shop
seed: 42
duration: 20s

nodes:
  shoppers: {type: client, arrivals: poisson(400/s), sends: web}
  web: {type: service, workers: 4, queue: 50, work: exponential(5ms)}

timeline:
  - {at: 5s, for: 1s, crash: web}   # stays
)";

models::scenario::Scenario scenario(const std::string& source = text)
{
    auto read = models::scenario::read(source, "shop.yaml", models::catalogue());
    for (const auto& diagnostic : read.diagnostics) ADD_FAILURE() << models::scenario::render(diagnostic);
    if (!read.scenario) std::abort();
    return std::move(*read.scenario);
}

template <class Condition> bool waitFor(Condition condition, std::chrono::milliseconds patience = 60s)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition())
        if (std::chrono::steady_clock::now() > until) return false;
        else std::this_thread::sleep_for(1ms);
    return true;
}

bool reaches(const Session& session, RunState state)
{
    return waitFor([&] { return session.latest()->state == state; });
}

TEST(Session, StartsPausedAtZeroWithAPictureAtHand)
{
    const Session session{scenario()};
    const auto first = session.latest();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->state, RunState::paused);
    EXPECT_EQ(first->time, Instant{});
    EXPECT_EQ(first->duration, Duration::seconds(20));
    EXPECT_EQ(first->frame.nodes.size(), session.topology().nodes.size());
}

TEST(Session, GivesTheFingerprintOfTheRunnerWhateverThePace)
{
    const auto expected = run(scenario()).results;
    std::atomic<int> ended = 0;
    Session session{scenario(), [&] { ++ended; }};
    session.setSpeed(50);
    session.play();
    ASSERT_TRUE(waitFor([&] { return session.latest()->time > Instant::at(Duration::seconds(2)); }));
    session.pause();
    ASSERT_TRUE(reaches(session, RunState::paused));
    session.step(Duration::milliseconds(1234));
    session.stepEvent();
    session.stepEvent();
    session.runToEnd();
    ASSERT_TRUE(reaches(session, RunState::finished));
    EXPECT_EQ(session.latest()->fingerprint, expected.fingerprint);
    EXPECT_EQ(session.latest()->events, expected.events);
    EXPECT_EQ(session.latest()->unaccounted, 0);
    EXPECT_TRUE(waitFor([&] { return ended == 1; }));
}

TEST(Session, CommandsAreJournalledAndTheJournalRepeatsTheRun)
{
    Session session{scenario()};
    session.post({"{set: web.workers, to: 8}"});  // before anything has happened
    session.setSpeed(40);
    session.play();
    for (const char* command : {"{slow: web, factor: 3, for: 2s}", "{set: web.workers, to: 2}", "{crash: web, for: 500ms}"}) {
        std::this_thread::sleep_for(30ms);
        session.post({command});
    }
    session.step(Duration::milliseconds(250));
    session.stepEvent();
    session.post({"{set: web.workers, to: 16}"});
    session.runToEnd();
    ASSERT_TRUE(reaches(session, RunState::finished));
    const auto refusals = session.takeRefusals();
    ASSERT_TRUE(refusals.empty()) << refusals.front();
    const auto journal = session.journal();
    ASSERT_EQ(journal.size(), 5u);

    RunOptions options;
    options.journal = journal;
    const auto replayed = run(scenario(), options);
    EXPECT_TRUE(replayed.refusals.empty());
    EXPECT_EQ(replayed.results.fingerprint, session.latest()->fingerprint);
    EXPECT_EQ(replayed.results.events, session.latest()->events);
    options.onProgress = [](double) {};
    EXPECT_EQ(run(scenario(), options).results.fingerprint, session.latest()->fingerprint) << "watched";
    EXPECT_NE(run(scenario()).results.fingerprint, session.latest()->fingerprint) << "the commands did nothing";
}

TEST(Session, ItsTextWithTheJournalRepeatsTheRunAndKeepsWhatStoodThere)
{
    Session session{scenario()};
    session.step(Duration::milliseconds(1500));
    session.post({"{set: web.workers, to: 8}"});
    session.step(Duration::milliseconds(1500));
    session.post({"{slow: web, factor: 3, for: 2s}"});
    session.runToEnd();
    ASSERT_TRUE(reaches(session, RunState::finished));
    const std::string saved = session.textWithJournal();
    EXPECT_NE(saved.find("# stays"), std::string::npos);
    EXPECT_NE(saved.find("set: web.workers"), std::string::npos);
    const auto again = run(scenario(saved)).results;
    const auto last = session.latest();
    EXPECT_EQ(again.fingerprint, last->fingerprint);
    EXPECT_EQ(again.requests, last->requests);
}

TEST(Session, ARefusedCommandIsReportedOnceAndNotJournalled)
{
    Session session{scenario()};
    session.post({"{crash: no_such_node}"});
    session.post({"not even yaml: ["});
    std::vector<std::string> refusals;
    ASSERT_TRUE(waitFor([&] {
        for (auto& refusal : session.takeRefusals()) refusals.push_back(std::move(refusal));
        return refusals.size() >= 2;
    }));
    EXPECT_EQ(refusals.size(), 2u);
    EXPECT_TRUE(session.takeRefusals().empty());
    EXPECT_TRUE(session.journal().empty());
}

TEST(Session, StepsAreExactAndAddUp)
{
    Session session{scenario()};
    session.step(Duration::milliseconds(100));
    session.step(Duration::microseconds(7));
    const Instant goal = Instant::at(Duration::microseconds(100'007));
    ASSERT_TRUE(waitFor([&] { return session.latest()->state == RunState::paused && session.latest()->time == goal; }));
    const auto before = session.latest()->events;
    session.stepEvent();
    ASSERT_TRUE(waitFor([&] { return session.latest()->events > before; }));
    EXPECT_EQ(session.latest()->events, before + 1);
    EXPECT_EQ(session.latest()->state, RunState::paused);
    session.step(Duration::seconds(1'000'000));
    EXPECT_TRUE(reaches(session, RunState::finished));
}

TEST(Session, KeepsToTheSpeedThatWasAskedFor)
{
    Session session{scenario()};
    session.setSpeed(2);
    const auto begun = std::chrono::steady_clock::now();
    session.play();
    ASSERT_TRUE(waitFor([&] { return session.latest()->time > Instant::at(Duration::milliseconds(1400)); }));
    const auto reached = session.latest();
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    EXPECT_LE(reached->time.inSeconds(), 2 * elapsed) << "ahead of its time";
    EXPECT_GT(reached->speedReached, 0.2);
    EXPECT_LT(reached->speedReached, 4);

    session.setSpeed(0.001);
    ASSERT_TRUE(waitFor([&] { return session.latest()->speed == 0.001; }));
    const auto from = session.latest()->time;
    const auto slowed = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(200ms);
    const double simulated = (session.latest()->time - from).inSeconds();
    EXPECT_LE(simulated, 0.001 * (std::chrono::duration<double>(std::chrono::steady_clock::now() - slowed).count() + 0.1));
}

// A person who presses pause at full speed expects it to stop now.
TEST(Session, PauseActsWithinAFrameOrTwoEvenAtFullSpeed)
{
    std::string longer = text;
    longer.replace(longer.find("20s"), 3, "9000s");
    Session session{scenario(longer)};
    session.setSpeed(std::numeric_limits<double>::infinity());
    session.play();
    ASSERT_TRUE(waitFor([&] { return session.latest()->state == RunState::playing && session.latest()->time > Instant{}; }));
    const auto asked = std::chrono::steady_clock::now();
    session.pause();
    ASSERT_TRUE(reaches(session, RunState::paused));
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 3s);  // 4 ms, and what a loaded machine adds; the run takes minutes
    const auto stopped = session.latest()->time;
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(session.latest()->time, stopped);
}

TEST(Session, SeriesArriveOnceEachAndGrowWithTheRun)
{
    Session session{scenario()};
    session.runToEnd();
    std::size_t next = 0;
    const auto take = [&] {
        const auto chunk = session.seriesFrom(next);
        EXPECT_EQ(chunk.firstBucket, next);
        EXPECT_EQ(chunk.nodes.size(), session.topology().nodes.size());
        for (const auto& points : chunk.nodes) EXPECT_EQ(points.size(), chunk.goodShare.size());
        EXPECT_EQ(chunk.frames.size(), chunk.goodShare.size());
        next += chunk.goodShare.size();
        return session.latest()->state == RunState::finished;
    };
    ASSERT_TRUE(waitFor(take));
    take();
    EXPECT_EQ(next, session.latest()->buckets);
    const auto all = session.seriesFrom(0);
    for (const float share : all.goodShare) EXPECT_TRUE(std::isnan(share) || (share >= 0 && share <= 1));
    EXPECT_TRUE(session.seriesFrom(1'000'000).goodShare.empty());
}

TEST(Session, PassagesCanBeTakenOnceAndLookedUpLater)
{
    Session session{scenario()};
    session.step(Duration::seconds(3));
    ASSERT_TRUE(waitFor([&] { return session.latest()->state == RunState::paused && session.latest()->time == Instant::at(Duration::seconds(3)); }));
    std::vector<models::Passage> taken, again;
    session.takePassages(taken);
    session.takePassages(again);
    EXPECT_FALSE(taken.empty());
    EXPECT_TRUE(again.empty());
    const auto from = Instant::at(Duration::seconds(1)), until = Instant::at(Duration::seconds(2));
    const auto overlap = [&](const auto& passage) { return passage.departure <= until && passage.arrival >= from; };
    const auto found = session.passagesBetween(from, until);
    EXPECT_EQ(static_cast<std::ptrdiff_t>(found.size()), std::count_if(taken.begin(), taken.end(), overlap));
    EXPECT_TRUE(std::all_of(found.begin(), found.end(), overlap));
}

// Everything at once from several threads; what matters is what TSan and the final fingerprint say.
TEST(Session, MayBeUsedFromManyThreadsAtOnce)
{
    Session session{scenario()};
    session.setSpeed(30);
    session.play();
    std::atomic<bool> over = false;
    std::vector<std::jthread> crowd;
    crowd.emplace_back([&] { while (!over) (void)session.latest()->frame.nodes.size(); });
    crowd.emplace_back([&] { std::vector<models::Passage> passages; while (!over) { passages.clear(); session.takePassages(passages); } });
    crowd.emplace_back([&] { while (!over) (void)session.seriesFrom(0), (void)session.passagesBetween({}, Instant::never()), std::this_thread::sleep_for(2ms); });
    crowd.emplace_back([&] { while (!over) (void)session.journal(), (void)session.takeRefusals(), std::this_thread::sleep_for(1ms); });
    for (int count = 0; count < 20; ++count) {
        session.post({count % 2 ? "{set: web.workers, to: 3}" : "{set: web.workers, to: 6}"});
        if (count % 5 == 0) session.pause();
        session.play();
        std::this_thread::sleep_for(5ms);
    }
    session.runToEnd();
    EXPECT_TRUE(reaches(session, RunState::finished));
    over = true;
    crowd.clear();
    RunOptions options;
    options.journal = session.journal();
    EXPECT_EQ(options.journal.size(), 20u);
    EXPECT_EQ(run(scenario(), options).results.fingerprint, session.latest()->fingerprint);
}

TEST(Session, EndsAtOnceWhenItIsDestroyedInTheMiddle)
{
    std::string longer = text;
    longer.replace(longer.find("20s"), 3, "90000s");
    const auto begun = std::chrono::steady_clock::now();
    {
        Session session{scenario(longer)};
        session.runToEnd();
        ASSERT_TRUE(waitFor([&] { return session.latest()->events > 0; }));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
}

}  // namespace
}  // namespace tantrum::app
