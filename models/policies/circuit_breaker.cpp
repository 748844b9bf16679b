// Stops calling what keeps failing, and tries again carefully later: closed, open, half-open.
#include "engine/state_machine.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

enum class Counting : std::uint8_t { calls, time };
constexpr auto choices(Counting)
{
    return std::array{Choice<Counting>{Counting::calls, "calls", "the last `window` calls"},
                      Choice<Counting>{Counting::time, "time", "the calls of the last `span`, by whole seconds"}};
}

struct Params {
    Counting counting = Counting::calls;
    Duration span = Duration::seconds(100);
    Duration slowCall = Duration::seconds(60);
    Probability slowRate = Probability::ofShare(1);
    Probability failureRate = Probability::ofShare(0.5);
    std::int64_t window = 100;
    std::int64_t minimumCalls = 100;
    Duration openFor = Duration::seconds(60);
    std::int64_t permitted = 10;
    bool observeOnly = false;
};

struct Tally {
    std::int64_t calls = 0, failures = 0, slow = 0;
    void add(bool failed, bool late) { ++calls, failures += failed, slow += late; }
    void take(const Tally& other) { calls -= other.calls, failures -= other.failures, slow -= other.slow; }
    double failureRate() const { return static_cast<double>(failures) / static_cast<double>(calls); }
    double slowRate() const { return static_cast<double>(slow) / static_cast<double>(calls); }
};

/// The outcomes of the last calls, one byte each, or of the calls of the last seconds, the one under way included.
class Window {
public:
    Window(Counting counting, std::size_t size)
    {
        if (counting == Counting::calls)
            calls_.resize(size);
        else
            seconds_.resize(size);
    }
    const Tally& record(Instant now, bool failed, bool late)
    {
        if (seconds_.empty()) {
            if (total_.calls == static_cast<std::int64_t>(calls_.size())) total_.take({1, calls_[next_] & 1, calls_[next_] >> 1});
            calls_[next_] = static_cast<unsigned char>((failed ? 1 : 0) | (late ? 2 : 0));
            next_ = (next_ + 1) % calls_.size();
        } else {
            advance(now.count() / Duration::seconds(1).count());
            seconds_[next_].add(failed, late);
        }
        total_.add(failed, late);
        return total_;
    }

private:
    void advance(std::int64_t second)
    {
        for (std::int64_t gone = std::min(second - second_, static_cast<std::int64_t>(seconds_.size())); gone > 0; --gone) {
            next_ = (next_ + 1) % seconds_.size();
            total_.take(seconds_[next_]);
            seconds_[next_] = Tally();
        }
        second_ = second;
    }
    std::vector<unsigned char> calls_;
    std::vector<Tally> seconds_;
    Tally total_;
    std::size_t next_ = 0;
    std::int64_t second_ = 0;
};

class CircuitBreaker final : public Policy {
public:
    CircuitBreaker(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()),
          window_(params.counting, 1)
    {
        enter(Breaker::closed);
    }

    Task<Reply> call(Request request, Service& next) override { return (new Trial(*this, request, next))->task(); }
    // The window keeps its length; it belongs to the breaker's memory.
    void change(const ParameterSet& parameters, std::string_view) override
    {
        const Params before = params_;
        params_ = parameters.as<Params>();
        params_.window = before.window;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("opened", static_cast<double>(opened_)), metric("refused", static_cast<double>(refused_)),
                metric("slow_calls", static_cast<double>(slow_))};
    }

