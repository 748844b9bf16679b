// Amazon Redshift: queries wait for the slots of their workload management queue, short ones pass them, extra clusters
// take what does not fit, and a monitoring rule ends or moves what runs too long.
#include "engine/race.h"
#include "models/component.h"
#include "models/databases/wlm_queue.h"
#include "models/program.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

namespace tantrum::models::databases {
namespace {

using namespace scenario;

enum class Scaling : std::uint8_t { off, automatic };
constexpr auto choices(Scaling)
{
    return std::array{Choice<Scaling>{Scaling::off, "off", "queries wait"},
                      Choice<Scaling>{Scaling::automatic, "auto", "queries that would wait go to an extra cluster"}};
}
enum class RuleAction : std::uint8_t { log, hop, abort };
constexpr auto choices(RuleAction)
{
    return std::array{Choice<RuleAction>{RuleAction::log, "log", "it is written down"},
                      Choice<RuleAction>{RuleAction::hop, "hop", "the query begins anew in the second queue; cancelled if there is none"},
                      Choice<RuleAction>{RuleAction::abort, "abort", "the query is cancelled"}};
}

struct Params {
    std::int64_t slots = 5;
    std::int64_t secondSlots = 0;
    std::string secondTakes;
    std::int64_t slotCount = 1;
    std::string slotCountFor;
    bool sqa = true;
    Duration sqaThreshold = Duration::seconds(5);
    std::int64_t sqaSlots = 6;
    Scaling scaling = Scaling::off;
    std::int64_t scalingClusters = 1;
    Duration scalingStart = Duration::seconds(30);
    Duration scalingIdle = Duration::seconds(60);
    std::optional<Duration> ruleTime;
    RuleAction ruleAction = RuleAction::abort;
    std::int64_t connections = 500;
    double cores = 0;
    Duration compile = Duration::seconds(2);
    DurationDistribution query = DurationDistribution::of("lognormal(p50=2s p99=60s)");
    Operations operations;
};

constexpr Duration ruleInterval = Duration::seconds(10);

// Whether a word stands in a list of words.
bool names(const std::string& list, const std::string& word)
{
    std::size_t begin = 0;
    while (begin < list.size()) {
        const std::size_t end = std::min(list.find_first_of(" ,", begin), list.size());
        if (end > begin && list.compare(begin, end - begin, word) == 0) return true;
        begin = end + 1;
    }
    return false;
}

class Redshift final : public Component, public Service {
    // Where queries run: the main cluster, or an extra one.
    struct Cluster {
        enum class State : std::uint8_t { none, starting, ready };
        Cluster(Redshift& of, double cores)
            : shared(of.simulation(), std::max(cores, 1.0)), site{of.host_, of.luck_, of.station(), cores > 0 ? &shared : nullptr}
        {
        }
        engine::SharedProcessor shared;
        Site site;
        State state = State::none;
        std::int64_t used = 0;
        Instant readySince, idleSince;
    };

public:
    Redshift(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")), main_(*this, params.cores)
    {
        host_.drive(main_.shared);
        for (int index = 0; index < mostClusters; ++index) extra_.emplace_back(*this, params.cores);
        setSlots();
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override
    {
        std::vector<std::string> all;
        for (const scenario::Operation& operation : params_.operations.list()) all.push_back(operation.name);
        return all;
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    void connect(Building& building) override
    {
        if (params_.operations.list().empty()) {
            Step step;
            step.action = Work{params_.query};
            addClass({}, scenario::Program{step}, building);
        }
        for (const scenario::Operation& operation : params_.operations.list()) addClass(operation.name, operation.program, building);
    }
    void hostChanged(Host&) override
    {
        if (host_.up()) return;
        for (Cluster& each : extra_) release(each);
        for (Class& each : classes_) each.compiled = false;
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const Params before = params_;
        params_ = parameters.as<Params>();
        params_.operations = before.operations;
        setSlots();
        dispatch(0);
        dispatch(1);
    }

    std::string_view busyIsNotWork() const override { return sharedCores; }
    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(busy_, now);
        levels.takeQueue(waiting_, now);
        levels.takeInside(inside_, now);
        levels.capacity = static_cast<double>(queues_[0].slots + queues_[1].slots);
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        double seconds = scalingSeconds_;
        std::uint64_t ready = 0;
        for (const Cluster& each : extra_) {
            if (each.state != Cluster::State::ready) continue;
            seconds += (simulation().now() - each.readySince).inSeconds();
            ++ready;
        }
        return {count("queries", queries_), count("queued", queued_), metric("queue_wait_max_s", longestWait_.inSeconds()), count("sqa_queries", accelerated_),
                count("scaling_queries", scaled_), count("scaling_clusters", ready), metric("scaling_s", seconds), count("rule_logged", logged_),
                count("rule_hopped", hopped_), count("rule_aborted", aborted_), count("refused_connections", refused_), count("compiled", compiled_)};
    }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome == Outcome::rejected) return "too many connections";
        return outcome == Outcome::error && aborted_ > 0 ? "cancelled by a rule" : Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        if (inside_.level() >= params_.connections) {
            ++refused_;
            co_return visit.fail(Outcome::rejected);
        }
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Inside inside(*this);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        ++queries_;
        Class& kind = classes_[std::min<std::size_t>(request.operation, classes_.size() - 1)];
        if (params_.compile > Duration() && !kind.compiled) {
            kind.compiled = true;
            ++compiled_;
            co_await host_.processor().work(params_.compile);
        }
        std::size_t queue = kind.second && queues_[1].slots > 0 ? 1 : 0;
        std::optional<Reply> reply;
        for (bool hops = false;; hops = true) {
            Seat seat(*this, queue, kind.wide ? params_.slotCount : 1);
            if (!seat.accelerate(kind)) {
                const Instant since = simulation().now();
                visit.waits();
                co_await seat;
                visit.goesOn();
                longestWait_ = std::max(longestWait_, simulation().now() - since);
            }
            const Duration limit = untilRule();
            const bool watched = params_.ruleTime && !hops;
            if (!watched || params_.ruleAction == RuleAction::log) {
                const Instant began = simulation().now();
                reply = co_await kind.program.run(seat.site(), request);
                logged_ += watched && simulation().now() - began >= limit;
                break;
            }
            reply = co_await engine::within(simulation(), limit, kind.program.run(seat.site(), request));
            if (reply) break;
            if (params_.ruleAction == RuleAction::abort || queue == 1 || queues_[1].slots == 0) {
                ++aborted_;
                co_return visit.fail(Outcome::error);
            }
            ++hopped_;
            queue = 1;
        }
        Reply done = *reply;
        if (done.ok()) done.bytes = request.replyBytes;
        co_return visit.end(done, simulation());
    }

private:
    struct Class {
        models::Program program;
        Duration predicted;
        bool second = false, wide = false, compiled = false;
    };
    struct Inside {
        explicit Inside(Redshift& of) : redshift(of) { redshift.inside_.add(redshift.simulation().now(), 1); }
        ~Inside() { redshift.inside_.add(redshift.simulation().now(), -1); }
        Redshift& redshift;
    };

