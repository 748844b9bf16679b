#include "models/program.h"

#include "engine/ensure.h"
#include "engine/race.h"
#include "engine/state_machine.h"
#include "models/turn.h"

#include <cmath>

namespace tantrum::models {

using engine::Distribution;
using engine::Finishes;
using engine::RunningSet;

namespace {
constexpr std::uint32_t mostIdleTurns = 32;
}

struct Program::Instruction {
    enum class Verb : std::uint8_t { work, call, cached, together, firstOf, publish, repeat, choose, fail };
    /// Work that each worker does for itself.
    bool works(const Site& site) const { return verb == Verb::work && !site.shared; }
    bool calls() const { return verb == Verb::call || verb == Verb::cached; }
    Verb verb = Verb::work;
    bool optional = false;
    Outcome outcome = Outcome::error;
    double share = 1;                 // fail; of a choose: unused
    Distribution amount;              // work: time; call, publish: bytes; repeat: times
    Distribution replyBytes;
    std::uint32_t usualBytes = 0, usualReplyBytes = 0;  // of each child, if they do not vary
    bool sizesVary = false;
    Target target;                    // cached: the look-up
    Target store;
    std::vector<double> thresholds;   // choose: cumulated shares
    std::vector<Block> blocks;        // branches; call: otherwise; repeat, cached: the steps
    std::unique_ptr<SingleFlight> flights;
    Building* building = nullptr;     // call, cached: to report endless circles
    mutable std::uint64_t eventsBefore = 0;  // repeat: when the last turn ended
    mutable std::uint32_t idleTurns = 0;     // repeat: in a row, without an event between them
};

class Program::Compiler {
public:
    explicit Compiler(Building& building) : building_(building) {}

    Block block(const scenario::Program& steps)
    {
        Block block;
        block.reserve(steps.size());
        for (const scenario::Step& step : steps)
            block.push_back(std::visit([this](const auto& action) { return compile(action); }, step.action));
        return block;
    }

private:
    using Verb = Instruction::Verb;

    // Once both laws are there.
    static Instruction sized(Instruction made)
    {
        made.sizesVary = !made.amount.isConstant() || !made.replyBytes.isConstant();
        made.usualBytes = static_cast<std::uint32_t>(made.amount.mean());
        made.usualReplyBytes = static_cast<std::uint32_t>(made.replyBytes.mean());
        return made;
    }
    static Instruction make(Verb verb)
    {
        Instruction instruction;
        instruction.verb = verb;
        return instruction;
    }
    Instruction compile(const scenario::Work& work)
    {
        Instruction made = make(Verb::work);
        made.amount = work.time.distribution;
        return made;
    }
    Instruction compile(const scenario::Call& call)
    {
        Instruction made = make(Verb::call);
        made.target = building_.target(call.target);
        made.optional = call.optional;
        made.building = &building_;
        if (call.bytes) made.amount = call.bytes->distribution;
        if (call.replyBytes) made.replyBytes = call.replyBytes->distribution;
        if (!call.otherwise.empty()) made.blocks.push_back(block(call.otherwise));
        return sized(std::move(made));
    }
    Instruction branches(Verb verb, const std::vector<std::vector<scenario::Step>>& branches)
    {
        Instruction made = make(verb);
        for (const auto& branch : branches) made.blocks.push_back(block(branch));
        return made;
    }
    Instruction compile(const scenario::Together& together) { return branches(Verb::together, together.branches); }
    Instruction compile(const scenario::FirstOf& firstOf) { return branches(Verb::firstOf, firstOf.branches); }
    Instruction compile(const scenario::Publish& publish)
    {
        Instruction made = make(Verb::publish);
        made.target = building_.target(scenario::OperationReference{publish.to.node, publish.to.operation.empty() ? "publish" : publish.to.operation});
        if (publish.bytes) made.amount = publish.bytes->distribution;
        return sized(std::move(made));
    }
    Instruction compile(const scenario::Repeat& repeat)
    {
        Instruction made = make(Verb::repeat);
        made.amount = repeat.times.distribution;
        made.blocks.push_back(block(repeat.steps));
        return made;
    }
    Instruction compile(const scenario::Choose& choose)
    {
        Instruction made = make(Verb::choose);
        double sum = 0;
        for (const auto& branch : choose.branches) {
            made.thresholds.push_back(sum += branch.share.share());
            made.blocks.push_back(block(branch.steps));
        }
        made.thresholds.back() = 2;  // shares may sum to a hair less than 1
        return made;
    }
    Instruction compile(const scenario::Fail& fail)
    {
        Instruction made = make(Verb::fail);
        made.share = fail.share.share();
        made.outcome = fail.outcome;
        return made;
    }
    Instruction compile(const scenario::Cached& cached)
    {
        Instruction made = make(Verb::cached);
        made.target = building_.target(scenario::OperationReference{cached.in.node, "get"});
        made.building = &building_;
        made.store = building_.target(scenario::OperationReference{cached.in.node, "set"});
        made.blocks.push_back(block(cached.steps));
        if (cached.singleFlight) made.flights = std::make_unique<SingleFlight>(building_.simulation());
        return made;
    }