private:
    // One call. Cancelled from outside it says nothing about the callee, and gives its half-open place back.
    class Trial final : public engine::StateMachine<Reply, Trial> {
    public:
        Trial(CircuitBreaker& breaker, const Request& request, Service& next) : breaker_(breaker), next_(next), request_(request) {}

    private:
        friend class engine::StateMachine<Reply, Trial>;
        ~Trial()
        {
            if (judged_ && era_ == breaker_.era_ && breaker_.state_ == Breaker::halfOpen) --breaker_.trials_;
        }

        void resume()
        {
            judged_ = breaker_.admit();
            if (!judged_ && !breaker_.params_.observeOnly) return finish(breaker_.refuse(request_));
            era_ = breaker_.era_;
            begun_ = breaker_.simulation_.now();
            inner_ = next_.call(request_);
            if (inner_.start()) return answered();
            goOnWith<&Trial::answered>();
            inner_.continueWith(handle());
        }

        void answered()
        {
            const Reply& reply = inner_.result();
            if (std::exchange(judged_, false) && era_ == breaker_.era_)
                breaker_.record(!reply.ok(), breaker_.simulation_.now() - begun_ > breaker_.params_.slowCall);
            finish(reply);
        }

        CircuitBreaker& breaker_;
        Service& next_;
        Request request_;
        Task<Reply> inner_;
        std::uint64_t era_;  // set when admitted, as the next
        Instant begun_;
        bool judged_ = false;  // still to be: what observe_only alone lets through is not
    };

    Reply refuse(const Request& request)
    {
        ++refused_;
        route_.note(NoteKind::circuitOpen, request, simulation_.now());
        return Reply::failed(Outcome::circuitOpen);
    }

    // Open turns half-open on the next call after its time, not by itself.
    bool admit()
    {
        if (state_ == Breaker::open && simulation_.now() >= openUntil_) enter(Breaker::halfOpen);
        if (state_ == Breaker::halfOpen) return trials_ < params_.permitted ? (++trials_, true) : false;
        return state_ == Breaker::closed;
    }

    // A window of calls cannot ask for more calls than it holds.
    void record(bool failed, bool late)
    {
        if (state_ == Breaker::open) return;
        slow_ += late;
        const Tally& seen = window_.record(simulation_.now(), failed, late);
        const bool trying = state_ == Breaker::halfOpen;
        const std::int64_t most = trying ? params_.permitted : params_.counting == Counting::calls ? params_.window : params_.minimumCalls;
        if (seen.calls < std::min(params_.minimumCalls, most)) return;
        const bool bad = seen.failureRate() >= params_.failureRate.share() || seen.slowRate() >= params_.slowRate.share();
        if (bad || trying) enter(bad ? Breaker::open : Breaker::closed);
    }

    // What was begun before a change of state does not count after it.
    void enter(Breaker state)
    {
        state_ = state;
        ++era_;
        trials_ = 0;
        if (state != Breaker::open) window_ = windowOf(state);
        if (state == Breaker::open) {
            ++opened_;
            openUntil_ = simulation_.now() + params_.openFor;
        }
        route_.turnBreaker(state, simulation_.now());
    }

    Window windowOf(Breaker state) const
    {
        if (state == Breaker::halfOpen) return {Counting::calls, static_cast<std::size_t>(params_.permitted)};
        if (params_.counting == Counting::calls) return {Counting::calls, static_cast<std::size_t>(params_.window)};
        return {Counting::time, static_cast<std::size_t>(std::max<std::int64_t>(params_.span.count() / Duration::seconds(1).count(), 1))};
    }

    Params params_;
    Simulation& simulation_;
    Route& route_;
    Window window_;
    Breaker state_ = Breaker::closed;
    std::uint64_t era_ = 0;
    std::int64_t trials_ = 0;
    Instant openUntil_;
    std::uint64_t opened_ = 0, refused_ = 0, slow_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, circuit_breaker)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "circuit_breaker")
            .title("Circuit breaker").group("Policies").icon("circuit_breaker")
            .summary("Refuses calls for a while once too many of the last ones have failed or were slow.")
            .details("As resilience4j's CircuitBreaker. Closed, it counts the last `window` calls, or with `counting: time` those of the last `span` "
                     "in whole seconds; once `minimum_calls` were seen (of a window of calls no more than it holds) and the share of failures, or "
                     "that of slow calls, is reached, it opens and refuses everything. It does not judge by itself: after `open_for` the next call makes it "
                     "half-open. Then `permitted` calls go through, more are refused until those are answered, and their rates decide between closed "
                     "and open: after `minimum_calls` of them, if that is less. What was begun before a change of state does not count after it. "
                     "A call whose caller goes away counts neither way. Every failure counts as one, refusals by policies further inside included.")
            .parameter("counting", &Params::counting, {.doc = "what it looks back on", .source = "resilience4j: COUNT_BASED"})
            .parameter("span", &Params::span, {.doc = "with `counting: time`: how far it looks back; whole seconds", .least = Duration::seconds(1), .most = Duration::seconds(3'600), .source = "resilience4j: size 100"})
            .parameter("slow_call", &Params::slowCall, {.doc = "a call that takes longer than this is slow", .least = Duration(), .source = "resilience4j: 60 s", .live = true})
            .parameter("slow_rate", &Params::slowRate, {.doc = "opens at this share of slow calls", .source = "resilience4j: 100 %", .live = true})
            .parameter("failure_rate", &Params::failureRate, {.doc = "opens at this share of failures", .source = "resilience4j CircuitBreakerConfig: 50 %", .live = true})
            .parameter("window", &Params::window, {.doc = "calls it looks back on", .least = 1, .most = 1'000'000, .unit = "calls", .source = "resilience4j: 100"})
            .parameter("minimum_calls", &Params::minimumCalls, {.doc = "calls it wants to have seen before it judges", .least = 1, .most = 1'000'000, .unit = "calls", .source = "resilience4j: 100", .live = true})
            .parameter("open_for", &Params::openFor, {.doc = "how long it refuses", .least = Duration(), .source = "resilience4j: 60 s", .live = true})
            .parameter("permitted", &Params::permitted, {.doc = "calls let through when half-open", .least = 1, .most = 1'000'000, .unit = "calls", .source = "resilience4j: 10", .live = true})
            .parameter("observe_only", &Params::observeOnly, {.doc = "shows what it would do, and lets everything through", .live = true})
            .metric("opened", "times", "how often it opened")
            .metric("refused", "calls", "calls it refused")
            .metric("slow_calls", "calls", "calls it counted as slow")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web:\n    latency: 1ms\n    policies:\n"
                     "      - circuit_breaker: {failure_rate: 50%, window: 100, open_for: 60s}\n      - timeout: 200ms\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<CircuitBreaker>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
