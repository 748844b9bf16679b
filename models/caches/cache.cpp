// A cache: bounded, with an order of eviction and a time to live. In front of another node it loads what it misses.
#include "engine/slots.h"
#include "models/caches/eviction.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "models/single_flight.h"

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace tantrum::models::caches {
namespace {

using namespace scenario;

enum class Writes : std::uint8_t { aside, through, behind };
constexpr auto choices(Writes)
{
    return std::array{Choice<Writes>{Writes::aside, "aside", "a set is the cache's alone"},
                      Choice<Writes>{Writes::through, "through", "a set goes to the origin first, and is kept if that succeeds"},
                      Choice<Writes>{Writes::behind, "behind", "a set is acknowledged at once and goes to the origin with the next batch"}};
}

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
    std::optional<Duration> negativeTtl;
    std::optional<Probability> refreshAhead;
    double earlyExpiry = 0;
    Writes writes = Writes::aside;
    std::optional<OperationReference> origin;
    Duration flushEvery = Duration::seconds(1);
    std::int64_t flushBatch = 1000;
};

constexpr std::uint16_t setOperation = 1, deleteOperation = 2;  // getting is 0

class Cache final : public Component, public Service {
public:
    Cache(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")),
          workers_(simulation(), params.workers, params.queue),
          entries_(static_cast<std::size_t>(params.capacity), params.eviction, building.stream("eviction")), flights_(simulation()),
          looksClosely_(params.negativeTtl || params.refreshAhead || params.earlyExpiry > 0)
    {
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"get", "set", "delete"}; }
    void connect(Building& building) override
    {
        building_ = &building;
        if (params_.backend) backend_ = building.target(*params_.backend);
        if (params_.origin) origin_ = building.target(*params_.origin);
    }
    void start() override
    {
        if (params_.writes == Writes::behind && origin_.service) host_.scope().spawn(flushDirty());
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
        if (host.up()) return start();
        entries_.clear();
        lostWrites_ += dirty_.size() + flushing_;
        dirty_.clear();
        flushing_ = 0;
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
                metric("loads", static_cast<double>(loads_)), metric("entries", static_cast<double>(entries_.size())),
                metric("cached_failures", static_cast<double>(cachedFailures_)), metric("refreshes", static_cast<double>(refreshes_)),
                metric("early_loads", static_cast<double>(earlyLoads_)), metric("writes", static_cast<double>(writes_)),
                metric("dirty", static_cast<double>(dirty_.size() + flushing_)), metric("lost_writes", static_cast<double>(lostWrites_))};
    }

    Task<Reply> call(Request request) override
    {
        entries_.prefetchBucket(request.key);
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        entries_.prefetchEntry(request.key);
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
        bool goesFurther = false;
        if (request.operation == setOperation) {
            goesFurther = params_.writes == Writes::through && origin_.service;
            if (params_.writes == Writes::behind && !remember(request.key)) co_return visit.fail(Outcome::rejected);
            if (!goesFurther) store(request.key);
        } else if (request.operation == deleteOperation) {
            entries_.remove(request.key);
        } else {
            Found found = Found::unsettled;
            if (looksClosely_) [[unlikely]]
                found = lookClosely(request);
            if (found == Found::failure) co_return visit.fail(Outcome::error);
            if (found == Found::unsettled) found = lookUp(request.key);
            reply.found = found == Found::yes;
            goesFurther = !reply.found && backend_.service;
        }
        if (goesFurther) reply = co_await further(request);
        reply.bytes = request.replyBytes;
        co_return visit.end(reply, simulation());
    }

private:
    struct Inside {
        explicit Inside(Cache& of) : cache(of) { cache.inside_.add(cache.simulation().now(), 1); }
        ~Inside() { cache.inside_.add(cache.simulation().now(), -1); }
        Cache& cache;
    };

    enum class Found : std::uint8_t { no, yes, failure, unsettled };
    /// Besides an entry's expiry, kept only if somebody looks at it.
    struct Facts {
        Duration life, loadTime;
        bool failed = false, refreshing = false;
    };

    Found lookUp(std::uint64_t key)
    {
        const EntryTable::Found found = entries_.lookUp(key, simulation().now());
        if (found == EntryTable::Found::expired) ++expired_;
        ++(found == EntryTable::Found::yes ? hits_ : misses_);
        if (params_.slidingTtl && found == EntryTable::Found::yes) entries_.setExpiry(entries_.find(key), expiry());
        return found == EntryTable::Found::yes ? Found::yes : Found::no;
    }
    // A failure that is kept; an entry so old that it is loaded anew behind it; one that this request takes for expired.
    // Unsettled: look it up as any entry.
    Found lookClosely(const Request& request)
    {
        const Entries::Index index = entries_.find(request.key);
        const Instant now = simulation().now();
        if (index == EntryTable::none || index >= facts_.size() || entries_.expires(index) <= now) return Found::unsettled;
        Facts& facts = facts_[index];
        if (facts.failed) {
            ++misses_;
            ++cachedFailures_;
            return Found::failure;
        }
        if (!backend_.service || entries_.expires(index) == Instant::never()) return Found::unsettled;
        const Duration left = entries_.expires(index) - now;
        if (params_.earlyExpiry > 0 && params_.earlyExpiry * luck_.exponential() * static_cast<double>(facts.loadTime.count()) >= static_cast<double>(left.count())) {
            ++misses_;
            ++earlyLoads_;
            return Found::no;
        }
        const bool old = params_.refreshAhead && static_cast<double>(left.count()) <= (1 - params_.refreshAhead->share()) * static_cast<double>(facts.life.count());
        if (old && !facts.refreshing) {
            facts.refreshing = true;
            ++refreshes_;
            host_.scope().spawn(refresh(request));
        }
        return Found::unsettled;
    }
    Task<void> refresh(Request request)
    {
        request.span = 0;
        const Reply reply = co_await load(request);
        const Entries::Index index = entries_.find(request.key);
        if (!reply.ok() && index != EntryTable::none && index < facts_.size()) facts_[index].refreshing = false;
    }
    Instant expiry()
    {
        if (!params_.ttl) return Instant::never();
        double life = static_cast<double>(params_.ttl->count());
        if (params_.ttlJitter.share() > 0) life *= 1 - params_.ttlJitter.share() * luck_.uniform();
        return simulation().now() + Duration::fromNanoseconds(life);
    }
    void store(std::uint64_t key, Duration loadTime = Duration())
    {
        const Instant expires = expiry();
        evictions_ += entries_.store(key, expires);
        if (!looksClosely_) return;
        Facts& facts = freshFactsOf(key);
        facts.life = expires - simulation().now();
        facts.loadTime = loadTime;
    }
    void storeFailure(std::uint64_t key)
    {
        const Entries::Index old = entries_.find(key);
        if (old != EntryTable::none && entries_.expires(old) > simulation().now()) return;  // better that than a failure
        evictions_ += entries_.store(key, simulation().now() + *params_.negativeTtl);
        freshFactsOf(key).failed = true;
    }
    Facts& freshFactsOf(std::uint64_t key)
    {
        const Entries::Index index = entries_.find(key);
        if (index >= facts_.size()) facts_.resize(index + 1);
        return facts_[index] = Facts();
    }

    Task<Reply> further(const Request& request) { return request.operation == setOperation ? writeThrough(request) : load(request); }
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
        const Instant begun = simulation().now();
        Calling calling(backend_);
        const Reply loaded = co_await backend_.service->call(request);
        calling.end(loaded);
        if (loaded.ok())
            store(request.key, simulation().now() - begun);
        else if (params_.negativeTtl)
            storeFailure(request.key);
        co_return loaded;
    }

    Task<Reply> writeThrough(Request request)
    {
        if (nestsTooDeep(request, *origin_.route, *building_)) co_return Reply::failed(Outcome::error);
        ++writes_;
        request.operation = origin_.operation;
        request.attempt = 0;
        ++request.depth;
        Calling calling(origin_);
        const Reply written = co_await origin_.service->call(request);
        calling.end(written);
        if (written.ok()) store(request.key);
        co_return written;
    }
    /// To be written with the next batch; once, however often it is set until then. False: there is no room to remember it.
    bool remember(std::uint64_t key)
    {
        if (dirty_.contains(key)) return true;
        if (dirty_.size() >= static_cast<std::size_t>(params_.capacity)) return false;
        dirty_.add(key);
        return true;
    }
    // A batch is one call; one that fails is tried again, with what has come meanwhile.
    Task<void> flushDirty()
    {
        std::vector<std::uint64_t> batch;
        while (true) {
            co_await simulation().delay(params_.flushEvery, engine::Spans::constant);
            if (host_.paused()) continue;
            bool written = true;
            // What was there when it began; more may come for ever.
            std::size_t left = dirty_.size();
            while (written && left > 0) {
                batch.clear();
                for (; left > 0 && batch.size() < static_cast<std::size_t>(params_.flushBatch); --left) batch.push_back(dirty_.takeOldest());
                flushing_ = batch.size();
                written = co_await writeBatch(batch.front());
                flushing_ = 0;
                if (written) continue;
                for (const std::uint64_t key : batch)
                    if (!dirty_.contains(key)) dirty_.add(key);
            }
        }
    }
    Task<bool> writeBatch(std::uint64_t key)
    {
        ++writes_;
        Request request;
        request.key = key;
        request.operation = origin_.operation;
        request.begun = simulation().now();
        Calling calling(origin_);
        const Reply reply = co_await origin_.service->call(request);
        calling.end(reply);
        co_return reply.ok();
    }

    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    Host host_;
    engine::RandomStream luck_;
    engine::Slots workers_;
    EntryTable entries_;
    SingleFlight flights_;
    Target backend_, origin_;
    const bool looksClosely_;       ///< at more than whether an entry is there
    std::vector<Facts> facts_;      ///< then; by where the entry is in the table
    KeyQueue dirty_;                  ///< written behind: set and not yet written
    std::size_t flushing_ = 0;
    engine::Gauge inside_;
    std::uint64_t hits_ = 0, misses_ = 0, expired_ = 0, evictions_ = 0, loads_ = 0;
    std::uint64_t cachedFailures_ = 0, refreshes_ = 0, earlyLoads_ = 0, writes_ = 0, lostWrites_ = 0;
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
                     "**Against stampedes**, besides `single_flight` and `ttl_jitter`: `refresh_ahead` loads an entry anew, behind the "
                     "first hit that finds it so old; `early_expiry` lets each request take an entry for expired the more likely "
                     "the nearer its end, by exp(-left / (beta * load time)) (XFetch: Vattani, Chierichetti and Lowenstein, VLDB 2015). "
                     "`negative_ttl` keeps failures, so that a backend in trouble is not asked by everybody.\n\n"
                     "**Writes** with an `origin` are those of the operation `set` (with the step `cache:`, leave `writes` at `aside`). "
                     "`through`: the caller waits for the origin. `behind`: the caller does not; each `flush_every` what was set is "
                     "written in batches, a batch being one call. What is not yet written when the cache crashes was acknowledged and is "
                     "lost. As many keys as fit the cache may wait; more are rejected. `delete` is the cache's alone.\n\n"
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
            .parameter("negative_ttl", &Params::negativeTtl, {.doc = "how long a failed load is kept as a failure; absent: not at all", .least = Duration::nanoseconds(1)})
            .parameter("refresh_ahead", &Params::refreshAhead, {.doc = "a hit on an entry that has lived this share of its time to live loads it anew behind"})
            .parameter("early_expiry", &Params::earlyExpiry, {.doc = "beta of early expiry; 0: none; more than 1 favours earlier loads", .least = 0, .most = 1000, .source = "Vattani et al. 2015: beta = 1 when used"})
            .parameter("writes", &Params::writes, {.doc = "where a set goes besides the cache"})
            .parameter("origin", &Params::origin, {.doc = "what sets are written to, through or behind", .accepts = "calls"})
            .parameter("flush_every", &Params::flushEvery, {.doc = "how often what was set is written behind", .least = Duration::milliseconds(1), .most = Duration::seconds(86'400), .source = "unconfirmed"})
            .parameter("flush_batch", &Params::flushBatch, {.doc = "keys written by one call", .least = 1, .most = 1'000'000, .unit = "keys", .source = "unconfirmed"})
            .metric("hit_ratio", "share", "look-ups answered from the cache")
            .metric("hits", "lookups", "look-ups answered from the cache")
            .metric("misses", "lookups", "look-ups that found nothing")
            .metric("expired", "lookups", "misses because the entry had outlived its time")
            .metric("evictions", "entries", "entries that had to go for others")
            .metric("loads", "calls", "calls to the backend")
            .metric("entries", "entries", "entries now")
            .metric("cached_failures", "lookups", "look-ups answered with a failure that was kept")
            .metric("refreshes", "calls", "loads ahead of the end of an entry")
            .metric("early_loads", "lookups", "look-ups that took an entry for expired before it was")
            .metric("writes", "calls", "calls to the origin")
            .metric("dirty", "keys", "keys set and not yet written to the origin")
            .metric("lost_writes", "keys", "of those, lost in a crash")
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
