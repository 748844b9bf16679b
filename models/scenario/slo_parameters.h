// The words of service levels and alerts as the parameter machinery reads them.
#pragma once

#include "models/scenario/slo.h"
#include "models/scenario/values.h"

namespace tantrum::models::scenario {

constexpr auto choices(Urgency)
{
    return std::array{Choice<Urgency>{Urgency::page, "page", "wakes somebody"},
                      Choice<Urgency>{Urgency::ticket, "ticket", "can wait for the working day"}};
}
constexpr auto choices(History)
{
    return std::array{Choice<History>{History::healthy, "healthy", "traffic as the run's mean so far, without errors"},
                      Choice<History>{History::none, "none", "no traffic: a window is as long as the run so far"}};
}

struct AlertParameters {
    double burn = 1;
    engine::Duration longWindow;
    std::optional<engine::Duration> shortWindow;
    Urgency severity = Urgency::page;
};

}  // namespace tantrum::models::scenario
