// Refuses, or delays, what goes beyond an agreed rate. Limiters agree about the long run and differ about bursts.
#include "engine/scope.h"
#include "engine/slots.h"
#include "models/component.h"
#include "models/policies/limiters.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::policies {
namespace {

using namespace scenario;

enum class Algorithm : std::uint8_t { tokenBucket, gcra, leakyBucket, fixedWindow, slidingLog, slidingCounter };
constexpr auto choices(Algorithm)
{
    return std::array{Choice<Algorithm>{Algorithm::tokenBucket, "token_bucket", "a bucket of `burst` tokens refilled at `rate`; a call takes one"},
                      Choice<Algorithm>{Algorithm::gcra, "gcra", "the token bucket as one number, the theoretical arrival time; decides the same"},
                      Choice<Algorithm>{Algorithm::leakyBucket, "leaky_bucket", "a queue of `burst` calls, let out one each 1/rate"},
                      Choice<Algorithm>{Algorithm::fixedWindow, "fixed_window", "rate × window calls in each window; twice that may pass across an edge"},
                      Choice<Algorithm>{Algorithm::slidingLog, "sliding_log", "rate × window calls in any window, from a log of all of them"},
                      Choice<Algorithm>{Algorithm::slidingCounter, "sliding_counter", "the same from two counters, as if the last window's calls had come evenly"}};
}

struct Params {
    Rate rate = Rate::perSecond(100);
    std::int64_t burst = 10;
    Algorithm algorithm = Algorithm::tokenBucket;
    Duration window = Duration::seconds(1);
};

class RateLimit final : public Policy {
public:
    RateLimit(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()), building_(building),
          bucket_(params.rate.perSecond(), burst()), cells_(params.rate.perSecond(), burst()), windows_(params.window),
          log_(params.window), pacing_(simulation_, 1, params.burst), gate_(simulation_)
    {
    }

    Task<Reply> call(Request request, Service& next) override
    {
        if (params_.algorithm == Algorithm::leakyBucket) {
            engine::Permit turn = co_await pacing_.acquire();
            if (!turn) co_return refuse(request);
            gate_.start(shut(std::move(turn)));
        } else if (!passes()) {
            co_return refuse(request);
        }
        co_return co_await next.call(request);
    }
    void change(const ParameterSet& parameters, std::string_view) override
    {
        params_ = parameters.as<Params>();
        bucket_.change(simulation_.now(), params_.rate.perSecond(), burst());
        cells_.change(params_.rate.perSecond(), burst());
        pacing_.setQueueLimit(params_.burst);
    }
    std::vector<NamedMetric> metrics() const override
    {
        WindowCount windows = windows_;
        windows.advance(simulation_.now());
        return {metric("refused", static_cast<double>(refused_)), metric("waiting", static_cast<double>(pacing_.queue().level())),
                metric("estimate", windows.estimate(simulation_.now()))};
    }

private:
    double burst() const { return static_cast<double>(params_.burst); }
    Reply refuse(const Request& request)
    {
        ++refused_;
        route_.note(NoteKind::rateLimited, request, simulation_.now());
        return Reply::failed(Outcome::rateLimited);
    }
    // The leaky bucket's outlet is shut for 1/rate after each call, whatever becomes of that.
    Task<void> shut(engine::Permit turn)
    {
        const engine::Permit held = std::move(turn);
        co_await simulation_.delay(Duration::fromSeconds(1 / params_.rate.perSecond()));
    }

    bool passes()
    {
        const Instant now = simulation_.now();
        if (params_.algorithm == Algorithm::tokenBucket) return bucket_.take(now);
        if (params_.algorithm == Algorithm::gcra) return cells_.take(now);
        const double limit = params_.rate.perSecond() * params_.window.inSeconds() + hair;
        if (params_.algorithm == Algorithm::slidingLog) {
            const std::size_t logged = log_.count(now);
            if (static_cast<double>(logged) + 1 > limit) return false;
            if (logged == CallLog::most) building_.stop("The sliding log of the rate limit on " + route_.name() + " would hold more than ten million calls. A shorter `window` or `algorithm: sliding_counter` needs less.");
            if (logged < CallLog::most) log_.add(now);
            return true;
        }
        windows_.advance(now);
        const double used = params_.algorithm == Algorithm::fixedWindow ? windows_.current() : windows_.estimate(now);
        if (used + 1 > limit) return false;
        windows_.count();
        return true;
    }

    Params params_;
    Simulation& simulation_;
    Route& route_;
    Building& building_;
    TokenBucket bucket_;
    CellRate cells_;
    WindowCount windows_;
    CallLog log_;
    engine::Slots pacing_;
    engine::Scope gate_;
    std::uint64_t refused_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, rate_limit)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "rate_limit")
            .title("Rate limit").group("Policies").icon("rate_limit")
            .summary("Refuses or delays calls beyond a steady rate, after a burst.")
            .details("- `token_bucket`: holds `burst` tokens, is full at first and refills continuously at `rate`; each call takes one. "
                     "With Poisson arrivals it refuses what a queue of M/D/1/burst loses.\n"
                     "- `gcra` decides the same from one number: a call passes if its theoretical arrival time, which each call moves on by "
                     "1/rate, is no more than (burst − 1)/rate ahead.\n"
                     "- `leaky_bucket` is a queue: calls leave it one each 1/rate, up to `burst` wait, more are refused; nginx's limit_req without "
                     "nodelay (with nodelay it is a token bucket of burst + 1). A call that is given up leaves the queue.\n"
                     "- `fixed_window`: rate × window calls in each window, counted from the start of the run. Twice as many may pass within a "
                     "window's length that lies across an edge.\n"
                     "- `sliding_log`: no more than rate × window within any window's length; its memory is a time for each of them.\n"
                     "- `sliding_counter` approximates that: with a share f of this window gone, previous × (1 − f) + current calls are taken to be in "
                     "the last window's length, and a call passes as long as it makes them no more than rate × window. Counted are calls that passed.\n\n"
                     "A window's limit of less than one call lets none pass.")
            .required("rate", &Params::rate, {.doc = "calls allowed in the long run", .live = true})
            .parameter("burst", &Params::burst, {.doc = "calls allowed at once after a quiet time (buckets)", .least = 1, .most = 1'000'000'000, .unit = "calls", .live = true})
            .parameter("algorithm", &Params::algorithm, {.doc = "how it judges"})
            .parameter("window", &Params::window, {.doc = "over which windows and logs count", .least = Duration::microseconds(1)})
            .shorthand("rate")
            .metric("refused", "calls", "calls refused")
            .metric("waiting", "calls", "in a leaky bucket, at the end")
            .metric("estimate", "calls", "of a sliding counter, at the end: calls in the last window's length")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 20ms, policies: [rate_limit: {rate: 50/s, burst: 10}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<RateLimit>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
