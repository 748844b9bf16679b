// gRPC: calls as streams of HTTP/2, with deadlines that cancel, a retry or hedging policy, and retry throttling.
#include "engine/slots.h"
#include "models/network/shared_connection.h"
#include "models/scenario/describe.h"

#include <deque>

namespace tantrum::models::network {
namespace {

using namespace scenario;

enum class Balancing : std::uint8_t { pickFirst, roundRobin };
constexpr auto choices(Balancing)
{
    return std::array{Choice<Balancing>{Balancing::pickFirst, "pick_first", "one connection, to the first address that answers"},
                      Choice<Balancing>{Balancing::roundRobin, "round_robin", "a connection to each address, calls in turn"}};
}
enum class RetryOn : std::uint8_t { unavailable, exhausted, any };
constexpr auto choices(RetryOn)
{
    return std::array{Choice<RetryOn>{RetryOn::unavailable, "unavailable", "UNAVAILABLE: crashed, unreachable, circuit_open"},
                      Choice<RetryOn>{RetryOn::exhausted, "resource_exhausted", "and RESOURCE_EXHAUSTED: rejected, rate_limited"},
                      Choice<RetryOn>{RetryOn::any, "any", "whatever failed"}};
}

struct Params {
    std::optional<Duration> deadline;
    Balancing balancing = Balancing::pickFirst;
    std::int64_t addresses = 1;
    std::int64_t streams = scenario::unlimited;
    Tls tls = Tls::none;
    Bytes window = Bytes::of(65'535);
    std::optional<Duration> maxConnectionAge;
    std::int64_t maxAttempts = 1;
    Duration initialBackoff = Duration::milliseconds(100);
    Duration maxBackoff = Duration::seconds(1);
    double backoffMultiplier = 2;
    RetryOn retryOn = RetryOn::unavailable;
    std::optional<Duration> hedgingDelay;
    std::optional<Duration> pushback;
    std::int64_t maxTokens = 0;
    double tokenRatio = 0.1;
};

// How long the kernel's SYNs are waited for, and what follows a vain attempt (grpc/doc/connection-backoff.md).
constexpr Duration connectTimeout = Duration::seconds(20);
constexpr Duration firstPause = Duration::seconds(1), longestPause = Duration::seconds(120);
constexpr double pauseGrowth = 1.6;
constexpr std::int64_t token = 1000;  // counted in thousandths, as gRPC does

class Grpc final : public Policy {
public:
    Grpc(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()), link_(building.link()), luck_(building.stream("grpc")),
          tokens_(params.maxTokens * token)
    {
        const auto count = params.balancing == Balancing::pickFirst ? std::size_t{1} : static_cast<std::size_t>(params.addresses);
        Component& callee = building.node(building.route().to());
        for (std::size_t index = 0; index < count; ++index) channels_.emplace_back(simulation_, link_, callee, params.streams);
        link_.keepOrder(count);
        link_.carryCancellations();
        link_.countDeadlinesDown();
        apply();
    }

    Task<Reply> call(Request request, Service& next) override
    {
        if (!params_.deadline) co_return co_await attempts(request, next);
        const Duration limit = *params_.deadline;
        request.deadline = std::min(request.deadline, simulation_.now() + limit);
        const std::optional<Reply> reply = co_await engine::within(simulation_, limit, attempts(request, next));
        if (reply) co_return *reply;
        ++deadlineExceeded_;
        route_.note(NoteKind::timeout, request, simulation_.now());
        co_return Reply::failed(Outcome::timeout);
    }
    void change(const ParameterSet& parameters, std::string_view key) override
    {
        params_ = parameters.as<Params>();
        if (key == "max_tokens") tokens_ = params_.maxTokens * token;
        for (Channel& channel : channels_) channel.streams.setPlaces(params_.streams);
        apply();
    }
    std::vector<NamedMetric> metrics() const override
    {
        std::uint64_t opened = 0, unanswered = 0;
        for (const Channel& channel : channels_) opened += channel.connection.opened(), unanswered += channel.connection.unanswered();
        return {metric("opened", static_cast<double>(opened)),           metric("unanswered", static_cast<double>(unanswered)),
                metric("retries", static_cast<double>(retries_)),        metric("hedges", static_cast<double>(hedges_)),
                metric("throttled", static_cast<double>(throttled_)),    metric("tokens", static_cast<double>(tokens_) / token),
                metric("deadline_exceeded", static_cast<double>(deadlineExceeded_)), metric("waited", static_cast<double>(waited_))};
    }

private:
    struct Channel {
        Channel(Simulation& simulation, Link& link, Component& callee, std::int64_t places) : streams(simulation, places), connection(simulation, link, callee) {}
        engine::Slots streams;
        SharedConnection connection;
    };

