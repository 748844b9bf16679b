// Stops calling what keeps failing, and tries again carefully later: closed, open, half-open.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <vector>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    Probability failureRate = Probability::ofShare(0.5);
    std::int64_t window = 100;
    std::int64_t minimumCalls = 100;
    Duration openFor = Duration::seconds(60);
    std::int64_t permitted = 10;
    bool observeOnly = false;
};

/// The outcomes of the last calls.
class Window {
public:
    explicit Window(std::size_t size) : failed_(size) {}
    void record(bool failed)
    {
        if (count_ == failed_.size())
            failures_ -= failed_[next_];
        else
            ++count_;
        failed_[next_] = failed;
        failures_ += failed;
        next_ = (next_ + 1) % failed_.size();
    }
    std::size_t count() const { return count_; }
    double failureRate() const { return static_cast<double>(failures_) / static_cast<double>(count_); }

private:
    std::vector<unsigned char> failed_;
    std::size_t next_ = 0, count_ = 0, failures_ = 0;
};

class CircuitBreaker final : public Policy {
public:
    CircuitBreaker(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()),
          window_(static_cast<std::size_t>(params.window))
    {
        enter(Breaker::closed);
    }

    Task<Reply> call(Request request, Service& next) override
    {
        if (!admit()) {
            if (params_.observeOnly) co_return co_await next.call(request);  // and does not judge by it
            ++refused_;
            route_.note(NoteKind::circuitOpen, request, simulation_.now());
            co_return Reply::failed(Outcome::circuitOpen);
        }
        Trial trial(*this);
        const Reply reply = co_await next.call(request);
        trial.end(!reply.ok());
        co_return reply;
    }
    // The window keeps its length; it belongs to the breaker's memory.
    void change(const ParameterSet& parameters, std::string_view) override
    {
        const std::int64_t window = params_.window;
        params_ = parameters.as<Params>();
        params_.window = window;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("opened", static_cast<double>(opened_)), metric("refused", static_cast<double>(refused_))};
    }

private:
    // A call cancelled from outside says nothing about the callee; it gives its half-open place back.
    class Trial {
    public:
        explicit Trial(CircuitBreaker& breaker) : breaker_(breaker), era_(breaker.era_) {}
        ~Trial()
        {
            if (!ended_ && era_ == breaker_.era_ && breaker_.state_ == Breaker::halfOpen) --breaker_.trials_;
        }
        void end(bool failed)
        {
            ended_ = true;
            if (era_ == breaker_.era_) breaker_.record(failed);
        }

    private:
        CircuitBreaker& breaker_;
        std::uint64_t era_;
        bool ended_ = false;
    };

    // Open turns half-open on the next call after its time, not by itself.
    bool admit()
    {
        if (state_ == Breaker::open && simulation_.now() >= openUntil_) enter(Breaker::halfOpen);
        if (state_ == Breaker::halfOpen) return trials_ < params_.permitted ? (++trials_, true) : false;
        return state_ == Breaker::closed;
    }

    void record(bool failed)
    {
        if (state_ == Breaker::open) return;
        window_.record(failed);
        if (state_ == Breaker::halfOpen) {
            if (window_.count() >= static_cast<std::size_t>(params_.permitted))
                enter(window_.failureRate() >= params_.failureRate.share() ? Breaker::open : Breaker::closed);
        } else if (window_.count() >= static_cast<std::size_t>(params_.minimumCalls) &&
                   window_.failureRate() >= params_.failureRate.share()) {
            enter(Breaker::open);
        }
    }

    // What was begun before a change of state does not count after it.
    void enter(Breaker state)
    {
        state_ = state;
        ++era_;
        trials_ = 0;
        window_ = Window(static_cast<std::size_t>(state == Breaker::halfOpen ? params_.permitted : params_.window));
        if (state == Breaker::open) {
            ++opened_;
            openUntil_ = simulation_.now() + params_.openFor;
        }
        route_.breaker = state;
    }

    Params params_;
    Simulation& simulation_;
    Route& route_;
    Window window_;
    Breaker state_ = Breaker::closed;
    std::uint64_t era_ = 0;
    std::int64_t trials_ = 0;
    Instant openUntil_;
    std::uint64_t opened_ = 0, refused_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, circuit_breaker)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "circuit_breaker")
            .title("Circuit breaker").group("Policies").icon("circuit_breaker")
            .summary("Refuses calls for a while once too many of the last ones have failed.")
            .details("Closed, it counts the last `window` calls; once `minimum_calls` were seen and the failure rate is "
                     "reached it opens and refuses everything. After `open_for` the next call makes it half-open: "
                     "`permitted` calls go through, and their failure rate decides between closed and open.")
            .parameter("failure_rate", &Params::failureRate, {.doc = "opens at this share of failures", .source = "resilience4j CircuitBreakerConfig: 50 %", .live = true})
            .parameter("window", &Params::window, {.doc = "calls it looks back on", .least = 1, .most = 1'000'000, .unit = "calls", .source = "resilience4j: 100"})
            .parameter("minimum_calls", &Params::minimumCalls, {.doc = "calls it wants to have seen before it judges", .least = 1, .most = 1'000'000, .unit = "calls", .source = "resilience4j: 100", .live = true})
            .parameter("open_for", &Params::openFor, {.doc = "how long it refuses", .least = Duration(), .source = "resilience4j: 60 s", .live = true})
            .parameter("permitted", &Params::permitted, {.doc = "calls let through when half-open", .least = 1, .most = 1'000'000, .unit = "calls", .source = "resilience4j: 10", .live = true})
            .parameter("observe_only", &Params::observeOnly, {.doc = "shows what it would do, and lets everything through", .live = true})
            .metric("opened", "times", "how often it opened")
            .metric("refused", "calls", "calls it refused")
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
