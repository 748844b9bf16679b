// A GraphQL gateway: a query is a tree of resolvers, and a list of N items asks each resolver below it N times.
#include "engine/race.h"
#include "engine/slots.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

struct Params {
    OperationReference root;
    CountDistribution items = CountDistribution::of("50");
    std::vector<OperationReference> fields;
    CountDistribution nestedItems = CountDistribution::of("1");
    std::vector<OperationReference> nested;
    bool dataloader = false;
    std::int64_t maxBatch = scenario::unlimited;
    Probability distinctKeys = Probability::ofShare(1);
    std::int64_t costLimit = scenario::unlimited;
    DurationDistribution work;
    BytesDistribution itemBytes = BytesDistribution::of("1KB");
    Probability selected = Probability::ofShare(1);
};

/// A query that would make more calls than this at once is refused whatever the limit: the simulation's own bound.
constexpr double mostResolved = 100'000;

class GraphQl final : public Component, public Service {
public:
    GraphQl(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("query")), loop_(simulation(), 1)
    {
    }

    Service* service() override { return this; }
    void connect(Building& building) override
    {
        building_ = &building;
        root_ = building.target(params_.root);
        for (const OperationReference& field : params_.fields) fields_.push_back(building.target(field));
        for (const OperationReference& field : params_.nested) nested_.push_back(building.target(field));
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override { params_ = parameters.as<Params>(); }
    std::vector<Host*> hosts() override { return {&host_}; }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(loop_.busy(), now);
        levels.takeQueue(loop_.queue(), now);
        levels.takeInside(inside_, now);
        levels.capacity = 1;
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto each = [&](double sum) { return executed_ > 0 ? sum / static_cast<double>(executed_) : noData; };
        return {metric("resolver_calls", static_cast<double>(calls_)),
                metric("resolver_calls_per_query", each(static_cast<double>(calls_))),
                metric("batches", static_cast<double>(batches_)),
                metric("keys_loaded", static_cast<double>(keys_)),
                metric("too_expensive", static_cast<double>(tooExpensive_)),
                metric("partial", static_cast<double>(partial_)),
                metric("cost_mean", each(cost_)),
                metric("answer_bytes_mean", each(bytes_)),
                metric("rest_bytes_mean", each(restBytes_)),
                metric("rest_requests_mean", each(restRequests_))};
    }
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::rejected ? "query too expensive" : Component::reason(outcome);
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
            // Parsing and validating keep the one thread busy; waiting for resolvers does not.
            engine::Permit thread = loop_.tryAcquire();
            if (!thread) {
                visit.waits();
                thread = co_await loop_.acquire();
                visit.goesOn();
            }
            if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
            const Duration demand = params_.work.distribution.sample(luck_);
            if (demand > Duration() || host_.speed() != 1) co_await host_.processor().work(demand, params_.work.distribution.spans());
        }
        const double items = countOf(params_.items), nestedItems = countOf(params_.nestedItems);
        const double cost = costOf(items, nestedItems);
        if (cost > static_cast<double>(params_.costLimit) || cost > mostResolved) {
            ++tooExpensive_;
            co_return visit.fail(Outcome::rejected);
        }
        if (nestsTooDeep(request, *root_.route, *building_)) co_return visit.fail(Outcome::error);
        count(items, cost);
        request.deadline = Instant::never();
        const Reply root = co_await ask(root_, request);
        if (!root.ok()) co_return visit.end(root, simulation());
        bool complete = true;
        if (items > 0 && !fields_.empty()) complete = co_await resolveFields(static_cast<std::int64_t>(items), static_cast<std::int64_t>(nestedItems), request);
        partial_ += !complete;
        Reply reply;
        reply.bytes = request.replyBytes;
        co_return visit.end(reply, simulation());
    }

