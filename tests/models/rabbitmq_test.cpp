// RabbitMQ: the states of a message, each way out of a queue, and what holds publishers and consumers back.
#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"
#include "models/scenario/reference.h"
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Costs and confirms take no time unless the test is about them, so that every moment is a round number.
constexpr const char* instant = "disk: 0s, replication: 0s, classic_cost: 0s, quorum_cost: 0s, ";

// Messages at the given moments to rabbit.orders; other queues, parameters and consumers as said.
Results publish(const std::string& queues, std::vector<double> moments, double seconds, const std::string& more = "", const std::string& parameters = instant)
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: rabbit.orders}\n  rabbit: {type: rabbitmq, " + parameters + "queues: {" + queues + "}}\n" + more, seconds, options);
}

std::string consumer(const std::string& parameters, const std::string& name = "packer", const std::string& queue = "orders")
{
    return "  " + name + ": {type: rabbitmq_consumer, consumes: rabbit." + queue + ", " + parameters + "}\n";
}

double count(const Results& results, std::string_view key) { return metric(node(results, "rabbit"), key); }

// Validation A16, after RabbitMQ's own example (blog, 2012-05-11): work of 4 ms, a round trip of 100 ms, one worker:
// min(250, N / 0.104) messages a second with a prefetch of N, and 26 is the least that keeps the worker busy.
TEST(Rabbitmq, GivesAConsumerItsPrefetchEachRoundTripAndWork)
{
    const std::string links = "links:\n  packer -> rabbit: {latency: 50ms}\n";
    for (const int prefetch : {1, 5, 10, 20, 26, 40}) {
        // All are there when the first place is; the first batch is done 104 ms after the start, then one each cycle.
        const double seconds = 0.1 + 104 * 0.104 + 0.0001;
        const Results results = publish("orders: {}", atOnce(5000, 0), seconds, consumer("prefetch: " + std::to_string(prefetch) + ", work: 4ms") + links);
        const double done = metric(node(results, "packer"), "handled");
        if (prefetch < 26)
            EXPECT_EQ(done, [&] {  // the k-th of a cycle is done k * 4 ms into it
                double sum = 0;
                for (int place = 1; place <= prefetch; ++place) sum += 1 + static_cast<int>((104 * 0.104 + 0.0001 - 0.004 * place) / 0.104);
                return sum;
            }()) << prefetch;
        else
            EXPECT_EQ(done, 104 * 104 / 4) << prefetch;  // never idle
    }
}

TEST(Rabbitmq, DeliversInOrderAndAtOnce)
{
    const Results results = publish("orders: {}", {1, 1.001, 1.002}, 5, consumer("work: 10ms"));
    EXPECT_NEAR(node(results, "rabbit").latency.maximum, 0.028, 1e-12);
    EXPECT_NEAR(node(results, "rabbit").latency.mean, 0.019, 1e-12);
    EXPECT_EQ(count(results, "acknowledged"), 3);
}

// The prefetch bounds what is out, whatever the concurrency: of 10 messages two are out, eight ready.
TEST(Rabbitmq, HasNoMoreOutThanThePrefetch)
{
    const Results results = publish("orders: {}", atOnce(10, 1), 1.5, consumer("prefetch: 2, concurrency: 8, work: 10s"));
    EXPECT_EQ(count(results, "unacknowledged"), 2);
    EXPECT_EQ(count(results, "ready"), 8);
}

// Without a limit one consumer swallows all that is there; one that comes later finds nothing, idle as it is.
TEST(Rabbitmq, WithoutAPrefetchTheFirstConsumerGetsEverything)
{
    const std::string crash = "timeline:\n  - {at: 0s, for: 2s, crash: late}\n";
    const auto late = [&](const char* prefetch) {
        return metric(node(publish("orders: {}", atOnce(1000, 1), 200, consumer(std::string("work: 100ms") + prefetch) + consumer(std::string("work: 100ms") + prefetch, "late") + crash), "late"), "handled");
    };
    EXPECT_EQ(late(""), 0);
    EXPECT_EQ(late(", prefetch: 1"), 495);  // the first has done 10 by then
}

