// A cache: bounded, with an order of eviction and a time to live. In front of another node it loads what it misses.
#include "engine/slots.h"
#include "models/caches/eviction.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "models/single_flight.h"

#include <memory>
#include <optional>

namespace tantrum::models::caches {

namespace {

using namespace scenario;

struct Params {
    std::int64_t capacity = 10'000;
    Eviction eviction = Eviction::lru;
    std::optional<Duration> ttl;
    Probability ttlJitter;
    bool slidingTtl = false;
    DurationDistribution work;
    std::int64_t workers = 1;
    std::int64_t queue = scenario::unlimited;
    std::optional<OperationReference> backend;
    bool singleFlight = false;
};

constexpr std::uint16_t setOperation = 1, deleteOperation = 2;  // getting is 0

class Cache final : public Component, public Service {
public:
    Cache(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")),
          workers_(simulation(), params.workers, params.queue),
          entries_(static_cast<std::size_t>(params.capacity), params.eviction, building.stream("eviction")), flights_(simulation())
    {
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"get", "set", "delete"}; }
    void connect(Building& building) override
    {
        building_ = &building;
        if (params_.backend) backend_ = building.target(*params_.backend);
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        params_.ttl = changed.ttl;
        params_.ttlJitter = changed.ttlJitter;
        params_.slidingTtl = changed.slidingTtl;
        params_.work = changed.work;
        params_.singleFlight = changed.singleFlight;
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    // What is in memory dies with the process.
    void hostChanged(Host& host) override
    {
        if (!host.up()) entries_.clear();
    }
    void flush() override { entries_.clear(); }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(workers_.busy(), now);
        levels.takeQueue(workers_.queue(), now);
        levels.takeInside(inside_, now);
        levels.capacity = static_cast<double>(params_.workers);
        if (params_.queue != scenario::unlimited) levels.queueLimit = static_cast<double>(params_.queue);
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
        return {metric("hit_ratio", lookups > 0 ? static_cast<double>(hits_) / lookups : noData),
                metric("hits", static_cast<double>(hits_)), metric("misses", static_cast<double>(misses_)),
                metric("expired", static_cast<double>(expired_)), metric("evictions", static_cast<double>(evictions_)),
                metric("loads", static_cast<double>(loads_)), metric("entries", static_cast<double>(entries_.size()))};
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Inside inside(*this);
        {
            engine::Permit worker = workers_.tryAcquire();
            if (!worker) {
                visit.waits();
                worker = co_await workers_.acquire();
                visit.goesOn();
            }
            if (!worker) co_return visit.fail(Outcome::rejected);
            if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
            const Duration demand = params_.work.distribution.sample(luck_);
            if (demand > Duration() || host_.speed() != 1) co_await host_.processor().work(demand, params_.work.distribution.spans());
        }
        Reply reply;
        if (request.operation == setOperation) {
            store(request.key);
        } else if (request.operation == deleteOperation) {
            entries_.remove(request.key);
        } else {
            reply.found = lookUp(request.key);
            if (!reply.found && backend_.service) reply = co_await load(request);
        }
        reply.bytes = request.replyBytes;
        co_return visit.end(reply, simulation());
    }

private:
    struct Inside {
        explicit Inside(Cache& of) : cache(of) { cache.inside_.add(cache.simulation().now(), 1); }
        ~Inside() { cache.inside_.add(cache.simulation().now(), -1); }
        Cache& cache;
    };

    bool lookUp(std::uint64_t key)
    {
        const EntryTable::Found found = entries_.lookUp(key, simulation().now());
        if (found == EntryTable::Found::expired) ++expired_;
        ++(found == EntryTable::Found::yes ? hits_ : misses_);
        if (params_.slidingTtl && found == EntryTable::Found::yes) entries_.setExpiry(entries_.find(key), expiry());
        return found == EntryTable::Found::yes;
    }
    Instant expiry()
    {
        if (!params_.ttl) return Instant::never();
        double life = static_cast<double>(params_.ttl->count());
        if (params_.ttlJitter.share() > 0) life *= 1 - params_.ttlJitter.share() * luck_.uniform();
        return simulation().now() + Duration::fromNanoseconds(life);
    }
    void store(std::uint64_t key) { evictions_ += entries_.store(key, expiry()); }

