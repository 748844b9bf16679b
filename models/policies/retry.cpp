// Tries again. Backoff spreads the attempts, jitter keeps callers from marching in step, a budget keeps retries from
// becoming the load that prevents recovery.
#include "engine/state_machine.h"
#include "models/component.h"
#include "models/scenario/backoff.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <optional>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

enum class Jitter : std::uint8_t { none, full, equal, decorrelated };
constexpr auto choices(Jitter)
{
    return std::array{Choice<Jitter>{Jitter::none, "none", "exactly the wait"},
                      Choice<Jitter>{Jitter::full, "full", "anything between nothing and the wait"},
                      Choice<Jitter>{Jitter::equal, "equal", "half the wait, and anything up to the other half"},
                      Choice<Jitter>{Jitter::decorrelated, "decorrelated", "between the base and three times the last wait"}};
}

struct Params {
    std::int64_t attempts = 3;
    Backoff backoff;
    Jitter jitter = Jitter::full;
    std::optional<Probability> budget;
    std::int64_t burst = 10;
    std::optional<std::int64_t> quota;
    std::int64_t quotaCost = 5;
    std::int64_t quotaTimeoutCost = 10;
    bool retryRefusals = true;
};

class Retry final : public Policy {
public:
    Retry(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()), luck_(building.stream("retry")),
          tokens_(static_cast<double>(params.burst)), quota_(params.quota.value_or(0))
    {
    }

    Task<Reply> call(Request request, Service& next) override { return (new Trying(*this, request, next))->task(); }
    void change(const ParameterSet& parameters, std::string_view key) override
    {
        params_ = parameters.as<Params>();
        if (key == "quota") quota_ = params_.quota.value_or(0);
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("retries", static_cast<double>(retries_)), metric("refused", static_cast<double>(refused_)),
                metric("quota_left", static_cast<double>(quota_))};
    }

