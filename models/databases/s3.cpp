// Amazon S3: as many requests a second as the partitions of a prefix can take, 503 Slow Down beyond, partitions that split
// when that goes on for long, and a latency of first byte plus size over throughput.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace tantrum::models::databases {
namespace {

using namespace scenario;

struct Params {
    std::int64_t prefixes = 1;
    Rate reads = Rate::perSecond(5500);
    Rate writes = Rate::perSecond(3500);
    Duration burst = Duration::seconds(1);
    Duration splitAfter = Duration::seconds(600);
    DurationDistribution firstByte = DurationDistribution::of("lognormal(p50=30ms p99=200ms)");
    Bandwidth throughput = Bandwidth::bitsPerSecond(90e6 * 8);
    BytesDistribution objectSize = BytesDistribution::constant(Bytes::of(65'536));
};

enum Operation : std::uint16_t { getOperation, headOperation, putOperation, deleteOperation, operationCount };

// Requests it may take at this moment, refilled at a steady rate.
class Allowance {
public:
    bool take(Instant now, double rate, double most)
    {
        tokens_ = full_ ? most : std::min(most, tokens_ + (now - since_).inSeconds() * rate);
        full_ = false;
        since_ = now;
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

private:
    double tokens_ = 0;
    Instant since_;
    bool full_ = true;
};

struct Partition {
    std::array<Allowance, 2> allowance;  ///< for reads, for writes
};
struct Prefix {
    std::vector<Partition> partitions{1};
    Instant overSince, overLast;  ///< since when it has been turning requests away, and the last time
    bool over = false;
};

// Neighbouring keys lie anywhere, as hashed names do (the finaliser of splitmix64; Steele, Lea and Flood 2014).
std::uint64_t scattered(std::uint64_t key)
{
    key += 0x9e3779b97f4a7c15u;
    key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9u;
    key = (key ^ (key >> 27)) * 0x94d049bb133111ebu;
    return key ^ (key >> 31);
}

class S3 final : public Component, public Service {
public:
    S3(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("latency")),
          prefixes_(static_cast<std::size_t>(params.prefixes)), partitions_(params.prefixes)
    {
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"get", "head", "put", "delete"}; }
    std::vector<Host*> hosts() override { return {&host_}; }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const std::int64_t prefixes = params_.prefixes;
        params_ = parameters.as<Params>();
        params_.prefixes = prefixes;
    }

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
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        return {count("get_requests", done_[getOperation]), count("head_requests", done_[headOperation]), count("put_requests", done_[putOperation]),
                count("delete_requests", done_[deleteOperation]), count("slow_down_reads", slowDown_[0]), count("slow_down_writes", slowDown_[1]),
                metric("partitions", static_cast<double>(partitions_)), count("splits", splits_), metric("bytes_downloaded", downloaded_), metric("bytes_uploaded", uploaded_)};
    }
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::rateLimited ? "503 Slow Down" : Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Inside inside(*this);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        const bool writes = request.operation == putOperation || request.operation == deleteOperation;
        if (!admits(request.key, writes)) co_return visit.fail(Outcome::rateLimited);
        const double size = sizeOf(request);
        const Duration firstByte = params_.firstByte.distribution.sample(luck_);
        const Duration transfer = Duration::fromSeconds(size / std::max(params_.throughput.bytesPerSecond(), 1.0));
        co_await host_.processor().work(firstByte < Duration::max() - transfer ? firstByte + transfer : Duration::max());
        ++done_[request.operation % operationCount];
        Reply done;
        if (request.operation == getOperation) {
            downloaded_ += size;
            done.bytes = static_cast<std::uint32_t>(std::min(size, 4294967295.0));
        } else {
            uploaded_ += size;
            done.bytes = request.replyBytes;
        }
        co_return visit.end(done, simulation());
    }

private:
    struct Inside {
        explicit Inside(S3& of) : bucket(of) { bucket.inside_.add(bucket.simulation().now(), 1); }
        ~Inside() { bucket.inside_.add(bucket.simulation().now(), -1); }
        S3& bucket;
    };

    bool admits(std::uint64_t key, bool writes)
    {
        const std::uint64_t hash = scattered(key);
        Prefix& prefix = prefixes_[hash % prefixes_.size()];
        const Instant now = simulation().now();
        const double rate = (writes ? params_.writes : params_.reads).perSecond();
        const double most = std::max(1.0, rate * params_.burst.inSeconds());
        Partition& partition = prefix.partitions[(hash >> 32) & (prefix.partitions.size() - 1)];
        if (partition.allowance[writes].take(now, rate, most)) return true;
        ++slowDown_[writes];
        noteOverload(prefix, now);
        return false;
    }
    // A prefix that has been over its rate for long is divided further: each of its partitions in two.
    void noteOverload(Prefix& prefix, Instant now)
    {
        if (!prefix.over || now - prefix.overLast > calm) prefix.overSince = now;
        prefix.over = true;
        prefix.overLast = now;
        if (now - prefix.overSince < params_.splitAfter || prefix.partitions.size() >= mostInPrefix || partitions_ >= mostPartitions) return;
        partitions_ += static_cast<std::int64_t>(prefix.partitions.size());
        prefix.partitions.assign(prefix.partitions.size() * 2, Partition());
        prefix.over = false;
        ++splits_;
    }
    double sizeOf(const Request& request)
    {
        if (request.operation == headOperation || request.operation == deleteOperation) return 0;
        const std::uint32_t said = request.operation == putOperation ? request.bytes : request.replyBytes;
        return said > 0 ? said : std::min(params_.objectSize.distribution.draw(luck_), largestObject);
    }

