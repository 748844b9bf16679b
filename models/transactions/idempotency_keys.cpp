// Idempotency keys: a store in front of something that must not happen twice. The first request with a key is carried out; one
// that comes again gets the answer of the first.
#include "engine/mailbox.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>

namespace tantrum::models::transactions {
namespace {

using namespace scenario;

enum class By : std::uint8_t { request, key };
constexpr auto choices(By)
{
    return std::array{Choice<By>{By::request, "request", "each request of a client has its own, which its retries and copies share"},
                      Choice<By>{By::key, "key", "requests about the same thing (`keys` of the client) share one, whoever sends them"}};
}
enum class Meanwhile : std::uint8_t { conflict, wait };
constexpr auto choices(Meanwhile)
{
    return std::array{Choice<Meanwhile>{Meanwhile::conflict, "conflict", "refused (409), to be tried again later"},
                      Choice<Meanwhile>{Meanwhile::wait, "wait", "waits for the answer to the first"}};
}

struct Params {
    NodeReference backend;
    bool enabled = true;
    By by = By::request;
    Meanwhile meanwhile = Meanwhile::conflict;
    bool keepErrors = true;
    Duration ttl = Duration::seconds(24 * 3600);
    Duration lock = Duration::seconds(60);
    DurationDistribution lookup = DurationDistribution::constant(Duration::microseconds(500));
};

constexpr std::size_t mostKeys = 10'000'000;

struct Key {
    std::uint64_t what;
    std::uint16_t operation;
    bool operator==(const Key&) const = default;
};
struct KeyHash {
    std::size_t operator()(const Key& key) const { return (key.what ^ (std::uint64_t{key.operation} << 48)) * 0x9E3779B97F4A7C15u; }
};

class IdempotencyKeys final : public Component, public Service {
public:
    IdempotencyKeys(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work"))
    {
    }

    Service* service() override { return this; }
    // Callers name operations of the backend; each gets an index here.
    std::uint16_t operation(const std::string& name) const override
    {
        const auto known = std::find(operations_.begin(), operations_.end(), name);
        if (known != operations_.end()) return static_cast<std::uint16_t>(known - operations_.begin());
        operations_.push_back(name);
        return static_cast<std::uint16_t>(operations_.size() - 1);
    }
    std::vector<std::string> operations() const override { return operations_; }
    void connect(Building& building) override
    {
        building_ = &building;
        node_ = &building.node(params_.backend.node);
        target_ = building.target(OperationReference{params_.backend.node, {}});
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override { params_ = parameters.as<Params>(); }
    std::vector<Host*> hosts() override { return {&host_}; }

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
        return {metric("executed", static_cast<double>(executed_)), metric("executed_twice", static_cast<double>(twice_)),
                metric("replayed", static_cast<double>(replayed_)), metric("conflicts", static_cast<double>(conflicts_)),
                metric("waited", static_cast<double>(waited_)), metric("locks_expired", static_cast<double>(locksExpired_)),
                metric("keys", static_cast<double>(entries_.size()))};
    }
    std::string_view reason(Outcome outcome) const override { return outcome == Outcome::rejected ? "same key in progress" : Component::reason(outcome); }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Inside inside(*this);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        if (nestsTooDeep(request, *target_.route, *building_)) co_return visit.fail(Outcome::error);
        if (params_.lookup.distribution.mean() > 0) {
            const Duration demand = params_.lookup.distribution.sample(luck_);
            co_await host_.processor().work(demand, params_.lookup.distribution.spans());
        }
        const Key key{params_.by == By::request ? request.identity() : request.key, request.operation};
        const bool lockIsOver = params_.enabled && hasLockThatIsOver(key);
        forget();
        Entry& entry = entries_[key];
        if (entries_.size() > mostKeys)
            building_->stop(name() + " keeps more than 10 million keys; give it a shorter `ttl`");
        const Instant now = simulation().now();
        if (params_.enabled && entry.state == State::done) {
            ++replayed_;
            Reply again = entry.reply;
            co_return visit.end(again, simulation());
        }
        engine::Mailbox<Reply> box(simulation());
        if (params_.enabled && entry.state == State::inProgress && now < entry.until) {
            if (params_.meanwhile == Meanwhile::conflict) {
                ++conflicts_;
                co_return visit.fail(Outcome::rejected);
            }
            ++waited_;
            entry.waiting.push_back(box.answer());
        } else {
            if (lockIsOver) ++locksExpired_;
            begin(key, entry, request, box);
        }
        const Reply reply = co_await box.receive();
        co_return visit.end(reply, simulation());
    }

private:
    enum class State : std::uint8_t { fresh, inProgress, done };
    struct Entry {
        State state = State::fresh;
        bool executed = false;
        int underWay = 0;       ///< executions
        std::uint64_t run = 0;  ///< the last of them
        Instant until{};        ///< of the lock, or of the answer
        Reply reply;
        std::vector<engine::Answer<Reply>> waiting{};
    };
    struct Inside {
        explicit Inside(IdempotencyKeys& of) : keys(of) { keys.inside_.add(keys.simulation().now(), 1); }
        ~Inside() { keys.inside_.add(keys.simulation().now(), -1); }
        IdempotencyKeys& keys;
    };
    // One that is carried out, until it ends, one way or the other.
    struct Execution {
        Execution(IdempotencyKeys& in, const Key& of) : keys(in), key(of) {}
        ~Execution()
        {
            const auto place = keys.entries_.find(key);
            if (place != keys.entries_.end()) --place->second.underWay;
        }
        IdempotencyKeys& keys;
        Key key;
    };

