#include "models/world/slo_watch.h"

#include "models/scenario/units.h"
#include "models/world/view.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tantrum::models {
namespace {

// A share of requests that is its threshold exactly does not fire; with doubles, exactly is up to this.
constexpr double slack = 1 + 1e-9;

// Divided, not multiplied by 1e-9: whole seconds stay whole.
double secondsAt(Instant moment) { return static_cast<double>(moment.count()) / 1e9; }

std::uint64_t thinned(std::uint64_t count, double share, engine::RandomStream& luck)
{
    if (share >= 1) return count;
    std::uint64_t kept = 0;
    for (; count > 0; --count) kept += luck.chance(share);
    return kept;
}

}  // namespace

SloWatch::SloWatch(const scenario::Scenario& scenario, const Parts& parts, Instant end, std::uint64_t seed) : parts_(parts)
{
    std::size_t number = 0;
    for (const scenario::ServiceLevel& declared : scenario.slos) {
        Level level{&declared,
                    parts.nodeIndex.at(declared.of.node),
                    0, 0, {}, {}, {}, 0,
                    Instant::at(declared.evaluate),
                    engine::RandomStream(seed, "slo " + declared.name, "telemetry"),
                    std::nullopt,
                    {}};
        if (declared.latency)
            level.lastGood = engine::Histogram::lowerEdge(engine::Histogram::indexOf(static_cast<std::uint64_t>(declared.latency->count())) + 1) - 1;
        std::int64_t longest = 1;
        for (const scenario::AlertRule& rule : declared.alerts) {
            Alert& alert = level.alerts.emplace_back();
            alert.rule = &rule;
            alert.number = number++;
            alert.result.name = rule.name;
            alert.result.severity = rule.severity == scenario::Urgency::page ? "page" : "ticket";
            alert.result.burn = rule.burn;
            alert.result.longSeconds = rule.longWindow.inSeconds();
            alert.result.shortSeconds = rule.shortWindow.inSeconds();
            longest = std::max(longest, rule.longWindow.count() / declared.evaluate.count());
        }
        // Never more than there will be: a run may be shorter than its windows. A later delay sees the older entries.
        const std::int64_t late = declared.delay.count() / declared.evaluate.count() + 1;
        const std::int64_t inRun = end.count() / declared.evaluate.count();
        level.ring.resize(static_cast<std::size_t>(std::min(longest + std::min(late, inRun), inRun) + 2));
        if (scenario.telemetry)
            level.scrapes.emplace(*scenario.telemetry, parts, level.node, Duration::nanoseconds(longest * declared.evaluate.count()), seed);
        levels_.push_back(std::move(level));
    }
    if (scenario.telemetry) looks_.resize(parts.nodes.size());
    findNext();
}

void SloWatch::findNext()
{
    next_ = Instant::never();
    for (const Level& level : levels_) {
        next_ = std::min(next_, level.next);
        if (level.scrapes) next_ = std::min(next_, level.scrapes->next());
    }
}

void SloWatch::take(int node, const engine::Histogram& latencies, const Levels& levels)
{
    if (!looks_.empty()) looks_[static_cast<std::size_t>(node)] = levels;
    for (Level& level : levels_)
        if (level.node == node && level.level->latency) level.slow += latencies.countAbove(level.lastGood);
}

void SloWatch::evaluate(Instant now)
{
    if (now < next_) return;
    for (Level& level : levels_) {
        if (level.scrapes && now >= level.scrapes->next()) scrape(level, now);
        if (now < level.next) continue;
        ++level.evaluations;
        if (!level.scrapes) count(level);
        judge(level, now);
        level.next = level.next + level.level->evaluate;
    }
    findNext();
}

SloWatch::Counts SloWatch::ended(const Level& level) const
{
    const Station::Counts& counts = parts_.nodes[static_cast<std::size_t>(level.node)].component->station().counts();
    Counts seen;
    seen.all = counts.endedAltogether();
    seen.bad = seen.all - counts.ended[0] + level.slow;
    if (!level.scrapes) return seen;
    const std::uint64_t untold = counts.refused[static_cast<std::size_t>(Outcome::crashed)];  // who is gone counts nothing
    seen.all -= untold;
    seen.bad -= untold;
    return seen;
}

// What the node has counted since the last time, thinned out if only a share of the requests is counted.
void SloWatch::learn(Level& level)
{
    const scenario::ServiceLevel& declared = *level.level;
    const Counts seen = ended(level);
    const std::uint64_t bad = seen.bad - level.seen.bad, good = seen.all - level.seen.all - bad;
    level.seen = seen;
    const std::uint64_t badKept = thinned(bad, declared.sampled.share(), level.luck);
    level.told.bad += badKept;
    level.told.all += badKept + thinned(good, declared.sampled.share(), level.luck);
}

void SloWatch::scrape(Level& level, Instant now)
{
    learn(level);
    level.scrapes->scrape(now, level.told, looks_[static_cast<std::size_t>(level.node)]);
}

void SloWatch::count(Level& level)
{
    const scenario::ServiceLevel& declared = *level.level;
    learn(level);
    const auto size = static_cast<std::int64_t>(level.ring.size());
    const bool lost = declared.loss.share() > 0 && level.luck.chance(declared.loss.share());
    level.ring[static_cast<std::size_t>(level.evaluations % size)] = lost ? at(level, level.evaluations - 1) : level.told;
}

const SloWatch::Counts& SloWatch::at(const Level& level, std::int64_t evaluation) const
{
    static constexpr Counts atStart{};
    return evaluation <= 0 ? atStart : level.ring[static_cast<std::size_t>(evaluation) % level.ring.size()];
}

