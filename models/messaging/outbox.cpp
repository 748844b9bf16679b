// The transactional outbox: a change and the message about it are one local transaction; a relay publishes later, at least
// once.
#include "engine/slots.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <deque>
#include <memory>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

struct Params {
    NodeReference to;
    std::int64_t connections = 20;
    DurationDistribution work;
    Duration pollEvery = Duration::seconds(1);
    std::int64_t batch = 100;
    Duration retryAfter = Duration::seconds(1);
};

class Outbox final : public Component, public Service {
public:
    Outbox(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()),
          connections_(simulation(), params.connections, scenario::unlimited), luck_(building.stream("work"))
    {
    }

    Service* service() override { return this; }
    std::vector<Host*> hosts() override { return {&host_}; }
    void connect(Building& building) override { publish_ = building.target(OperationReference{params_.to.node, "publish"}); }
    void start() override { host_.scope().spawn(relay()); }
    // Rows are in the database: they outlive the process. What had been published but not yet deleted goes out again.
    void hostChanged(Host& host) override
    {
        if (host.up()) host_.scope().spawn(relay());
    }
    void change(const ParameterSet& parameters, std::string_view key, Building&) override
    {
        const NodeReference to = params_.to;
        params_ = parameters.as<Params>();
        params_.to = to;
        if (key == "connections") connections_.setPlaces(params_.connections);
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(connections_.busy(), now);
        levels.takeQueue(connections_.queue(), now);
        levels.capacity = static_cast<double>(params_.connections);
        if (!rows_.empty()) levels.oldestSeconds = (now - rows_.front().committed).inSeconds();
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("published", static_cast<double>(published_)), metric("published_again", static_cast<double>(again_)),
                metric("failures", static_cast<double>(failures_)), metric("pending", static_cast<double>(rows_.size())),
                metric("lag_mean", published_ == 0 ? 0 : lagSeconds_ / static_cast<double>(published_))};
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        engine::Permit connection = connections_.tryAcquire();
        if (!connection) {
            visit.waits();
            connection = co_await connections_.acquire();
            visit.goesOn();
        }
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        co_await host_.processor().work(params_.work.distribution.sample(luck_));
        Row& row = rows_.emplace_back();
        row.request = request;
        row.committed = simulation().now();
        Reply reply;
        reply.bytes = request.replyBytes;
        co_return visit.end(reply, simulation());
    }

private:
    struct Row {
        Request request;
        Instant committed;
        bool sent = false;  ///< handed over, perhaps without an answer
    };

    Task<void> relay()
    {
        for (;;) {
            co_await simulation().delay(params_.pollEvery);
            co_await host_.processor().work(Duration());  // not while it stands still
            for (std::int64_t count = 0; count < params_.batch && !rows_.empty(); ++count) {
                const bool heard = co_await send(rows_.front());
                if (!heard) {
                    co_await simulation().delay(params_.retryAfter);
                    break;
                }
                rows_.pop_front();
            }
        }
    }

    // In order, one after the other: the next waits for the answer.
    Task<bool> send(Row& row)
    {
        again_ += row.sent;
        row.sent = true;
        Request message = row.request;
        message.operation = publish_.operation;
        message.attempt = 0;
        message.deadline = Instant::never();
        ++message.depth;
        Calling calling(publish_);
        const Reply reply = co_await publish_.service->call(message);
        calling.end(reply);
        if (!reply.ok()) {
            ++failures_;
            co_return false;
        }
        ++published_;
        lagSeconds_ += (simulation().now() - row.committed).inSeconds();
        co_return true;
    }

    Params params_;
    Target publish_;
    std::deque<Row> rows_;  // its ends move, its elements do not
    Host host_;
    engine::Slots connections_;
    engine::RandomStream luck_;
    std::uint64_t published_ = 0, again_ = 0, failures_ = 0;
    double lagSeconds_ = 0;
};

}  // namespace

TANTRUM_MODEL(messaging, outbox)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "outbox")
            .title("Transactional outbox").group("Transactions").icon("log").accepts("calls")
            .summary("Commits a change together with the message about it; a relay publishes the messages later, at least once.")
            .details("A service that writes to its database and then publishes loses the message if it dies in between, and "
                     "one that publishes first announces what may never be. Here both are rows of one local transaction. "
                     "The relay reads the oldest rows every `poll_every`, publishes them one after the other and deletes "
                     "each once the broker has it; a message is on average half that time late. If the relay dies "
                     "between the broker's answer and the deletion, or does not hear the answer, the message goes out "
                     "again: consumers have to bear duplicates.")
            .required("to", &Params::to, {.doc = "where the messages are published", .accepts = "messages"})
            .parameter("connections", &Params::connections, {.doc = "transactions at once; more wait", .least = 1, .most = 1'000'000, .unit = "connections", .live = true})
            .parameter("work", &Params::work, {.doc = "time of the local transaction, commit included", .live = true})
            .parameter("poll_every", &Params::pollEvery, {.doc = "how often the relay looks for rows", .least = Duration::microseconds(1), .live = true})
            .parameter("batch", &Params::batch, {.doc = "rows it publishes each time", .least = 1, .most = 1'000'000, .unit = "rows", .live = true})
            .parameter("retry_after", &Params::retryAfter, {.doc = "wait after a message that could not be published", .least = Duration::nanoseconds(1), .live = true})
            .metric("published", "messages", "messages the broker has taken")
            .metric("published_again", "messages", "of those and of the failed ones, sent more than once")
            .metric("failures", "messages", "attempts the broker did not confirm")
            .metric("pending", "rows", "rows not yet published at the end of the run")
            .metric("lag_mean", "s", "mean time from commit to the broker's confirmation")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(50/s), sends: shop}\n"
                     "  shop: {type: outbox, to: orders, work: exponential(4ms), poll_every: 200ms}\n"
                     "  orders: {type: queue}\n"
                     "  packer: {type: consumer, consumes: orders, concurrency: 4, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Outbox>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
