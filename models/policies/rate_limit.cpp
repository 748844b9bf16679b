// A token bucket: a steady rate with room for a burst.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    Rate rate = Rate::perSecond(100);
    std::int64_t burst = 10;
};

class RateLimit final : public Policy {
public:
    RateLimit(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()), tokens_(static_cast<double>(params.burst))
    {
    }

    Task<Reply> call(Request request, Service& next) override
    {
        if (!take()) {
            ++refused_;
            route_.note(NoteKind::rateLimited, request, simulation_.now());
            co_return Reply::failed(Outcome::rateLimited);
        }
        co_return co_await next.call(request);
    }
    void change(const ParameterSet& parameters, std::string_view) override
    {
        refill();
        params_ = parameters.as<Params>();
    }
    std::vector<NamedMetric> metrics() const override { return {metric("refused", static_cast<double>(refused_))}; }

private:
    void refill()
    {
        const Instant now = simulation_.now();
        const double earned = (now - since_).inSeconds() * params_.rate.perSecond();
        tokens_ = std::min(tokens_ + earned, static_cast<double>(params_.burst));
        since_ = now;
    }
    // A hair of tolerance: a bucket refilled for exactly 1/rate holds a whole token.
    bool take()
    {
        refill();
        if (tokens_ < 1 - 1e-9) return false;
        tokens_ = std::max(0.0, tokens_ - 1);
        return true;
    }

    Params params_;
    Simulation& simulation_;
    Route& route_;
    double tokens_;
    Instant since_;
    std::uint64_t refused_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, rate_limit)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "rate_limit")
            .title("Rate limit").group("Policies").icon("rate_limit")
            .summary("Refuses calls beyond a steady rate, after a burst (token bucket).")
            .details("The bucket holds `burst` tokens, is full at first and refills continuously at `rate`; each call takes one.")
            .required("rate", &Params::rate, {.doc = "calls allowed in the long run", .live = true})
            .parameter("burst", &Params::burst, {.doc = "calls allowed at once after a quiet time", .least = 1, .most = 1'000'000'000, .unit = "calls", .live = true})
            .shorthand("rate")
            .metric("refused", "calls", "calls refused")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 20ms, policies: [rate_limit: {rate: 50/s, burst: 10}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<RateLimit>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
