// Bounds the calls under way by a limit that nobody has to know beforehand: it is found from the calls themselves.
#include "models/policies/concurrency_limits.h"

#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <memory>
#include <optional>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

enum class Algorithm : std::uint8_t { vegas, gradient2, aimd, envoy };
constexpr auto choices(Algorithm)
{
    return std::array{Choice<Algorithm>{Algorithm::vegas, "vegas", "Netflix VegasLimit: by the queue estimated from the shortest time seen; 20, within 1 to 1000"},
                      Choice<Algorithm>{Algorithm::gradient2, "gradient2", "Netflix Gradient2Limit: by the long-term average against each time; 20, within 20 to 200"},
                      Choice<Algorithm>{Algorithm::aimd, "aimd", "Netflix AIMDLimit: one more for a success, a tenth less for a drop; 20, within 20 to 200"},
                      Choice<Algorithm>{Algorithm::envoy, "envoy", "Envoy's adaptive concurrency: by a minimum measured now and then; 3, within 3 to 1000"}};
}

struct Params {
    Algorithm algorithm = Algorithm::vegas;
    std::optional<std::int64_t> initial, least, most;
    Probability backoff = Probability::ofShare(0.9);
    Duration tooLong = Duration::seconds(5);
    Duration update = Duration::milliseconds(100);
    Duration remeasure = Duration::seconds(60);
    Probability jitter = Probability::ofShare(0.15);
    Probability buffer = Probability::ofShare(0.25);
    std::int64_t samples = 50;
};

LimitBounds boundsOf(const Params& params)
{
    LimitBounds bounds;
    if (params.algorithm == Algorithm::vegas) bounds = {20, 1, 1000};
    if (params.algorithm == Algorithm::envoy) bounds = {3, 3, 1000};
    if (params.least) bounds.least = static_cast<double>(*params.least);
    if (params.most) bounds.most = static_cast<double>(*params.most);
    bounds.most = std::max(bounds.most, bounds.least);
    if (params.initial) bounds.initial = static_cast<double>(*params.initial);
    bounds.initial = std::clamp(bounds.initial, bounds.least, bounds.most);
    return bounds;
}

std::unique_ptr<ConcurrencyLimit> limitOf(const Params& params, const engine::RandomStream& luck)
{
    const LimitBounds bounds = boundsOf(params);
    switch (params.algorithm) {
    case Algorithm::gradient2: return std::make_unique<GradientLimit>(bounds);
    case Algorithm::aimd: return std::make_unique<AdditiveLimit>(bounds, params.backoff.share(), params.tooLong);
    case Algorithm::envoy: {
        MinimumLimit::Settings settings;
        settings.update = params.update;
        settings.remeasure = params.remeasure;
        settings.jitter = params.jitter.share();
        settings.buffer = params.buffer.share();
        settings.samples = params.samples;
        return std::make_unique<MinimumLimit>(bounds, settings, luck);
    }
    case Algorithm::vegas: break;
    }
    return std::make_unique<VegasLimit>(bounds, luck);
}

class AdaptiveConcurrency final : public Policy {
public:
    AdaptiveConcurrency(const Params& params, Building& building)
        : simulation_(building.simulation()), route_(building.route()), limit_(limitOf(params, building.stream("concurrency_limit")))
    {
    }

    Task<Reply> call(Request request, Service& next) override
    {
        const Instant begun = simulation_.now();
        if (static_cast<double>(underWay_) >= limit_->limit(begun)) {
            ++refused_;
            route_.note(NoteKind::bulkheadFull, request, begun);
            co_return Reply::failed(Outcome::rejected);
        }
        const Place place(underWay_);
        Sample sample;
        sample.begun = begun;
        sample.underWay = underWay_;
        const Reply reply = co_await next.call(request);
        sample.dropped = isDrop(reply.outcome);
        if (reply.ok() || sample.dropped) {
            sample.now = simulation_.now();
            sample.took = std::max(static_cast<double>((sample.now - begun).count()), 1.0);
            limit_->learn(sample);
        }
        co_return reply;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("limit", limit_->limit(simulation_.now())), metric("under_way", static_cast<double>(underWay_)),
                metric("refused", static_cast<double>(refused_)), metric("unloaded", limit_->unloaded())};
    }

