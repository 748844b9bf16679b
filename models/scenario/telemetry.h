// How what is counted reaches those who judge it: the section `telemetry`. Counters are scraped now and then, a scrape can
// fail, and what it brought arrives late: the model is Prometheus. Without the section, alerts see every count at once.
#pragma once

#include "engine/time.h"
#include "models/scenario/quantities.h"
#include "models/scenario/references.h"

#include <cstdint>
#include <optional>

namespace tantrum::models::scenario {

struct Descriptor;

/// Who answers a scrape at a node.
enum class Answering : std::uint8_t {
    workers,  ///< the same as answer requests: it waits with them, and is refused with them
    aside     ///< somebody else in the same process
};

struct Telemetry {
    static constexpr engine::Duration usualTimeout = engine::Duration::seconds(10);

    engine::Duration scrapeInterval = engine::Duration::seconds(60);
    std::optional<engine::Duration> scrapeTimeout;
    engine::Duration delay;
    Probability loss;
    std::optional<NodeReference> beside;
    Answering answering = Answering::workers;

    /// As in Prometheus never longer than the interval.
    engine::Duration timeout() const;
};

/// The keys of the section: for the reader, the schema and the reference.
const Descriptor& telemetryKeys();

}  // namespace tantrum::models::scenario
