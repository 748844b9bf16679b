// A location of a content delivery network: keeps answers of an origin, lets concurrent misses wait for one of them, and
// knows when a stale answer is better than none.
#include "engine/race.h"
#include "models/caches/eviction.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "models/single_flight.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace tantrum::models::caches {
namespace {

using namespace scenario;

struct Params {
    OperationReference origin;
    std::int64_t capacity = 100'000;
    Eviction eviction = Eviction::lru;
    Duration ttl = Duration::seconds(86'400);
    Duration staleWhileRevalidate;
    Duration staleIfError;
    Duration errorTtl = Duration::seconds(10);
    bool collapse = true;
    std::int64_t attempts = 3;
    Duration timeout = Duration::seconds(30);
    DurationDistribution work;
};

constexpr std::uint16_t purgeOperation = 1;  // getting is 0

class Cdn final : public Component, public Service {
public:
    Cdn(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")),
          objects_(static_cast<std::size_t>(params.capacity), params.eviction, building.stream("eviction")), flights_(simulation())
    {
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"get", "purge"}; }
    void connect(Building& building) override
    {
        building_ = &building;
        origin_ = building.target(params_.origin);
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override { params_ = parameters.as<Params>(); }
    std::vector<Host*> hosts() override { return {&host_}; }
    void hostChanged(Host& host) override
    {
        if (!host.up()) flush();
    }
    void flush() override { objects_.clear(); }

    Levels look() override
    {
        Levels levels;
        levels.takeInside(inside_, simulation().now());
        const std::uint64_t lookups = hits_ + misses_ - lookupsSeen_;
        if (lookups > 0) levels.hitRatio = static_cast<double>(hits_ - hitsSeen_) / static_cast<double>(lookups);
        lookupsSeen_ = hits_ + misses_;
        hitsSeen_ = hits_;
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto lookups = static_cast<double>(hits_ + misses_);
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        return {metric("hit_ratio", lookups > 0 ? static_cast<double>(hits_) / lookups : noData), count("hits", hits_), count("misses", misses_),
                count("stale_while_revalidate", staleRevalidating_), count("stale_if_error", staleErrors_), count("cached_errors", cachedErrors_),
                count("collapsed", collapsed_), count("origin_fetches", fetches_), count("evictions", evictions_), count("objects", objects_.size())};
    }
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::error ? "a cached error" : Component::reason(outcome);
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
        const Duration demand = params_.work.distribution.sample(luck_);
        if (demand > Duration() || host_.speed() != 1) co_await host_.processor().work(demand, params_.work.distribution.spans());
        Reply reply;
        if (request.operation == purgeOperation) {
            reply.found = objects_.remove(request.key);
            co_return visit.end(reply, simulation());
        }
        switch (serve(request)) {
        case Verdict::content: reply.bytes = request.replyBytes; break;
        case Verdict::error: co_return visit.fail(Outcome::error);
        case Verdict::nothing: reply = co_await load(request); break;
        }
        co_return visit.end(reply, simulation());
    }

private:
    struct Inside {
        explicit Inside(Cdn& of) : cdn(of) { cdn.inside_.add(cdn.simulation().now(), 1); }
        ~Inside() { cdn.inside_.add(cdn.simulation().now(), -1); }
        Cdn& cdn;
    };
    /// What is known of an object besides the time at which it is of no use any more.
    struct Facts {
        Instant freshUntil;
        Instant retryAfter;          ///< the origin failed; it is left alone until then
        bool content = false;        ///< false: an error is all there is
        bool revalidating = false;
    };
    enum class Verdict : std::uint8_t { content, error, nothing };

    Facts* factsOf(std::uint64_t key)
    {
        const Entries::Index index = objects_.find(key);
        return index == EntryTable::none ? nullptr : &facts_[index];
    }
    Facts& store(std::uint64_t key, Instant until)
    {
        evictions_ += objects_.store(key, until);
        const Entries::Index index = objects_.find(key);
        if (index >= facts_.size()) facts_.resize(index + 1);
        return facts_[index];
    }

