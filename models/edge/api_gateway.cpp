// An API gateway: an account's rate with a burst, a timeout nobody can raise, a cache in front.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "engine/race.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

struct Params {
    OperationReference integration;
    DurationDistribution work;
    Rate rate = Rate::perSecond(10'000);
    std::int64_t burst = 5'000;
    Duration timeout = Duration::seconds(29);
    Bytes payload = Bytes::of(10'485'760);
    bool cache = false;
    Duration cacheTtl = Duration::seconds(300);
    std::int64_t cacheEntries = 100'000;
};

/// Answers by key, each in the one place its key has: bounded, and whoever comes later takes the place.
class AnswerCache {
public:
    explicit AnswerCache(std::size_t entries) : entries_(entries) {}
    bool has(std::uint64_t key, Instant now) const
    {
        const Entry& entry = entries_[placeOf(key)];
        return entry.key == key && now < entry.expires;
    }
    void keep(std::uint64_t key, Instant expires)
    {
        Entry& entry = entries_[placeOf(key)];
        entry.key = key;
        entry.expires = expires;
    }
    void clear() { std::fill(entries_.begin(), entries_.end(), Entry()); }

private:
    struct Entry {
        std::uint64_t key = 0;
        Instant expires;
    };
    std::size_t placeOf(std::uint64_t key) const { return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 16) % entries_.size(); }
    std::vector<Entry> entries_;
};

class ApiGateway final : public Component, public Service {
public:
    ApiGateway(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")), tokens_(static_cast<double>(params.burst)),
          cache_(static_cast<std::size_t>(params.cache ? params.cacheEntries : 1))
    {
    }

    Service* service() override { return this; }
    void connect(Building& building) override
    {
        building_ = &building;
        integration_ = building.target(params_.integration);
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        refill();
        const bool cache = params_.cache;
        params_ = parameters.as<Params>();
        params_.cache = cache;
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    void flush() override { cache_.clear(); }

    Levels look() override
    {
        Levels levels;
        levels.takeInside(inside_, simulation().now());
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto lookups = static_cast<double>(hits_ + misses_);
        return {metric("throttled", static_cast<double>(throttled_)), metric("integration_timeouts", static_cast<double>(timeouts_)),
                metric("too_large", static_cast<double>(tooLarge_)),  metric("cache_hits", static_cast<double>(hits_)),
                metric("cache_misses", static_cast<double>(misses_)), metric("cache_hit_ratio", lookups > 0 ? static_cast<double>(hits_) / lookups : noData)};
    }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome == Outcome::rateLimited) return "429 throttled";
        if (outcome == Outcome::timeout) return "504 too slow";
        if (outcome == Outcome::rejected) return "413 too large";
        return Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Inside inside(*this);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        if (static_cast<std::int64_t>(request.bytes) > params_.payload.count()) {
            ++tooLarge_;
            co_return visit.fail(Outcome::rejected);
        }
        if (!take()) {
            ++throttled_;
            co_return visit.fail(Outcome::rateLimited);
        }
        if (params_.work.distribution.mean() > 0) {
            const Duration demand = params_.work.distribution.sample(luck_);
            co_await host_.processor().work(demand, params_.work.distribution.spans());
        }
        if (params_.cache) {
            const bool cached = cache_.has(request.key, simulation().now());
            ++(cached ? hits_ : misses_);
            if (cached) {
                Reply kept;
                kept.bytes = request.replyBytes;
                co_return visit.end(kept, simulation());
            }
        }
        if (nestsTooDeep(request, *integration_.route, *building_)) co_return visit.fail(Outcome::error);
        const Duration limit = params_.timeout;
        const std::optional<Reply> reply = co_await engine::within(simulation(), limit, integrate(request, limit));
        if (!reply) {
            ++timeouts_;
            co_return visit.end(Reply::failed(Outcome::timeout), simulation());
        }
        if (params_.cache && reply->ok()) cache_.keep(request.key, simulation().now() + params_.cacheTtl);
        co_return visit.end(*reply, simulation());
    }

private:
    struct Inside {
        explicit Inside(ApiGateway& of) : gateway(of) { gateway.inside_.add(gateway.simulation().now(), 1); }
        ~Inside() { gateway.inside_.add(gateway.simulation().now(), -1); }
        ApiGateway& gateway;
    };

