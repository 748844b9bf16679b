// Long transactions that are undone instead of locked.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// One trip at 1 s: hotel 10 ms, car 20 ms, flight `flight`; undoing takes 3 and 5 ms.
Results trip(const std::string& saga, const std::string& flight, const std::string& more = "", double seconds = 30, std::vector<double> moments = {1})
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: trips}\n"
               "  trips: {type: saga, steps: [hotel, car, flight], compensations: [hotel_undo, car_undo]" + saga + "}\n"
               "  hotel: {type: service, workers: 9, work: 10ms}\n  hotel_undo: {type: service, workers: 9, work: 3ms}\n"
               "  car: {type: service, workers: 9, work: 20ms}\n  car_undo: {type: service, workers: 9, work: 5ms}\n"
               "  flight: {type: service, workers: 9, operations: {book: [" + flight + "]}}\n" + more, seconds, options);
}

TEST(Saga, DoesItsStepsOneAfterTheOther)
{
    const Results results = trip("", "{work: 30ms}");
    EXPECT_DOUBLE_EQ(client(results, "users").latency.maximum, 0.060);
    EXPECT_EQ(metric(node(results, "trips"), "completed"), 1);
    EXPECT_EQ(node(results, "hotel_undo").arrivals, 0u);
}

// Its state is written down before each of the three calls.
TEST(Saga, WritesItsStateDownBeforeEachCall)
{
    EXPECT_DOUBLE_EQ(client(trip(", log: 2ms", "{work: 30ms}"), "users").latency.maximum, 0.066);
}

// 10 + 20 + 30 forward, then the car's 5 and the hotel's 3 back. What failed has not been done and is not undone.
TEST(Saga, UndoesWhatWasDoneLastFirst)
{
    const Results results = trip("", "{work: 30ms}, {fail: 100%}");
    EXPECT_EQ(ended(client(results, "users"), Outcome::error), 1u);
    EXPECT_DOUBLE_EQ(client(results, "users").failureLatency.maximum, 0.068);
    EXPECT_EQ(metric(node(results, "trips"), "compensated"), 1);
    EXPECT_EQ(metric(node(results, "trips"), "compensations"), 2);
    const Results first = trip("", "{work: 30ms}", "timeline:\n  - {at: 0s, for: 9s, errors: hotel, share: 100%}\n");
    EXPECT_EQ(node(first, "car").arrivals + node(first, "hotel_undo").arrivals, 0u);
    EXPECT_EQ(metric(node(first, "trips"), "compensated"), 1);
}

// car_undo is dead until 3.5 s: asked at 1.06, 2.06 and 3.06 s in vain, and at 4.06 s.
TEST(Saga, TriesACompensationUntilItSucceeds)
{
    const Results results = trip("", "{work: 30ms}, {fail: 100%}", "timeline:\n  - {at: 0.5s, for: 3s, crash: car_undo}\n");
    EXPECT_EQ(metric(node(results, "trips"), "compensation_retries"), 3);
    EXPECT_NEAR(client(results, "users").failureLatency.maximum, 3.068, 1e-9);
    EXPECT_EQ(metric(node(results, "trips"), "open"), 0);
}

// Behind a link the flight goes on without its caller: after a timeout nobody knows whether it was booked. Here it was.
TEST(Saga, UndoesAStepThatGotNoAnswer)
{
    const auto outcome = [](const std::string& saga) {
        Options options;
        options.trace = {1};
        return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: trips}\n"
                   "  trips: {type: saga, steps: [flight], compensations: [flight_undo]" + saga + "}\n"
                   "  flight: {type: service, work: 100ms}\n  flight_undo: {type: service, work: 1ms}\n"
                   "links:\n  trips -> flight: {latency: 1ms, policies: [timeout: 50ms]}\n", 10, options);
    };
    const Results careful = outcome("");
    EXPECT_EQ(node(careful, "flight").completed, 1u);
    EXPECT_EQ(node(careful, "flight_undo").completed, 1u);
    EXPECT_EQ(ended(client(careful, "users"), Outcome::timeout), 1u);
    const Results careless = outcome(", undo_uncertain: false");
    EXPECT_EQ(node(careless, "flight").completed, 1u);
    EXPECT_EQ(node(careless, "flight_undo").arrivals, 0u);  // booked, and nobody knows
}

// Dies while the car is being booked: the caller is told, the car is asked for again after the restart, and the saga ends well.
TEST(Saga, IsTakenUpAgainAfterACrash)
{
    const Results results = trip("", "{work: 30ms}", "timeline:\n  - {at: 1.015s, for: 2s, crash: trips}\n");
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 1u);
    EXPECT_EQ(metric(node(results, "trips"), "resumed"), 1);
    EXPECT_EQ(metric(node(results, "trips"), "completed"), 1);
    EXPECT_EQ(node(results, "hotel").arrivals, 1u);
    EXPECT_EQ(node(results, "car").arrivals, 2u);
    EXPECT_EQ(node(results, "flight").completed, 1u);
}

TEST(Saga, GoesBackAfterACrashOnItsWayBack)
{
    const Results results = trip("", "{work: 30ms}, {fail: 100%}", "timeline:\n  - {at: 1.062s, for: 2s, crash: trips}\n");
    EXPECT_EQ(node(results, "car_undo").arrivals, 2u);
    EXPECT_EQ(node(results, "hotel_undo").arrivals, 1u);
    EXPECT_EQ(node(results, "flight").arrivals, 1u);  // its failure had been written down
    EXPECT_EQ(metric(node(results, "trips"), "compensated"), 1);
}

TEST(Saga, DoesNotStopForACallerThatStopsWaiting)
{
    const Results results = trip("", "{work: 30ms}", "links:\n  users -> trips: {latency: 1ms, cancellation: true, policies: [timeout: 15ms]}\n");
    EXPECT_EQ(ended(client(results, "users"), Outcome::timeout), 1u);
    EXPECT_EQ(metric(node(results, "trips"), "completed"), 1);
}

// Garcia-Molina and Salem: it ends with all its steps or with none. Forty sagas meet crashes of everybody.
TEST(Saga, LeavesNothingHalfDone)
{
    std::vector<double> moments;
    for (int index = 0; index < 40; ++index) moments.push_back(1 + 0.05 * index);
    const Results results = trip("", "{work: 30ms}, {fail: 50%}", "timeline:\n  - {at: 1.3s, for: 400ms, crash: trips}\n  - {at: 2s, for: 300ms, crash: car}\n  - {at: 1.9s, for: 1s, crash: hotel_undo}\n", 60, moments);
    const NodeResult& trips = node(results, "trips");
    EXPECT_EQ(metric(trips, "open"), 0);
    EXPECT_GT(metric(trips, "completed"), 5);
    EXPECT_GT(metric(trips, "compensated"), 5);
    EXPECT_GT(metric(trips, "resumed"), 0);
    const double begun = metric(trips, "completed") + metric(trips, "compensated");
    EXPECT_EQ(begun, 40 - 8);  // those of 1.3 s to 1.65 s found nobody
}

}  // namespace
}  // namespace tantrum::models
