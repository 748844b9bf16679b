#include "models/component.h"

#include <algorithm>
#include <cmath>

namespace tantrum::models {

static_assert(sizeof(Request) == 48, "its copying is written out: a new member has to be copied as well");

namespace {
double taken(engine::Gauge& gauge, Instant now)
{
    const double mean = gauge.mean(now);
    gauge.restart(now);
    return mean;
}
void add(double& sum, double part) { sum = std::isnan(sum) ? part : sum + part; }
}  // namespace

void Levels::takeBusy(engine::Gauge& busy, Instant now) { add(busyMean, taken(busy, now)); }
void Levels::takeInside(engine::Gauge& inside, Instant now) { add(insideMean, taken(inside, now)); }
void Levels::takeQueue(engine::Gauge& queue, Instant now)
{
    queueMax += static_cast<double>(queue.maximum());
    queueNow += static_cast<double>(queue.level());
    queueMean += taken(queue, now);
}

void Policy::change(const scenario::ParameterSet&, std::string_view) {}

std::vector<NamedMetric> Policy::metrics() const { return {}; }

std::uint16_t Component::operation(const std::string& name) const
{
    const std::vector<std::string> names = operations();
    const auto known = std::find(names.begin(), names.end(), name);
    return static_cast<std::uint16_t>(known == names.end() ? 0 : known - names.begin());
}

std::vector<Service*> Component::replicas()
{
    Service* whole = service();
    return whole ? std::vector<Service*>{whole} : std::vector<Service*>{};
}

bool stopForDepth(const Route& route, Building& building)
{
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
