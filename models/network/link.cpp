#include "models/network/link.h"

#include "engine/race.h"
#include "engine/state_machine.h"
#include "models/network/cancellable.h"
#include "models/network/ordered_ways.h"
#include "models/network/resending.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>

namespace tantrum::models::network {
namespace {

// A heavy tail may draw for ever. What takes that long arrives in no run, and with jitter and faults added it is still a time.
constexpr Duration longestWay = Duration::max() / 8;

}  // namespace

constexpr auto choices(Transport)
{
    return std::array{
        scenario::Choice<Transport>{Transport::stream, "stream", "lost data is sent again, as TCP does: first after 200 ms"},
        scenario::Choice<Transport>{Transport::datagram, "datagram", "what is lost stays lost"}};
}

// One attempt to call across, counted; the caller owns it.
class Link::Attempt final : public engine::StateMachine<Reply, Attempt> {
public:
    Attempt(Link& link, const Request& request) : link_(link), request_(request), box_(link.simulation_) {}

private:
    friend class engine::StateMachine<Reply, Attempt>;
    ~Attempt()
    {
        if (!begun_) return;
        if (request_.span) [[unlikely]]
            link_.route_.traces().end(request_.span, outcome_, link_.simulation_.now());
        Route::Counts& counts = link_.route_.counts;
        --counts.attemptsInside;
        ++counts.attemptsEnded[static_cast<std::size_t>(outcome_)];
    }

    void resume()
    {
        begun_ = true;
        Route::Counts& counts = link_.route_.counts;
        ++counts.attempts;
        ++counts.attemptsInside;
        if (request_.attempt > 0) ++counts.retries;
        if (request_.span) [[unlikely]]
            trace();
        if (link_.plain()) [[likely]]
            link_.far_.spawnAfter(link_.latency_, link_.carry(request_, box_.answer()), link_.spans_);
        else
            link_.send(request_, box_);
        box_.receive().await_suspend(handle());
        goOnWith<&Attempt::answered>();
    }

    void trace()
    {
        request_.span = link_.route_.traces().begin(SpanKind::attempt, request_.span, static_cast<std::uint32_t>(link_.route_.index()),
                                                    request_.operation, request_.attempt, link_.simulation_.now());
    }

    void answered()
    {
        const Reply& reply = box_.receive().await_resume();
        outcome_ = reply.outcome;
        finish(reply);
    }

    Link& link_;
    Request request_;
    bool begun_ = false;
    Outcome outcome_ = Outcome::timeout;
    engine::Mailbox<Reply> box_;
};

// The far side's part: what has arrived is handled, and the answer sent, if anybody still waits for it or not.
class Link::Carriage final : public engine::StateMachine<void, Carriage> {
public:
    Carriage(Link& link, const Request& request, Answer answer) : link_(link), request_(request), answer_(std::move(answer)) {}

private:
    friend class engine::StateMachine<void, Carriage>;
    ~Carriage() = default;

    void resume()
    {
        ++link_.route_.counts.delivered;
        call_ = link_.peer_.call(request_);
        if (call_.start()) return handled();
        goOnWith<&Carriage::handled>();
        call_.continueWith(handle());
    }

    void handled()
    {
        if (link_.plain()) [[likely]]
            answer_.send(call_.result(), link_.latency_, link_.spans_);
        else
            link_.sendBack(call_.result(), answer_, request_);
        finish();
    }