private:
    // One call: its attempts, and the waits between them.
    class Trying final : public engine::StateMachine<Reply, Trying> {
    public:
        Trying(Retry& policy, const Request& request, Service& next) : policy_(policy), next_(next), request_(request) {}

    private:
        friend class engine::StateMachine<Reply, Trying>;
        ~Trying() = default;

        void resume()
        {
            policy_.earn();
            wait_ = policy_.params_.backoff.base;
            attempt();
        }

        void attempt()
        {
            request_.attempt = static_cast<std::uint8_t>(std::min<std::int64_t>(attempts_++, 255));
            inner_ = next_.call(request_);
            if (inner_.start()) return answered();
            goOnWith<&Trying::answered>();
            inner_.continueWith(handle());
        }

        void answered()
        {
            const Reply& reply = inner_.result();
            if (reply.ok()) policy_.giveBack(paid_);
            if (reply.ok() || attempts_ >= policy_.params_.attempts || !policy_.worthwhile(reply.outcome) || !policy_.spend(request_, reply.outcome, paid_))
                return finish(reply);
            ++policy_.retries_;
            wait_ = policy_.nextWait(attempts_, wait_);
            policy_.route_.note(NoteKind::retry, request_, policy_.simulation_.now(), wait_);
            inner_ = policy_.pause(wait_);  // goes through the agenda, however short
            inner_.start();
            goOnWith<&Trying::attempt>();
            inner_.continueWith(handle());
        }

        Retry& policy_;
        Service& next_;
        Request request_;
        Task<Reply> inner_;          // the attempt, or the wait before the next
        Duration wait_;              // the last
        std::int64_t paid_ = 0;      // into the quota, for the last retry
        std::int64_t attempts_ = 0;  // begun
    };

    Task<Reply> pause(Duration wait)
    {
        co_await simulation_.delay(wait);
        co_return Reply();
    }

    bool worthwhile(Outcome outcome) const
    {
        return params_.retryRefusals || (outcome != Outcome::circuitOpen && outcome != Outcome::rateLimited);
    }

    // A token bucket: each call earns `budget` tokens, each retry costs one. Ten times 10 % make a whole one, whatever
    // binary fractions make of it.
    void earn()
    {
        if (!params_.budget) return;
        tokens_ = std::min(tokens_ + params_.budget->share(), static_cast<double>(params_.burst));
    }
    bool spend(const Request& request, Outcome outcome, std::int64_t& paid)
    {
        const std::int64_t cost = outcome == Outcome::timeout ? params_.quotaTimeoutCost : params_.quotaCost;
        if ((params_.budget && tokens_ < 1 - 1e-9) || (params_.quota && quota_ < cost)) {
            ++refused_;
            route_.note(NoteKind::retryRefused, request, simulation_.now());
            return false;
        }
        if (params_.budget) tokens_ = std::max(0.0, tokens_ - 1);
        if (params_.quota) quota_ -= cost, paid = cost;
        return true;
    }
    // AWS's quota: a success returns what its last retry cost, one without a retry a single token.
    void giveBack(std::int64_t paid)
    {
        if (params_.quota) quota_ = std::min(quota_ + std::max<std::int64_t>(paid, 1), *params_.quota);
    }

    Duration nextWait(std::int64_t attempt, Duration last)
    {
        const bool grows = params_.backoff.kind == Backoff::Kind::exponential;
        const double base = static_cast<double>(params_.backoff.base.count());
        const double longest = grows ? static_cast<double>(params_.backoff.longest.count()) : base;
        if (params_.jitter == Jitter::decorrelated) {
            const double low = std::min(base, longest);
            const double high = std::max(low, 3 * static_cast<double>(last.count()));
            return Duration::fromNanoseconds(std::min(longest, low + (high - low) * luck_.uniform()));
        }
        double wait = base;
        for (std::int64_t step = 1; step < attempt && wait < longest && wait > 0; ++step) wait *= params_.backoff.factor;
        wait = std::min(wait, longest);
        if (params_.jitter == Jitter::full) wait *= luck_.uniform();
        if (params_.jitter == Jitter::equal) wait = wait / 2 + wait / 2 * luck_.uniform();
        return Duration::fromNanoseconds(wait);
    }

    Params params_;
    Simulation& simulation_;
    Route& route_;
    engine::RandomStream luck_;
    double tokens_;
    std::int64_t quota_;
    std::uint64_t retries_ = 0, refused_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, retry)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "retry")
            .title("Retry").group("Policies").icon("retry")
            .summary("Tries a failed call again, after a wait, as long as its budget lasts.")
            .details("Jitter as in AWS's article on backoff: "
                     "full U(0, w), equal w/2 + U(0, w/2), decorrelated min(max, U(base, 3 × the last wait)). The budget "
                     "is a token bucket shared by all calls over the link: each call earns the given share of a token, "
                     "each retry costs one; an empty bucket means the failure is passed on.\n\n"
                     "`quota` is the AWS SDKs' retry quota, another bucket: a retry costs `quota_cost`, after a timeout `quota_timeout_cost`; a "
                     "success gives back what its last retry cost, one at the first attempt a single token; nothing refills it with time. Of "
                     "attempts that all fail the default 500 tokens pay 100 retries, 50 after timeouts, and 35 at the cost of 14 that the "
                     "opt-in of 2026 sets.")
            .parameter("attempts", &Params::attempts, {.doc = "tries altogether, the first included", .least = 1, .most = 1000, .unit = "attempts", .source = "AWS SDK standard mode: 3", .live = true})
            .parameter("backoff", &Params::backoff, {.doc = "the wait before each retry", .source = "AWS SDK standard mode: at most 20 s", .live = true})
            .parameter("jitter", &Params::jitter, {.doc = "randomness of the wait", .live = true})
            .parameter("budget", &Params::budget, {.doc = "retries allowed, as a share of calls; absent: no limit", .live = true})
            .parameter("burst", &Params::burst, {.doc = "retries the budget can save up", .least = 1, .most = 1'000'000, .unit = "retries", .live = true})
            .parameter("quota", &Params::quota, {.doc = "tokens of an AWS SDK's retry quota; absent: none", .least = 0, .most = 1'000'000'000, .unit = "tokens", .source = "botocore: 500", .live = true})
            .parameter("quota_cost", &Params::quotaCost, {.doc = "of a retry", .least = 0, .most = 1'000'000, .unit = "tokens", .source = "botocore: 5", .live = true})
            .parameter("quota_timeout_cost", &Params::quotaTimeoutCost, {.doc = "of a retry after a timeout", .least = 0, .most = 1'000'000, .unit = "tokens", .source = "botocore: 10", .live = true})
            .parameter("retry_refusals", &Params::retryRefusals, {.doc = "also try again what the caller's own breaker or limiter refused", .live = true})
            .shorthand("attempts")
            .metric("retries", "calls", "further attempts made")
            .metric("refused", "calls", "retries the budget or the quota did not allow")
            .metric("quota_left", "tokens", "in the quota at the end")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web:\n    latency: 1ms\n    policies:\n"
                     "      - retry: {attempts: 3, backoff: exponential(50ms max=2s), jitter: full, budget: 10%}\n      - timeout: 200ms\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Retry>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
