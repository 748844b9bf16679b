#include "tests/models/scenario/fakes.h"

#include "models/scenario/describe.h"

namespace tantrum::tests {
namespace {

using namespace sc;

std::vector<Descriptor> build()
{
    std::vector<Descriptor> all;
    all.push_back(describe<ClientParams>(Kind::component, "client")
                      .title("Client")
                      .group("Clients")
                      .summary("Sends requests.")
                      .client()
                      .parameter("arrivals", &ClientParams::arrivals, {.doc = "how requests arrive", .live = true})
                      .required("sends", &ClientParams::sends, {.doc = "what it calls"})
                      .parameter("keys", &ClientParams::keys, {.doc = "which keys it asks for"})
                      .metric("sessions", "sessions", "open sessions"));
    all.push_back(
        describe<ServiceParams>(Kind::component, "service")
            .title("Service")
            .group("Compute")
            .summary("Handles requests.")
            .details("More about it.")
            .accepts("calls")
            .ownOperations()
            .understands({"crash", "slow"})
            .parameter("replicas", &ServiceParams::replicas, {.doc = "processes", .least = 1, .most = 10'000})
            .parameter("workers", &ServiceParams::workers,
                       {.doc = "requests at once",
                        .least = 1,
                        .most = 1'000'000,
                        .unit = "workers",
                        .source = "a guess",
                        .live = true})
            .parameter("queue", &ServiceParams::queue,
                       {.doc = "requests waiting", .least = 0, .most = 1'000'000, .live = true, .mayBeUnlimited = true})
            .parameter("discipline", &ServiceParams::discipline, {.doc = "who is next", .live = true})
            .parameter("ttl", &ServiceParams::ttl, {.doc = "time to live", .most = engine::Duration::seconds(3600)})
            .parameter("limit", &ServiceParams::limit, {.doc = "most requests accepted", .live = true})
            .parameter("spare", &ServiceParams::spare, {.doc = "kept free"})
            .parameter("speed", &ServiceParams::speed, {.doc = "times faster", .least = 0.1, .most = 10.0})
            .parameter("drain", &ServiceParams::drain, {.doc = "finish before stopping"})
            .parameter("price", &ServiceParams::price, {.doc = "per hour"})
            .parameter("disk", &ServiceParams::disk, {.doc = "of its disk"})
            .parameter("note", &ServiceParams::note, {.doc = "a remark"})
            .parameter("work", &ServiceParams::work,
                       {.doc = "per request", .most = engine::Duration::seconds(60), .live = true})
            .parameter("operations", &ServiceParams::operations, {.doc = "what it does"})
            .metric("utilization", "share", "busy share of the workers")
            .metric("lag", "s", "how late")
            .example("nodes: {}\n"));
    all.push_back(describe<QueueParams>(Kind::component, "cache")
                      .title("Cache")
                      .group("Data")
                      .summary("Remembers.")
                      .accepts("calls")
                      .accepts("lookups")
                      .operations({"get", "set"})
                      .parameter("memory", &QueueParams::memory, {.doc = "room", .mayBeUnlimited = true}));
    all.push_back(describe<QueueParams>(Kind::component, "queue")
                      .title("Queue")
                      .group("Messaging")
                      .summary("Keeps messages.")
                      .accepts("messages")
                      .parameter("max_length", &QueueParams::maxLength,
                                 {
                                     .doc = "messages kept",
                                     .least = 1,
                                     .mayBeUnlimited = true,
                                 }));
    all.push_back(describe<WorkerParams>(Kind::component, "worker")
                      .title("Worker")
                      .group("Messaging")
                      .summary("Takes messages.")
                      .required("consumes", &WorkerParams::consumes, {.doc = "its queue", .accepts = "messages"})
                      .parameter("concurrency", &WorkerParams::concurrency, {.doc = "messages at once", .least = 1})
                      .parameter("also", &WorkerParams::also, {.doc = "further queues", .accepts = "messages"})
                      .parameter("steps", &WorkerParams::steps, {.doc = "what a message takes"}));
    all.push_back(describe<LinkParams>(Kind::link, "link")
                      .title("Link")
                      .group("Network")
                      .summary("Between nodes.")
                      .parameter("latency", &LinkParams::latency, {.doc = "one way", .live = true})
                      .parameter("bandwidth", &LinkParams::bandwidth, {.doc = "of each direction"})
                      .parameter("loss", &LinkParams::loss, {.doc = "share lost", .live = true}));
    all.push_back(
        describe<RetryParams>(Kind::policy, "retry")
            .title("Retry")
            .group("Policies")
            .summary("Tries again.")
            .shorthand("attempts")
            .parameter("attempts", &RetryParams::attempts, {.doc = "in all", .least = 1, .most = 100, .live = true})
            .parameter("base", &RetryParams::base, {.doc = "first wait"})
            .parameter("budget", &RetryParams::budget, {.doc = "share of calls"}));
    all.push_back(describe<TimeoutParams>(Kind::policy, "timeout")
                      .title("Timeout")
                      .group("Policies")
                      .summary("Stops waiting.")
                      .shorthand("limit")
                      .required("limit", &TimeoutParams::limit,
                                {.doc = "how long to wait", .least = engine::Duration::nanoseconds(1), .live = true}));
    all.push_back(describe<BreakerParams>(Kind::policy, "circuit_breaker")
                      .title("Breaker")
                      .group("Policies")
                      .summary("Stops trying.")
                      .parameter("window", &BreakerParams::window, {.doc = "calls looked at", .least = 1}));
    all.push_back(describe<CrashParams>(Kind::fault, "crash")
                      .title("Crash")
                      .group("Faults")
                      .summary("The process dies.")
                      .required("crash", &CrashParams::crash, {.doc = "whose"}));
    all.push_back(describe<SlowParams>(Kind::fault, "slow")
                      .title("Slow")
                      .group("Faults")
                      .summary("Everything takes longer.")
                      .required("slow", &SlowParams::slow, {.doc = "what"})
                      .parameter("factor", &SlowParams::factor, {.doc = "times", .least = 1.0, .most = 1000.0}));
    all.push_back(describe<PartitionParams>(Kind::fault, "partition")
                      .title("Partition")
                      .group("Faults")
                      .summary("Nothing gets through.")
                      .aimsAtNetwork()
                      .required("partition", &PartitionParams::partition, {.doc = "between which nodes"}));
    return all;
}

}  // namespace

const Catalogue& fakes()
{
    static const std::vector<Descriptor> descriptors = build();
    static const Catalogue catalogue = [] {
        std::vector<const Descriptor*> pointers;
        for (const Descriptor& descriptor : descriptors) pointers.push_back(&descriptor);
        return Catalogue(pointers);
    }();
    return catalogue;
}

ReadResult readText(const std::string& text, const std::string& directory)
{
    return read(text, "test.yaml", fakes(), {directory});
}

std::string problemsOf(const ReadResult& result) { return render(result.diagnostics); }

const std::string& wholeScenario()
{
    static const std::string text = R"(# a comment that has to survive
tantrum: 1
name: Checkout under a flash crowd
about: Why a ten-second outage can last an hour.
seed: 42
duration: 5min
warmup: 30s                                 # left out of the summary

nodes:
  shoppers:
    type: client
    arrivals: poisson(280/s)
    sends: web.checkout
    keys: zipf(10000 1.0)
  web:
    type: service
    replicas: 3
    workers: 16   # not many
    queue: 200
    operations:
      checkout:
        - work: exponential(4ms)
        - call: sessions.get
        - together: [{call: pricing}, {call: inventory.list}]
        - call: inventory.reserve
          optional: true
          otherwise:
            - work: 1ms
        - publish: orders
          bytes: 2KiB
      health: [{work: 100us}]
  sessions: {type: cache, memory: 64MiB}
  pricing: {type: service, workers: 2, work: lognormal(p50=4ms p99=40ms)}
  inventory:
    type: service
    operations:
      list: [{work: 2ms}]
      reserve:
        - cache: {in: sessions, steps: [{work: 5ms}], single_flight: true}
        - choose: [{share: 90%, steps: [{work: 1ms}]}, {steps: [{repeat: {times: 3, steps: [{work: 1ms}]}}]}]
        - fail: {share: 1%, outcome: error}
  orders: {type: queue, max_length: 10000}
  fulfil: {type: worker, consumes: orders, concurrency: 8}

links:
  "* -> *": {latency: normal(0.5ms 0.1ms)}
  web -> inventory:
    bandwidth: 1Gbit/s
    policies:
      - retry: {attempts: 3, base: 50ms, budget: 10%}
      - circuit_breaker
      - timeout: 200ms

timeline:
  - {at: 60s, for: 10s, crash: inventory}
  - {at: 2min, for: 30s, partition: [web, sessions]}
  - at: 150s
    slow: pricing
    factor: x4
  - {at: 4min, set: web.workers, to: 32}
  - {at: 4min, set: shoppers.arrivals.rate, to: 500/s}
  - {at: 4min, set: web -> inventory.retry.attempts, to: 1}

expect:
  - p99(shoppers.latency) < 250ms before 60s
  - goodput(shoppers) > 270/s after 90s
  - mean(shoppers.latency) == 10ms within 1%
  - metric(web.lag) <= 1s between 10s and 20s
  - attempts(web -> inventory) < 2

study:
  vary: {shoppers.arrivals.rate: [100/s, 200/s], web.replicas: 1..8}
  repeat: {until: {p99(shoppers.latency): 5%}, at_most: 200}

layout: {web: [320, 180], "sessions": [10.5, -20]}
)";
    return text;
}

}  // namespace tantrum::tests
