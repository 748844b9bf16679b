// Who sends requests: people, other companies, batch jobs. Open arrivals keep coming whatever the answers; closed ones
// wait for theirs.
#include "engine/state_machine.h"
#include "engine/zipf.h"
#include "models/component.h"
#include "models/factors.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <cmath>
#include <memory>
#include <numbers>
#include <optional>
#include <utility>

namespace tantrum::models::services {
namespace {

using namespace scenario;

struct Params {
    Arrivals arrivals = Arrivals::of("poisson(100/s)");
    OperationReference sends;
    std::int64_t priority = 0;
    Keys keys = Keys::of("single");
    std::optional<BytesDistribution> bytes;
    std::optional<BytesDistribution> replyBytes;
};

constexpr unsigned requestBits = 36;  // of a request's identity; the rest is the place of its client

class Client final : public Component {
public:
    Client(const Params& params, Building& building)
        : Component(building), params_(params), arrivalLuck_(building.stream("arrivals")),
          keyLuck_(building.stream("keys")), hotLuck_(building.stream("hot keys")), sizeLuck_(building.stream("sizes")), generator_(simulation()),
          requests_(simulation())
    {
        if (params.keys.kind != Keys::Kind::single) {
            keys_.emplace(static_cast<std::uint64_t>(params.keys.count), params.keys.exponent);
            upcoming_ = keys_->sample(keyLuck_);
        }
        if (params.bytes) bytes_ = params.bytes->distribution;
        if (params.replyBytes) replyBytes_ = params.replyBytes->distribution;
        sizesVary_ = !bytes_.isConstant() || !replyBytes_.isConstant();
        if (!sizesVary_) drawSizes(usual_);
    }

    void connect(Building& building) override
    {
        target_ = building.target(params_.sends);
        usual_.operation = target_.operation;
    }
    void start() override
    {
        traced_ = station().traces().on();
        Request first;
        first.id = std::uint64_t{station().place()} << requestBits;
        first.setPriority(static_cast<unsigned>(params_.priority));
        lastId_ = first.id;
        begin();
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_.arrivals = parameters.as<Params>().arrivals;
        begin();
    }
    // Poisson arrivals have no memory, so beginning anew at another rate is exact.
    void addLoad(double factor) override { load_.add(factor), begin(); }
    void removeLoad(double factor) override { load_.remove(factor), begin(); }
    void addHotKey(double share) override { keysLeft_.add(1 - share); }
    void removeHotKey(double share) override { keysLeft_.remove(1 - share); }
    // Users who wait for an answer give that one up; who comes and goes comes besides.
    void stampede(std::int64_t requests) override
    {
        if (params_.arrivals.kind == Arrivals::Kind::closed) {
            together_ = true;
            begin();
            together_ = false;
            return;
        }
        for (std::int64_t each = 0; each < requests; ++each) requests_.start(request());
    }

private:
    void begin()
    {
        generator_.cancelAll();
        if (params_.arrivals.kind == Arrivals::Kind::closed) {
            const auto users = std::llround(static_cast<double>(params_.arrivals.users) * load_.product());
            for (long long user = 0; user < users; ++user) generator_.spawn(useAgainAndAgain(together_));
        } else if (params_.arrivals.kind == Arrivals::Kind::trace) {
            generator_.spawn(replay());
        } else if (params_.arrivals.kind == Arrivals::Kind::poisson || params_.arrivals.kind == Arrivals::Kind::paced) {
            const double gap = 1e9 / (params_.arrivals.rate.perSecond() * load_.product());
            const bool paced = params_.arrivals.kind == Arrivals::Kind::paced;
            gap_ = paced ? engine::Distribution::constant(gap) : engine::Distribution::exponential(gap);
            SteadyArrivals::begin(*this);
        } else {
            generator_.spawn(generate());
        }
    }

    // Arrivals at a steady rate: at each it appoints the next, and starts the request.
    class SteadyArrivals final : public engine::StateMachine<void, SteadyArrivals> {
    public:
        static void begin(Client& client)
        {
            const Duration wait = client.gap_.sample(client.arrivalLuck_);
            client.generator_.spawnAfter(wait, (new SteadyArrivals(client))->task(), client.gap_.spans());
        }

    private:
        friend class engine::StateMachine<void, SteadyArrivals>;
        explicit SteadyArrivals(Client& client) : client_(client) {}
        ~SteadyArrivals() = default;