TEST(Rabbitmq, TakesConsumersInTurn)
{
    const Results results = publish("orders: {}", atOnce(9, 1), 5, consumer("prefetch: 5, work: 10ms", "a") + consumer("prefetch: 5, work: 10ms", "b") + consumer("prefetch: 5, work: 10ms", "c"));
    for (const char* name : {"a", "b", "c"}) EXPECT_EQ(metric(node(results, name), "handled"), 3) << name;
}

// The second gets only what the first has no prefetch for.
TEST(Rabbitmq, TakesTheHighestPriorityFirst)
{
    const Results results = publish("orders: {}", atOnce(9, 1), 5, consumer("prefetch: 5, work: 1s", "low") + consumer("prefetch: 7, work: 1s, priority: 10", "high"));
    EXPECT_EQ(count(results, "unacknowledged") + metric(node(results, "high"), "handled") + metric(node(results, "low"), "handled"), 9);
    EXPECT_EQ(node(results, "high").arrivals, 7u);
    EXPECT_EQ(node(results, "low").arrivals, 2u);
}

// One consumer at a time; when it dies the next takes over, its message too.
TEST(Rabbitmq, HasASingleActiveConsumer)
{
    const Results results = publish("orders: {single_active_consumer: true}", {1, 1, 1, 1}, 20, consumer("prefetch: 1, work: 1s", "a") + consumer("prefetch: 1, work: 1s", "b") + "timeline:\n  - {at: 2.5s, crash: a}\n");
    EXPECT_EQ(metric(node(results, "a"), "handled"), 1);
    EXPECT_EQ(metric(node(results, "b"), "handled"), 3);
    EXPECT_EQ(count(results, "redelivered"), 1);
    EXPECT_NEAR(node(results, "rabbit").latency.maximum, 4.5, 1e-9);
}

// A message given back goes before those that came after it: it is handled again at once, and the others wait.
TEST(Rabbitmq, TakesAMessageBackToItsPosition)
{
    const Results results = publish("orders: {}", {1, 1.01, 1.02}, 20, consumer("prefetch: 1, work: 1s") + "timeline:\n  - {at: 1.5s, for: 500ms, crash: packer}\n");
    // From 2 s on: 3, 4, 5; ages 2, 2.99, 3.98.
    EXPECT_NEAR(node(results, "rabbit").latency.mean, (2 + 2.99 + 3.98) / 3, 1e-9);
    EXPECT_NEAR(node(results, "rabbit").latency.maximum, 3.98, 1e-9);
    EXPECT_EQ(count(results, "redelivered"), 1);
}

// A rejection ends in the dead letter queue, a requeue comes back for ever: ten times in the time of ten.
TEST(Rabbitmq, RejectsAndRequeues)
{
    const Results rejected = publish("orders: {dead_letter_to: failed}, failed: {}", {1}, 5, consumer("work: 100ms, steps: [{fail: 100%}], on_failure: reject"));
    EXPECT_EQ(count(rejected, "dead_lettered_rejected"), 1);
    EXPECT_EQ(count(rejected, "ready"), 1);
    EXPECT_EQ(node(rejected, "rabbit").inFlight, 1u);
    const Results requeued = publish("orders: {}", {1}, 2.05, consumer("prefetch: 1, work: 100ms, steps: [{fail: 100%}]"));
    EXPECT_EQ(count(requeued, "returned"), 10);
    EXPECT_EQ(count(requeued, "unacknowledged"), 1);
    const Results dropped = publish("orders: {}", {1}, 5, consumer("work: 100ms, steps: [{fail: 100%}], on_failure: reject"));
    EXPECT_EQ(count(dropped, "dropped"), 1);
    EXPECT_EQ(node(dropped, "rabbit").inFlight, 0u);
}