    // In this process and not in the caller's hands: who gives up does not undo what it has asked for.
    void begin(const Key& key, Entry& entry, const Request& request, engine::Mailbox<Reply>& caller)
    {
        entry.state = State::inProgress;
        entry.run = ++runs_;
        entry.until = simulation().now() + params_.lock;
        ++entry.underWay;
        ends_.push_back({entry.until, key});
        host_.scope().spawn(execute(key, entry.run, request, caller.answer()));
    }

    Task<void> execute(Key key, std::uint64_t run, Request request, engine::Answer<Reply> caller)
    {
        const Execution underWay(*this, key);
        while (names_.size() <= request.operation) names_.push_back(node_->operation(operations_[names_.size()]));
        request.operation = operations_.empty() ? target_.operation : names_[request.operation];
        request.attempt = 0;
        ++request.depth;
        Reply reply;
        {
            Calling calling(target_);
            reply = co_await target_.service->call(request);
            calling.end(reply);
        }
        settle(key, run, reply);
        caller.send(reply, Duration());
    }

    void settle(const Key& key, std::uint64_t run, const Reply& reply)
    {
        Entry& entry = entries_[key];
        if (reply.ok()) {
            ++executed_;
            if (std::exchange(entry.executed, true)) ++twice_;
        }
        if (entry.run != run) return;  // its lock had expired, and another took over
        const bool kept = reply.ok() || (reply.outcome == Outcome::error && params_.keepErrors);
        entry.state = kept ? State::done : State::fresh;
        entry.reply = reply;
        entry.until = simulation().now() + params_.ttl;
        done_.push_back({entry.until, key});
        for (engine::Answer<Reply>& each : entry.waiting) each.send(reply, Duration());
        entry.waiting.clear();
    }

    bool hasLockThatIsOver(const Key& key) const
    {
        const auto place = entries_.find(key);
        return place != entries_.end() && place->second.state == State::inProgress && place->second.until <= simulation().now();
    }
    // What is past its time, unless something is under way with it.
    void forget()
    {
        for (std::deque<End>* ends : {&ends_, &done_}) {
            while (!ends->empty() && ends->front().at <= simulation().now()) {
                const auto place = entries_.find(ends->front().key);
                if (place != entries_.end() && place->second.until <= simulation().now() && place->second.underWay == 0) entries_.erase(place);
                ends->pop_front();
            }
        }
    }