    Building& building_;
};

Program::Program(const scenario::Program& steps, Building& building)
    : block_(std::make_unique<Block>(Compiler(building).block(steps)))
{
    if (block_->size() == 1 && block_->front().verb == Instruction::Verb::work) onlyWork_ = &block_->front().amount;
}
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;

void Program::changeWork(const Distribution& law)
{
    if (onlyWork_) *onlyWork_ = law;
}

Task<Reply> Program::serve(const Site& site, const Request& request) const { return runBlock(*block_, site, request, Extent::stay); }

inline Request Program::child(const Instruction& step, const Site& site, const Request& request)
{
    Request made = request;
    made.operation = step.target.operation;
    made.attempt = 0;
    made.deadline = Instant::never();  // a deadline crosses one call; nothing passes it on by itself
    made.depth = static_cast<std::uint8_t>(request.depth + 1);
    made.bytes = step.usualBytes;
    made.replyBytes = step.usualReplyBytes;
    if (step.sizesVary) {
        made.bytes = static_cast<std::uint32_t>(step.amount.draw(site.random));
        made.replyBytes = static_cast<std::uint32_t>(step.replyBytes.draw(site.random));
    }
    return made;
}

// The common steps, work and calls, and the stay around them, in one frame written out: a frame costs as much as the work in
// it. What is rare is a coroutine of its own.
class Program::Walk final : public engine::StateMachine<Reply, Walk> {
public:
    Walk(const Block& block, const Site& site, const Request& request, Extent extent)
        : site_(site), at_(block.data()), end_(block.data() + block.size()), request_(request), turn_(site)
    {
        if (extent == Extent::steps) goOnWith<&Walk::walk>();
    }

private:
    friend class engine::StateMachine<Reply, Walk>;
    using Verb = Instruction::Verb;
    ~Walk() = default;

    Simulation& simulation() const { return site_.host.scope().simulation(); }

    void resume()
    {
        visit_.begin(site_.station, simulation());
        if (request_.span) [[unlikely]]
            trace();
        if (!site_.host.up()) [[unlikely]]
            return endRefused(Outcome::crashed);
        visit_.at(site_.host);
        here_.enter(site_.host.scope()).await_suspend(handle());
        if (!site_.perRequest) {
            if (!refused()) walk();
            return;
        }
        turn_.prepare(site_.perRequest, at_ != end_ && at_->works(site_) ? &at_->amount : nullptr, true);
        if (turn_.await_ready()) return afterWorker();
        goOnWith<&Walk::afterWorker>();
        turn_.await_suspend(handle());
    }

    [[gnu::cold]] void trace()
    {
        request_.span = visit_.trace(request_.span, request_.operation, simulation());
        if (request_.span && site_.host.up()) turn_.trace(request_.span, site_.perRequest);
    }

    void afterWorker()
    {
        worker_ = turn_.await_resume();
        if (!worker_) return endRefused(Outcome::rejected);
        if (turn_.worked())
            ++at_;
        else if (refused())
            return;
        walk();
    }

    void afterWork()
    {
        endWork();
        ++at_;
        walk();
    }

    void afterCall()
    {
        reply_ = inner_.result();
        if (!endCall() && !other()) return;
        ++at_;
        walk();
    }

    void afterOther()
    {
        reply_ = inner_.result();
        ++at_;
        walk();
    }

    void walk()
    {
        while (at_ != end_ && reply_.ok()) {
            if (!step()) return;
            ++at_;
        }
        if (!visit_.begun()) return finish(reply_);
        reply_.bytes = request_.replyBytes;
        finish(visit_.end(reply_, simulation()));
    }