    Verdict serve(const Request& request)
    {
        const Instant now = simulation().now();
        const bool there = objects_.lookUp(request.key, now) == EntryTable::Found::yes;
        Facts* facts = there ? factsOf(request.key) : nullptr;
        if (facts && !facts->content) {
            ++misses_;
            ++cachedErrors_;
            return Verdict::error;
        }
        if (facts && now < facts->freshUntil) {
            ++hits_;
            return Verdict::content;
        }
        if (facts && now < facts->retryAfter && now < facts->freshUntil + params_.staleIfError) {
            ++hits_;
            ++staleErrors_;
            return Verdict::content;
        }
        if (facts && now < facts->freshUntil + params_.staleWhileRevalidate) {
            ++hits_;
            ++staleRevalidating_;
            if (!facts->revalidating && now >= facts->retryAfter) {
                facts->revalidating = true;
                host_.scope().spawn(revalidate(request));
            }
            return Verdict::content;
        }
        ++misses_;
        return Verdict::nothing;
    }

    // Nobody waits for it, unless the object becomes too stale meanwhile.
    Task<void> revalidate(Request request)
    {
        request.span = 0;
        const Reply reply = co_await load(request);
        static_cast<void>(reply);
        if (Facts* facts = factsOf(request.key)) facts->revalidating = false;
    }

    Task<Reply> load(Request request)
    {
        if (!params_.collapse) {
            const Reply fetched = co_await fetch(request);
            co_return keep(request, fetched);
        }
        SingleFlight::Seat seat(flights_, request.key);
        const bool leads = co_await seat.board();
        if (!leads) {
            ++collapsed_;
            co_return seat.result();
        }
        const Reply fetched = co_await fetch(request);
        const Reply kept = keep(request, fetched);
        seat.land(kept);
        co_return kept;
    }

    /// What whoever waited gets: what was fetched, or, if that failed, the old content.
    Reply keep(const Request& request, const Reply& fetched)
    {
        const Instant now = simulation().now();
        if (fetched.ok()) {
            Facts& facts = store(request.key, now + params_.ttl + std::max(params_.staleWhileRevalidate, params_.staleIfError));
            facts = Facts();
            facts.freshUntil = now + params_.ttl;
            facts.content = true;
            return fetched;
        }
        const Entries::Index index = objects_.find(request.key);
        Facts* old = index == EntryTable::none || objects_.expires(index) <= now ? nullptr : &facts_[index];
        if (old && old->content) {
            old->retryAfter = now + params_.errorTtl;
            if (now >= old->freshUntil + params_.staleIfError) return fetched;
            ++staleErrors_;
            Reply stale;
            stale.bytes = request.replyBytes;
            return stale;
        }
        if (params_.errorTtl > Duration()) store(request.key, now + params_.errorTtl) = Facts();
        return fetched;
    }