    void apply()
    {
        SharedConnection::Manner manner;
        manner.roundTrips = roundTripsToOpen(params_.tls, false);
        manner.roundTripsResumed = roundTripsToOpen(params_.tls, true);
        manner.longest = params_.maxConnectionAge.value_or(Duration::max());
        manner.patience = connectTimeout;
        manner.pause = firstPause;
        manner.pauseGrowth = pauseGrowth;
        manner.pauseMost = longestPause;
        for (Channel& channel : channels_) channel.connection.setManner(manner);
    }

    bool retryable(Outcome outcome) const
    {
        switch (outcome) {
        case Outcome::ok: return false;
        case Outcome::crashed:
        case Outcome::unreachable:
        case Outcome::circuitOpen: return true;
        case Outcome::rejected:
        case Outcome::rateLimited: return params_.retryOn != RetryOn::unavailable;
        default: return params_.retryOn == RetryOn::any;
        }
    }

    // Retry throttling (A6): every failure that could be retried costs a token, every success brings a part of one.
    void count(Outcome outcome)
    {
        if (params_.maxTokens == 0) return;
        if (outcome == Outcome::ok)
            tokens_ = std::min(tokens_ + static_cast<std::int64_t>(params_.tokenRatio * token + 0.5), params_.maxTokens * token);
        else if (retryable(outcome))
            tokens_ = std::max<std::int64_t>(tokens_ - token, 0);
    }
    bool throttles(const Request& request)
    {
        if (params_.maxTokens == 0 || 2 * tokens_ > params_.maxTokens * token) return false;
        ++throttled_;
        route_.note(NoteKind::retryRefused, request, simulation_.now());
        return true;
    }

    Task<Reply> attempts(Request request, Service& next)
    {
        if (params_.maxAttempts > 1 && params_.hedgingDelay) co_return co_await hedged(request, next);
        for (std::int64_t attempt = 1;; ++attempt) {
            request.attempt = static_cast<std::uint8_t>(attempt - 1);
            const Reply reply = co_await once(request, next);
            if (!retryable(reply.outcome) || attempt >= params_.maxAttempts || throttles(request)) co_return reply;
            ++retries_;
            const Duration wait = params_.pushback ? *params_.pushback : backoff(attempt);
            route_.note(NoteKind::retry, request, simulation_.now(), wait);
            co_await simulation_.delay(wait);
        }
    }
    Duration backoff(std::int64_t attempt)
    {
        double wait = static_cast<double>(params_.initialBackoff.count());
        for (std::int64_t step = 1; step < attempt; ++step) wait *= params_.backoffMultiplier;
        wait = std::min(wait, static_cast<double>(params_.maxBackoff.count()));
        return Duration::fromNanoseconds(wait * (0.8 + 0.4 * luck_.uniform()));
    }