    // The slots a query runs in, once it has them, until its end; before that, its place in the line.
    class Seat : public WlmQueue::Place {
    public:
        Seat(Redshift& redshift, std::size_t queue, std::int64_t slots)
            : Place(redshift.simulation(), slots), redshift_(redshift), queue_(queue)
        {
        }
        ~Seat()
        {
            const bool waited = leave();
            const Instant now = redshift_.simulation().now();
            if (waited) redshift_.waiting_.add(now, -1);
            if (cluster_ || short_) redshift_.busy_.add(now, -slots());
            redshift_.shortRunning_ -= short_;
            if (cluster_) {
                if (cluster_ == &redshift_.main_) redshift_.queues_[queue_].used -= slots();
                cluster_->used -= slots();
                if (cluster_->used == 0) cluster_->idleSince = now;
            }
            redshift_.dispatch(queue_);  // also if it went away from the line: who stood behind it may fit
        }
        /// A short query need not wait, if there is room for short ones.
        bool accelerate(const Class& kind)
        {
            const Params& params = redshift_.params_;
            if (!params.sqa || queue_ != 0 || kind.predicted > params.sqaThreshold || redshift_.queues_[0].fits(slots())) return false;
            if (redshift_.shortRunning_ >= params.sqaSlots) return false;
            short_ = true;
            ++redshift_.shortRunning_;
            ++redshift_.accelerated_;
            redshift_.busy_.add(redshift_.simulation().now(), slots());
            return true;
        }
        const Site& site() const { return cluster_ ? cluster_->site : redshift_.main_.site; }

