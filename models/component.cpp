#include "models/component.h"

namespace tantrum::models {

void Policy::change(const scenario::ParameterSet&, std::string_view) {}

std::vector<NamedMetric> Policy::metrics() const { return {}; }

std::uint16_t Component::operation(const std::string&) const { return 0; }

std::vector<Service*> Component::replicas()
{
    Service* whole = service();
    return whole ? std::vector<Service*>{whole} : std::vector<Service*>{};
}

bool nestsTooDeep(const Request& request, const Route& route, Building& building)
{
    if (request.depth < deepestCall) return false;
    building.stop("calls nest " + std::to_string(deepestCall) + " deep at the call from " + route.name() +
                  ": the nodes call each other in an endless circle");
    return true;
}

std::string_view Component::reason(Outcome outcome) const
{
    switch (outcome) {
    case Outcome::ok: return "";
    case Outcome::timeout: return "callers gave up";
    case Outcome::rejected: return "queue full";
    case Outcome::error: return "errors";
    case Outcome::crashed: return "crashed";
    case Outcome::unreachable: return "unreachable";
    case Outcome::circuitOpen: return "circuit open";
    case Outcome::rateLimited: return "rate limited";
    case Outcome::expired: return "deadline passed";
    }
    return "";
}

}  // namespace tantrum::models