private:
    class Place {
    public:
        explicit Place(std::int64_t& underWay) : underWay_(underWay) { ++underWay_; }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { --underWay_; }

    private:
        std::int64_t& underWay_;
    };
    // An error of the application says nothing about capacity.
    static bool isDrop(Outcome outcome) { return outcome != Outcome::ok && outcome != Outcome::error && outcome != Outcome::circuitOpen; }

    Simulation& simulation_;
    Route& route_;
    std::unique_ptr<ConcurrencyLimit> limit_;
    std::int64_t underWay_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, concurrency_limit)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "concurrency_limit")
            .title("Adaptive concurrency").group("Policies").icon("settings")
            .summary("Bounds the calls under way by a limit it finds itself, from how long calls take; more are refused.")
            .details("Every finished call is a sample: how long it took, how many were under way when it began, and whether it was dropped. Dropped are "
                     "timeouts, refusals, crashes and lost calls; errors of the application and calls whose caller went away teach nothing: stand it "
                     "outside the timeout (`[concurrency_limit: {}, timeout: 1s]`). A limit does not grow while less than half of it is used.\n"
                     "- `vegas`: queue = ⌈limit × (1 − shortest / time)⌉, L the whole part of log10(limit), at least 1. Up to L: limit + 6 L; below 3 L: + L; above 6 L "
                     "or dropped: − L. After 15 to 30 × limit samples the next one is taken for the shortest. "
                     "Where the times of calls are spread out, the shortest says little and the limit settles far too low.\n"
                     "- `gradient2`: 0.8 limit + 0.2 (limit × g + 4) with g = 1.5 × long-term average / time within 0.5 to 1; the average is exponential over 600 samples. "
                     "It ignores drops.\n"
                     "- `aimd`: × `backoff` on a drop or a time above `too_long`, else + 1.\n"
                     "- `envoy`: each `update`, g = minimum × (1 + `buffer`) / median within 0.5 to 2, limit = g × limit + √(g × limit). The minimum is the median of "
                     "`samples` calls made with the limit at its least, measured anew each `remeasure` plus up to `jitter` of it, or after five updates at the "
                     "least. Until the first measurement ends the limit is the least.")
            .parameter("algorithm", &Params::algorithm, {.doc = "how the limit is found, its first value and its bounds", .source = "Netflix concurrency-limits: VegasLimit"})
            .parameter("initial", &Params::initial, {.doc = "the limit at first; absent: the algorithm's", .least = 1, .most = 1'000'000, .unit = "calls"})
            .parameter("least", &Params::least, {.doc = "the lowest limit; absent: the algorithm's", .least = 1, .most = 1'000'000, .unit = "calls"})
            .parameter("most", &Params::most, {.doc = "the highest limit; absent: the algorithm's", .least = 1, .most = 1'000'000, .unit = "calls"})
            .parameter("backoff", &Params::backoff, {.doc = "aimd: what is left of the limit after a drop", .source = "Netflix AIMDLimit: 0.9"})
            .parameter("too_long", &Params::tooLong, {.doc = "aimd: a call that takes longer counts as dropped", .least = Duration::nanoseconds(1), .source = "Netflix AIMDLimit: 5 s, unconfirmed"})
            .parameter("update", &Params::update, {.doc = "envoy: how often the limit is set", .least = Duration::microseconds(1), .source = "Envoy's example: 100 ms"})
            .parameter("remeasure", &Params::remeasure, {.doc = "envoy: how often the minimum is measured", .least = Duration::microseconds(1), .source = "Envoy's example: 60 s"})
            .parameter("jitter", &Params::jitter, {.doc = "envoy: added to that at random, at most", .source = "Envoy: 15 %"})
            .parameter("buffer", &Params::buffer, {.doc = "envoy: how much above the minimum is no queue yet", .source = "Envoy: 25 %"})
            .parameter("samples", &Params::samples, {.doc = "envoy: calls of a measurement", .least = 1, .most = 1'000'000, .unit = "calls", .source = "Envoy: 50"})
            .shorthand("algorithm")
            .metric("limit", "calls", "the limit at the end")
            .metric("under_way", "calls", "under way at the end")
            .metric("refused", "calls", "refused at the limit")
            .metric("unloaded", "s", "what it takes for the time of a call without a queue, at the end; gradient2: the long-term average")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, policies: [concurrency_limit: vegas, timeout: 1s]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<AdaptiveConcurrency>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
