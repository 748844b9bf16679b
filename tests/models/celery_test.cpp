// Celery workers: what they reserve, when they acknowledge, and what becomes of tasks that fail, wait, or lose their worker.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Tasks at the given moments; the broker takes no time.
Results tasks(std::vector<double> moments, double seconds, const std::string& worker, const std::string& more = "", const std::string& queue = "{}")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  web: {type: client, arrivals: trace(trace.csv), sends: rabbit.tasks}\n"
               "  rabbit: {type: rabbitmq, disk: 0s, classic_cost: 0s, queues: {tasks: " + queue + "}}\n  worker: {type: celery, consumes: rabbit.tasks, " + worker + "}\n" + more, seconds, options);
}

double of(const Results& results, std::string_view key) { return metric(node(results, "worker"), key); }
double broker(const Results& results, std::string_view key) { return metric(node(results, "rabbit"), key); }

// The documentation's example: ten processes, multiplier 1, early acknowledgement: ten run and ten are reserved. Late:
// those that run are the reserved ones.
TEST(Celery, ReservesItsPrefetchBesidesWhatRunsUnlessItAcknowledgesLate)
{
    const Results early = tasks(atOnce(100, 1), 5, "concurrency: 10, prefetch_multiplier: 1, work: 100s");
    EXPECT_EQ(of(early, "started"), 10);
    EXPECT_EQ(of(early, "received"), 20);
    EXPECT_EQ(broker(early, "unacknowledged"), 10);
    EXPECT_EQ(broker(early, "ready"), 80);
    const Results late = tasks(atOnce(100, 1), 5, "concurrency: 10, prefetch_multiplier: 1, acks_late: true, work: 100s");
    EXPECT_EQ(of(late, "started"), 10);
    EXPECT_EQ(of(late, "received"), 10);
    EXPECT_EQ(broker(late, "ready"), 90);
    EXPECT_EQ(of(tasks(atOnce(100, 1), 5, "concurrency: 2, work: 100s"), "received"), 2 + 2 * 4);  // the default multiplier
}

// Early acknowledgement loses what ran when the worker died; late acknowledgement has it done again.
TEST(Celery, LosesRunningTasksWithItsWorkerUnlessItAcknowledgesLate)
{
    const std::string crash = "timeline:\n  - {at: 1.5s, for: 1s, crash: worker}\n";
    const Results early = tasks(atOnce(10, 1), 30, "concurrency: 2, work: 1s", crash);
    EXPECT_EQ(of(early, "lost"), 2);
    EXPECT_EQ(of(early, "succeeded"), 8);
    const Results late = tasks(atOnce(10, 1), 30, "concurrency: 2, acks_late: true, work: 1s", crash);
    EXPECT_EQ(of(late, "lost"), 0);
    EXPECT_EQ(of(late, "succeeded"), 10);
    EXPECT_EQ(of(late, "started"), 12);
}

// Three retries, 180 s apart: 1, 181, 361, 541 s, and the task has failed.
TEST(Celery, RetriesThreeTimesThreeMinutesApart)
{
    const Results results = tasks({1}, 1000, "steps: [{fail: 100%}], autoretry: true");
    EXPECT_EQ(of(results, "started"), 4);
    EXPECT_EQ(of(results, "retried"), 3);
    EXPECT_EQ(of(results, "failed"), 1);
    EXPECT_EQ(of(tasks({1}, 541.5, "steps: [{fail: 100%}], autoretry: true"), "started"), 4);
    EXPECT_EQ(of(tasks({1}, 540.5, "steps: [{fail: 100%}], autoretry: true"), "started"), 3);
    EXPECT_EQ(of(tasks({1}, 1000, "steps: [{fail: 100%}]"), "failed"), 1);  // without autoretry at once
}

// 10, 20, 40, 60, 60 s with the longest of 60 s; with jitter no more than that.
TEST(Celery, BacksOffBetweenRetries)
{
    const std::string steady = "steps: [{fail: 100%}], autoretry: true, max_retries: 5, retry_backoff: 10s, retry_backoff_max: 60s";
    for (const auto& [seconds, started] : {std::pair{10.5, 1}, {11.5, 2}, {30.5, 2}, {31.5, 3}, {71.5, 4}, {131.5, 5}, {190.5, 5}, {191.5, 6}})
        EXPECT_EQ(of(tasks({1}, seconds, steady + ", retry_jitter: false"), "started"), started) << seconds;
    const Results jittered = tasks(atOnce(200, 1), 192, steady);
    EXPECT_EQ(of(jittered, "started"), 200 * 6);
    EXPECT_GT(of(tasks(atOnce(200, 1), 10.5, steady), "started"), 300);  // some of the first ten seconds' draws
}

// Tasks with a time are held in memory and raise the prefetch: all 50 are out, and one without a time gets through.
TEST(Celery, HoldsTasksWithATimeInMemory)
{
    const std::string later = "concurrency: 1, prefetch_multiplier: 1, countdown: 100s, work: 1s";
    const Results held = tasks(atOnce(50, 1), 50, later);
    EXPECT_EQ(of(held, "eta_held"), 50);
    EXPECT_EQ(broker(held, "unacknowledged"), 50);
    EXPECT_EQ(of(held, "started"), 0);
    EXPECT_EQ(of(tasks(atOnce(50, 1), 103.5, later), "started"), 3);
    EXPECT_EQ(of(tasks(atOnce(50, 1), 300, later), "succeeded"), 50);
}

// The documented trap: a countdown of an hour under an acknowledgement timeout of half an hour comes back to be executed again.
TEST(Celery, ExecutesATaskTwiceWhoseTimeIsBeyondTheAcknowledgementTimeout)
{
    const Results results = tasks({30}, 5400, "concurrency: 1, countdown: 45min, work: 1s");
    EXPECT_GE(broker(results, "channels_closed"), 1);
    EXPECT_EQ(of(results, "succeeded"), 2);
    EXPECT_EQ(of(tasks({30}, 5400, "concurrency: 1, countdown: 25min, work: 1s"), "succeeded"), 1);
}

// Two a second, whatever the pool could do.
TEST(Celery, StartsNoMoreThanItsRateLimit)
{
    EXPECT_EQ(of(tasks(atOnce(100, 1), 11.25, "concurrency: 10, work: 10ms, rate_limit: 2/s"), "started"), 21);
}

TEST(Celery, EndsTasksAtTheirTimeLimits)
{
    const Results soft = tasks({1}, 100, "work: 60s, soft_time_limit: 10s, time_limit: 20s, autoretry: true, max_retries: 1, default_retry_delay: 1s");
    EXPECT_EQ(of(soft, "soft_time_limits"), 2);
    EXPECT_EQ(of(soft, "retried"), 1);
    const Results hard = tasks({1}, 100, "work: 60s, time_limit: 20s, autoretry: true");
    EXPECT_EQ(of(hard, "time_limits"), 1);
    EXPECT_EQ(of(hard, "retried"), 0);  // killed: nobody is left to ask for it
    EXPECT_EQ(of(hard, "failed"), 1);
    EXPECT_EQ(of(tasks({1}, 100, "work: 5s, soft_time_limit: 10s"), "succeeded"), 1);
}

}  // namespace
}  // namespace tantrum::models
