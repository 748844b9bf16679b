#include "models/scenario/descriptor.h"
#include "models/scenario/fields.h"
#include "models/scenario/reader_parts.h"
#include "models/scenario/telemetry_parameters.h"

#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

constexpr std::int64_t mostScrapesInRun = 60'000'000;

}  // namespace

void readTelemetry(const Node& node, ReaderState& state)
{
    Reading& reading = state.reading;
    if (!isMappingFor(node, reading, "'telemetry'")) return;
    ParameterSet set = ParameterSet::of(Telemetry{});
    if (!readParameters(node, telemetryKeys(), {}, "'telemetry'", state, set)) return;
    const auto& telemetry = set.as<Telemetry>();
    if (telemetry.timeout() > telemetry.scrapeInterval) {
        const auto inside = reading.inside("scrape_timeout");
        return reading.error(*node.find("scrape_timeout"),
                             fmt::format("the timeout of a scrape ({}) is longer than the interval between two ({})", textOf(telemetry.timeout()),
                                         textOf(telemetry.scrapeInterval)),
                             "Prometheus refuses that, too");
    }
    if (state.scenario.duration.count() / telemetry.scrapeInterval.count() > mostScrapesInRun)
        return reading.error(node, fmt::format("a run of {} is too long to be scraped every {}", textOf(state.scenario.duration), textOf(telemetry.scrapeInterval)),
                             fmt::format("at most {} scrapes in a run", mostScrapesInRun));
    for (const ServiceLevel& level : state.scenario.slos) {
        if (level.delay > engine::Duration() || level.loss.share() > 0)
            return reading.error(node, fmt::format("the service level {} has a delay or a loss of its own", inQuotes(level.name)),
                                 "say it once: here for all of them, or there without this section");
        for (const AlertRule& rule : level.alerts)
            if ((rule.longWindow + telemetry.delay).count() / telemetry.scrapeInterval.count() > mostEvaluations)
                return reading.error(node, fmt::format("the alert {}: a window of {} is too long to be scraped every {}", inQuotes(level.name + "." + rule.name),
                                                       textOf(rule.longWindow), textOf(telemetry.scrapeInterval)),
                                     fmt::format("at most {} scrapes in a window", mostEvaluations));
    }
    if (state.scenario.slos.empty())
        reading.warning(node, "nobody looks at this telemetry: the scenario has no 'slos'", "declare service levels, whose alerts it is told to");
    state.scenario.telemetry = telemetry;
}

}  // namespace tantrum::models::scenario