        bool await_ready()
        {
            redshift_.waiting_.add(redshift_.simulation().now(), 1);
            redshift_.queues_[queue_].join(*this);
            redshift_.dispatch(queue_);
            return cluster_ != nullptr;
        }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            ++redshift_.queued_;
            waitOn(awaiting);
        }
        void await_resume() const {}
        void take(Cluster& cluster)
        {
            leave();
            const Instant now = redshift_.simulation().now();
            redshift_.waiting_.add(now, -1);
            redshift_.busy_.add(now, slots());
            cluster_ = &cluster;
            cluster.used += slots();
            if (&cluster == &redshift_.main_)
                redshift_.queues_[queue_].used += slots();
            else
                ++redshift_.scaled_;
            wake();
        }

    private:
        Redshift& redshift_;
        std::size_t queue_;
        Cluster* cluster_ = nullptr;
        bool short_ = false;
    };

    void addClass(const std::string& name, const scenario::Program& steps, Building& building)
    {
        Duration predicted;
        for (const Step& step : steps)
            if (const Work* work = std::get_if<Work>(&step.action)) predicted = std::min(predicted + std::min(work->time.mean(), aDay), aDay);
        classes_.push_back(Class{models::Program(steps, building), predicted, names(params_.secondTakes, name), names(params_.slotCountFor, name)});
    }
    void setSlots()
    {
        queues_[0].slots = params_.slots;
        queues_[1].slots = std::min(params_.secondSlots, mostSlots - params_.slots);
        for (std::size_t index = 0; index < classes_.size() && index < params_.operations.list().size(); ++index) {
            classes_[index].second = names(params_.secondTakes, params_.operations.list()[index].name);
            classes_[index].wide = names(params_.slotCountFor, params_.operations.list()[index].name);
        }
    }
    // In order: who does not fit holds up those behind.
    void dispatch(std::size_t index)
    {
        WlmQueue& queue = queues_[index];
        while (WlmQueue::Place* first = queue.first()) {
            Seat& seat = static_cast<Seat&>(*first);
            Cluster* cluster = queue.hasRoomFor(seat.slots()) ? &main_ : index == 0 ? extraFor(seat.slots()) : nullptr;
            if (!cluster) return;
            seat.take(*cluster);
        }
    }
    Cluster* extraFor(std::int64_t slots)
    {
        if (params_.scaling == Scaling::off || !host_.up()) return nullptr;
        Cluster* none = nullptr;
        std::int64_t there = 0;
        bool starting = false;
        for (Cluster& each : extra_) {
            if (each.state == Cluster::State::ready && each.used + std::min(slots, params_.slots) <= params_.slots) return &each;
            there += each.state != Cluster::State::none;
            starting |= each.state == Cluster::State::starting;
            if (each.state == Cluster::State::none && each.used == 0 && !none) none = &each;
        }
        if (none && !starting && there < params_.scalingClusters) {
            none->state = Cluster::State::starting;
            host_.scope().spawn(keep(*none));
        }
        return nullptr;
    }
    // An extra cluster's life: it starts, is there until it has been idle for a while, and is given back.
    Task<void> keep(Cluster& cluster)
    {
        co_await simulation().delay(params_.scalingStart);
        cluster.state = Cluster::State::ready;
        cluster.readySince = cluster.idleSince = simulation().now();
        dispatch(0);
        for (;;) {
            const Duration idle = simulation().now() - cluster.idleSince;
            if (cluster.used == 0 && idle >= params_.scalingIdle) break;
            co_await simulation().delay(cluster.used == 0 ? params_.scalingIdle - idle : std::max(params_.scalingIdle, Duration::seconds(1)));
        }
        release(cluster);
    }
    void release(Cluster& cluster)
    {
        if (cluster.state == Cluster::State::ready) scalingSeconds_ += (simulation().now() - cluster.readySince).inSeconds();
        cluster.state = Cluster::State::none;
    }
    // Rules are looked at every ten seconds: the first look at which a query begun now will have run for too long.
    Duration untilRule() const
    {
        if (!params_.ruleTime) return Duration::max();
        const Duration over = simulation().now().sinceStart() + std::min(*params_.ruleTime, aDay);
        return ruleInterval * (over.count() / ruleInterval.count() + 1) - simulation().now().sinceStart();
    }