    static constexpr Duration calm = Duration::seconds(10);  ///< without a refusal it counts as no longer over its rate
    static constexpr std::size_t mostInPrefix = 4096;
    static constexpr std::int64_t mostPartitions = 1'000'000;
    static constexpr double largestObject = 5e12;

    Params params_;
    Host host_;
    engine::RandomStream luck_;
    std::vector<Prefix> prefixes_;
    std::int64_t partitions_;
    engine::Gauge inside_;
    std::array<std::uint64_t, operationCount> done_{};
    std::array<std::uint64_t, 2> slowDown_{};
    std::uint64_t splits_ = 0;
    double downloaded_ = 0, uploaded_ = 0;
};

}  // namespace

TANTRUM_MODEL(databases, s3)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "s3")
            .title("Amazon S3").group("Storage").icon("storage").accepts("calls").operations({"get", "head", "put", "delete"})
            .summary("An object store: request rates for each prefix, 503 Slow Down beyond, prefixes that split in time, latency by size.")
            .details("Objects (the request's keys) spread over `prefixes` prefixes. Each begins as one partition, which takes 5,500 GET or HEAD and "
                     "3,500 PUT or DELETE requests a second; more are answered *503 Slow Down* at once, and trying again is the "
                     "caller's business. A prefix that has been over its rate for `split_after`, with pauses of no more than ten seconds, is divided "
                     "further: every one of its partitions becomes two, by the objects' names. So one hot object stays on one "
                     "partition, however often its prefix splits; and clients whose `keys` are `single` ask for one object.\n\n"
                     "An answer takes `first_byte` and then the object's size over `throughput`, the rate of one connection. The size is what the "
                     "call says (`reply_bytes` of a get, `bytes` of a put), else `object_size`. Reading after writing is consistent: "
                     "there is nothing to model about it.\n\n"
                     "How long a split takes and how large a burst is let through are not documented: the values are guesses of the "
                     "right order. Multipart uploads and prices are not modelled, and partitions never merge.")
            .parameter("prefixes", &Params::prefixes, {.doc = "prefixes the objects are spread over", .least = 1, .most = 100'000, .unit = "prefixes"})
            .parameter("reads_per_prefix", &Params::reads, {.doc = "GET and HEAD requests of one partition", .least = Rate::perSecond(0.001), .source = "S3 user guide, optimizing performance: at least 5,500/s", .live = true})
            .parameter("writes_per_prefix", &Params::writes, {.doc = "PUT and DELETE requests of one partition", .least = Rate::perSecond(0.001), .source = "S3 user guide, optimizing performance: at least 3,500/s", .live = true})
            .parameter("burst", &Params::burst, {.doc = "how much of its rate a partition takes at once", .least = Duration(), .most = Duration::seconds(3600), .source = "unconfirmed", .live = true})
            .parameter("split_after", &Params::splitAfter, {.doc = "how long a prefix is over its rate before it is divided", .least = Duration(), .source = "S3 user guide: gradually; minutes, unconfirmed", .live = true})
            .parameter("first_byte", &Params::firstByte, {.doc = "time to the first byte", .source = "small GET p50 20 to 40 ms, p99 150 to 300 ms, unconfirmed", .live = true})
            .parameter("throughput", &Params::throughput, {.doc = "of one connection", .source = "S3 user guide: 85 to 90 MB/s", .live = true})
            .parameter("object_size", &Params::objectSize, {.doc = "size of an object, where the call does not say", .source = "unconfirmed", .live = true})
            .metric("get_requests", "requests", "GETs answered").metric("head_requests", "requests", "HEADs answered")
            .metric("put_requests", "requests", "PUTs answered").metric("delete_requests", "requests", "DELETEs answered")
            .metric("slow_down_reads", "requests", "GETs and HEADs answered 503 Slow Down").metric("slow_down_writes", "requests", "PUTs and DELETEs answered 503 Slow Down")
            .metric("partitions", "partitions", "partitions of all prefixes now").metric("splits", "times", "how often a prefix was divided")
            .metric("bytes_downloaded", "bytes", "bytes of GETs").metric("bytes_uploaded", "bytes", "bytes of PUTs")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  workers: {type: client, arrivals: poisson(1000/s), sends: bucket.get, keys: uniform(1000000)}\n"
                     "  bucket: {type: s3, prefixes: 4}\n"
                     "links:\n  workers -> bucket: {latency: 1ms, policies: [retry: {attempts: 3}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<S3>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::databases
