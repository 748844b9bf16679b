#include "engine/mailbox.h"
#include "engine/scope.h"
#include "engine/simulation.h"
#include "engine/task.h"

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tantrum::engine {
namespace {

Duration ns(std::int64_t count) { return Duration::nanoseconds(count); }
Instant at(std::int64_t count) { return Instant::at(ns(count)); }

struct Received {
    int value = 0;
    std::int64_t when = -1;
};

// The waiting side; hands its answer out through `out`.
Task<void> wait(Simulation& simulation, std::unique_ptr<Answer<int>>& out, Received& received)
{
    Mailbox<int> box(simulation);
    out = std::make_unique<Answer<int>>(box.answer());
    const int value = co_await box.receive();
    received = {value, simulation.now().count()};
}

class MailboxTest : public testing::Test {
protected:
    MailboxTest() : waiter(wait(simulation, answer, received)) { waiter.start(); }
    Simulation simulation;
    std::unique_ptr<Answer<int>> answer;
    Received received;
    Task<void> waiter;
};

TEST_F(MailboxTest, DeliversAValueAfterItsTravel)
{
    simulation.run(at(10));
    EXPECT_TRUE(answer->wanted());
    EXPECT_TRUE(answer->send(7, ns(5)));
    EXPECT_FALSE(answer->wanted());
    simulation.run(at(100));
    EXPECT_EQ(received.value, 7);
    EXPECT_EQ(received.when, 15);
}

// A reply on the wire survives its sender.
TEST_F(MailboxTest, DeliversWhatWasSentThoughTheSenderDied)
{
    answer->send(7, ns(50));
    answer.reset();
    simulation.run(at(100));
    EXPECT_EQ(received.when, 50);
}

// A server that dies before it answers says nothing: the caller needs a timeout, as in life.
TEST_F(MailboxTest, StaysSilentIfTheAnswerDiesUnsent)
{
    answer.reset();
    EXPECT_EQ(simulation.run(at(1000)), Simulation::Pause::idle);
    EXPECT_EQ(received.when, -1);
    waiter.reset();
}

// A caller that went away: the answer finds nobody, and nothing is armed.
TEST_F(MailboxTest, RefusesAValueNobodyWaitsFor)
{
    waiter.reset();
    EXPECT_FALSE(answer->wanted());
    EXPECT_FALSE(answer->send(7, ns(5)));
    EXPECT_EQ(simulation.run(at(1000)), Simulation::Pause::idle);
    EXPECT_EQ(simulation.events(), 0u);
}

// The caller goes away while the reply is in flight: it is dropped on arrival.
TEST_F(MailboxTest, DropsAValueInFlightWhenTheWaitingSideDies)
{
    answer->send(7, ns(50));
    simulation.run(at(10));
    waiter.reset();
    EXPECT_EQ(simulation.run(at(1000)), Simulation::Pause::idle);
    EXPECT_EQ(simulation.events(), 0u);
    answer.reset();
}

// The answer changes hands on the far side: the frames it passes through die in between.
TEST_F(MailboxTest, KeepsTheConnectionWhenTheAnswerMoves)
{
    auto moved = std::make_unique<Answer<int>>(std::move(*answer));
    EXPECT_FALSE(answer->wanted());
    answer.reset();
    EXPECT_TRUE(moved->wanted());
    moved->send(9, ns(1));
    simulation.run(at(100));
    EXPECT_EQ(received.value, 9);
}

TEST_F(MailboxTest, TellsAMovedAnswerThatTheWaitingSideDied)
{
    Answer<int> moved(std::move(*answer));
    waiter.reset();
    EXPECT_FALSE(moved.wanted());
    EXPECT_FALSE(moved.send(1, ns(0)));
}

// What cancellation over a link is made of: told once, when the caller leaves unanswered, and only then.
TEST_F(MailboxTest, TellsTheAnsweringSideOnceThatItWasAbandoned)
{
    int told = 0;
    answer->onAbandoned([](void* count) { ++*static_cast<int*>(count); }, &told);
    waiter.reset();
    EXPECT_EQ(told, 1);
    answer.reset();
    EXPECT_EQ(told, 1);
}

TEST_F(MailboxTest, TellsNobodyOfAnAbandonmentAfterTheValueWasSent)
{
    int told = 0;
    answer->onAbandoned([](void* count) { ++*static_cast<int*>(count); }, &told);
    answer->send(1, ns(10));
    waiter.reset();
    EXPECT_EQ(told, 0);
}

// Both ends die in every order, before and after sending, without touching each other's remains (under ASan).
TEST(Mailbox, SurvivesEveryOrderOfDeath)
{
    for (int sends = 0; sends < 2; ++sends)
        for (int order = 0; order < 4; ++order) {
            Simulation simulation;
            std::unique_ptr<Answer<int>> answer;
            Received received;
            Task<void> waiter = wait(simulation, answer, received);
            waiter.start();
            if (sends) answer->send(1, ns(10));
            if (order & 1) answer.reset();
            if (order & 2) simulation.run(at(5));
            waiter.reset();
            answer.reset();
            EXPECT_EQ(simulation.run(at(100)), Simulation::Pause::idle);
            EXPECT_EQ(received.when, -1);
        }
}

// A default answer belongs to nobody.
TEST(Mailbox, HasAnswersThatBelongToNobody)
{
    Answer<int> answer;
    EXPECT_FALSE(answer.wanted());
    EXPECT_FALSE(answer.send(1, ns(1)));
}

}  // namespace
}  // namespace tantrum::engine
