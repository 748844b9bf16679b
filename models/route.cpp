#include "models/route.h"

#include "models/observability/logs.h"

namespace tantrum::models {

void Route::tellOfBreaker(Breaker state, Instant now)
{
    const auto number = static_cast<std::uint32_t>(index_);
    switch (state) {
    case Breaker::open: return traces_.tellOf(number, "circuit_breaker_opened", LogLevel::warn, now);
    case Breaker::halfOpen: return traces_.tellOf(number, "circuit_breaker_half_open", LogLevel::info, now);
    case Breaker::closed: return traces_.tellOf(number, "circuit_breaker_closed", LogLevel::info, now);
    case Breaker::none: return;
    }
}

}  // namespace tantrum::models
