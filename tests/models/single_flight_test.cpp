#include "engine/scope.h"
#include "models/single_flight.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using engine::Scope;

// Passengers of flights: who led, and what each got, in order.
class SingleFlightTest : public testing::Test {
protected:
    Simulation simulation;
    SingleFlight flights{simulation};
    std::vector<std::string> log;

    Task<void> passenger(std::string name, std::uint64_t key, Duration load)
    {
        SingleFlight::Seat seat(flights, key);
        const bool leads = co_await seat.board();
        if (leads) {
            log.push_back(name + " leads");
            co_await simulation.delay(load);
            Reply reply;
            reply.token = static_cast<std::uint64_t>(name[0]);
            seat.land(reply);
            log.push_back(name + " lands");
            co_return;
        }
        log.push_back(name + " got " + static_cast<char>(seat.result().token));
    }
    void run(std::int64_t milliseconds) { simulation.run(Instant::at(Duration::milliseconds(milliseconds))); }
};

using Log = std::vector<std::string>;
constexpr Duration ms10 = Duration::milliseconds(10);

TEST_F(SingleFlightTest, SharesTheLeadersResultWithAllWhoCameMeanwhile)
{
    Scope scope(simulation);
    scope.spawn(passenger("a", 1, ms10));
    scope.spawn(passenger("b", 1, ms10));
    scope.spawnAfter(Duration::milliseconds(9), passenger("c", 1, ms10));
    scope.spawnAfter(Duration::milliseconds(11), passenger("d", 1, ms10));  // too late: a flight of its own
    run(100);
    EXPECT_EQ(log, (Log{"a leads", "a lands", "b got a", "c got a", "d leads", "d lands"}));
}

TEST_F(SingleFlightTest, KeepsTheFlightsOfDifferentKeysApart)
{
    Scope scope(simulation);
    scope.spawn(passenger("a", 1, ms10));
    scope.spawn(passenger("b", 2, ms10));
    run(100);
    EXPECT_EQ(log, (Log{"a leads", "b leads", "a lands", "b lands"}));
}

// The leader's caller goes away, or its host crashes: nobody who waits may hang for ever.
TEST_F(SingleFlightTest, MakesTheNextOneLeadWhenTheLeaderDies)
{
    Scope first(simulation), second(simulation), rest(simulation);
    first.spawn(passenger("a", 1, ms10));
    second.spawn(passenger("b", 1, ms10));
    rest.spawn(passenger("c", 1, ms10));
    run(5);
    first.cancelAll();
    run(6);
    second.cancelAll();
    run(100);
    EXPECT_EQ(log, (Log{"a leads", "b leads", "c leads", "c lands"}));
}

// The heir dies before it has woken: the one after it inherits.
TEST_F(SingleFlightTest, PassesTheLeadOnWhenTheHeirDiesBeforeItWoke)
{
    Scope first(simulation), second(simulation), rest(simulation);
    first.spawn(passenger("a", 1, ms10));
    second.spawn(passenger("b", 1, ms10));
    rest.spawn(passenger("c", 1, ms10));
    rest.spawn(passenger("d", 1, ms10));
    run(5);
    first.cancelAll();
    second.cancelAll();
    run(100);
    EXPECT_EQ(log, (Log{"a leads", "c leads", "c lands", "d got c"}));
}

TEST_F(SingleFlightTest, ForgetsAFlightWhoseLastPassengerDied)
{
    Scope first(simulation), second(simulation);
    first.spawn(passenger("a", 1, ms10));
    first.spawn(passenger("b", 1, ms10));
    run(5);
    first.cancelAll();
    second.spawn(passenger("c", 1, ms10));
    run(100);
    EXPECT_EQ(log, (Log{"a leads", "c leads", "c lands"}));
}

}  // namespace
}  // namespace tantrum::models