// A poison message in a quorum queue: 20 returns are allowed (4.0), so it is delivered 21 times.
TEST(Rabbitmq, GivesAPoisonMessageUpAtTheDeliveryLimit)
{
    const std::string poison = consumer("prefetch: 1, work: 100ms, steps: [{fail: 100%}]");
    const Results usual = publish("orders: {type: quorum, dead_letter_to: failed}, failed: {}", {1}, 10, poison);
    EXPECT_EQ(count(usual, "delivered"), 21);
    EXPECT_EQ(count(usual, "dead_lettered_delivery_limit"), 1);
    EXPECT_EQ(count(usual, "ready"), 1);
    const Results none = publish("orders: {type: quorum, delivery_limit: 0}", {1}, 10, poison);
    EXPECT_EQ(count(none, "delivered"), 1);
    EXPECT_EQ(count(none, "dropped"), 1);
    const Results unlimited = publish("orders: {type: quorum, delivery_limit: unlimited}", {1}, 10.95, poison);
    EXPECT_EQ(count(unlimited, "returned"), 99);
}

// Ready messages count, what is out does not: two are out, three stand, five of ten are refused.
TEST(Rabbitmq, RefusesPublishersWhenItIsFull)
{
    const std::string busy = consumer("prefetch: 2, work: 100s");
    const Results refusing = publish("orders: {max_length: 3, overflow: reject-publish, dead_letter_to: failed}, failed: {}", atOnce(10, 1), 5, busy);
    EXPECT_EQ(ended(client(refusing, "shop"), Outcome::rejected), 5u);
    EXPECT_EQ(count(refusing, "nacked"), 5);
    EXPECT_EQ(count(refusing, "dead_lettered_maxlen"), 0);
    EXPECT_EQ(count(refusing, "ready"), 3);
    const Results both = publish("orders: {max_length: 3, overflow: reject-publish-dlx, dead_letter_to: failed}, failed: {}", atOnce(10, 1), 5, busy);
    EXPECT_EQ(ended(client(both, "shop"), Outcome::rejected), 5u);
    EXPECT_EQ(count(both, "dead_lettered_maxlen"), 5);
    EXPECT_EQ(count(both, "ready"), 8);
}

// The default: the oldest go, and nobody is told. Of 1, 2, 3, 4 s the last two are there for the consumer of 5 s.
TEST(Rabbitmq, DropsTheHeadWhenItIsFull)
{
    const Results results = publish("orders: {max_length: 2}", {1, 2, 3, 4}, 10, consumer("work: 0s") + "timeline:\n  - {at: 0s, for: 5s, crash: packer}\n");
    EXPECT_EQ(client(results, "shop").completed, 4u);
    EXPECT_EQ(count(results, "dead_lettered_maxlen"), 2);
    EXPECT_EQ(count(results, "acknowledged"), 2);
    EXPECT_NEAR(node(results, "rabbit").latency.mean, (2 + 2 + 2 + 1) / 4.0, 1e-9);
}

TEST(Rabbitmq, BoundsTheBytesOfItsReadyMessages)
{
    Options options;
    options.trace = atOnce(10, 1);
    const Results results = run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: rabbit.orders, bytes: 1KB}\n  rabbit: {type: rabbitmq, queues: {orders: {max_length_bytes: 3KB, overflow: reject-publish}}}\n", 5, options);
    EXPECT_EQ(count(results, "ready"), 3);
    EXPECT_EQ(count(results, "nacked"), 7);
}

// The time to live ends at the head of the queue; the dead letter queue has none.
TEST(Rabbitmq, DeadLettersWhatExpires)
{
    const Results results = publish("orders: {message_ttl: 2s, dead_letter_to: late}, late: {}", {1, 1.5, 4}, 5, "");
    EXPECT_EQ(count(results, "dead_lettered_expired"), 2);
    EXPECT_EQ(count(results, "ready"), 3);
    EXPECT_NEAR(node(results, "rabbit").latency.maximum, 2, 1e-9);
}