private:
    struct Inside {
        explicit Inside(GraphQl& of) : gateway(of) { gateway.inside_.add(gateway.simulation().now(), 1); }
        ~Inside() { gateway.inside_.add(gateway.simulation().now(), -1); }
        GraphQl& gateway;
    };

    double countOf(const CountDistribution& law) { return std::min(static_cast<double>(static_cast<std::int64_t>(std::min(law.distribution.draw(luck_), 1e9) + 0.5)), 1e9); }
    // Fields times the lengths of the lists above them, the root included.
    double costOf(double items, double nestedItems) const
    {
        const double below = fields_.empty() ? 0 : nestedItems * static_cast<double>(nested_.size());
        return 1 + items * (static_cast<double>(fields_.size()) + below);
    }
    // What REST would move for the same page: whole entities, a request each, and the list.
    void count(double items, double cost)
    {
        ++executed_;
        cost_ += cost;
        const double entity = params_.itemBytes.distribution.draw(luck_);
        const double entities = items + cost - 1;
        bytes_ += entities * entity * params_.selected.share();
        restBytes_ += entities * entity;
        restRequests_ += cost;
    }

    /// How many calls that many loads of one tick make, and of how many keys each is.
    std::int64_t callsFor(std::int64_t loads) const
    {
        if (!params_.dataloader) return loads;
        const std::int64_t keys = keysOf(loads);
        return params_.maxBatch == scenario::unlimited ? std::int64_t{1} : (keys + params_.maxBatch - 1) / params_.maxBatch;
    }
    std::int64_t keysOf(std::int64_t loads) const
    {
        if (!params_.dataloader) return loads;
        const auto distinct = static_cast<std::int64_t>(static_cast<double>(loads) * params_.distinctKeys.share() + 0.999999);
        return std::clamp<std::int64_t>(distinct, 1, loads);
    }

    // Sibling fields, and all items, resolve side by side; what lies below an item's first field follows when that is there.
    Task<bool> resolveFields(std::int64_t items, std::int64_t nestedItems, Request request)
    {
        const std::int64_t calls = callsFor(items);
        const auto all = static_cast<std::size_t>(calls) * fields_.size();
        engine::Finishes finishes(simulation());
        engine::RunningSet<Reply> running(all, finishes);
        for (std::size_t field = 0; field < fields_.size(); ++field) {
            std::int64_t left = items;
            for (std::int64_t call = 0; call < calls; ++call) {
                const std::int64_t loads = left / (calls - call);  // of equal parts
                left -= loads;
                running.add(resolve(fields_[field], loads, field == 0 ? nestedItems : 0, request));
            }
        }
        for (int seen = 0; seen < static_cast<int>(all); seen = finishes.count()) co_await finishes.more(seen);
        bool complete = true;
        for (std::size_t index = 0; index < all; ++index) complete = complete && running[index].result().ok();
        co_return complete;
    }
    Task<Reply> resolve(const Target& target, std::int64_t items, std::int64_t nestedItems, Request request)
    {
        if (params_.dataloader) {
            ++batches_;
            keys_ += static_cast<std::uint64_t>(keysOf(items));
        }
        Reply reply = co_await ask(target, request);
        if (!reply.ok() || nestedItems == 0 || nested_.empty()) co_return reply;
        const std::int64_t loads = items * nestedItems;
        const std::int64_t calls = callsFor(loads);
        const auto all = static_cast<std::size_t>(calls) * nested_.size();
        engine::Finishes finishes(simulation());
        engine::RunningSet<Reply> running(all, finishes);
        for (const Target& below : nested_)
            for (std::int64_t call = 0; call < calls; ++call) running.add(resolve(below, std::max<std::int64_t>(loads / calls, 1), 0, request));
        for (int seen = 0; seen < static_cast<int>(all); seen = finishes.count()) co_await finishes.more(seen);
        for (std::size_t index = 0; index < all; ++index)
            if (!running[index].result().ok()) reply = running[index].result();
        co_return reply;
    }

    Task<Reply> ask(const Target& target, Request request)
    {
        ++calls_;
        request.operation = target.operation;
        request.attempt = 0;
        ++request.depth;
        Calling calling(target);
        const Reply reply = co_await target.service->call(request);
        calling.end(reply);
        co_return reply;
    }

    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    Host host_;
    engine::RandomStream luck_;
    engine::Slots loop_;
    Target root_;
    std::vector<Target> fields_, nested_;
    engine::Gauge inside_;
    std::uint64_t executed_ = 0, calls_ = 0, batches_ = 0, keys_ = 0, tooExpensive_ = 0, partial_ = 0;
    double cost_ = 0, bytes_ = 0, restBytes_ = 0, restRequests_ = 0;
};

}  // namespace

