#include "tests/models/support/run.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace tantrum::models {
namespace {

using support::run;

const ServiceLevelResult& level(const Results& results, std::string_view name)
{
    for (const ServiceLevelResult& each : results.slos)
        if (each.name == name) return each;
    throw std::runtime_error("there is no such level");
}

// Seconds; NaN: it never fired.
double firedAt(const ServiceLevelResult& of) { return of.alerts.front().firings.empty() ? noData : of.alerts.front().firings.front().firedSeconds; }
double resolvedAt(const ServiceLevelResult& of) { return of.alerts.front().firings.empty() ? noData : of.alerts.front().firings.front().resolvedSeconds; }

// Users who ask web a hundred times a second, and give up after a second. What users and web count is watched every
// second: half of a budget of 1 % within a minute fires, so that a full outage does after 0.3 s and more.
std::string watched(std::string_view timeline, std::string_view telemetry, std::string_view web = "workers: 100, work: 1ms")
{
    return fmt::format("nodes:\n"
                       "  users: {{type: client, arrivals: paced(100/s), sends: web}}\n"
                       "  web: {{type: service, {}}}\n"
                       "links:\n  users -> web: {{latency: 1ms, policies: [timeout: 1s]}}\n"
                       "timeline:\n  - {{{}}}\n{}"
                       "slos:\n"
                       "  outside: {{of: users, objective: 99%, evaluate: 1s, alerts: {{outage: {{burn: 0.5, long: 60s, short: 10s}}}}}}\n"
                       "  inside: {{of: web, objective: 99%, evaluate: 1s, alerts: {{outage: {{burn: 0.5, long: 60s, short: 10s}}}}}}\n",
                       web, timeline, telemetry.empty() ? "" : fmt::format("telemetry: {{{}}}\n", telemetry));
}

// Every second second a scrape, five more until it is seen, and then up to a second to the evaluation: an outage that is
// seen within a second without telemetry is seen within eight, and not before five have passed.
TEST(Telemetry, ShowsAlertsWhatWasScrapedAndWhenItArrived)
{
    const std::string_view outage = "at: 100.5s, for: 60s, errors: web";
    const Results at_once = run(watched(outage, ""), 300);
    EXPECT_LE(firedAt(level(at_once, "outside")), 102);
    EXPECT_EQ(level(at_once, "outside").telemetry.scrapes, 0u);

    const Results late = run(watched(outage, "scrape_interval: 2s, delay: 5s"), 300);
    const ServiceLevelResult& outside = level(late, "outside");
    EXPECT_GE(firedAt(outside), 105.5);
    EXPECT_LE(firedAt(outside), 108.5);
    EXPECT_EQ(outside.telemetry.scrapes, 150u);
    EXPECT_EQ(outside.telemetry.failed(), 0u);
    EXPECT_NEAR(outside.telemetry.longestGapSeconds, 2, 1e-9);
    EXPECT_GE(outside.telemetry.ended, 29'990u);
    EXPECT_LE(outside.counted, 29'500u) << "what ended in the last five seconds has not arrived";
    EXPECT_GE(outside.counted, 29'300u);
    EXPECT_GE(outside.bad, 5'990u);
    EXPECT_EQ(late.fingerprint, at_once.fingerprint) << "it only looks";
}

// Of fewer than two scrapes within its window there is no rate, and without a rate no alert: a short window of 10 s, scraped
// every 20 s, never fires, however bad it is.
TEST(Telemetry, MakesNoRateOfASingleScrape)
{
    const Results results = run(watched("at: 100s, for: 60s, errors: web", "scrape_interval: 20s"), 300);
    EXPECT_EQ(level(results, "outside").alerts.front().fired, 0u);
    EXPECT_GE(level(results, "outside").bad, 5'900u) << "although the counts are known";
}

// A process that hangs does not answer scrapes either, nor does it until it has worked off what waited before them: of the
// scrapes at 100.54 s and every two seconds later, that of 160.54 s finds most of the 6,000 requests of the pause before it.
TEST(Telemetry, OfAProcessThatHangsHasAGap)
{
    const Results results = run(watched("at: 100.5s, for: 60s, pause: web", "scrape_interval: 2s", "workers: 10, queue: 100000, work: 1ms"), 300);
    EXPECT_LE(firedAt(level(results, "outside")), 105);
    const ServiceLevelResult& inside = level(results, "inside");
    EXPECT_EQ(inside.telemetry.timedOut, 31u);
    EXPECT_EQ(inside.telemetry.failed(), 31u);
    EXPECT_NEAR(inside.telemetry.longestGapSeconds, 64, 1e-9);
    EXPECT_EQ(inside.alerts.front().fired, 0u) << "web's own work ends well, only late: nobody is there to be told";
}

// The counters of a process die with it: what it knew of the outage is never told. Who watches from outside is told.
TEST(Telemetry, OfAProcessThatDiesNeverComes)
{
    const Results results = run(watched("at: 100.5s, for: 60s, crash: web", "scrape_interval: 2s"), 300);
    EXPECT_LE(firedAt(level(results, "outside")), 105);
    const ServiceLevelResult& inside = level(results, "inside");
    EXPECT_EQ(inside.telemetry.down, 30u);
    EXPECT_EQ(inside.alerts.front().fired, 0u);
    EXPECT_EQ(inside.bad, 0u);
    EXPECT_GE(inside.telemetry.endedBad, 5'990u);
    EXPECT_LT(inside.counted, inside.telemetry.ended - 6'000 + 200);
    // Without telemetry the alert sees what its callers were told.
    EXPECT_LE(firedAt(level(run(watched("at: 100.5s, for: 60s, crash: web", ""), 300), "inside")), 102);
}

// Cut off from everybody, it is cut off from its monitoring. The counters live on: after a gap within the short window the
// next scrape tells all at once, late. After a longer one no window holds both its ends, and the alert never fires.
TEST(Telemetry, IsCutWhereTheNetworkIs)
{
    const Results brief = run(watched("at: 100.5s, for: 6s, partition: [users, web]", "scrape_interval: 2s"), 300);
    EXPECT_EQ(level(brief, "outside").telemetry.cutOff, 3u) << "nobody reaches them, nor does the monitoring";
    EXPECT_GE(firedAt(level(brief, "outside")), 106.5);
    EXPECT_LE(firedAt(level(brief, "outside")), 109.5) << "scraped at 108.09";
    const Results results = run(watched("at: 100.5s, for: 60s, partition: [users, web]", "scrape_interval: 2s"), 300);
    EXPECT_EQ(level(results, "outside").telemetry.cutOff, 30u);
    EXPECT_EQ(level(results, "outside").alerts.front().fired, 0u);
    EXPECT_GE(level(results, "outside").bad, 5'900u) << "although the counts are known";
    EXPECT_EQ(level(results, "inside").telemetry.cutOff, 30u);
    // Beside the users, the monitoring is cut off from web alone.
    const Results beside = run(watched("at: 100.5s, for: 60s, partition: [users, web]", "scrape_interval: 2s, beside: users"), 300);
    EXPECT_EQ(level(beside, "outside").telemetry.failed(), 0u);
    EXPECT_LE(firedAt(level(beside, "outside")), 105);
    EXPECT_EQ(level(beside, "inside").telemetry.cutOff, 30u);
}

// A scrape waits with the requests unless somebody else answers it: of 1,000 that wait for 200 a second, five seconds. The
// queue grows by 200 a second and shrinks by 100: scrapes fail from about 104 to 167 s.
TEST(Telemetry, OfAnOverloadedProcessIsLostWithTheRequests)
{
    const std::string_view overload = "at: 100.5s, for: 60s, load: users, factor: 4", web = "workers: 1, queue: 1000, work: 5ms";
    const Results results = run(watched(overload, "scrape_interval: 2s", web), 300);
    const ServiceLevelResult& inside = level(results, "inside");
    EXPECT_GE(inside.telemetry.timedOut, 29u);
    EXPECT_LE(inside.telemetry.timedOut, 34u);
    EXPECT_EQ(inside.alerts.front().fired, 0u);
    const Results aside = run(watched(overload, "scrape_interval: 2s, answering: aside", web), 300);
    EXPECT_EQ(level(aside, "inside").telemetry.failed(), 0u);
    EXPECT_LE(firedAt(level(aside, "inside")), 110) << "the queue is full from 105.5 s on";
}

// An alert that fires ceases to when it is told nothing more: for a rule, no data is no problem.
TEST(Telemetry, ThatFailsAltogetherResolvesAlerts)
{
    const Results results = run(watched("at: 100.5s, for: 100s, errors: web}\n  - {at: 130.5s, for: 60s, partition: [users]", "scrape_interval: 2s"), 300);
    const ServiceLevelResult& outside = level(results, "outside");
    EXPECT_LE(firedAt(outside), 105);
    EXPECT_GE(resolvedAt(outside), 138);
    EXPECT_LE(resolvedAt(outside), 140) << "ten seconds after the last scrape but one, in the midst of the outage";
    EXPECT_GE(outside.alerts.front().fired, 2u) << "it fires again when scrapes get through";
}

TEST(Telemetry, LosesTheShareThatIsAskedFor)
{
    const Results none = run(watched("at: 100s, for: 60s, errors: web", "scrape_interval: 1s, loss: 100%"), 300);
    EXPECT_EQ(level(none, "outside").counted, 0u);
    EXPECT_EQ(level(none, "outside").alerts.front().fired, 0u);
    const Results half = run(watched("at: 100s, for: 60s, errors: web", "scrape_interval: 100ms, loss: 50%"), 300);
    // Five standard deviations of the binomial law.
    EXPECT_NEAR(static_cast<double>(level(half, "outside").telemetry.lost), 1'500, 5 * std::sqrt(3'000 * 0.25));
    EXPECT_LE(firedAt(level(half, "outside")), 104);
}

TEST(Telemetry, IsReadWithItsMistakes)
{
    const auto mistake = [](const std::string& telemetry, const std::string& slo = "of: users") {
        const auto result = scenario::read("tantrum: 1\nduration: 60s\nnodes:\n  users: {type: client, sends: web}\n  web: {type: service}\nslos:\n  level: {" + slo + "}\n" + telemetry,
                                           "test.yaml", catalogue());
        if (result.diagnostics.empty()) return std::string("none");
        const scenario::Diagnostic& first = result.diagnostics.front();
        return first.path + ": " + first.message + " (" + first.hint + ")";
    };
    EXPECT_EQ(mistake("telemetry: {scrape_interval: 15s, beside: web}\n"), "none");
    EXPECT_EQ(mistake("telemetry: {scrape_interval: 5s}\n"), "none") << "the usual timeout gives way";
    EXPECT_NE(mistake("telemetry: {scrape_interval: 15s, scrape_timeout: 20s}\n").find("is longer than the interval"), std::string::npos);
    EXPECT_NE(mistake("telemetry: {scrape_intreval: 15s}\n").find("scrape_interval"), std::string::npos);
    EXPECT_NE(mistake("telemetry: {beside: wbe}\n").find("web"), std::string::npos) << mistake("telemetry: {beside: wbe}\n");
    EXPECT_NE(mistake("telemetry: {delay: 5s}\n", "of: users, delay: 3min").find("say it once"), std::string::npos);
    EXPECT_NE(mistake("telemetry: {scrape_interval: 1ms}\n").find("too long to be scraped"), std::string::npos);
    EXPECT_NE(mistake("telemetry: often\n").find("telemetry"), std::string::npos);
}

}  // namespace
}  // namespace tantrum::models