// The well-known delay queue: messages wait out their time in a queue nobody consumes, and are handled then.
TEST(Rabbitmq, MakesADelayQueueOfTimeToLiveAndDeadLetters)
{
    const Results results = publish("orders: {message_ttl: 3s, dead_letter_to: due}, due: {}", {1, 2}, 10, consumer("work: 10ms", "packer", "due"));
    EXPECT_EQ(metric(node(results, "packer"), "handled"), 2);
    EXPECT_EQ(count(results, "acknowledged"), 2);
    EXPECT_EQ(count(results, "dead_lettered_expired"), 2);
}

// What is out when its time is up stays out; given back it expires at the head.
TEST(Rabbitmq, ExpiresOnlyAtTheHead)
{
    const Results results = publish("orders: {message_ttl: 1s}", {1, 1.1}, 10, consumer("prefetch: 1, work: 5s") + "timeline:\n  - {at: 4s, for: 1s, crash: packer}\n");
    EXPECT_EQ(count(results, "delivered"), 1);
    EXPECT_EQ(count(results, "dead_lettered_expired"), 2);
    EXPECT_NEAR(node(results, "rabbit").latency.maximum, 3, 1e-9);
}

// Two queues that dead-letter into each other by time: the message is dropped when it would come round.
TEST(Rabbitmq, DropsDeadLettersThatGoInACircle)
{
    const Results results = publish("orders: {message_ttl: 1s, dead_letter_to: other}, other: {message_ttl: 1s, dead_letter_to: orders}", {1}, 60, "");
    EXPECT_EQ(count(results, "dead_lettered_expired"), 2);
    EXPECT_EQ(count(results, "dropped"), 1);
    EXPECT_EQ(node(results, "rabbit").inFlight, 0u);
}

