// Watches the service levels of a scenario: at every evaluation interval it notes how many requests ended and how many
// of them were bad, and asks of every alert how fast the error budget burnt over its windows. It only looks at counts
// that are kept anyway; a scenario without service levels has none of it.
#pragma once

#include "engine/histogram.h"
#include "engine/random.h"
#include "models/scenario/expectation.h"
#include "models/scenario/scenario.h"
#include "models/world/parts.h"
#include "models/world/results.h"
#include "models/world/scrapes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::models {

class SloWatch {
public:
    /// Scenario and parts outlive it. `end`: of the run.
    SloWatch(const scenario::Scenario& scenario, const Parts& parts, Instant end, std::uint64_t seed);

    /// The next moment at which evaluate() has something to do.
    Instant next() const { return next_; }
    /// Latencies of successes at a node since the last call for it, for those that have a bound on them, and its levels.
    void take(int node, const engine::Histogram& latencies, const Levels& levels);
    /// Scrapes and evaluates whatever is due.
    void evaluate(Instant now);

    /// An alert that begins or ceases to fire.
    struct News {
        std::size_t alert = 0;  ///< a number of its own among all alerts
        bool fires = false;
        Instant at;
        std::string text, of;
    };
    /// What happened since the last call. Of an alert that flaps for ever, the first thousand firings.
    std::vector<News> takeNews() { return std::exchange(news_, {}); }

    std::vector<ServiceLevelResult> results() const;
    /// To an expectation about a service level; NaN with a remark where there is none.
    double answer(const scenario::Expectation& expectation, std::string& remark) const;

private:
    using Counts = EndedCounts;
    struct Alert {
        const scenario::AlertRule* rule = nullptr;
        std::size_t number = 0;
        bool fires = false;
        AlertResult result;
    };
    struct Level {
        const scenario::ServiceLevel* level = nullptr;
        int node = 0;
        std::int64_t lastGood = 0;  ///< the slowest latency that is good, in nanoseconds
        std::uint64_t slow = 0;
        Counts seen, told;          ///< counted at the node, and what the telemetry has told of it
        std::vector<Counts> ring;   ///< by evaluation, modulo its size: enough for the longest window and the delay
        std::int64_t evaluations = 0;
        Instant next;
        engine::RandomStream luck;
        std::optional<Scrapes> scrapes;  ///< absent: alerts see what was counted
        std::vector<Alert> alerts;
    };

    Counts ended(const Level& level) const;
    void learn(Level& level);
    void count(Level& level);
    void scrape(Level& level, Instant now);
    void judge(Level& level, Instant now);
    double burnOver(const Level& level, std::int64_t newest, engine::Duration window) const;
    double scrapedBurnOver(const Level& level, Instant now, engine::Duration window) const;
    void change(Level& level, Alert& alert, Instant now);
    const Counts& at(const Level& level, std::int64_t evaluation) const;
    void findNext();

    const Parts& parts_;
    std::vector<Level> levels_;
    std::vector<Levels> looks_;  ///< by node, at the last cut; empty: nobody asks
    Instant next_ = Instant::never();
    std::vector<News> news_;
};

}  // namespace tantrum::models
