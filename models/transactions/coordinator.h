// What coordinators of transactions have in common: a record of each transaction under way, which outlives their process.
// Whoever restarts finds here what is to be finished.
#pragma once

#include "engine/list.h"
#include "engine/mailbox.h"
#include "engine/scope.h"
#include "models/component.h"
#include "models/scenario/distributions.h"

#include <deque>
#include <optional>
#include <vector>

namespace tantrum::models::transactions {

struct RecordBase : engine::ListNode {
    Request request;
    std::optional<engine::Answer<Reply>> caller;  ///< as long as somebody waits for the end

    void answer(const Reply& reply)
    {
        if (caller) caller->send(reply, Duration());
        caller.reset();
    }
};

/// Keeps its memory: in steady state opening and closing allocate nothing.
template <class Record> class Records {
public:
    Record& open(const Request& request, engine::Mailbox<Reply>& caller)
    {
        if (closed_.empty()) closed_.push_back(&all_.emplace_back());
        Record& record = *closed_.back();
        closed_.pop_back();
        record.request = request;
        record.caller.emplace(caller);
        open_.pushBack(record);
        ++size_;
        return record;
    }
    void close(Record& record)
    {
        record.unlink();
        record.caller.reset();
        record.progress = {};
        closed_.push_back(&record);
        --size_;
    }
    std::size_t size() const { return size_; }
    /// In the order they were opened.
    template <class Visit> void forEach(Visit visit)
    {
        if (open_.empty()) return;
        for (engine::ListNode* node = open_.first(); node; node = open_.after(node)) visit(static_cast<Record&>(*node));
    }

private:
    std::deque<Record> all_;
    std::vector<Record*> closed_;
    engine::List open_;
    std::size_t size_ = 0;
};

/// A transaction is a process of the coordinator's own: a caller that stops waiting does not end it, and after a crash it is
/// taken up again. `Record` is a RecordBase with a copyable `progress`, empty at the beginning.
template <class Record> class Coordinator : public Component, public Service {
public:
    explicit Coordinator(Building& building)
        : Component(building), host_(simulation()), luck_(building.stream("work")), lastId_(building.stream("transactions").next())
    {
    }

    Service* service() final { return this; }
    std::vector<Host*> hosts() final { return {&host_}; }
    void connect(Building& building) override { building_ = &building; }
    void hostChanged(Host& host) final
    {
        if (!host.up()) return;
        records_.forEach([this](Record& record) {
            ++resumed_;
            host_.scope().spawn(resume(record));
        });
    }
    Levels look() final
    {
        Levels levels;
        levels.takeInside(inside_, simulation().now());
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }

    Task<Reply> call(Request request) final
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Inside inside(*this);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        request.id = ++lastId_;  // those it asks tell transactions apart by it
        engine::Mailbox<Reply> mailbox(simulation());
        host_.scope().spawn(run(records_.open(request, mailbox)));
        const Reply reply = co_await mailbox.receive();
        co_return visit.end(reply, simulation());
    }

protected:
    ~Coordinator() override = default;

    /// From the beginning to conclude().
    virtual Task<void> run(Record& record) = 0;
    /// The same, from wherever a crash left it.
    virtual Task<void> resume(Record& record) = 0;

    /// The transaction is over: tells its caller, if there still is one, and forgets it.
    void conclude(Record& record, Outcome outcome)
    {
        Reply reply;
        reply.outcome = outcome;
        reply.bytes = record.request.replyBytes;
        record.answer(reply);
        records_.close(record);
    }

    /// Keeps the coordinator busy for the time of a forced write.
    engine::Processor::Work write(const scenario::DurationDistribution& log) { return host_.processor().work(log.distribution.sample(luck_)); }

    Task<Reply> ask(const Target& target, const Request& transaction)
    {
        Request request = transaction;
        request.operation = target.operation;
        request.attempt = 0;
        request.deadline = Instant::never();
        ++request.depth;
        if (nestsTooDeep(transaction, *target.route, *building_)) co_return Reply::failed(Outcome::error);
        Calling calling(target);
        const Reply reply = co_await target.service->call(request);
        calling.end(reply);
        co_return reply;
    }

    double open() const { return static_cast<double>(records_.size()); }
    double resumed() const { return static_cast<double>(resumed_); }

private:
    struct Inside {
        explicit Inside(Coordinator& of) : coordinator(of) { coordinator.inside_.add(coordinator.simulation().now(), 1); }
        ~Inside() { coordinator.inside_.add(coordinator.simulation().now(), -1); }
        Coordinator& coordinator;
    };

    Building* building_ = nullptr;  ///< to report endless circles
    Records<Record> records_;
    Host host_;  // its processes work on the records
    engine::RandomStream luck_;
    engine::Gauge inside_;
    std::uint64_t lastId_, resumed_ = 0;
};

}  // namespace tantrum::models::transactions