        void resume()
        {
            const Duration wait = client_.gap_.sample(client_.arrivalLuck_);
            client_.simulation().armAfter(promise().start, wait, client_.gap_.spans());
            client_.requests_.start(client_.request());
        }

        Client& client_;
    };

    Task<void> generate()
    {
        // Thinning (Lewis and Shedler 1979) within stretches over which a bound on the rate is known.
        for (;;) {
            const double bound = boundAt(simulation().now()) * load_.product();
            const Instant until = stretchEnd(simulation().now());
            if (bound <= 0) {
                if (until == Instant::never()) co_return;
                co_await simulation().delay(until - simulation().now());
                continue;
            }
            const Duration wait = Duration::fromNanoseconds(arrivalLuck_.exponential() * 1e9 / bound);
            if (until - simulation().now() <= wait) {
                co_await simulation().delay(until - simulation().now());
                continue;
            }
            co_await simulation().delay(wait, engine::Spans::varying);
            const double share = rateAt(simulation().now()) * load_.product() / bound;
            if (share >= 1 || arrivalLuck_.chance(share)) requests_.start(request());
        }
    }

    Task<void> useAgainAndAgain(bool atOnce)
    {
        if (atOnce) co_await request();
        for (;;) {
            const engine::Distribution& law = params_.arrivals.think.distribution;
            const Duration think = law.sample(arrivalLuck_);
            co_await simulation().delay(think, law.spans());
            co_await request();
        }
    }

    Task<void> replay()
    {
        for (const Duration& at : *params_.arrivals.instants) {
            const Instant due = Instant::at(at);
            if (due < simulation().now()) continue;
            co_await simulation().delay(due - simulation().now());
            requests_.start(request());
        }
    }

    /// To be started at once: the request has arrived.
    Task<void> request() { return (new Asking(*this))->task(); }

    void drawSizes(Request& request)
    {
        request.bytes = static_cast<std::uint32_t>(bytes_.draw(sizeLuck_));
        request.replyBytes = static_cast<std::uint32_t>(replyBytes_.draw(sizeLuck_));
    }

    // Drawn one ahead: the table of a law of many keys lies outside the nearest caches, and so nobody waits for it.
    std::uint64_t nextKey()
    {
        if (keysLeft_.product() < 1 && hotLuck_.chance(1 - keysLeft_.product())) [[unlikely]]
            return static_cast<std::uint64_t>(params_.keys.count) - 1;  // hardly ever asked for otherwise
        return std::exchange(upcoming_, keys_->sample(keyLuck_));
    }

    Request nextRequest()
    {
        Request asked = usual_;
        asked.id = ++lastId_;
        if (keys_) asked.key = nextKey();
        asked.begun = simulation().now();
        if (sizesVary_) drawSizes(asked);
        return asked;
    }

    // One request on its way. A user who is taken away meanwhile (fewer users, end of the run) gives up.
    class Asking final : public engine::StateMachine<void, Asking> {
    public:
        explicit Asking(Client& client)
            : client_(client), calling_(client.target_), begun_(client.simulation().now())
        {
            client.station().arrive();
        }

    private:
        friend class engine::StateMachine<void, Asking>;
        ~Asking()
        {
            if (ended_) return;
            client_.station().leaveUnmeasured(Outcome::timeout);
            if (span_) endSpan(Outcome::timeout);
        }
        void endSpan(Outcome outcome) { client_.station().traces().end(span_, outcome, client_.simulation().now()); }

        void resume()
        {
            Request request = client_.nextRequest();
            if (client_.traced_) [[unlikely]]
                request.span = span_ = client_.station().traces().beginTrace(request.id & ((std::uint64_t{1} << requestBits) - 1), client_.station().place(), begun_);
            call_ = client_.target_.service->call(request);
            if (call_.start()) return answered();
            goOnWith<&Asking::answered>();
            call_.continueWith(handle());
        }

        void answered()
        {
            const Reply& reply = call_.result();
            ended_ = true;
            if (span_) [[unlikely]]
                endSpan(reply.outcome);
            calling_.end(reply);
            client_.station().leaveApart(reply.outcome, client_.simulation().now() - begun_);
            finish();
        }

        Client& client_;
        Calling calling_;
        Instant begun_;
        bool ended_ = false;
        std::uint32_t span_ = 0;
        Task<Reply> call_;
    };

