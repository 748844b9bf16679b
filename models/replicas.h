// What runs a handler's programs on replicas: workers with a queue before them, perhaps cores that their work shares, and
// who of several is asked next. Services, containers, pods and instances are made of it.
#pragma once

#include "models/program.h"
#include "models/scenario/values.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::models {

enum class Queueing : std::uint8_t { fifo, lifo, adaptiveLifo };
constexpr auto choices(Queueing)
{
    return std::array{scenario::Choice<Queueing>{Queueing::fifo, "fifo", "first come, first served"},
                      scenario::Choice<Queueing>{Queueing::lifo, "lifo", "the newest first: under overload some answers stay fast"},
                      scenario::Choice<Queueing>{Queueing::adaptiveLifo, "adaptive_lifo", "first come, first served, until more wait than there are workers; then the newest first"}};
}
engine::Slots::Discipline disciplineOf(Queueing queueing);

enum class Balance : std::uint8_t { roundRobin, random, leastRequests };
constexpr auto choices(Balance)
{
    return std::array{scenario::Choice<Balance>{Balance::roundRobin, "round_robin", "each replica in turn"},
                      scenario::Choice<Balance>{Balance::random, "random", "any replica"},
                      scenario::Choice<Balance>{Balance::leastRequests, "least_requests", "the replica with the fewest requests inside"}};
}

/// What a replica's process is like.
struct ReplicaParameters {
    std::int64_t workers = 1;
    std::int64_t queue = scenario::unlimited;
    Queueing discipline = Queueing::fifo;
    std::optional<double> cores{};  ///< shared by its running work; without, every worker has a core of its own
    bool blocking = true;
    bool dropExpired = false;
};

/// What a node does with requests: a program for each operation, or one, of some work.
class Handler {
public:
    Handler(scenario::Operations operations, std::optional<scenario::DurationDistribution> work);

    /// While connecting.
    void connect(Building& building);
    std::vector<std::string> operations() const;
    /// Requires that it is connected.
    const Program& program(std::uint16_t operation) const { return programs_[operation]; }
    /// Another law from now on, where work is all there is to do.
    void changeWork(const scenario::DurationDistribution& work);

private:
    scenario::Operations operations_;
    std::optional<scenario::DurationDistribution> work_;
    std::vector<Program> programs_;
};

/// One process on its host. Has its place for good: requests and faults refer to it.
class Replica final : public Service {
public:
    /// All outlive it.
    Replica(const Handler& handler, Station& station, Simulation& simulation, const ReplicaParameters& parameters,
            engine::RandomStream& luck);
    Task<Reply> call(Request request) override;

    /// Requests inside, working or waiting for a worker.
    std::int64_t load() const { return workers.busy().level() + workers.queue().level(); }
    /// Adds its levels since the last look, which begins anew.
    void look(Levels& levels, Instant now);

    const Handler& handler;
    Host host;
    engine::Slots workers;
    std::optional<engine::SharedProcessor> cores;
    Site site;
};

/// Whose turn it is among `count` candidates, of which some may be unfit.
class Chooser {
public:
    /// `fit(index)`, `load(index)`. None is fit: one of them all the same, which then refuses.
    template <class Fit, class Load>
    std::size_t choose(Balance balance, std::size_t count, engine::RandomStream& luck, const Fit& fit, const Load& load)
    {
        if (balance == Balance::leastRequests) {
            std::size_t best = count;
            for (std::size_t step = 0; step < count; ++step) {
                const std::size_t candidate = (next_ + step) % count;
                if (fit(candidate) && (best == count || load(candidate) < load(best))) best = candidate;
            }
            next_ = (next_ + 1) % count;
            return best == count ? next_ : best;
        }
        if (balance == Balance::random) next_ = luck.below(count);
        for (std::size_t step = 0; step < count; ++step) {
            const std::size_t candidate = next_ % count;
            next_ = (candidate + 1) % count;
            if (fit(candidate)) return candidate;
        }
        return next_;
    }

private:
    std::size_t next_ = 0;
};

}  // namespace tantrum::models
