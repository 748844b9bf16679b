// A queue in front of a bounded number of calls that is judged by how long callers wait in it, not by its length.
#include "engine/slots.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <cmath>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

enum class Law : std::uint8_t { codel, controlledDelay };
constexpr auto choices(Law)
{
    return std::array{Choice<Law>{Law::codel, "codel", "RFC 8289: once every wait of an interval was above the target, drops one, then more and more often"},
                      Choice<Law>{Law::controlledDelay, "controlled_delay", "drops what waited longer than the interval; than the target, if the queue has not been empty for an interval"}};
}
enum class Order : std::uint8_t { fifo, adaptiveLifo };
constexpr auto choices(Order)
{
    return std::array{Choice<Order>{Order::fifo, "fifo", "first come, first served"},
                      Choice<Order>{Order::adaptiveLifo, "adaptive_lifo", "the newest first while the queue has not been empty for an interval"}};
}

struct Params {
    std::int64_t concurrent = 25;
    std::int64_t queue = 1000;
    Duration target = Duration::milliseconds(5);
    Duration interval = Duration::milliseconds(100);
    Law law = Law::codel;
    Order order = Order::fifo;
};

/// RFC 8289, asked once for each that leaves the queue.
class Controller {
public:
    bool drops(Instant now, Duration waited, bool othersWait, const Params& params)
    {
        const bool late = tooLong(now, waited, othersWait, params);
        if (!late) return dropping_ = false;
        if (dropping_) {
            if (now < next_) return false;
            ++count_;
            next_ = next_ + step(params);
            return true;
        }
        dropping_ = true;
        // Soon after the last time it resumes near the rate that was enough then.
        const std::int64_t learnt = count_ - countBefore_;
        count_ = learnt > 1 && now - next_ < params.interval * 16 ? learnt : 1;
        countBefore_ = count_;
        next_ = now + step(params);
        return true;
    }

private:
    // Every wait was long since an interval ago.
    bool tooLong(Instant now, Duration waited, bool othersWait, const Params& params)
    {
        if (waited < params.target || !othersWait) {
            above_ = false;
            return false;
        }
        if (!above_) {
            above_ = true;
            since_ = now;
        }
        return now - since_ >= params.interval;
    }
    Duration step(const Params& params) const { return Duration::fromNanoseconds(static_cast<double>(params.interval.count()) / std::sqrt(static_cast<double>(count_))); }

    bool above_ = false, dropping_ = false;
    Instant since_, next_;
    std::int64_t count_ = 0, countBefore_ = 0;
};

class Codel final : public Policy {
public:
    Codel(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()), places_(simulation_, params.concurrent, params.queue)
    {
    }

    Task<Reply> call(Request request, Service& next) override
    {
        const Instant arrived = simulation_.now();
        look(arrived);
        const Duration patience = standing(arrived) ? params_.target : params_.interval;
        const engine::Permit permit = co_await places_.acquire();
        if (!permit) {
            ++refused_;
            co_return refuse(request);
        }
        const Instant now = simulation_.now();
        look(now);
        const Duration waited = now - arrived;
        if (params_.law == Law::codel ? controller_.drops(now, waited, waiting() > 0, params_) : waited > patience) {
            ++dropped_;
            co_return refuse(request);
        }
        co_return co_await next.call(request);
    }
    void change(const ParameterSet& parameters, std::string_view) override
    {
        params_ = parameters.as<Params>();
        places_.setQueueLimit(params_.queue);
        places_.setPlaces(params_.concurrent);
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("dropped", static_cast<double>(dropped_)), metric("refused", static_cast<double>(refused_)), metric("waiting", static_cast<double>(waiting()))};
    }

private:
    Reply refuse(const Request& request)
    {
        route_.note(NoteKind::bulkheadFull, request, simulation_.now());
        return Reply::failed(Outcome::rejected);
    }
    std::int64_t waiting() const { return places_.queue().level(); }
    /// The queue is one that does not drain: not empty for an interval.
    bool standing(Instant now) const { return waiting() > 0 && now - empty_ >= params_.interval; }
    void look(Instant now)
    {
        if (waiting() == 0) empty_ = now;
        const bool newest = params_.order == Order::adaptiveLifo && standing(now);
        places_.setDiscipline(newest ? engine::Slots::Discipline::lastInFirstOut : engine::Slots::Discipline::firstInFirstOut);
    }

    Params params_;
    Simulation& simulation_;
    Route& route_;
    engine::Slots places_;
    Controller controller_;
    Instant empty_;
    std::uint64_t dropped_ = 0, refused_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, codel)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "codel")
            .title("CoDel queue").group("Policies").icon("queue")
            .summary("Bounds the calls under way; the others wait in a queue that is kept short by how long they wait.")
            .details("Waits are measured as calls leave the queue.\n"
                     "- `codel` (RFC 8289): once every wait was at least `target` for one `interval`, one call is dropped; the next follows after "
                     "interval/√1, then interval/√2, interval/√3 …, until a wait is below the target or nobody else waits. A burst that drains within an "
                     "interval loses nothing.\n"
                     "- `controlled_delay` (as servers of Facebook's, unconfirmed): a call may wait for an interval if the queue was empty within the last "
                     "interval, else for the target.\n"
                     "- `adaptive_lifo`: a queue that has not been empty for an interval serves the newest first, so that some answers stay in time.\n\n"
                     "Simplified: a call is dropped when its turn comes, not when its time is up. Drops are packets in the RFC, refused calls here. "
                     "Over a link its places are held for the way there and back as well; for a server's own queue, put it on a link without latency.")
            .parameter("concurrent", &Params::concurrent, {.doc = "calls under way at once", .least = 1, .most = 1'000'000, .unit = "calls", .live = true})
            .parameter("queue", &Params::queue, {.doc = "calls that may wait; more are refused at once", .least = 0, .most = 10'000'000, .unit = "calls", .live = true})
            .parameter("target", &Params::target, {.doc = "a wait that is acceptable for good", .least = Duration(), .source = "RFC 8289: 5 ms", .live = true})
            .parameter("interval", &Params::interval, {.doc = "how long waits may be above it", .least = Duration::microseconds(1), .most = Duration::seconds(86'400), .source = "RFC 8289: 100 ms", .live = true})
            .parameter("law", &Params::law, {.doc = "which calls are dropped", .live = true})
            .parameter("order", &Params::order, {.doc = "who is next", .live = true})
            .shorthand("concurrent")
            .metric("dropped", "calls", "dropped because waits were too long")
            .metric("refused", "calls", "refused because the queue was full")
            .metric("waiting", "calls", "in the queue at the end")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 0s, policies: [codel: {concurrent: 10, target: 5ms, interval: 100ms}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Codel>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
