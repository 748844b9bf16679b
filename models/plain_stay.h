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
        : site_(site), work_(work), deadline_(request.deadline), replyBytes_(request.replyBytes),
          operation_(request.operation), span_(request.span), turn_(site)
    {
    }
    ~PlainStay() = default;

    Simulation& simulation() const { return site_.host.scope().simulation(); }

    void resume()
    {
        visit_.begin(site_.station, simulation());
        if (span_) [[unlikely]]
            trace();
        if (!site_.host.up()) return finish(visit_.fail(Outcome::crashed));
        visit_.at(site_.host);
        here_.enter(site_.host.scope()).await_suspend(handle());
        turn_.prepare(site_.perRequest, &work_, true);
        if (turn_.await_ready()) return afterTurn();
        goOnWith<&PlainStay::afterTurn>();
        turn_.await_suspend(handle());
    }

    void trace()
    {
        if (const std::uint32_t span = visit_.trace(span_, operation_, simulation()); span && site_.host.up())
            turn_.trace(span, site_.perRequest);
    }

    void afterTurn()
    {
        worker_ = turn_.await_resume();
        if (turn_.worked()) [[likely]]
            return answer();
        if (!worker_) return finish(visit_.fail(Outcome::rejected));
        if (site_.dropExpired && deadline_ <= simulation().now()) return finish(visit_.fail(Outcome::expired));
        if (site_.host.drawsError(site_.random)) return finish(visit_.fail(Outcome::error));
        turn_.prepare(nullptr, &work_, false);
        goOnWith<&PlainStay::afterWork>();
        turn_.await_suspend(handle());
    }

    void afterWork()
    {
        turn_.await_resume();
        answer();
    }

    void answer()
    {
        Reply reply;
        reply.bytes = replyBytes_;
        finish(visit_.end(reply, simulation()));
    }

    const Site& site_;
    const engine::Distribution& work_;
    Instant deadline_;
    std::uint32_t replyBytes_;
    std::uint16_t operation_;
    std::uint32_t span_;
    Visit visit_;
    engine::Resident<Reply> here_;
    engine::Permit worker_;
    Turn turn_;
};

}  // namespace tantrum::models