double SloWatch::burnOver(const Level& level, std::int64_t newest, engine::Duration window) const
{
    const scenario::ServiceLevel& declared = *level.level;
    const std::int64_t length = window.count() / declared.evaluate.count();
    const Counts &from = at(level, newest - length), &until = at(level, newest);
    double all = static_cast<double>(until.all - from.all);
    if (all <= 0) return 0;
    if (newest < length && declared.history == scenario::History::healthy) all *= static_cast<double>(length) / static_cast<double>(newest);
    return static_cast<double>(until.bad - from.bad) / (all * declared.budget());
}

double SloWatch::scrapedBurnOver(const Level& level, Instant now, engine::Duration window) const
{
    const Scrapes::Increase increase = level.scrapes->over(window, now, level.level->history);
    return increase.all > 0 ? increase.bad / (increase.all * level.level->budget()) : 0;
}

void SloWatch::judge(Level& level, Instant now)
{
    const scenario::ServiceLevel& declared = *level.level;
    const std::int64_t newest = (Duration::nanoseconds(now.count()) - declared.delay).count() / declared.evaluate.count();
    for (Alert& alert : level.alerts) {
        const double burn = level.scrapes ? std::min(scrapedBurnOver(level, now, alert.rule->longWindow), scrapedBurnOver(level, now, alert.rule->shortWindow))
                            : newest > 0 ? std::min(burnOver(level, newest, alert.rule->longWindow),
                                                  burnOver(level, newest, alert.rule->shortWindow))
                                       : 0;
        alert.result.peakBurn = std::max(alert.result.peakBurn, burn);
        if ((burn > alert.rule->burn * slack) != alert.fires) change(level, alert, now);
    }
}

void SloWatch::change(Level& level, Alert& alert, Instant now)
{
    alert.fires = !alert.fires;
    std::vector<AlertResult::Firing>& firings = alert.result.firings;
    if (alert.fires) ++alert.result.fired;
    if (alert.result.fired > AlertResult::mostFirings) return;
    if (alert.fires)
        firings.push_back({secondsAt(now), noData});
    else
        firings.back().resolvedSeconds = secondsAt(now);
    news_.push_back({alert.number, alert.fires, now,
                     fmt::format("{} {}.{}: budget burns over {}×", alert.result.severity, level.level->name, alert.rule->name,
                                 scenario::textOf(alert.rule->burn)),
                     level.level->of.node});
}

std::vector<ServiceLevelResult> SloWatch::results() const
{
    std::vector<ServiceLevelResult> results;
    for (const Level& level : levels_) {
        const scenario::ServiceLevel& declared = *level.level;
        ServiceLevelResult& result = results.emplace_back();
        result.name = declared.name;
        result.of = declared.of.node;
        result.objective = declared.objective.share();
        result.windowSeconds = declared.window.inSeconds();
        const Counts known = level.scrapes ? level.scrapes->known(parts_.simulation.now()) : level.told;
        result.counted = known.all;
        result.bad = known.bad;
        if (level.scrapes) {
            result.telemetry = level.scrapes->result();
            const Station::Counts& counts = parts_.nodes[static_cast<std::size_t>(level.node)].component->station().counts();
            result.telemetry.ended = counts.endedAltogether();
            result.telemetry.endedBad = result.telemetry.ended - counts.ended[0] + level.slow;
        }
        const double share = result.counted > 0 ? static_cast<double>(result.bad) / static_cast<double>(result.counted) : noData;
        const double seconds = static_cast<double>(level.evaluations) * declared.evaluate.inSeconds();
        result.budgetSpent = share / declared.budget() * (seconds / result.windowSeconds);
        for (const Alert& alert : level.alerts) result.alerts.push_back(alert.result);
    }
    return results;
}

double SloWatch::answer(const scenario::Expectation& expectation, std::string& remark) const
{
    using Function = scenario::Expectation::Function;
    const double from = expectation.after ? secondsAt(*expectation.after) : 0;
    const double until = expectation.before ? secondsAt(*expectation.before) : std::numeric_limits<double>::infinity();
    const auto within = [&](double moment) { return moment >= from && moment < until; };
    double count = 0, fired = noData, resolved = noData;
    for (const ServiceLevelResult& level : results()) {
        if (level.name != expectation.slo) continue;
        if (expectation.function == Function::budgetSpent) {
            if (expectation.after || expectation.before) remark = "a budget is spent over the whole run; the window is not applied";
            return level.budgetSpent;
        }
        for (const AlertResult& alert : level.alerts) {
            if (!expectation.alert.empty() && alert.name != expectation.alert) continue;
            if (alert.fired > AlertResult::mostFirings && from > 0) remark = "it fired so often that the later ones are not known one by one";
            if (!expectation.after && !expectation.before) count += static_cast<double>(alert.fired);
            for (const AlertResult::Firing& firing : alert.firings) {
                if (within(firing.firedSeconds)) count += expectation.after || expectation.before ? 1 : 0;
                if (within(firing.firedSeconds) && std::isnan(fired)) fired = firing.firedSeconds;
                if (within(firing.resolvedSeconds) && std::isnan(resolved)) resolved = firing.resolvedSeconds;
            }
        }
    }
    if (expectation.function == Function::alerts) return count;
    const double moment = expectation.function == Function::firedAt ? fired : resolved;
    if (std::isnan(moment)) remark = expectation.function == Function::firedAt ? "it did not fire" : "it did not cease to fire";
    return moment;
}

}  // namespace tantrum::models
