// The stay that most requests make at most services: a worker of the host, one piece of work, an answer.
#pragma once

#include "engine/state_machine.h"
#include "models/turn.h"

namespace tantrum::models {

/// What Program::serve does for a program of one step of work with a worker held for the whole request, event for event.
/// Site and law outlive it.
class PlainStay final : public engine::StateMachine<Reply, PlainStay> {
public:
    static bool suits(const Site& site) { return site.perRequest && !site.shared; }
    static Task<Reply> of(const Site& site, const engine::Distribution& work, const Request& request)
    {
        return (new PlainStay(site, work, request))->task();
    }

private:
    friend class engine::StateMachine<Reply, PlainStay>;
    PlainStay(const Site& site, const engine::Distribution& work, const Request& request)
        : site_(site), deadline_(request.deadline), replyBytes_(request.replyBytes),
          operation_(request.operation), span_(request.span), turn_(site, site.perRequest, &work, true)
    {
    }
    ~PlainStay() = default;

    Simulation& simulation() const { return site_.host.scope().simulation(); }

    void resume()
    {
        visit_.begin(site_.station, simulation());
        if (span_) [[unlikely]]
            trace();
        if (!site_.host.up()) [[unlikely]]
            return endRefused(Outcome::crashed);
        visit_.at(site_.host);
        here_.enter(site_.host.scope()).await_suspend(handle());
        goOnWith<&PlainStay::afterTurn>();
        if (turn_.settles(handle())) afterTurn();
    }

    [[gnu::cold]] void trace()
    {
        if (const std::uint32_t span = visit_.trace(span_, operation_, simulation()); span && site_.host.up())
            turn_.trace(span, site_.perRequest);
    }

    void afterTurn()
    {
        const bool served = turn_.keep();
        if (turn_.worked()) [[likely]]
            return answer();
        if (!served) return endRefused(Outcome::rejected);
        if (site_.dropExpired && deadline_ <= simulation().now()) return endRefused(Outcome::expired);
        if (site_.host.drawsError(site_.random)) return endRefused(Outcome::error);
        goOnWith<&PlainStay::afterWork>();
        turn_.work(handle());
    }

    void afterWork()
    {
        turn_.keep();
        answer();
    }

    [[gnu::cold]] void endRefused(Outcome outcome) { finish(visit_.fail(outcome)); }

    [[gnu::always_inline]] void answer()
    {
        Reply reply;
        reply.bytes = replyBytes_;
        finish(visit_.end(reply, simulation()));
    }

    const Site& site_;
    Instant deadline_;
    std::uint32_t replyBytes_;
    std::uint16_t operation_;
    std::uint32_t span_;
    Visit visit_;
    engine::Resident<Reply> here_;
    Turn turn_;
};

}  // namespace tantrum::models
