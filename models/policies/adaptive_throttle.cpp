// A client that refuses by itself what an overloaded backend would refuse anyway, so that refusing costs the backend nothing.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <array>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    double k = 2;
    Duration window = Duration::seconds(120);
    bool errorsAreAccepted = true;
};

/// Calls made and accepted in the last window's length, counted in slices of a hundredth of it.
class History {
public:
    explicit History(Duration window) : slice_(std::max<std::int64_t>(window.count() / slices, 1)) {}
    void request(Instant now) { advance(now), ++parts_[next_].requests, ++total_.requests; }
    void accept(Instant now) { advance(now), ++parts_[next_].accepts, ++total_.accepts; }
    /// The share of calls to refuse now: (requests - k accepts) / (requests + 1), if that is positive.
    double refusal(Instant now, double k)
    {
        advance(now);
        const auto requests = static_cast<double>(total_.requests);
        return std::max(0.0, (requests - k * static_cast<double>(total_.accepts)) / (requests + 1));
    }

private:
    static constexpr std::int64_t slices = 100;
    struct Part {
        std::int64_t requests = 0, accepts = 0;
    };
    void advance(Instant now)
    {
        const std::int64_t index = now.count() / slice_;
        for (std::int64_t gone = std::min(index - index_, slices); gone > 0; --gone) {
            next_ = (next_ + 1) % parts_.size();
            total_.requests -= parts_[next_].requests;
            total_.accepts -= parts_[next_].accepts;
            parts_[next_] = Part();
        }
        index_ = index;
    }
    std::int64_t slice_;
    std::array<Part, slices> parts_;
    Part total_;
    std::size_t next_ = 0;
    std::int64_t index_ = 0;
};

class AdaptiveThrottle final : public Policy {
public:
    AdaptiveThrottle(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()), luck_(building.stream("adaptive_throttle")), history_(params.window)
    {
    }

    Task<Reply> call(Request request, Service& next) override
    {
        const double refusal = history_.refusal(simulation_.now(), params_.k);
        history_.request(simulation_.now());
        ++requests_;
        if (refusal > 0 && luck_.chance(refusal)) {
            ++refused_;
            route_.note(NoteKind::rateLimited, request, simulation_.now());
            co_return Reply::failed(Outcome::rateLimited);
        }
        const Reply reply = co_await next.call(request);
        if (reply.ok() || (params_.errorsAreAccepted && reply.outcome == Outcome::error)) {
            ++accepted_;
            history_.accept(simulation_.now());
        }
        co_return reply;
    }
    void change(const ParameterSet& parameters, std::string_view) override { params_ = parameters.as<Params>(); }
    std::vector<NamedMetric> metrics() const override
    {
        History history = history_;
        return {metric("requests", static_cast<double>(requests_)), metric("accepts", static_cast<double>(accepted_)),
                metric("refused", static_cast<double>(refused_)), metric("refusal_now", history.refusal(simulation_.now(), params_.k))};
    }

private:
    Params params_;
    Simulation& simulation_;
    Route& route_;
    engine::RandomStream luck_;
    History history_;
    std::uint64_t requests_ = 0, accepted_ = 0, refused_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, adaptive_throttle)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "adaptive_throttle")
            .title("Adaptive throttle").group("Policies").icon("filter")
            .summary("Refuses at the client the share of calls that the backend would not accept anyway.")
            .details("Client-side throttling of the SRE book (chapter 21). Over the last `window` the client counts its calls and those the backend "
                     "accepted, and refuses a new one with probability max(0, (requests − k × accepts) / (requests + 1)). Calls it refuses count as "
                     "requests, so that the share grows as long as more is wanted than accepted. In overload the backend then sees k times what it "
                     "accepts: with k = 2 and three times the capacity wanted, a third is refused here; with ten times, 80 %. A smaller k spares the "
                     "backend more, and notices its recovery later.\n\n"
                     "Accepted is what was answered with success or, by default, with an error of the application; refusals, timeouts, crashes and "
                     "lost calls are not. Calls under way have not been accepted yet: the first calls of all may meet refusals. After a total "
                     "outage about one call each window is let through, and each accepted one lets k more through, so that recovery takes several "
                     "windows. The window moves on in hundredths of its length.")
            .parameter("k", &Params::k, {.doc = "calls it lets through for each accepted one", .least = 1, .most = 1'000, .source = "SRE book, chapter 21: 2", .live = true})
            .parameter("window", &Params::window, {.doc = "over which it counts", .least = Duration::microseconds(1), .source = "SRE book, chapter 21: two minutes"})
            .parameter("errors_are_accepted", &Params::errorsAreAccepted, {.doc = "an answer that is an error was accepted all the same", .live = true})
            .shorthand("k")
            .metric("requests", "calls", "calls asked for")
            .metric("accepts", "calls", "of those, accepted by the backend")
            .metric("refused", "calls", "refused here")
            .metric("refusal_now", "share", "probability of a refusal, at the end")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, policies: [adaptive_throttle: {k: 2}, timeout: 1s]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<AdaptiveThrottle>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
