#include "models/network/ordered_ways.h"

#include "models/network/cancellable.h"
#include "models/network/resending.h"

#include <algorithm>

namespace tantrum::models::network {

std::uint64_t OrderedWay::lose()
{
    missing_.push_back(++last_);
    return last_;
}

void OrderedWay::fill(std::uint64_t gap)
{
    missing_.erase(std::lower_bound(missing_.begin(), missing_.end(), gap));
    for (engine::ListNode* node = waiting_.empty() ? nullptr : waiting_.first(); node;) {
        auto& passing = static_cast<Passing&>(*node);
        node = waiting_.after(node);
        if (!free(passing.behind_)) continue;
        passing.unlink();
        simulation_.armNow(passing);
    }
}

OrderedWays::OrderedWays(Link& link, std::size_t connections) : link_(link)
{
    for (std::size_t index = 0; index < connections; ++index) connections_.emplace_back(link.simulation_);
}

void OrderedWays::send(const Request& request, Link::Answer answer, std::size_t connection)
{
    Connection& over = connections_[connection % connections_.size()];
    const Duration way = link_.travel(request.bytes, link_.forwardFree_);
    const bool dropped = link_.drops(Way::there);
    const Duration late = link_.route_.calm() ? Duration() : link_.heldBack();
    const Instant now = link_.simulation_.now();
    if (link_.route_.drawn()) link_.route_.draw(request.attempt > 0 ? Mark::retry : Mark::request, false, dropped, now, now + way + late);
    if (!dropped && late > Duration()) return link_.wire_.spawn(comeLate(request, std::move(answer), over, over.forward.lose(), way + late));
    if (!dropped) return deliver(request, std::move(answer), way, over, over.forward.behind());
    ++link_.route_.counts.lost;
    if (link_.parameters_.transport == Transport::stream)
        link_.wire_.spawn(resend(request, std::move(answer), over, over.forward.lose()));
}

void OrderedWays::deliver(const Request& request, Link::Answer answer, Duration after, Connection& over, std::uint64_t behind)
{
    link_.far_.spawnAfter(after, arrive(request, std::move(answer), over, behind), link_.spans_);
}

Task<void> OrderedWays::arrive(Request request, Link::Answer answer, Connection& over, std::uint64_t behind)
{
    co_await over.forward.passes(behind);
    if (link_.parameters_.cancellation && !answer.wanted()) co_return;
    ++link_.route_.counts.delivered;
    Reply reply;
    if (link_.parameters_.cancellation) {
        const Duration newsTakes = link_.travel(0, link_.forwardFree_);
        Cancellable handled(link_.simulation_, newsTakes, answer, link_.peer_.call(request));
        const std::optional<Reply> handledWith = co_await handled;
        answer.onAbandoned(nullptr, nullptr);
        if (!handledWith) co_return;
        reply = *handledWith;
    } else {
        reply = co_await link_.peer_.call(request);
    }
    this->answer(reply, std::move(answer), request, over);
}

// Who has gone away takes nothing back that is in the connection already: it is tried once more.
Task<void> OrderedWays::resend(Request request, Link::Answer answer, Connection& over, std::uint64_t gap)
{
    Duration wait = firstResend;
    for (int again = 0; again < resends; ++again) {
        co_await link_.simulation_.delay(wait);
        wait = std::min(wait * 2, longestResend);
        const bool dropped = link_.drops(Way::there);
        if (!dropped) {
            const Duration way = link_.travel(request.bytes, link_.forwardFree_);
            const Instant now = link_.simulation_.now();
            if (link_.route_.drawn()) link_.route_.draw(Mark::retry, false, false, now, now + way);
            const bool wanted = answer.wanted();
            if (wanted) deliver(request, std::move(answer), way, over, gap - 1);
            co_await link_.simulation_.delay(way, link_.spans_);
            over.forward.fill(gap);
            co_return;
        }
        ++link_.route_.counts.lost;
        if (!answer.wanted()) break;
    }
    over.forward.fill(gap);
    answer.send(Reply::failed(Outcome::unreachable), Duration());
}

// What was sent later and arrives before it waits for it: TCP hands on what it has in order.
Task<void> OrderedWays::comeLate(Request request, Link::Answer answer, Connection& over, std::uint64_t gap, Duration way)
{
    deliver(request, std::move(answer), way, over, gap - 1);
    co_await link_.simulation_.delay(way);
    over.forward.fill(gap);
}

void OrderedWays::answer(const Reply& reply, Link::Answer answer, const Request& request, Connection& over)
{
    const Duration way = link_.travel(request.replyBytes, link_.backFree_);
    if (!link_.route_.calm()) [[unlikely]]
        link_.disturbAnswer(request);
    const bool dropped = link_.drops(Way::back);
    const Duration late = link_.route_.calm() ? Duration() : link_.heldBack();
    const Instant now = link_.simulation_.now();
    if (link_.route_.drawn()) {
        const Mark mark = answer.wanted() ? markOf(reply.outcome) : Mark::timeout;
        link_.route_.draw(mark, true, dropped, now, now + way + late);
    }
    if (!dropped && late > Duration()) return link_.far_.spawn(comeBackLate(reply, std::move(answer), over, over.back.lose(), way + late));
    if (!dropped) {
        const std::uint64_t behind = over.back.behind();
        if (over.back.free(behind))
            answer.send(reply, way, link_.spans_);
        else
            link_.far_.spawn(comeBack(reply, std::move(answer), over, behind, way));
        return;
    }
    ++link_.route_.counts.lost;
    if (link_.parameters_.transport == Transport::stream)
        link_.far_.spawn(answerAgain(reply, std::move(answer), over, over.back.lose(), request.replyBytes));
}

Task<void> OrderedWays::comeBack(Reply reply, Link::Answer answer, Connection& over, std::uint64_t behind, Duration way)
{
    co_await link_.simulation_.delay(way, link_.spans_);
    co_await over.back.passes(behind);
    answer.send(reply, Duration());
}

Task<void> OrderedWays::comeBackLate(Reply reply, Link::Answer answer, Connection& over, std::uint64_t gap, Duration way)
{
    co_await link_.simulation_.delay(way);
    co_await over.back.passes(gap - 1);
    over.back.fill(gap);
    answer.send(reply, Duration());
}

Task<void> OrderedWays::answerAgain(Reply reply, Link::Answer answer, Connection& over, std::uint64_t gap, std::uint32_t bytes)
{
    Duration wait = firstResend;
    for (int again = 0; again < resends; ++again) {
        co_await link_.simulation_.delay(wait);
        wait = std::min(wait * 2, longestResend);
        const bool dropped = link_.drops(Way::back);
        if (!dropped) {
            const Duration way = link_.travel(bytes, link_.backFree_);
            const Instant now = link_.simulation_.now();
            if (link_.route_.drawn()) link_.route_.draw(markOf(reply.outcome), true, false, now, now + way);
            co_await link_.simulation_.delay(way, link_.spans_);
            co_await over.back.passes(gap - 1);
            over.back.fill(gap);
            answer.send(reply, Duration());
            co_return;
        }
        ++link_.route_.counts.lost;
        if (!answer.wanted()) break;
    }
    over.back.fill(gap);
    answer.send(Reply::failed(Outcome::unreachable), Duration());
}

}  // namespace tantrum::models::network
