#include "models/world/log_watch.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tantrum::models {
namespace {

struct Counter {
    std::string_view key;  ///< of a metric, in whatever model
    std::string_view message;
    LogLevel level;
};

// What real systems write a line about each time: counters of ordinary work are not among them, nor what nobody in the
// system can know, such as a stale read.
constexpr std::array counters{
    Counter{"restarts", "restarted", LogLevel::warn},
    Counter{"oom_kills", "killed_out_of_memory", LogLevel::error},
    Counter{"oom_errors", "write_refused_out_of_memory", LogLevel::error},
    Counter{"health_failures", "health_check_failed", LogLevel::warn},
    Counter{"ejected", "backend_ejected", LogLevel::warn},
    Counter{"launched", "instances_launched", LogLevel::info},
    Counter{"interruptions", "instance_interrupted", LogLevel::warn},
    Counter{"replaced", "instance_replaced", LogLevel::warn},
    Counter{"scale_outs", "scaled_out", LogLevel::info},
    Counter{"scale_ins", "scaled_in", LogLevel::info},
    Counter{"scale_ups", "scaled_up", LogLevel::info},
    Counter{"scale_downs", "scaled_down", LogLevel::info},
    Counter{"rollouts", "rollout_finished", LogLevel::info},
    Counter{"rollbacks", "rolled_back", LogLevel::error},
    Counter{"deadlines_exceeded", "rollout_deadline_exceeded", LogLevel::error},
    Counter{"failovers", "failed_over", LogLevel::error},
    Counter{"leader_elections", "leader_elected", LogLevel::warn},
    Counter{"unclean_elections", "unclean_leader_elected", LogLevel::error},
    Counter{"term", "term_began", LogLevel::warn},
    Counter{"lost_leadership", "leadership_lost", LogLevel::warn},
    Counter{"broken_replicas", "replica_broken", LogLevel::error},
    Counter{"rebalances", "group_rebalanced", LogLevel::info},
    Counter{"expired_sessions", "session_expired", LogLevel::warn},
    Counter{"failed_commits", "offset_commit_failed", LogLevel::error},
    Counter{"reconnects", "reconnected", LogLevel::warn},
    Counter{"memory_alarms", "memory_alarm", LogLevel::error},
    Counter{"channels_closed", "channel_closed", LogLevel::warn},
    Counter{"dead_lettered", "dead_lettered", LogLevel::warn},
    Counter{"redriven_to_dead_letters", "dead_lettered", LogLevel::warn},
    Counter{"dead_lettered_rejected", "dead_lettered_rejected", LogLevel::warn},
    Counter{"dead_lettered_expired", "dead_lettered_expired", LogLevel::warn},
    Counter{"dead_lettered_maxlen", "dead_lettered_maxlen", LogLevel::warn},
    Counter{"dead_lettered_delivery_limit", "dead_lettered_delivery_limit", LogLevel::warn},
    Counter{"evicted_keys", "keys_evicted", LogLevel::info},
    Counter{"evictions", "entries_evicted", LogLevel::debug},
    Counter{"rejected_connections", "connection_refused", LogLevel::error},
    Counter{"too_many_clients", "too_many_connections", LogLevel::error},
    Counter{"too_many_connections", "too_many_connections", LogLevel::error},
    Counter{"refused_clients", "too_many_connections", LogLevel::error},
    Counter{"query_wait_timeouts", "query_wait_timeout", LogLevel::error},
    Counter{"deadlocks", "deadlock_detected", LogLevel::error},
    Counter{"checkpoints", "checkpoint_complete", LogLevel::info},
    Counter{"rdb_saves", "background_save_done", LogLevel::info},
    Counter{"rule_aborted", "query_aborted_by_rule", LogLevel::warn},
    Counter{"soft_time_limits", "soft_time_limit_exceeded", LogLevel::warn},
    Counter{"time_limits", "time_limit_exceeded", LogLevel::error},
    Counter{"compensated", "saga_compensated", LogLevel::warn},
    Counter{"aborted", "transaction_aborted", LogLevel::warn}};

}  // namespace

LogWatch::LogWatch(Parts& parts, LogLevel least, std::size_t capacity) : parts_(parts)
{
    log_.open(least, capacity);
    parts.traces.tell(log_, *this);
}