    [[gnu::cold]] void endRefused(Outcome outcome) { finish(visit_.fail(outcome)); }

    // What is looked at before the first step, once there is a worker.
    bool refused()
    {
        if (site_.dropExpired && request_.deadline <= simulation().now()) return endRefused(Outcome::expired), true;
        if (site_.host.drawsError(site_.random)) return endRefused(Outcome::error), true;
        return false;
    }

    // One step; false if it goes on later.
    bool step()
    {
        if (at_->works(site_)) {
            if (site_.perWork && request_.span) [[unlikely]]
                turn_.trace(request_.span, site_.perWork);
            turn_.prepare(site_.perWork, &at_->amount, false);
            if (turn_.await_ready()) return endWork(), true;
            goOnWith<&Walk::afterWork>();
            return turn_.await_suspend(handle()), false;
        }
        if (at_->calls()) {
            if (request_.depth >= deepestCall) [[unlikely]]
                return endless();
            calling_.begin(at_->target);
            inner_ = at_->target.service->call(child(*at_, site_, request_));
            if (!inner_.start()) {
                goOnWith<&Walk::afterCall>();
                return inner_.continueWith(handle()), false;
            }
            takeFreshResult();
            if (endCall()) return true;
        } else if (at_->verb == Verb::fail) {
            if (site_.random.chance(at_->share)) reply_ = refuse(site_, at_->outcome);
            return true;
        }
        return other();
    }

    // What is rare stays out of the way of the rest, which needs fewer registers then.
    [[gnu::noinline]] bool other()
    {
        inner_ = runOther(*at_, site_, request_, reply_);
        if (inner_.start()) return reply_ = inner_.result(), true;
        goOnWith<&Walk::afterOther>();
        return inner_.continueWith(handle()), false;
    }

    [[gnu::cold]] bool endless()  // a circle of calls
    {
        stopForDepth(*at_->target.route, *at_->building);
        reply_ = Reply::failed(Outcome::error);
        return true;
    }

    void endWork()
    {
        const engine::Permit worker = turn_.await_resume();
        if (site_.perWork && !worker) reply_ = refuse(site_, Outcome::rejected);
    }

    // Of a call that ended at once: read as it was written a moment ago, by fields, it need not leave the store buffer first.
    void takeFreshResult()
    {
        static_assert(sizeof(Reply) == 32, "a member that is not read here");
        const Reply& result = inner_.result();
        reply_.outcome = result.outcome;
        reply_.found = result.found;
        reply_.bytes = result.bytes;
        reply_.token = result.token;
        reply_.key = result.key;
        reply_.begun = result.begun;
    }

    // True if there is nothing to make up for.
    bool endCall()
    {
        calling_.end(reply_);
        return reply_.ok() && reply_.found;
    }