    static constexpr int mostClusters = 10;
    static constexpr std::int64_t mostSlots = 50;
    static constexpr Duration aDay = Duration::seconds(86'400);

    Params params_;
    Host host_;
    engine::RandomStream luck_;
    Cluster main_;
    std::deque<Cluster> extra_;
    std::array<WlmQueue, 2> queues_;
    std::vector<Class> classes_;
    engine::Gauge busy_, waiting_, inside_;
    std::int64_t shortRunning_ = 0;
    Duration longestWait_;
    double scalingSeconds_ = 0;
    std::uint64_t queries_ = 0, queued_ = 0, accelerated_ = 0, scaled_ = 0, logged_ = 0, hopped_ = 0, aborted_ = 0, refused_ = 0, compiled_ = 0;
};

}  // namespace

TANTRUM_MODEL(databases, redshift)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "redshift")
            .title("Amazon Redshift").group("Databases").icon("warehouse").accepts("calls").ownOperations()
            .summary("A data warehouse: queries wait for slots, short ones pass them, extra clusters help, rules end what runs too long.")
            .details("**Queues.** Manual workload management: the default queue has `slots`, and queries that find them taken wait in line, first come "
                     "first served. A second queue with `second_slots` of its own takes the operations named in `second_queue_takes` "
                     "(for instance `etl load`). Both together have at most 50 slots. An operation named in `slot_count_for` takes "
                     "`wlm_query_slot_count` slots at once; while it waits for them, those behind it wait, too.\n\n"
                     "**Short query acceleration.** A query of the default queue that would have to wait and whose class takes, on average, no longer than "
                     "`sqa_threshold` runs beside the slots, up to `sqa_slots` at a time.\n\n"
                     "**Concurrency scaling.** With `auto`, queries of the default queue that would wait run on extra clusters with as many slots each. "
                     "The first has to start (`scaling_start`), and a cluster idle for `scaling_idle` is given back; the main cluster's slots come first.\n\n"
                     "**Query monitoring.** A rule on the execution time, looked at every ten seconds: log, hop (the query begins anew in "
                     "the second queue) or abort. If several rules match, Redshift takes the harshest; here there is one.\n\n"
                     "**Queries.** `operations` declares the classes and how long each runs; without them every call is a `query`. The first of a class is compiled. "
                     "With `cores` above 0, queries on one cluster share that many: more slots then make each query slower.\n\n"
                     "Simplified: automatic workload management, priorities, the superuser queue, memory for each slot, the result "
                     "cache and what may not run on extra clusters are left out; a query's class mean is its prediction.")
            .parameter("slots", &Params::slots, {.doc = "slots of the default queue", .least = 1, .most = 50, .unit = "slots", .source = "Redshift developer guide, defining query queues: 5", .live = true})
            .parameter("second_slots", &Params::secondSlots, {.doc = "slots of the second queue; 0: there is none", .least = 0, .most = 49, .unit = "slots", .live = true})
            .parameter("second_queue_takes", &Params::secondTakes, {.doc = "operations of the second queue, names with spaces between", .live = true})
            .parameter("wlm_query_slot_count", &Params::slotCount, {.doc = "slots of each query named in slot_count_for", .least = 1, .most = 50, .unit = "slots", .source = "Redshift developer guide, wlm_query_slot_count: 1", .live = true})
            .parameter("slot_count_for", &Params::slotCountFor, {.doc = "operations that take that many, names with spaces between", .live = true})
            .parameter("short_query_acceleration", &Params::sqa, {.doc = "short queries need not wait", .source = "Redshift developer guide, SQA: on by default, unconfirmed", .live = true})
            .parameter("sqa_threshold", &Params::sqaThreshold, {.doc = "what counts as short", .least = Duration::seconds(1), .most = Duration::seconds(20), .source = "Redshift developer guide, SQA: dynamic, or 1 to 20 s", .live = true})
            .parameter("sqa_slots", &Params::sqaSlots, {.doc = "short queries that run beside the slots", .least = 0, .most = 50, .unit = "queries", .source = "unconfirmed", .live = true})
            .parameter("concurrency_scaling", &Params::scaling, {.doc = "what becomes of queries that would wait", .source = "Redshift developer guide, concurrency scaling queues: off", .live = true})
            .parameter("max_concurrency_scaling_clusters", &Params::scalingClusters, {.doc = "extra clusters", .least = 0, .most = 10, .unit = "clusters", .source = "Redshift developer guide, max_concurrency_scaling_clusters: 1", .live = true})
            .parameter("scaling_start", &Params::scalingStart, {.doc = "until an extra cluster is ready", .least = Duration(), .source = "seconds to a minute, unconfirmed", .live = true})
            .parameter("scaling_idle", &Params::scalingIdle, {.doc = "idle time after which it is given back", .least = Duration(), .source = "unconfirmed", .live = true})
            .parameter("rule_execution_time", &Params::ruleTime, {.doc = "a rule for queries that run longer than this", .least = Duration::milliseconds(1), .live = true})
            .parameter("rule_action", &Params::ruleAction, {.doc = "what it does with them", .live = true})
            .parameter("connections", &Params::connections, {.doc = "queries inside, waiting or running; more are refused", .least = 1, .most = 1'000'000, .unit = "connections", .source = "500, unconfirmed", .live = true})
            .parameter("cores", &Params::cores, {.doc = "queries of one cluster that run at full speed at once; 0: all", .least = 0, .most = 100'000})
            .parameter("compile", &Params::compile, {.doc = "time to compile the first query of a class", .least = Duration(), .source = "seconds, unconfirmed", .live = true})
            .parameter("query", &Params::query, {.doc = "how long a query runs, where there are no operations"})
            .parameter("operations", &Params::operations, {.doc = "classes of queries, and what each does"})
            .metric("queries", "queries", "queries begun").metric("queued", "queries", "queries that had to wait for slots")
            .metric("queue_wait_max_s", "s", "the longest wait for slots").metric("sqa_queries", "queries", "short queries that did not wait")
            .metric("scaling_queries", "queries", "queries run on extra clusters").metric("scaling_clusters", "clusters", "extra clusters ready now")
            .metric("scaling_s", "s", "time of extra clusters, which is billed")
            .metric("rule_logged", "queries", "queries the rule wrote down").metric("rule_hopped", "queries", "queries it moved")
            .metric("rule_aborted", "queries", "queries it cancelled").metric("refused_connections", "queries", "queries refused for want of a connection")
            .metric("compiled", "queries", "queries that were compiled")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  analysts: {type: client, arrivals: poisson(6/min), sends: warehouse.report}\n"
                     "  dashboards: {type: client, arrivals: poisson(2/s), sends: warehouse.tile}\n"
                     "  warehouse:\n    type: redshift\n    operations:\n      report: [{work: lognormal(p50=20s p99=300s)}]\n      tile: [{work: lognormal(p50=400ms p99=2s)}]\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Redshift>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::databases