    struct End {
        Instant at;
        Key key;
    };
    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    const Component* node_ = nullptr;
    Target target_;
    Host host_;
    engine::RandomStream luck_;
    mutable std::vector<std::string> operations_;
    std::vector<std::uint16_t> names_;
    std::unordered_map<Key, Entry, KeyHash> entries_;  // looked up only, never walked
    std::deque<End> ends_, done_;                      ///< of locks, and of answers, in order
    engine::Gauge inside_;
    std::uint64_t runs_ = 0, executed_ = 0, twice_ = 0, replayed_ = 0, conflicts_ = 0, waited_ = 0, locksExpired_ = 0;
};

}  // namespace

TANTRUM_MODEL(transactions, idempotency_keys)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "idempotency_keys")
            .title("Idempotency keys").group("Transactions").icon("lock").accepts("calls")
            .summary("Stands in front of what must not happen twice, and answers what comes again from its store.")
            .details("Clients send a key with each request, the same one with each retry and copy of it. The first is carried out by `backend`, and its answer kept for `ttl`; one "
                     "that comes while it is under way is a conflict or waits; one that comes later gets the kept answer. Who gives up does not undo what it asked for: it "
                     "is carried out all the same, and only the key keeps a retry from doing it again.\n\n"
                     "An answer is kept if the backend worked on the request: successes, and errors too with `keep_errors`, as Stripe does (unconfirmed). A refusal, a crash or a silence "
                     "is not kept; then a retry is carried out. The store outlives a crash of this process; what was under way then is locked until `lock` is over, and may be carried out "
                     "a second time after it: a lock shorter than the work does the damage it is there to prevent.\n\n"
                     "With `enabled: false` everything is passed on, and only counted: `executed_twice` is how often a key was carried out although it had been. What was carried out "
                     "without an answer (a timeout or a crash between here and the backend) cannot be counted here; the backend knows.")
            .required("backend", &Params::backend, {.doc = "what carries requests out", .accepts = "calls"})
            .parameter("enabled", &Params::enabled, {.doc = "false: keys are not looked at, only counted", .live = true})
            .parameter("by", &Params::by, {.doc = "which requests share a key"})
            .parameter("in_progress", &Params::meanwhile, {.doc = "what becomes of a request whose key is being worked on", .source = "Stripe: 409 Conflict; unconfirmed", .live = true})
            .parameter("keep_errors", &Params::keepErrors, {.doc = "an error is an answer, too: retries get it again", .source = "Stripe; unconfirmed", .live = true})
            .parameter("ttl", &Params::ttl, {.doc = "how long an answer is kept", .least = Duration::nanoseconds(1), .source = "Stripe: 24 hours; unconfirmed", .live = true})
            .parameter("lock", &Params::lock, {.doc = "after which a request that has not ended is taken for dead, and may be tried again", .least = Duration::nanoseconds(1), .source = "unconfirmed", .live = true})
            .parameter("lookup", &Params::lookup, {.doc = "time of the store for each request", .source = "unconfirmed", .live = true})
            .metric("executed", "requests", "carried out with success")
            .metric("executed_twice", "requests", "of those, by a key that had been carried out with success before")
            .metric("replayed", "requests", "answered from the store")
            .metric("conflicts", "requests", "refused because their key was being worked on")
            .metric("waited", "requests", "that waited for the first with their key")
            .metric("locks_expired", "requests", "carried out because the lock of the one before was over")
            .metric("keys", "keys", "keys in the store now")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(50/s), sends: keys.charge}\n"
                     "  keys: {type: idempotency_keys, backend: payments}\n"
                     "  payments: {type: service, workers: 32, operations: {charge: [{work: lognormal(p50=200ms p99=2s)}]}}\n"
                     "links:\n  shop -> keys: {latency: 5ms, policies: [retry: {attempts: 3}, timeout: 1s]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<IdempotencyKeys>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::transactions