// Both full: each message moves twice at most, and thousands that move at one instant need no stack.
TEST(Rabbitmq, MovesManyDeadLettersAtOneInstant)
{
    const Results results = publish("orders: {message_ttl: 1s, dead_letter_to: other}, other: {max_length: 10, dead_letter_to: third}, third: {}", atOnce(20'000, 1), 5, "");
    EXPECT_EQ(count(results, "dead_lettered_expired"), 20'000);
    EXPECT_EQ(count(results, "dead_lettered_maxlen"), 19'990);
    EXPECT_EQ(count(results, "ready"), 20'000);
}

// Fanout to all, direct by key, topic by pattern; without a binding nowhere, and confirmed all the same.
TEST(Rabbitmq, RoutesByExchange)
{
    const auto to = [](const char* operation) {
        return run(std::string("nodes:\n  shop: {type: client, arrivals: paced(1/s), sends: rabbit.") + operation + "}\n  rabbit:\n    type: rabbitmq\n    queues: {a: {}, b: {}, c: {}}\n"
                   "    exchanges:\n      all: {type: fanout, bindings: [a, b, c]}\n      exact: {type: direct, bindings: {a: red, b: [red, blue]}, routing_keys: {red: red, green: green}}\n"
                   "      topics: {type: topic, bindings: {a: order.*, b: 'order.#', c: '#'}, routing_keys: {created: order.created, paid: order.eu.paid, other: stock}}\n", 10.5);
    };
    const auto each = [&](const char* operation) {
        const Results results = to(operation);
        return count(results, "ready") / count(results, "published");
    };
    EXPECT_EQ(each("all"), 3);
    EXPECT_EQ(each("red"), 2);
    EXPECT_EQ(each("created"), 3);
    EXPECT_EQ(each("paid"), 2);
    EXPECT_EQ(each("other"), 1);
    EXPECT_EQ(each("b"), 1);
    const Results nowhere = to("green");
    EXPECT_EQ(count(nowhere, "unroutable"), count(nowhere, "published"));
    EXPECT_EQ(client(nowhere, "shop").failed, 0u);
}

// Persistent: after the disk. Quorum of three: the faster of two followers; of five: the second of four.
TEST(Rabbitmq, ConfirmsWhenTheMessageIsSafe)
{
    const auto confirm = [](const std::string& queue, const std::string& parameters) { return client(publish("orders: " + queue, {1}, 5, "", parameters + ", classic_cost: 1ms, quorum_cost: 2ms, "), "shop").latency.maximum; };
    EXPECT_NEAR(confirm("{}", "disk: 5ms"), 0.006, 1e-9);
    EXPECT_NEAR(confirm("{persistent: false}", "disk: 5ms"), 0.001, 1e-9);
    EXPECT_NEAR(confirm("{type: quorum}", "replication: 7ms"), 0.009, 1e-9);
    EXPECT_NEAR(confirm("{type: quorum}", "replication: 7ms, replicas: 1"), 0.002, 1e-9);
    EXPECT_NEAR(confirm("{}", "disk: 5ms, confirms: false"), 0, 1e-9);
    Options options;
    options.seed = 3;
    const auto mean = [&](const std::string& replicas) {
        return client(run("nodes:\n  shop: {type: client, arrivals: paced(10/s), sends: rabbit.orders}\n  rabbit: {type: rabbitmq, replication: exponential(6ms), quorum_cost: 0s, replicas: " + replicas + ", queues: {orders: {type: quorum}}}\n", 4000, options), "shop").latency.mean;
    };
    EXPECT_NEAR(mean("3"), 0.003, 0.0001);                    // min of 2 exponentials
    EXPECT_NEAR(mean("5"), 0.006 * (1 / 4.0 + 1 / 3.0), 0.0001);  // second of 4
}

// A queue is one process: at 1 ms a message 1000 a second pass; of 2000 publishers 400 have credit, the rest wait in flow.
TEST(Rabbitmq, HoldsPublishersBackWhenAQueueCannotKeepUp)
{
    const Results results = publish("orders: {persistent: false}", atOnce(2000, 1), 1.9999, "", "classic_cost: 1ms, ");
    EXPECT_EQ(count(results, "ready"), 999);
    EXPECT_EQ(count(results, "publishers_in_flow"), 2000 - 999 - 400);
    EXPECT_EQ(client(publish("orders: {persistent: false}", atOnce(2000, 1), 9, "", "classic_cost: 1ms, "), "shop").completed, 2000u);
}

// Above the watermark publishers wait, consumers go on; below it they are let in at the next check. 100 messages of
// 1 kB and 1 kB overhead are 200 kB, the watermark is 100 kB; one message each 100 ms goes.
TEST(Rabbitmq, BlocksPublishersAboveTheMemoryWatermark)
{
    std::vector<double> moments = atOnce(100, 1);
    moments.push_back(3);
    Options options;
    options.trace = moments;
    const std::string yaml = "nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: rabbit.orders, bytes: 1KB}\n  rabbit: {type: rabbitmq, " + std::string(instant) +
                             "memory: 200KB, memory_watermark: 50%, base_memory: 0B, message_overhead: 1KB, queues: {orders: {}}}\n" + consumer("prefetch: 1, work: 100ms");
    const Results before = run(yaml, 5, options);
    EXPECT_EQ(count(before, "memory_alarms"), 1);
    EXPECT_EQ(count(before, "blocked_publishers"), 1);
    EXPECT_GT(metric(node(before, "packer"), "handled"), 35);
    // 50 are left at 6 s, just no more than the watermark; the check of 7.5 s finds it.
    const Results after = run(yaml, 20, options);
    EXPECT_EQ(count(after, "blocked_publishers"), 0);
    EXPECT_NEAR(client(after, "shop").latency.maximum, 4.5, 1e-9);
    EXPECT_EQ(count(after, "acknowledged"), 101);
}

// Not acknowledged within half an hour, found out at the next full minute: its channel is closed, all of it comes back.
TEST(Rabbitmq, ClosesTheChannelOfWhoDoesNotAcknowledge)
{
    const Results results = publish("orders: {}", {30, 30}, 3600, consumer("prefetch: 2, concurrency: 2, work: 40min") + consumer("prefetch: 1, priority: -1, work: 1s", "spare") + "timeline:\n  - {at: 0s, for: 60s, crash: spare}\n");
    EXPECT_EQ(count(results, "channels_closed"), 1);  // at 31 min
    EXPECT_EQ(count(results, "returned"), 2);
    EXPECT_EQ(metric(node(results, "spare"), "handled"), 2);
    EXPECT_EQ(metric(node(results, "packer"), "handled"), 2);  // in vain: its acknowledgements mean nothing any more
    EXPECT_EQ(count(results, "acknowledged"), 2);
    EXPECT_NEAR(node(results, "rabbit").latency.maximum, 31 * 60 - 30 + 2, 1e-6);
}

// What survives a crash of the broker: durable queue and persistent message, or a quorum queue. What was out is redelivered.
TEST(Rabbitmq, KeepsWhatIsDurableThroughACrash)
{
    const auto after = [](const std::string& queue) {
        return publish("orders: " + queue, {1, 1, 1, 3}, 20, consumer("prefetch: 1, work: 2s, reconnect: 1s") + "timeline:\n  - {at: 2s, for: 2s, crash: rabbit}\n");
    };
    for (const char* queue : {"{}", "{type: quorum}"}) {
        const Results kept = after(queue);
        EXPECT_EQ(count(kept, "lost"), 0) << queue;
        EXPECT_EQ(count(kept, "acknowledged"), 3) << queue;
        EXPECT_EQ(count(kept, "redelivered"), 1) << queue;
        EXPECT_EQ(metric(node(kept, "packer"), "handled"), 4) << queue;
        EXPECT_EQ(ended(client(kept, "shop"), Outcome::crashed), 1u) << queue;
    }
    for (const char* queue : {"{durable: false}", "{persistent: false}"}) {
        const Results gone = after(queue);
        EXPECT_EQ(count(gone, "lost"), 3) << queue;
        EXPECT_EQ(count(gone, "acknowledged"), 0) << queue;
        EXPECT_EQ(node(gone, "rabbit").inFlight, 0u) << queue;
    }
}

// At least once: a consumer that dies loses nothing, over a link or not. Automatic acknowledgement loses what was sent.
TEST(Rabbitmq, LosesNothingWhenAConsumerDiesUnlessAcknowledgedAutomatically)
{
    const auto dying = [](const std::string& parameters, const std::string& link) {
        return run("nodes:\n  shop: {type: client, arrivals: spike(100/s 0.001/s 10s 1000s), sends: rabbit.orders}\n  rabbit: {type: rabbitmq, queues: {orders: {}}}\n" +
                       consumer("prefetch: 20, concurrency: 4, work: exponential(30ms)" + parameters) + link + "timeline:\n  - {at: 3s, for: 1s, crash: packer}\n  - {at: 7s, for: 500ms, crash: packer}\n", 60);
    };
    for (const char* link : {"", "links:\n  packer -> rabbit: {latency: 3ms}\n", "links:\n  packer -> rabbit: {latency: 3ms, cancellation: true}\n"}) {
        const Results results = dying("", link);
        EXPECT_EQ(count(results, "acknowledged"), count(results, "published")) << link;
        EXPECT_GT(count(results, "redelivered"), 0) << link;
        EXPECT_EQ(count(results, "unacknowledged"), 0) << link;
        const Results automatic = dying(", acknowledge: automatic", link);
        EXPECT_EQ(count(automatic, "acknowledged"), count(automatic, "published")) << link;
        EXPECT_LT(metric(node(automatic, "packer"), "handled"), count(automatic, "published")) << link;
    }
}

TEST(Rabbitmq, IsPolledByTheGenericConsumerToo)
{
    const Results results = publish("orders: {}", {1, 2, 3}, 10, "  packer: {type: consumer, consumes: rabbit, work: 10ms}\n");
    EXPECT_EQ(count(results, "acknowledged"), 3);
}

TEST(Rabbitmq, IsPublishedToByTheStepOfThatName)
{
    const Results results = run("nodes:\n  shop: {type: client, arrivals: paced(1/s), sends: web.buy}\n  web: {type: service, operations: {buy: [{publish: rabbit.all}]}}\n"
                                "  rabbit: {type: rabbitmq, queues: {a: {}, b: {}}, exchanges: {all: {type: fanout, bindings: [a, b]}}}\n", 10.5);
    EXPECT_EQ(count(results, "ready"), 2 * count(results, "published"));
    EXPECT_GT(count(results, "published"), 0);
}

// What cannot be in RabbitMQ is said where it stands, with all the rest.
TEST(Rabbitmq, SaysWhatIsWrongWithItsQueuesAndExchanges)
{
    const auto mistakes = [](const std::string& rabbit, const std::string& rest = "") {
        const scenario::ReadResult found = scenario::read("tantrum: 1\nname: test\nduration: 1s\nnodes:\n  shop: {type: client, arrivals: paced(1/s), sends: rabbit.a}\n  rabbit: {type: rabbitmq, " + rabbit + "}\n" + rest, "test.yaml", catalogue());
        std::string text;
        for (const scenario::Diagnostic& diagnostic : found.diagnostics) text += diagnostic.message + "\n";
        return text;
    };
    EXPECT_EQ(mistakes("queues: {a: {dead_letter_to: b}, b: {}}"), "");
    EXPECT_NE(mistakes("queues: {a: {dead_letter_to: c}, b: {}}").find("'rabbit' has no operation 'c'"), std::string::npos);
    EXPECT_NE(mistakes("queues: {a: {}}, exchanges: {x: {type: fanout, bindings: [z]}}").find("no operation 'z'"), std::string::npos);
    EXPECT_NE(mistakes("queues: {a: {type: quorum, overflow: reject-publish-dlx}}").find("reject-publish-dlx"), std::string::npos);
    EXPECT_NE(mistakes("queues: {a: {delivery_limit: 3}}").find("only quorum queues"), std::string::npos);
    EXPECT_NE(mistakes("queues: {a: {max_lenght: 3}}").find("max_lenght"), std::string::npos);
    EXPECT_NE(mistakes("queues: {a: {}}, exchanges: {a: {type: fanout}}").find("already"), std::string::npos);
    EXPECT_NE(mistakes("queues: {}").find("1 to 64"), std::string::npos);
    EXPECT_NE(mistakes("queues: {a: {}, b: {}}", "  web: {type: service, operations: {x: [{publish: rabbit}]}}\n").find("several operations"), std::string::npos);
    EXPECT_NE(mistakes("queues: {a: {}}", "  c: {type: rabbitmq_consumer, consumes: rabbit.z}\n").find("no operation 'z'"), std::string::npos);
}

TEST(Rabbitmq, IsPurgedWhenItIsFlushed)
{
    const Results results = publish("orders: {}", atOnce(10, 1), 5, consumer("prefetch: 2, work: 1s") + "timeline:\n  - {at: 1.5s, flush: rabbit}\n");
    EXPECT_EQ(count(results, "acknowledged"), 2);
    EXPECT_EQ(count(results, "dropped"), 8);
}

// Its operations come from queues and exchanges; those of Redis from a list besides its commands.
TEST(Reference, SaysUnderWhichParametersOperationsAreDeclared)
{
    const auto page = [](const char* type) { return scenario::referencePage(*catalogue().find(scenario::Kind::component, type)); };
    EXPECT_NE(page("rabbitmq").find("Those its scenario declares under `queues`, `exchanges`."), std::string::npos);
    EXPECT_NE(page("service").find("Those its scenario declares under `operations`."), std::string::npos);
    EXPECT_NE(page("redis").find("`keys`, and those its scenario declares under `lists`."), std::string::npos);
    EXPECT_NE(page("queue").find("`publish`, `receive`, `acknowledge`, `return`\n"), std::string::npos);
}

}  // namespace
}  // namespace tantrum::models
