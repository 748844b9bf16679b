// Service level objectives of a scenario, and the alerts that watch how fast their error budgets burn.
//
// An objective of 99.9 % over 30 days leaves a budget of 0.1 % of the requests. The burn rate is the share of bad
// requests over a window, in budgets: at 1 the budget lasts for exactly the 30 days. An alert fires while the burn rate
// is above its threshold over a long window, which says that it matters, and over a short one, which says that it still
// goes on: The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
#pragma once

#include "engine/time.h"
#include "models/scenario/quantities.h"
#include "models/scenario/references.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {

struct Descriptor;

inline constexpr std::size_t mostServiceLevels = 64;
inline constexpr std::size_t mostAlerts = 16;
/// Evaluations in a long window: what has to be remembered of a service level.
inline constexpr std::int64_t mostEvaluations = 100'000;

enum class Urgency : std::uint8_t { page, ticket };

/// One rule: fires while the burn rate over both windows is above `burn`.
struct AlertRule {
    std::string name;
    double burn = 1;
    engine::Duration longWindow, shortWindow;  ///< whole numbers of evaluation intervals
    Urgency severity = Urgency::page;
};

/// What is taken for granted of the time before the run.
enum class History : std::uint8_t {
    healthy,  ///< traffic as the run's mean so far, none of it bad
    none      ///< no traffic: windows hold what there is
};

struct ServiceLevel {
    std::string name;
    NodeReference of;
    Probability objective = Probability::ofShare(0.999);
    engine::Duration window = engine::Duration::seconds(30 * 86'400);
    std::optional<engine::Duration> latency;  ///< successes slower than this are bad; of a client only
    engine::Duration evaluate = engine::Duration::seconds(60);
    engine::Duration delay;
    Probability loss;
    Probability sampled = Probability::ofShare(1);
    History history = History::healthy;
    std::vector<AlertRule> alerts;

    /// The share of requests that may be bad.
    double budget() const { return 1 - objective.share(); }
    const AlertRule* find(std::string_view alert) const;
};

/// Page at 14.4 (1 h, 5 min) and at 6 (6 h, 30 min), ticket at 1 (3 d, 6 h).
std::vector<AlertRule> defaultAlerts();

/// The keys of a service level but `alerts`, and those of an alert: for the reader, the schema and the reference.
const Descriptor& serviceLevelKeys();
const Descriptor& alertKeys();

}  // namespace tantrum::models::scenario