    /// Requests per second wanted at a moment, before the load factor.
    double rateAt(Instant now) const
    {
        const Arrivals& law = params_.arrivals;
        switch (law.kind) {
        case Arrivals::Kind::ramp: {
            const double done = std::min(1.0, now.inSeconds() / law.over.inSeconds());
            return law.rate.perSecond() + (law.to.perSecond() - law.rate.perSecond()) * done;
        }
        case Arrivals::Kind::spike:
            return now >= Instant::at(law.start) && now < Instant::at(law.start) + law.length ? law.to.perSecond()
                                                                                              : law.rate.perSecond();
        case Arrivals::Kind::steps: {
            Instant end;
            for (const Arrivals::Phase& phase : law.phases) {
                end = end + phase.length;
                if (now < end) return phase.rate.perSecond();
            }
            return law.phases.back().rate.perSecond();
        }
        case Arrivals::Kind::diurnal: return law.rate.perSecond() * (1 + law.swing.share() * sine(now));
        default: return law.rate.perSecond();
        }
    }

    /// A bound on rateAt from now to stretchEnd(now).
    double boundAt(Instant now) const
    {
        const Arrivals& law = params_.arrivals;
        switch (law.kind) {
        case Arrivals::Kind::ramp: return std::max(rateAt(now), law.to.perSecond());
        case Arrivals::Kind::diurnal: return law.rate.perSecond() * (1 + law.swing.share());
        default: return rateAt(now);
        }
    }

    Instant stretchEnd(Instant now) const
    {
        const Arrivals& law = params_.arrivals;
        if (law.kind == Arrivals::Kind::spike) {
            const Instant start = Instant::at(law.start);
            if (now < start) return start;
            return now < start + law.length ? start + law.length : Instant::never();
        }
        if (law.kind == Arrivals::Kind::steps) {
            Instant end;
            for (std::size_t phase = 0; phase + 1 < law.phases.size(); ++phase) {
                end = end + law.phases[phase].length;
                if (now < end) return end;
            }
        }
        return Instant::never();
    }

    // The series of the sine over a quarter turn, good to 1e-9: the same number on every machine.
    double sine(Instant now) const
    {
        const std::int64_t period = params_.arrivals.period.count();
        const double turn = static_cast<double>(now.count() % period) / static_cast<double>(period);
        const double half = turn < 0.5 ? turn : turn - 0.5;
        const double angle = (half < 0.25 ? half : 0.5 - half) * 2 * std::numbers::pi;
        const double square = angle * angle;
        double term = angle;
        double sum = angle;
        for (int power = 3; power <= 13; power += 2) {
            term *= -square / (power * (power - 1));
            sum += term;
        }
        return turn < 0.5 ? sum : -sum;
    }

    Params params_;
    engine::RandomStream arrivalLuck_, keyLuck_, hotLuck_, sizeLuck_;
    std::optional<engine::ZipfDistribution> keys_;
    std::uint64_t upcoming_ = 0;        ///< key
    engine::Distribution bytes_, replyBytes_;
    bool sizesVary_ = false;
    Target target_;
    Request usual_;                     ///< what all requests have in common
    engine::Distribution gap_;          ///< between steady arrivals
    std::uint64_t lastId_ = 0;          ///< the node's place and the priority in its upper bits
    bool traced_ = false;               ///< some of them, at least
    Factors load_, keysLeft_;
    bool together_ = false;             ///< users who begin now ask before they think
    engine::Scope generator_;
    engine::Scope requests_;
};

}  // namespace

TANTRUM_MODEL(services, client)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "client")
            .title("Client").group("Clients").icon("client").client()
            .summary("Sends requests, and measures what comes back.")
            .details("Open arrivals (poisson, paced, ramp, steps, spike, diurnal, trace) go on whatever the answers; "
                     "closed ones are a fixed number of users who wait for their answer and think before they ask "
                     "again. The latency it reports runs from the first attempt to the outcome, retries included.")
            .parameter("arrivals", &Params::arrivals, {.doc = "when requests come", .live = true})
            .required("sends", &Params::sends, {.doc = "the operation it calls", .accepts = "calls"})
            .parameter("priority", &Params::priority, {.doc = "how urgent its requests are, and all calls on their behalf, for those who look at it; 9 goes first", .least = 0, .most = Request::mostUrgent})
            .parameter("keys", &Params::keys, {.doc = "which of many things each request asks for"})
            .parameter("bytes", &Params::bytes, {.doc = "size of a request"})
            .parameter("reply_bytes", &Params::replyBytes, {.doc = "size of an answer"})
            .understands({"load", "hot_key", "thundering_herd"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Client>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::services
