// Celery beat: when periodic tasks are published, by how many, and what a beat that was down makes up for.
#include "models/messaging/beat_schedule.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"
#include "tests/models/support/run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

Results beat(const std::string& settings, double seconds, const std::string& more = "")
{
    return run("nodes:\n  users: {type: client, arrivals: paced(1/h), sends: rabbit.tasks}\n  beat: {type: celery_beat, sends: rabbit.tasks, " + settings +
               "}\n  rabbit: {type: rabbitmq, disk: 0s, classic_cost: 0s, queues: {tasks: {}}}\n" + more, seconds);
}
double of(const Results& results, std::string_view key) { return metric(node(results, "beat"), key); }

// The first time after one interval, not at the start.
TEST(CeleryBeat, PublishesByInterval)
{
    EXPECT_EQ(of(beat("schedule: {report: 10s}", 9.5), "sent"), 0);
    EXPECT_EQ(of(beat("schedule: {report: 10s}", 60.5), "sent"), 6);
    EXPECT_EQ(of(beat("schedule: {report: 10s, other: 25s}", 60.5), "sent"), 6 + 2);
}

// From 0:58 on, every five minutes: at 1:00 and 1:05. A minute in which the beat begins is over for it.
TEST(CeleryBeat, PublishesByCrontab)
{
    EXPECT_EQ(of(beat("schedule: {report: crontab(*/5 * * * *)}, clock: 58min", 600), "sent"), 2);
    EXPECT_EQ(of(beat("schedule: {report: crontab(*/5 * * * *)}", 299), "sent"), 0);
    EXPECT_EQ(of(beat("schedule: {report: crontab(0 4 * * mon-fri)}", 8 * 86'400), "sent"), 6);  // Monday to Friday, and Monday
}

// All five fields have to fit: Friday the 13th, of which 2024 had two, in September and December. cron(8) would take every
// 13th and every Friday.
TEST(Crontab, WantsTheDayOfTheMonthAndOfTheWeek)
{
    const auto crontab = messaging::Crontab::parse("30 12 13 * fri");
    ASSERT_TRUE(crontab);
    const auto day = [](int days) { return engine::Instant::at(engine::Duration::seconds(days * 86'400 + 12 * 3600 + 30 * 60)); };
    EXPECT_EQ((*crontab).after({}, {}), day(256));
    EXPECT_EQ((*crontab).after(day(256), {}), day(256 + 91));
    const auto leap = messaging::Crontab::parse("30 12 29 2 *");
    ASSERT_TRUE(leap);
    EXPECT_EQ((*leap).after(day(59), {}), day(59 + 4 * 365 + 1));
}

TEST(Crontab, UnderstandsListsRangesAndSteps)
{
    const auto minutes = [](const std::string& field) {
        std::string text;
        const auto crontab = messaging::Crontab::parse(field + " 0 1 1 *");
        if (!crontab) return crontab.message;
        // Those of the first hour of one year; then it begins anew.
        const engine::Duration lastDayOf2024 = engine::Duration::seconds(86'400 * 365);
        for (engine::Instant at = (*crontab).after({}, lastDayOf2024);; at = (*crontab).after(at, lastDayOf2024)) {
            const std::string next = std::to_string((at.count() / 60'000'000'000) % 60) + " ";
            if (text.starts_with(next)) return text;
            text += next;
        }
    };
    EXPECT_EQ(minutes("*/20"), "0 20 40 ");
    EXPECT_EQ(minutes("1,5-7"), "1 5 6 7 ");
    EXPECT_EQ(minutes("50-10/10"), "0 10 50 ");  // wraps around: 50, 0, 10
    EXPECT_EQ(minutes("5/10"), "'5/10' is no minute");
    EXPECT_EQ(minutes("60"), "'60' is no minute");
}

// Beat holds no lock.
TEST(CeleryBeat, PublishesEverythingTwiceIfItRunsTwice)
{
    EXPECT_EQ(of(beat("schedule: {report: 10s}, replicas: 2", 60.5), "sent"), 12);
    const Results two = beat("schedule: {report: 10s}", 60.5, "  other: {type: celery_beat, sends: rabbit.tasks, schedule: {report: 10s}}\n");
    EXPECT_EQ(metric(node(two, "rabbit"), "published"), 12);
}

// Down from 15 to 55 s: due at 20, 30, 40 and 50, sent once at 55, then ten seconds later.
TEST(CeleryBeat, SendsOnceWhatWasDueWhileItWasDown)
{
    const std::string crash = "timeline:\n  - {at: 15s, for: 40s, crash: beat}\n";
    const Results results = beat("schedule: {report: 10s}", 64, crash);
    EXPECT_EQ(of(results, "sent"), 2);
    EXPECT_EQ(of(results, "late"), 1);
    EXPECT_EQ(of(results, "missed"), 3);
    EXPECT_EQ(of(beat("schedule: {report: 10s}", 65.5, crash), "sent"), 3);
}
// The same while it stands still, except that it forgets nothing.
TEST(CeleryBeat, SendsOnceWhatWasDueWhileItStoodStill)
{
    const Results results = beat("schedule: {report: 10s}", 64, "timeline:\n  - {at: 15s, for: 40s, pause: beat}\n");
    EXPECT_EQ(of(results, "sent"), 2);
    EXPECT_EQ(of(results, "missed"), 3);
}

// Killed a minute after the full hour: when it sent what was not yet in the file, so it sends the hour's task again. Had the
// file been written after each (`sync_every: 0s`), it would not.
TEST(CeleryBeat, SendsAgainWhatItForgotWhenItWasKilled)
{
    const std::string crash = "timeline:\n  - {at: 3660s, for: 1s, crash: beat}\n", schedule = "schedule: {hourly: crontab(0 * * * *)}";
    const Results forgot = beat(schedule, 4000, crash);
    EXPECT_EQ(of(forgot, "sent"), 2);
    EXPECT_EQ(of(forgot, "repeated"), 1);
    EXPECT_EQ(of(forgot, "missed"), 0);
    const Results wrote = beat(schedule + ", sync_every: 0s", 4000, crash);
    EXPECT_EQ(of(wrote, "sent"), 1);
    EXPECT_EQ(of(wrote, "repeated"), 0);
}

// Down over the full hour, back 23 minutes later: made up for, unless that is later than the deadline. Intervals have none.
TEST(CeleryBeat, PassesOverACrontabThatIsTooLate)
{
    const std::string crash = "timeline:\n  - {at: 3500s, for: 1500s, crash: beat}\n", schedule = "schedule: {hourly: crontab(0 * * * *)}";
    EXPECT_EQ(of(beat(schedule, 7000, crash), "sent"), 1);
    EXPECT_EQ(of(beat(schedule + ", starting_deadline: 30min", 7000, crash), "sent"), 1);
    const Results passed = beat(schedule + ", starting_deadline: 10min", 7000, crash);
    EXPECT_EQ(of(passed, "sent"), 0);
    EXPECT_EQ(of(passed, "missed"), 1);
    EXPECT_EQ(of(beat(schedule + ", starting_deadline: 10min", 7201, crash), "sent"), 1);
    EXPECT_EQ(of(beat("schedule: {often: 1h}, starting_deadline: 10min", 7000, crash), "sent"), 1);
}

// What cannot be published is lost until it is due again.
TEST(CeleryBeat, LosesWhatItCannotPublish)
{
    const Results results = beat("schedule: {report: 10s}", 60.5, "timeline:\n  - {at: 15s, for: 10s, crash: rabbit}\n");
    EXPECT_EQ(of(results, "sent"), 5);
    EXPECT_EQ(of(results, "failed"), 1);
}

std::string problemOf(const std::string& schedule)
{
    const auto read = scenario::read("tantrum: 1\nduration: 1h\nnodes:\n  r: {type: rabbitmq, queues: {q: {}}}\n  u: {type: client, sends: r.q}\n  b:\n    type: celery_beat\n    sends: r.q\n    schedule: " + schedule + "\n", "test", catalogue());
    if (read.diagnostics.size() != 1) return fmt::format("{} problems", read.diagnostics.size());
    const auto& found = read.diagnostics.front();
    return fmt::format("{}:{}: {} | {}", found.position.line, found.position.column, found.message, found.hint);
}

TEST(CeleryBeat, MistakesAreToldWithTheirPlace)
{
    const std::string example = "crontab(0 4 * * mon-fri): minute, hour, day of the month, month, day of the week";
    EXPECT_EQ(problemOf("{a: 30s, b: crontab(0 4 * * *)}"), "0 problems");
    EXPECT_EQ(problemOf("{}"), "9:15: a schedule has 1 to 1000 entries, not 0 | schedule: {report: 30s}");
    EXPECT_EQ(problemOf("{a: crontab(0 4 *)}"), "9:19: a crontab has 5 fields, not 3 | " + example);
    EXPECT_EQ(problemOf("{a: crontab(0 24 * * *)}"), "9:19: '24' is no hour | 0 to 23, as in " + example);
    EXPECT_EQ(problemOf("{a: crontab(0 0 * * mno)}"), "9:19: 'mno' is no day of the week | 0 to 6, as in " + example);
    EXPECT_EQ(problemOf("{a: crontab(0 0 31 2 *)}"), "9:19: there is never such a day: '0 0 31 2 *' | " + example);
    EXPECT_EQ(problemOf("{a: crontab}"), "9:19: this is no schedule | an interval, 30s, or crontab(*/5 * * * *)");
}

}  // namespace
}  // namespace tantrum::models
