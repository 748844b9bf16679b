#include "models/scenario/telemetry.h"

#include "models/scenario/describe.h"
#include "models/scenario/telemetry_parameters.h"

#include <algorithm>

namespace tantrum::models::scenario {

engine::Duration Telemetry::timeout() const { return scrapeTimeout ? *scrapeTimeout : std::min(usualTimeout, scrapeInterval); }

const Descriptor& telemetryKeys()
{
    constexpr auto millisecond = engine::Duration::nanoseconds(1'000'000);
    static const Descriptor built =
        describe<Telemetry>(Kind::policy, "telemetry")
            .title("Telemetry")
            .summary("How what is counted reaches the alerts: scraped now and then, late, and with gaps.")
            .parameter("scrape_interval", &Telemetry::scrapeInterval,
                       {.doc = "how often each node is scraped, at a moment within the interval that its name decides", .least = millisecond,
                        .source = "Prometheus global.scrape_interval: 1 min; its example configuration says 15 s"})
            .parameter("scrape_timeout", &Telemetry::scrapeTimeout,
                       {.doc = "a scrape that would take longer fails; absent: 10 s, or the interval if that is shorter", .least = millisecond,
                        .source = "Prometheus global.scrape_timeout"})
            .parameter("delay", &Telemetry::delay,
                       {.doc = "from a scrape to the moment from which alerts see it: agents, batches, remote write", .source = "none in Prometheus itself; of batches 5 s is usual (OpenTelemetry SDK), unconfirmed"})
            .parameter("loss", &Telemetry::loss, {.doc = "share of scrapes that fail for no reason of the node's"})
            .parameter("beside", &Telemetry::beside,
                       {.doc = "node beside which the monitoring stands: it fails with it, and partitions between the two cut scrapes"})
            .parameter("answering", &Telemetry::answering,
                       {.doc = "who answers a scrape at a node", .source = "Spring Boot: the server's port and threads unless management.server.port is set; unconfirmed of others"});
    return built;
}

}  // namespace tantrum::models::scenario