TANTRUM_MODEL(edge, graphql)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "graphql")
            .title("GraphQL gateway").group("Edge").icon("graphql").accepts("calls")
            .summary("Executes queries that are trees of resolvers: one call for the list, then one for every field of every item.")
            .details("A query asks `root` for a list of `items`; then each of `fields` is resolved for every item, side by side; then, below each item's "
                     "first field, each of `nested` for `nested_items` each. Levels follow each other, siblings do not wait for each other: a query "
                     "takes the sum over its levels of their slowest call. Without a `dataloader` that is 1 + N calls (the N+1 problem); with it all "
                     "loads of a level are one call for each field, or as many as `max_batch` makes necessary, of each key once.\n\n"
                     "The cost of a query is its fields times the lengths of the lists above them, and 1 for the root; what is dearer than "
                     "`cost_limit` is refused before anything is called. A field that fails is null: the query succeeds and counts as partial; "
                     "only a failing root fails it. `rest_bytes_mean` and `rest_requests_mean` tell what REST would have moved for the same page: "
                     "whole entities (over-fetching) and a request each (under-fetching).\n\n"
                     "Simplified: one shape of query for each gateway, three levels; a batch costs its callee what a single call does (give "
                     "the batch operation its own work); loads of a level below several batches are batched for each of them; "
                     "no mutations, whose top fields would run one after the other; the cost model is folklore (unconfirmed).")
            .required("root", &Params::root, {.doc = "the operation that gives the list", .accepts = "calls"})
            .parameter("items", &Params::items, {.doc = "length of the list", .least = 0, .most = 100'000, .live = true})
            .parameter("fields", &Params::fields, {.doc = "an operation for each field of an item that has a resolver", .accepts = "calls"})
            .parameter("nested_items", &Params::nestedItems, {.doc = "how many things lie below each item's first field", .least = 0, .most = 100'000, .live = true})
            .parameter("nested", &Params::nested, {.doc = "an operation for each field of those", .accepts = "calls"})
            .parameter("dataloader", &Params::dataloader, {.doc = "loads of one tick become one batch for each field", .live = true})
            .parameter("max_batch", &Params::maxBatch, {.doc = "keys in a batch at most", .least = 1, .most = 1'000'000, .unit = "keys", .source = "graphql/dataloader README, maxBatchSize: unlimited", .live = true, .mayBeUnlimited = true})
            .parameter("distinct_keys", &Params::distinctKeys, {.doc = "share of the keys of a level that differ; the DataLoader asks for each once", .live = true})
            .parameter("cost_limit", &Params::costLimit, {.doc = "dearer queries are refused", .least = 1, .most = 1'000'000'000, .unit = "points", .live = true, .mayBeUnlimited = true})
            .parameter("work", &Params::work, {.doc = "parsing and validating, one query at a time", .live = true})
            .parameter("item_bytes", &Params::itemBytes, {.doc = "size of a whole entity", .live = true})
            .parameter("selected", &Params::selected, {.doc = "share of an entity the query asks for", .live = true})
            .metric("resolver_calls", "calls", "calls to backends")
            .metric("resolver_calls_per_query", "calls", "the same for each query that was executed")
            .metric("batches", "calls", "of those, batches of a DataLoader")
            .metric("keys_loaded", "keys", "keys in them")
            .metric("too_expensive", "queries", "queries over the cost limit")
            .metric("partial", "queries", "queries answered with a field missing")
            .metric("cost_mean", "points", "mean cost of a query")
            .metric("answer_bytes_mean", "bytes", "mean size of an answer")
            .metric("rest_bytes_mean", "bytes", "what REST would have sent instead")
            .metric("rest_requests_mean", "requests", "in how many requests")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(10/s), sends: graph}\n"
                     "  graph: {type: graphql, root: posts, items: 50, fields: [authors], dataloader: true}\n"
                     "  posts: {type: service, workers: 8, work: exponential(5ms)}\n"
                     "  authors: {type: service, workers: 8, work: exponential(2ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<GraphQl>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::edge