    const Site& site_;
    const Instruction* at_;
    const Instruction* const end_;
    Request request_;
    Reply reply_;
    Visit visit_;
    engine::Resident<Reply> here_;
    engine::Permit worker_;
    Turn turn_;
    Calling calling_;
    Task<Reply> inner_;
};

Task<Reply> Program::runBlock(const Block& block, const Site& site, const Request& request, Extent extent)
{
    return (new Walk(block, site, request, extent))->task();
}

// A failure that begins here.
Reply Program::refuse(const Site& site, Outcome outcome)
{
    site.station.refuse(outcome);
    return Reply::failed(outcome);
}

// What is rare, and what follows a call that brought nothing. The caller keeps the request until it is done.
Task<Reply> Program::runOther(const Instruction& step, const Site& site, const Request& request, const Reply& reply)
{
    using Verb = Instruction::Verb;
    switch (step.verb) {
    case Verb::work: return runShared(step, site);
    case Verb::call:
    case Verb::cached: return makeUp(step, site, request, reply);
    case Verb::together: return runTogether(step, site, request);
    case Verb::firstOf: return runFirstOf(step, site, request);
    case Verb::repeat: return runRepeat(step, site, request);
    case Verb::publish: return runPublish(step, site, request);
    case Verb::choose: {
        const double draw = site.random.uniform();
        std::size_t branch = 0;
        while (draw >= step.thresholds[branch]) ++branch;
        return runBlock(step.blocks[branch], site, request, Extent::steps);
    }
    case Verb::fail: break;
    }
    ENSURE(false, "a step that its block runs itself");
}

Task<Reply> Program::runShared(const Instruction& step, const Site& site)
{
    engine::Permit worker;
    if (site.perWork) {
        worker = co_await site.perWork->acquire();
        if (!worker) co_return refuse(site, Outcome::rejected);
    }
    const Duration demand = step.amount.sample(site.random);
    co_await site.shared->work(demand);
    co_return Reply();
}

Task<Reply> Program::runPublish(const Instruction& step, const Site& site, Request request)
{
    const Request message = child(step, site, request);
    site.host.scope().spawn(post(step.target, message));
    co_return Reply();
}

// After a call that failed: what its author wrote for that case. After a look-up without a find, and a cache that does not
// answer is one too: the steps that load what is missing.
Task<Reply> Program::makeUp(const Instruction& step, const Site& site, Request request, Reply reply)
{
    if (step.verb == Instruction::Verb::cached) co_return co_await loadMissed(step, site, request);
    if (!reply.ok() && !step.blocks.empty()) reply = co_await runBlock(step.blocks.front(), site, request, Extent::steps);
    if (step.optional) reply = Reply();
    co_return reply;
}

Task<Reply> Program::runTogether(const Instruction& step, const Site& site, Request request)
{
    Finishes finishes(site.host.scope().simulation());
    RunningSet<Reply> branches(step.blocks.size(), finishes);
    for (const Block& block : step.blocks) branches.add(runBlock(block, site, request, Extent::steps));
    const int all = static_cast<int>(branches.size());
    while (finishes.count() < all) co_await finishes.more(finishes.count());
    for (std::size_t index = 0; index < branches.size(); ++index)
        if (!branches[index].result().ok()) co_return branches[index].result();
    co_return Reply();
}

Task<Reply> Program::runFirstOf(const Instruction& step, const Site& site, Request request)
{
    Finishes finishes(site.host.scope().simulation());
    RunningSet<Reply> branches(step.blocks.size(), finishes);
    for (const Block& block : step.blocks) branches.add(runBlock(block, site, request, Extent::steps));
    const int all = static_cast<int>(branches.size());
    Reply reply;
    for (int seen = 0; seen < all;) {
        co_await finishes.more(seen);
        seen = finishes.count();
        for (std::size_t index = 0; index < branches.size(); ++index) {
            if (!branches[index].finished()) continue;
            reply = branches[index].result();
            if (reply.ok()) co_return reply;
        }
    }
    co_return reply;
}

Task<Reply> Program::runRepeat(const Instruction& step, const Site& site, Request request)
{
    const double times = std::floor(step.amount.draw(site.random) + 0.5);
    Reply reply;
    for (double turn = 0; turn < times && reply.ok(); turn += 1) {
        reply = co_await runBlock(step.blocks.front(), site, request, Extent::steps);
        // Turns in which nothing happens go through the agenda now and then: a guard has to see what has no end.
        Simulation& simulation = site.host.scope().simulation();
        step.idleTurns = simulation.events() == step.eventsBefore ? step.idleTurns + 1 : 0;
        step.eventsBefore = simulation.events();
        if (step.idleTurns >= mostIdleTurns) {
            step.idleTurns = 0;
            co_await simulation.delay(Duration());
        }
    }
    co_return reply;
}

Task<Reply> Program::loadMissed(const Instruction& step, const Site& site, Request request)
{
    if (!step.flights) co_return co_await load(step, site, request);
    SingleFlight::Seat seat(*step.flights, request.key);
    const bool leads = co_await seat.board();
    if (!leads) co_return seat.result();
    const Reply loaded = co_await load(step, site, request);
    seat.land(loaded);
    co_return loaded;
}

Task<Reply> Program::load(const Instruction& step, const Site& site, Request request)
{
    Reply loaded = co_await runBlock(step.blocks.front(), site, request, Extent::steps);
    if (loaded.ok()) {
        Request stored = child(step, site, request);
        stored.operation = step.store.operation;
        Calling calling(step.store);
        const Reply kept = co_await step.store.service->call(stored);
        calling.end(kept);
    }
    co_return loaded;
}

// A call whose answer makes no difference: the message is on its way whatever becomes of the publisher's request.
Task<void> Program::post(const Target& target, Request request)
{
    Calling calling(target);
    const Reply reply = co_await target.service->call(request);
    calling.end(reply);
}

}  // namespace tantrum::models
