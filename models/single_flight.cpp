#include "models/single_flight.h"

namespace tantrum::models {

bool SingleFlight::Seat::lead()
{
    leads_ = flights_.flights_.try_emplace(key_).second;
    return leads_;
}

void SingleFlight::Seat::wait(std::coroutine_handle<> awaiting)
{
    aim(awaiting);
    flights_.flights_.find(key_)->second.pushBack(*this);
}

void SingleFlight::Seat::land(const Reply& reply)
{
    const auto flight = flights_.flights_.find(key_);
    engine::List& waiting = flight->second;
    while (!waiting.empty()) {
        auto& seat = static_cast<Seat&>(*waiting.first());
        seat.unlink();
        seat.result_ = reply;
        flights_.simulation_.armNow(seat);
    }
    flights_.flights_.erase(flight);
    landed_ = true;
}

SingleFlight::Seat::~Seat()
{
    if (!leads_ || landed_) return;
    const auto flight = flights_.flights_.find(key_);
    engine::List& waiting = flight->second;
    if (waiting.empty()) {
        flights_.flights_.erase(flight);
        return;
    }
    auto& heir = static_cast<Seat&>(*waiting.first());
    heir.unlink();
    heir.leads_ = true;
    flights_.simulation_.armNow(heir);
}

}  // namespace tantrum::models