void LogWatch::begin(Duration bucket)
{
    every_ = std::max(Duration::nanoseconds(bucket.count() / 10), Duration::nanoseconds(1));
    next_ = Instant::at(every_);
    for (const NodePart& node : parts_.nodes) {
        NodeState& state = nodes_.emplace_back();
        for (const Counter& counter : counters) {
            const auto& metrics = node.type->metrics;
            const bool has = std::any_of(metrics.begin(), metrics.end(), [&](const auto& metric) { return metric.key == counter.key; });
            if (has && log_.wants(counter.level)) state.counters.push_back({counter.message, counter.level, counter.key, 0});
        }
    }
    const Instant now = parts_.simulation.now();
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        lookAtHosts(node, now);
        for (const NamedMetric& metric : parts_.nodes[node].component->metrics())
            for (Watched& counter : nodes_[node].counters)
                if (counter.key == metric.key) counter.seen = metric.value;
    }
}

LogLine LogWatch::lineOf(std::size_t node, LogLevel level, Instant now) const
{
    LogLine line;
    line.at = now;
    line.level = level;
    line.node = static_cast<std::uint32_t>(node);
    return line;
}

void LogWatch::look(const std::vector<Happening>& happenings)
{
    const Instant now = parts_.simulation.now();
    while (next_ <= now) next_ = next_ + every_;
    for (; told_ < happenings.size(); ++told_) tellOf(happenings[told_]);
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        lookAtHosts(node, now);
        if (!nodes_[node].counters.empty()) lookAtCounters(node, now);
    }
}

// As whoever supervises the process writes it. Where hosts come and go, it is the counters that tell.
void LogWatch::lookAtHosts(std::size_t node, Instant now)
{
    const std::vector<Host*> hosts = parts_.nodes[node].component->hosts();
    std::vector<State>& seen = nodes_[node].hosts;
    const bool known = seen.size() == hosts.size();
    seen.resize(hosts.size());
    for (std::size_t host = 0; host < hosts.size(); ++host) {
        const State state = !hosts[host]->up() ? State::down : hosts[host]->paused() ? State::paused : State::up;
        const State before = std::exchange(seen[host], state);
        if (!known || state == before || (state == State::up && before == State::paused)) continue;
        const bool gone = state == State::down;
        if (state == State::paused) continue;  // whoever stands still does not write that it does
        LogLine line = lineOf(node, gone ? LogLevel::error : LogLevel::info, now);
        if (hosts.size() > 1) line.replica = static_cast<std::int64_t>(host);
        log_.write(gone ? "process_gone" : "process_started", line);
    }
}

void LogWatch::lookAtCounters(std::size_t node, Instant now)
{
    for (const NamedMetric& metric : parts_.nodes[node].component->metrics())
        for (Watched& counter : nodes_[node].counters) {
            if (counter.key != metric.key) continue;
            const double grown = metric.value - counter.seen;
            counter.seen = metric.value;
            if (!(grown >= 1)) continue;
            LogLine line = lineOf(node, counter.level, now);
            line.count = static_cast<std::uint64_t>(grown);
            log_.write(counter.message, line);
        }
}

void LogWatch::tellOf(const Happening& happening)
{
    const bool change = happening.kind == Happening::Kind::change;
    const bool deployment = happening.kind == Happening::Kind::fault && happening.text.starts_with("deploy ");
    if (!change && !deployment) return;
    // Of a link, the caller: its policies are there.
    const auto known = parts_.nodeIndex.find(happening.target.substr(0, happening.target.find(" -> ")));
    if (known == parts_.nodeIndex.end()) return;
    LogLine line = lineOf(static_cast<std::size_t>(known->second), LogLevel::info, happening.from);
    line.text = log_.text(happening.text);
    log_.write(deployment ? "deployment_began" : "configuration_changed", line);
}

void LogWatch::tell(const SloWatch::News& news)
{
    LogLine line = lineOf(static_cast<std::size_t>(parts_.nodeIndex.at(news.of)), news.fires ? LogLevel::warn : LogLevel::info, news.at);
    line.text = log_.text(news.text);
    log_.write(news.fires ? "alert_fired" : "alert_resolved", line);
}

LogResult LogWatch::result() const
{
    LogResult result = log_.result();
    // What somebody changed by hand is learnt of at the next look, and stands where it happened.
    std::stable_sort(result.lines.begin(), result.lines.end(), [](const LogLine& left, const LogLine& right) { return left.at < right.at; });
    for (const NodePart& node : parts_.nodes) result.nodes.push_back(node.component->name());
    return result;
}

}  // namespace tantrum::models
