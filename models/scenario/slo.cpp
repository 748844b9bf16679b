#include "models/scenario/slo.h"

#include "models/scenario/describe.h"
#include "models/scenario/slo_parameters.h"

namespace tantrum::models::scenario {

const AlertRule* ServiceLevel::find(std::string_view alert) const
{
    for (const AlertRule& rule : alerts)
        if (rule.name == alert) return &rule;
    return nullptr;
}

std::vector<AlertRule> defaultAlerts()
{
    constexpr auto minutes = [](std::int64_t count) { return engine::Duration::seconds(60 * count); };
    return {{"fast", 14.4, minutes(60), minutes(5), Urgency::page},
            {"slow", 6, minutes(6 * 60), minutes(30), Urgency::page},
            {"ticket", 1, minutes(3 * 24 * 60), minutes(6 * 60), Urgency::ticket}};
}

const Descriptor& serviceLevelKeys()
{
    constexpr auto moment = engine::Duration::nanoseconds(1);
    static const Descriptor built =
        describe<ServiceLevel>(Kind::policy, "slo")
            .title("Service level objective")
            .summary("How many requests have to be good, and the alerts that watch it.")
            .required("of", &ServiceLevel::of, {.doc = "the client or other node whose requests count"})
            .parameter("objective", &ServiceLevel::objective, {.doc = "share of requests that has to be good", .source = "SRE workbook, chapter 5"})
            .parameter("window", &ServiceLevel::window,
                       {.doc = "time over which the objective has to be kept", .least = moment, .source = "SRE workbook, chapter 5"})
            .parameter("latency", &ServiceLevel::latency,
                       {.doc = "successes slower than this are bad, too, judged to 0.8%; of a client only", .least = moment})
            .parameter("evaluate", &ServiceLevel::evaluate,
                       {.doc = "how often alerts are evaluated", .least = engine::Duration::nanoseconds(1'000'000),
                        .source = "Prometheus, global.evaluation_interval"})
            .parameter("delay", &ServiceLevel::delay, {.doc = "how late what is counted reaches the evaluation"})
            .parameter("loss", &ServiceLevel::loss,
                       {.doc = "share of evaluations that get no new counts: they see the last ones that came"})
            .parameter("sampled", &ServiceLevel::sampled,
                       {.doc = "share of requests that is counted at all", .least = Probability::ofShare(0.000001)})
            .parameter("history", &ServiceLevel::history, {.doc = "what windows that begin before the run hold"});
    return built;
}

const Descriptor& alertKeys()
{
    constexpr auto moment = engine::Duration::nanoseconds(1);
    static const Descriptor built =
        describe<AlertParameters>(Kind::policy, "alert")
            .title("Burn rate alert")
            .summary("Fires while the error budget burns faster than this over both windows.")
            .required("burn", &AlertParameters::burn, {.doc = "burn rate above which it fires: 1 uses up the budget in exactly its window", .least = 0.001, .most = 1e6})
            .required("long", &AlertParameters::longWindow, {.doc = "window that says that it matters", .least = moment})
            .parameter("short", &AlertParameters::shortWindow,
                       {.doc = "window that says that it still goes on; absent: a twelfth of the long one", .least = moment, .source = "SRE workbook, chapter 5"})
            .parameter("severity", &AlertParameters::severity, {.doc = "what it does to people"});
    return built;
}

}  // namespace tantrum::models::scenario