    Task<Reply> load(Request request)
    {
        if (!params_.singleFlight) co_return co_await fetch(request);
        SingleFlight::Seat seat(flights_, request.key);
        const bool leads = co_await seat.board();
        if (!leads) co_return seat.result();
        const Reply loaded = co_await fetch(request);
        seat.land(loaded);
        co_return loaded;
    }
    Task<Reply> fetch(Request request)
    {
        if (nestsTooDeep(request, *backend_.route, *building_)) co_return Reply::failed(Outcome::error);
        ++loads_;
        request.operation = backend_.operation;
        request.attempt = 0;
        ++request.depth;
        Calling calling(backend_, simulation());
        const Reply loaded = co_await backend_.service->call(request);
        calling.end(loaded);
        if (loaded.ok()) store(request.key);
        co_return loaded;
    }

    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    Host host_;
    engine::RandomStream luck_;
    engine::Slots workers_;
    EntryTable entries_;
    SingleFlight flights_;
    Target backend_;
    engine::Gauge inside_;
    std::uint64_t hits_ = 0, misses_ = 0, expired_ = 0, evictions_ = 0, loads_ = 0;
    std::uint64_t lookupsSeen_ = 0, hitsSeen_ = 0;
};

}  // namespace

TANTRUM_MODEL(caches, cache)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "cache")
            .title("Cache").group("Caches").icon("cache")
            .accepts("calls").accepts("lookups").operations({"get", "set", "delete"})
            .summary("Keeps answers by key: bounded, with an order of eviction and a time to live.")
            .details("With a `backend` it reads through: a miss loads the key from there and keeps it. Without one a miss "
                     "is an answer, and the step `cache:` of a service loads and stores (cache-aside). With "
                     "`single_flight`, concurrent misses of one key share one load.\n\n"
                     "A cache in a service's own memory is a cache without a link to it and without `work`: looking up takes "
                     "no simulated time, and every replica of the service shares it. Which order of eviction suits depends "
                     "on the traffic: for independent requests of Zipf popularity `fifo` and `random` hit least often, "
                     "`lru` and `clock` follow, `arc`, `s3_fifo`, `sieve` and `tiny_lfu` come close to the best there is. "
                     "`tiny_lfu` has a window of 1 % that does not adapt.")
            .parameter("capacity", &Params::capacity, {.doc = "entries it holds", .least = 1, .most = 20'000'000, .unit = "entries"})
            .parameter("eviction", &Params::eviction, {.doc = "which entry goes when it is full"})
            .parameter("ttl", &Params::ttl, {.doc = "time to live of an entry; absent: for ever", .least = Duration::nanoseconds(1), .live = true})
            .parameter("ttl_jitter", &Params::ttlJitter, {.doc = "share by which a time to live may be shorter, at random", .live = true})
            .parameter("sliding_ttl", &Params::slidingTtl, {.doc = "a hit lets the time to live begin anew", .live = true})
            .parameter("work", &Params::work, {.doc = "time of one operation", .live = true})
            .parameter("workers", &Params::workers, {.doc = "operations at once", .least = 1, .most = 1'000'000, .unit = "workers"})
            .parameter("queue", &Params::queue, {.doc = "operations that may wait; more are rejected", .least = 0, .most = 100'000'000, .unit = "operations", .mayBeUnlimited = true})
            .parameter("backend", &Params::backend, {.doc = "where misses are loaded from", .accepts = "calls"})
            .parameter("single_flight", &Params::singleFlight, {.doc = "concurrent misses of one key share one load from the backend", .live = true})
            .metric("hit_ratio", "share", "look-ups answered from the cache")
            .metric("hits", "lookups", "look-ups answered from the cache")
            .metric("misses", "lookups", "look-ups that found nothing")
            .metric("expired", "lookups", "misses because the entry had outlived its time")
            .metric("evictions", "entries", "entries that had to go for others")
            .metric("loads", "calls", "calls to the backend")
            .metric("entries", "entries", "entries now")
            .understands({"crash", "slow", "pause", "errors", "flush"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: pages.get, keys: zipf(10000 1.0)}\n"
                     "  pages: {type: cache, capacity: 1000, ttl: 60s, backend: db.read}\n"
                     "  db: {type: database, read: exponential(5ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Cache>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::caches