    Task<Reply> integrate(Request request, Duration limit)
    {
        request.operation = integration_.operation;
        request.attempt = 0;
        ++request.depth;
        request.deadline = std::min(request.deadline, simulation().now() + limit);
        Calling calling(integration_);
        const Reply reply = co_await integration_.service->call(request);
        calling.end(reply);
        co_return reply;
    }

    void refill()
    {
        const Instant now = simulation().now();
        tokens_ = std::min(tokens_ + (now - since_).inSeconds() * params_.rate.perSecond(), static_cast<double>(params_.burst));
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
    Building* building_ = nullptr;  ///< to report endless circles
    Host host_;
    engine::RandomStream luck_;
    Target integration_;
    double tokens_;
    Instant since_;
    AnswerCache cache_;
    engine::Gauge inside_;
    std::uint64_t throttled_ = 0, timeouts_ = 0, tooLarge_ = 0, hits_ = 0, misses_ = 0;
};

}  // namespace

TANTRUM_MODEL(edge, api_gateway)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "api_gateway")
            .title("API gateway").group("Edge").icon("gateway").accepts("calls")
            .summary("Throttles by a token bucket, answers 504 after 29 s, and may cache.")
            .details("As Amazon API Gateway. Beyond the rate and its burst requests are refused (429, `rate_limited`); AWS counts "
                     "them for all APIs of an account in a region together, here for one gateway. An integration that takes longer "
                     "than `timeout` is 504 (`timeout`), while its work goes on. The cache answers by the request's key and is off by "
                     "default; only GET methods are cached, so put those that write elsewhere.\n\nSimplified: the cache has a number of entries "
                     "and not of gigabytes, and two keys that share a place push each other out; throttled before the cache is asked (unconfirmed).")
            .required("integration", &Params::integration, {.doc = "the operation it calls", .accepts = "calls"})
            .parameter("work", &Params::work, {.doc = "its own time for each request", .live = true})
            .parameter("rate", &Params::rate, {.doc = "requests allowed in the long run", .source = "API Gateway guide, quotas: 10,000/s", .live = true})
            .parameter("burst", &Params::burst, {.doc = "requests allowed at once after a quiet time", .least = 1, .most = 1'000'000'000, .unit = "requests", .source = "API Gateway guide, quotas: 5,000", .live = true})
            .parameter("timeout", &Params::timeout, {.doc = "how long the integration may take", .least = Duration::milliseconds(50), .most = Duration::seconds(29), .source = "API Gateway guide, quotas: 50 ms to 29 s", .live = true})
            .parameter("payload", &Params::payload, {.doc = "largest request", .least = Bytes::of(1), .source = "API Gateway guide, quotas: 10 MB", .live = true})
            .parameter("cache", &Params::cache, {.doc = "answer from the cache"})
            .parameter("cache_ttl", &Params::cacheTtl, {.doc = "how long an answer is kept", .least = Duration(), .most = Duration::seconds(3600), .source = "API Gateway guide, caching: 300 s, at most 3600 s", .live = true})
            .parameter("cache_entries", &Params::cacheEntries, {.doc = "answers it holds", .least = 1, .most = 10'000'000, .unit = "answers"})
            .metric("throttled", "requests", "requests over the rate (429)")
            .metric("integration_timeouts", "requests", "requests whose integration took too long (504)")
            .metric("too_large", "requests", "requests over the payload limit (413)")
            .metric("cache_hits", "requests", "requests answered from the cache")
            .metric("cache_misses", "requests", "requests that were not")
            .metric("cache_hit_ratio", "share", "requests answered from the cache")
            .understands({"crash", "slow", "pause", "errors", "flush"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: api}\n"
                     "  api: {type: api_gateway, integration: web, rate: 90/s, burst: 20}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<ApiGateway>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::edge
