// What protocols ask of a link.
#include "models/network/link.h"
#include "models/network/ordered_ways.h"
#include "models/network/resending.h"

#include <algorithm>

namespace tantrum::models::network {

void Link::change(const LinkParameters& parameters)
{
    parameters_ = parameters;
    parameters_.cancellation |= carriesCancellations_;
    prepare();
}

void Link::carryCancellations()
{
    carriesCancellations_ = true;
    parameters_.cancellation = true;
    prepare();
}

void Link::keepOrder(std::size_t connections)
{
    ordered_ = std::make_unique<OrderedWays>(*this, connections);
    prepare();
}

Duration Link::usualRoundTrip() const
{
    const Duration usual = std::min(latency_, Duration::max() / 8);
    return (usual + route_.extraLatency()) * 2;
}

Task<bool> Link::greet(int roundTrips)
{
    keepsConnections_ = true;
    if (route_.disturbances().unresolved()) {
        co_await simulation_.delay(route_.disturbances().resolvingTakes());
        co_return false;
    }
    for (int trip = 0; trip < roundTrips; ++trip) {
        Duration wait = trip == 0 ? firstGreetingAgain : firstResend;
        for (int again = 0;; ++again) {
            const Duration there = travel(0, forwardFree_);
            const bool lostThere = drops(Way::there);
            const Duration back = travel(0, backFree_);
            const bool lostBack = drops(Way::back);
            if (!lostThere && !lostBack) {
                co_await simulation_.delay(there + back, spans_);
                break;
            }
            co_await simulation_.delay(wait);
            if (again == (trip == 0 ? greetings : resends)) co_return false;
            wait = std::min(wait * 2, longestResend);
        }
    }
    co_return true;
}

}  // namespace tantrum::models::network