    // A failure that is not fatal fires the next copy at once, a fatal one or a success ends it.
    Task<Reply> hedged(Request request, Service& next)
    {
        const auto most = static_cast<std::size_t>(params_.maxAttempts);
        engine::Finishes finishes(simulation_);
        engine::RunningSet<Reply> copies(most, finishes);
        copies.add(once(request, next));
        bool mayAsk = true;
        for (int seen = 0;;) {
            bool finished;
            if (mayAsk)
                finished = co_await finishes.more(seen, *params_.hedgingDelay);
            else
                finished = co_await finishes.more(seen);
            Reply last;
            if (finished) {
                seen = finishes.count();
                for (std::size_t index = 0; index < copies.size(); ++index) {
                    if (!copies[index].finished()) continue;
                    last = copies[index].result();
                    if (!retryable(last.outcome)) co_return last;
                }
            }
            mayAsk = mayAsk && copies.size() < most && !throttles(request);
            if (!mayAsk && seen == static_cast<int>(copies.size())) co_return last;
            if (!mayAsk) continue;
            ++hedges_;
            route_.note(NoteKind::hedge, request, simulation_.now());
            request.attempt = static_cast<std::uint8_t>(copies.size());
            copies.add(once(request, next));
        }
    }

    Task<Reply> once(Request request, Service& next)
    {
        const std::size_t index = next_++ % channels_.size();
        Channel& channel = channels_[index];
        engine::Permit stream = channel.streams.tryAcquire();
        if (!stream) {
            ++waited_;
            stream = co_await channel.streams.acquire();
        }
        const bool open = co_await channel.connection.ready();
        if (!open) {
            const Reply failed = Reply::failed(channel.connection.failure());
            count(failed.outcome);
            co_return failed;
        }
        SharedConnection::Stream use(channel.connection);
        request.operation = static_cast<std::uint16_t>(request.operation + channel.connection.mark());
        const Duration held = windowStalls(request.bytes, params_.window, link_);
        if (held > Duration()) co_await simulation_.delay(held);
        link_.useConnection(index);
        const Reply reply = co_await next.call(request);
        if (breaksConnection(reply.outcome)) use.broken();
        const Duration heldBack = reply.ok() ? windowStalls(request.replyBytes, params_.window, link_) : Duration();
        if (heldBack > Duration()) co_await simulation_.delay(heldBack);
        count(reply.outcome);
        co_return reply;
    }