    Link& link_;
    Request request_;
    Answer answer_;
    Task<Reply> call_;
};

Link::Link(const LinkParameters& parameters, Building& building, Service& peer)
    : parameters_(parameters), simulation_(building.simulation()), route_(building.route()), peer_(peer),
      luck_(building.stream("network")), far_(simulation_), wire_(simulation_)
{
    prepare();
}

Link::~Link() = default;

void Link::prepare()
{
    const engine::Distribution& law = parameters_.latency.distribution;
    steady_ = law.isConstant() && parameters_.jitter == Duration() && !parameters_.bandwidth;
    plain_ = steady_ && parameters_.loss.share() == 0 && !parameters_.cancellation && !ordered_;
    spans_ = steady_ ? engine::Spans::constant : law.isConstant() ? engine::Spans::varying : law.spans();
    latency_ = Duration::fromNanoseconds(law.mean());
    nanosecondsPerByte_ = parameters_.bandwidth ? 1e9 / parameters_.bandwidth->bytesPerSecond() : 0;
}

bool Link::drops(Way way)
{
    if (route_.calm() && parameters_.loss.share() == 0) [[likely]]
        return false;
    if (route_.partitioned(way)) return true;
    const double loss = 1 - (1 - parameters_.loss.share()) * (1 - route_.extraLoss());
    return loss > 0 && luck_.chance(loss);
}

// One message after the other on the wire of its direction, then the way.
Duration Link::travel(std::uint32_t bytes, Instant& free)
{
    const bool calm = route_.calm();
    if (steady_ && calm) return latency_;
    double perByte = nanosecondsPerByte_;
    Duration way;
    if (!calm) [[unlikely]] {
        perByte = std::max(perByte, route_.disturbances().nanosecondsPerByte());
        way = route_.extraLatency();
        if (steady_ && perByte == 0) return latency_ + way;
    }
    way += std::min(parameters_.latency.distribution.sample(luck_), longestWay);
    if (parameters_.jitter > Duration()) {
        const double swing = luck_.uniform() * 2 - 1;
        way += Duration::fromNanoseconds(swing * static_cast<double>(parameters_.jitter.count()));
    }
    way = std::max(way, Duration());
    if (perByte > 0) {
        const Instant begun = std::max(simulation_.now(), free);
        free = begun + Duration::fromNanoseconds(perByte * bytes);
        way += std::min(free - simulation_.now(), longestWay);
    }
    return way;
}

void Link::deliver(const Request& request, Answer answer, Duration after)
{
    far_.spawnAfter(after, parameters_.cancellation ? carryCancellably(request, std::move(answer))
                                                    : carry(request, std::move(answer)), spans_);
}

Task<Reply> Link::call(Request request) { return (new Attempt(*this, request))->task(); }

// Every message that is not plain takes this way: its parts become one function.
[[gnu::flatten]] void Link::send(const Request& request, engine::Mailbox<Reply>& box)
{
    if (route_.calm()) [[likely]]
        dispatch(request, box.answer());
    else
        sendDisturbed(request, box.answer());
}

void Link::dispatch(const Request& request, Answer answer)
{
    if (ordered_) [[unlikely]]
        return ordered_->send(request, std::move(answer), connection_);
    Duration way = travel(request.bytes, forwardFree_);
    if (!route_.calm()) [[unlikely]]
        way += heldBack();
    const bool dropped = drops(Way::there);
    if (route_.drawn()) {
        const Instant now = simulation_.now();
        route_.draw(request.attempt > 0 ? Mark::retry : Mark::request, false, dropped, now, now + way);
    }
    if (!dropped) {
        deliver(request, std::move(answer), way);
    } else {
        ++route_.counts.lost;
        if (parameters_.transport == Transport::stream) wire_.spawn(resend(request, std::move(answer)));
    }
}

Task<void> Link::carry(const Request& request, Answer answer) { return (new Carriage(*this, request, std::move(answer)))->task(); }

void Link::sendBack(const Reply& reply, Answer& answer, const Request& request)
{
    Duration way = travel(request.replyBytes, backFree_);
    if (!route_.calm()) [[unlikely]]
        way += heldBack(), disturbAnswer(request);
    const bool dropped = drops(Way::back);
    if (route_.drawn()) {
        const Instant now = simulation_.now();
        const Mark mark = answer.wanted() ? markOf(reply.outcome) : Mark::timeout;
        route_.draw(mark, true, dropped, now, now + way);
    }
    if (!dropped) {
        answer.send(reply, way, spans_);
    } else {
        ++route_.counts.lost;
        if (parameters_.transport == Transport::stream && answer.wanted())
            far_.spawn(answerLater(reply, std::move(answer)));
    }
}

Task<void> Link::resend(Request request, Answer answer)
{
    Duration wait = firstResend;
    for (int again = 0; again < resends; ++again) {
        co_await simulation_.delay(wait);
        if (!answer.wanted()) co_return;  // the caller has closed the connection
        wait = std::min(wait * 2, longestResend);
        if (!drops(Way::there)) {
            const Duration way = travel(request.bytes, forwardFree_);
            if (route_.drawn()) route_.draw(Mark::retry, false, false, simulation_.now(), simulation_.now() + way);
            deliver(request, std::move(answer), way);
            co_return;
        }
        ++route_.counts.lost;
    }
    answer.send(Reply::failed(Outcome::unreachable), Duration());
}

Task<void> Link::answerLater(Reply reply, Answer answer)
{
    Duration wait = firstResend;
    for (int again = 0; again < resends; ++again) {
        co_await simulation_.delay(wait);
        if (!answer.wanted()) co_return;
        wait = std::min(wait * 2, longestResend);
        if (!drops(Way::back)) {
            const Duration way = travel(reply.bytes, backFree_);
            if (route_.drawn())
                route_.draw(markOf(reply.outcome), true, false, simulation_.now(), simulation_.now() + way);
            answer.send(reply, way);
            co_return;
        }
        ++route_.counts.lost;
    }
    answer.send(Reply::failed(Outcome::unreachable), Duration());
}

// A request whose caller left while it was still on the way is not begun.
Task<void> Link::carryCancellably(Request request, Answer answer)
{
    if (!answer.wanted()) co_return;
    ++route_.counts.delivered;
    const Duration newsTakes = travel(0, forwardFree_);
    Cancellable handled(simulation_, newsTakes, answer, peer_.call(request));
    const std::optional<Reply> reply = co_await handled;
    answer.onAbandoned(nullptr, nullptr);
    if (reply) sendBack(*reply, answer, request);
}

TANTRUM_MODEL(network, link)
{
    using namespace scenario;
    static const Descriptor built =
        describe<LinkParameters>(Kind::link, "link")
            .title("Link").group("Network").icon("link")
            .summary("The network between two nodes: latency, bandwidth, loss, and who owns the work.")
            .details("Nodes between which no link is declared share a process: a call between them takes no time, and "
                     "a caller that goes away takes the work with it. Across a link the far side owns the work.\n\n"
                     "Between nodes that say in which `zone` they stand, the latency is half the round trip of their zones (`tantrum docs zones`), "
                     "unless an entry that names one of them gives another; a latency of `\"* -> *\"` is for all other pairs. Nodes in different zones "
                     "never share a process: they are linked even if no link is declared.")
            .parameter("latency", &LinkParameters::latency, {.doc = "one way, each message for itself", .live = true})
            .parameter("jitter", &LinkParameters::jitter, {.doc = "added to or taken from the latency, uniformly", .least = Duration(), .live = true})
            .parameter("bandwidth", &LinkParameters::bandwidth, {.doc = "of each direction; messages wait for each other", .live = true})
            .parameter("loss", &LinkParameters::loss, {.doc = "share of messages the network drops", .live = true})
            .parameter("transport", &LinkParameters::transport, {.doc = "what becomes of lost messages"})
            .parameter("cancellation", &LinkParameters::cancellation, {.doc = "a caller that gives up stops the callee's work too, one latency later, as gRPC does"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  \"* -> *\": {latency: 0.5ms}\n  users -> web: {latency: normal(1ms 0.2ms), bandwidth: 1Gbit/s}\n");
    return built;
}

}  // namespace tantrum::models::network