    // Tried again only if there was no answer at all.
    Task<Reply> fetch(Request request)
    {
        if (nestsTooDeep(request, *origin_.route, *building_)) co_return Reply::failed(Outcome::error);
        request.operation = origin_.operation;
        request.attempt = 0;
        ++request.depth;
        Reply reply;
        for (std::int64_t attempt = 0; attempt < params_.attempts; ++attempt) {
            ++fetches_;
            Calling calling(origin_);
            Request sent = request;
            sent.deadline = std::min(request.deadline, simulation().now() + params_.timeout);
            const std::optional<Reply> answer = co_await engine::within(simulation(), params_.timeout, origin_.service->call(sent));
            reply = answer ? *answer : Reply::failed(Outcome::timeout);
            calling.end(reply);
            const bool answered = reply.ok() || reply.outcome == Outcome::error || reply.outcome == Outcome::rejected || reply.outcome == Outcome::rateLimited;
            if (answered) break;
        }
        co_return reply;
    }

    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    Host host_;
    engine::RandomStream luck_;
    EntryTable objects_;
    std::vector<Facts> facts_;      ///< by where the object is in the table
    SingleFlight flights_;
    Target origin_;
    engine::Gauge inside_;
    std::uint64_t hits_ = 0, misses_ = 0, staleRevalidating_ = 0, staleErrors_ = 0, cachedErrors_ = 0, collapsed_ = 0, fetches_ = 0, evictions_ = 0;
    std::uint64_t lookupsSeen_ = 0, hitsSeen_ = 0;
};

}  // namespace

TANTRUM_MODEL(caches, cdn)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "cdn")
            .title("CDN").group("Edge").icon("cdn").accepts("calls").operations({"get", "purge"})
            .summary("An edge location: answers from its cache, fetches what it lacks from an origin once for all who wait, and serves stale content when told to.")
            .details("Concurrent misses of one object wait for the first (request collapsing). An object is fresh for `ttl`. "
                     "Within `stale_while_revalidate` after that the old one is served at once and a new one fetched behind it; "
                     "within `stale_if_error` the old one is served if the origin fails. An error without an old object to serve is "
                     "itself kept for `error_ttl`, and the origin left alone meanwhile.\n\n"
                     "Tiers are chained nodes: edge locations with `origin: regional.get`, a regional cache with `origin: web.page`; each "
                     "edge collapses its own misses, the regional cache those of all edges. `purge` removes the request's key.\n\n"
                     "Simplified: an object's size plays no part in what fits, revalidation transfers the whole object, the origin's "
                     "Cache-Control headers are these parameters, an origin's error is any failure, and only one that gave no answer "
                     "is asked again.")
            .required("origin", &Params::origin, {.doc = "where misses are fetched from", .accepts = "calls"})
            .parameter("capacity", &Params::capacity, {.doc = "objects it holds", .least = 1, .most = 20'000'000, .unit = "objects", .source = "unconfirmed"})
            .parameter("eviction", &Params::eviction, {.doc = "which object goes when it is full", .source = "CloudFront: rarely requested objects; LRU unconfirmed"})
            .parameter("ttl", &Params::ttl, {.doc = "how long an object is fresh", .least = Duration::nanoseconds(1), .source = "CloudFront, default TTL: 24 hours", .live = true})
            .parameter("stale_while_revalidate", &Params::staleWhileRevalidate, {.doc = "how long after that it is served while a new one is fetched", .least = Duration(), .source = "RFC 5861; none unless the origin says so", .live = true})
            .parameter("stale_if_error", &Params::staleIfError, {.doc = "how long after that it is served if the origin fails", .least = Duration(), .source = "RFC 5861; none unless the origin says so", .live = true})
            .parameter("error_ttl", &Params::errorTtl, {.doc = "how long an error is kept", .least = Duration(), .source = "CloudFront, error caching minimum TTL: 10 seconds", .live = true})
            .parameter("collapse", &Params::collapse, {.doc = "concurrent misses of one object share one fetch", .source = "CloudFront, request collapsing", .live = true})
            .parameter("attempts", &Params::attempts, {.doc = "how often an origin that gives no answer is asked", .least = 1, .most = 10, .unit = "attempts", .source = "CloudFront, connection attempts: 3", .live = true})
            .parameter("timeout", &Params::timeout, {.doc = "how long it waits for the origin at each attempt", .least = Duration::nanoseconds(1), .source = "CloudFront, response timeout: 30 seconds (unconfirmed)", .live = true})
            .parameter("work", &Params::work, {.doc = "its own time for a request", .live = true})
            .metric("hit_ratio", "share", "gets answered with content it had, stale or fresh")
            .metric("hits", "lookups", "the same, counted")
            .metric("misses", "lookups", "gets that waited for the origin, or got a cached error")
            .metric("stale_while_revalidate", "lookups", "gets answered with a stale object while a new one was fetched")
            .metric("stale_if_error", "lookups", "gets and fetches answered with a stale object because the origin had failed")
            .metric("cached_errors", "lookups", "gets answered with an error from the cache")
            .metric("collapsed", "lookups", "fetches that waited for another's answer")
            .metric("origin_fetches", "calls", "calls to the origin")
            .metric("evictions", "objects", "objects that had to go for others")
            .metric("objects", "objects", "objects now, errors included")
            .understands({"crash", "slow", "pause", "errors", "flush"})
            .example("nodes:\n  readers: {type: client, arrivals: poisson(500/s), sends: edge.get, keys: zipf(10000 1.0)}\n"
                     "  edge: {type: cdn, ttl: 60s, stale_while_revalidate: 30s, origin: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(40ms)}\n"
                     "links:\n  edge -> web: {latency: 40ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Cdn>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::caches