    Params params_;
    Simulation& simulation_;
    Route& route_;
    Link& link_;
    engine::RandomStream luck_;
    std::deque<Channel> channels_;
    std::size_t next_ = 0;
    std::int64_t tokens_;
    std::uint64_t retries_ = 0, hedges_ = 0, throttled_ = 0, deadlineExceeded_ = 0, waited_ = 0;
};

}  // namespace

TANTRUM_MODEL(network, grpc)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "grpc")
            .title("gRPC").group("Protocols").icon("grpc")
            .summary("Calls as streams of one HTTP/2 connection: deadlines that cancel, retries or hedging, retry throttling.")
            .details("**Deadlines.** `deadline` covers all attempts. A call that is given up, by its deadline or because its caller's own "
                     "caller gave up, is cancelled at the callee one latency later, and so on down every link with `grpc`: "
                     "work nobody waits for ends. There is no default deadline. Statuses: `timeout` and `expired` are "
                     "DEADLINE_EXCEEDED; `crashed`, `unreachable`, `circuit_open` UNAVAILABLE; `rejected`, `rate_limited` "
                     "RESOURCE_EXHAUSTED; `error` INTERNAL.\n\n"
                     "**Retries** as in proposal A6: before the n-th at most min(initial × multiplier^(n−1), max) × U(0.8, 1.2). With "
                     "`hedging_delay` copies are sent instead, each so long after the one before, or at once after a failure that "
                     "could be retried. With `max_tokens`, the failures of all calls over the link throttle: a failure costs a token, a "
                     "success brings `token_ratio`; at half the tokens or fewer nothing is retried or hedged.\n\n"
                     "**Connections.** pick_first uses one; a balancer that spreads connections (`nlb`) sends all of its calls "
                     "to one target. A connection that cannot be opened in 20 s is tried again after 1 s, × 1.6 each time up to "
                     "120 s (without gRPC's ± 20 %); calls meanwhile fail at once.\n\n"
                     "Simplified: `pushback` stands for what the callee says with every failure; no transparent "
                     "retries, no wait_for_ready, no keepalive pings; callees called directly and not through a balancer spread "
                     "calls over their replicas themselves; a callee sees the deadline of its own call, not that of the call above.")
            .parameter("deadline", &Params::deadline, {.doc = "for the call with all its attempts; absent: none", .least = Duration::nanoseconds(1), .source = "gRPC: no default", .live = true})
            .parameter("balancing", &Params::balancing, {.doc = "how it uses the addresses of a name", .source = "gRPC: pick_first"})
            .parameter("addresses", &Params::addresses, {.doc = "addresses the name resolves to, for round_robin", .least = 1, .most = 1000, .unit = "addresses"})
            .parameter("streams", &Params::streams, {.doc = "calls at once on a connection; more wait", .least = 1, .most = 4'294'967'295, .unit = "calls", .source = "grpc-go server: as good as unlimited", .live = true, .mayBeUnlimited = true})
            .parameter("tls", &Params::tls, {.doc = "encryption, and so how many round trips a connection costs", .live = true})
            .parameter("window", &Params::window, {.doc = "bytes of a stream under way before the receiver has to announce more room", .least = Bytes::of(1), .most = Bytes::of(2'147'483'647), .source = "grpc-go: 65,535 bytes", .live = true})
            .parameter("max_connection_age", &Params::maxConnectionAge, {.doc = "after so long the server has its connections opened anew; absent: never", .least = Duration::milliseconds(1), .source = "grpc-go keepalive.ServerParameters: never", .live = true})
            .parameter("max_attempts", &Params::maxAttempts, {.doc = "attempts of a call, the first included; 1: no retry policy", .least = 1, .most = 5, .unit = "attempts", .source = "A6: no policy by default, more than 5 count as 5", .live = true})
            .parameter("initial_backoff", &Params::initialBackoff, {.doc = "wait before the second attempt, ± 20 %", .least = Duration(), .source = "A6 has no default; its example", .live = true})
            .parameter("max_backoff", &Params::maxBackoff, {.doc = "longest wait, ± 20 %", .least = Duration(), .source = "A6 has no default; its example", .live = true})
            .parameter("backoff_multiplier", &Params::backoffMultiplier, {.doc = "each wait to the one before", .least = 1, .most = 100, .source = "A6 has no default; its example", .live = true})
            .parameter("retry_on", &Params::retryOn, {.doc = "which statuses are tried again, and count as failures for the throttle", .source = "A6's example: UNAVAILABLE", .live = true})
            .parameter("hedging_delay", &Params::hedgingDelay, {.doc = "send the next copy after so long instead of retrying; absent: no hedging", .least = Duration(), .live = true})
            .parameter("pushback", &Params::pushback, {.doc = "wait the callee asks for with its failures (grpc-retry-pushback-ms), instead of the backoff", .least = Duration(), .live = true})
            .parameter("max_tokens", &Params::maxTokens, {.doc = "tokens of the retry throttle; 0: none", .least = 0, .most = 1000, .unit = "tokens", .source = "A6: at most 1000", .live = true})
            .parameter("token_ratio", &Params::tokenRatio, {.doc = "tokens a success brings, to three decimals", .least = 0, .most = 1000, .source = "A6's example: 0.1", .live = true})
            .shorthand("deadline")
            .metric("opened", "connections", "connections opened")
            .metric("unanswered", "connections", "attempts to connect that failed")
            .metric("retries", "calls", "further attempts made")
            .metric("hedges", "calls", "further copies sent")
            .metric("throttled", "calls", "retries and hedges the throttle did not allow")
            .metric("tokens", "tokens", "tokens left at the end")
            .metric("deadline_exceeded", "calls", "calls that ended at their deadline")
            .metric("waited", "calls", "attempts that waited for a free stream")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 0.5ms, policies: [grpc: {deadline: 300ms, max_attempts: 3, max_tokens: 10}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Grpc>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::network
