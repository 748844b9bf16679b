// What faults do to a link's messages beyond loss and latency. Nothing of this is run while the route is calm.
#include "models/network/link.h"
#include "models/network/ordered_ways.h"

namespace tantrum::models::network {

// The address is asked for when a connection is opened; a call on one that is open needs none.
void Link::sendDisturbed(Request request, Answer answer)
{
    const Disturbances& disturbances = route_.disturbances();
    if (disturbances.unresolved() && !keepsConnections_) {
        if (route_.drawn()) route_.draw(request.attempt > 0 ? Mark::retry : Mark::request, false, true, simulation_.now(), simulation_.now());
        return wire_.spawn(resolveInVain(std::move(answer), disturbances.resolvingTakes()));
    }
    // The callee holds the caller's moment against its own clock.
    if (!countsDown_ && request.deadline != Instant::never()) request.deadline = request.deadline + disturbances.clockShift(simulation_.now());
    dispatch(request, std::move(answer));
    if (disturbances.repeatedRequests() > 0 && luck_.chance(disturbances.repeatedRequests())) repeat(request);
    if (disturbances.repeatedPackets() > 0 && luck_.chance(disturbances.repeatedPackets())) {
        if (parameters_.transport == Transport::datagram)
            repeat(request);
        else
            travel(request.bytes, forwardFree_);  // the receiver's TCP knows it has them, but they were on the wire
    }
}

// Nobody sends a lost copy again, and nobody waits for its answer; whatever it does at the callee is done.
void Link::repeat(const Request& request)
{
    const Duration way = travel(request.bytes, forwardFree_) + heldBack();
    const bool dropped = drops(Way::there);
    if (route_.drawn()) route_.draw(Mark::retry, false, dropped, simulation_.now(), simulation_.now() + way);
    if (dropped) {
        ++route_.counts.lost;
        return;
    }
    ++route_.counts.repeated;
    far_.spawnAfter(way, carry(request, Answer()), spans_);
}

// A second answer finds nobody who waits for it.
void Link::disturbAnswer(const Request& request)
{
    const double share = route_.disturbances().repeatedPackets();
    if (share > 0 && luck_.chance(share)) travel(request.replyBytes, backFree_);
}

Task<void> Link::resolveInVain(Answer answer, Duration takes)
{
    co_await simulation_.delay(takes);
    answer.send(Reply::failed(Outcome::unreachable), Duration());
}

Duration Link::heldBack()
{
    Duration wait;
    for (const Disturbances::Late& late : route_.disturbances().late())
        if (luck_.chance(late.share)) wait = wait + late.by;
    return wait;
}

}  // namespace tantrum::models::network
