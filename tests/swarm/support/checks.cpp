#include "tests/swarm/support/checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tantrum::swarm {

using namespace models;

namespace {

std::uint64_t sumOf(const std::array<std::uint64_t, outcomeCount>& outcomes) { return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0}); }

}  // namespace

void expectConservation(const World& world)
{
    ASSERT_EQ(world.unaccounted(), 0) << "at " << world.now().inSeconds() << " s";
    for (const models::AuditLine& line : world.audit())
        EXPECT_NE(line.verdict, models::AuditLine::Verdict::violated)
            << line.subject << ": " << line.law << ": " << line.left << " against " << line.right << " " << line.note;
    const Results results = world.results();
    for (const ClientResult& client : results.clients) {
        EXPECT_EQ(client.offered, client.completed + client.failed + client.inFlight) << client.name;
        EXPECT_EQ(client.completed + client.failed, sumOf(client.outcomes)) << client.name;
        EXPECT_LE(client.latency.count, client.completed) << client.name;
    }
    for (const NodeResult& node : results.nodes) {
        EXPECT_EQ(node.arrivals, node.completed + node.failed + node.inFlight) << node.name;
        EXPECT_TRUE(std::isnan(node.utilization) || node.utilization >= 0) << node.name;
        if (std::isnan(node.queueMean)) continue;  // the warm-up is not over
        EXPECT_GE(node.queueMean, -1e-9) << node.name;
        EXPECT_LE(node.queueMean, node.queueMax + 1e-9) << node.name;
    }
    const TraceResult& traces = results.traces;
    for (std::size_t index = 0; index < traces.spans.size(); ++index) {
        const Span& span = traces.spans[index];
        EXPECT_EQ(span.parent == Span::none, span.kind == SpanKind::request);
        if (span.parent != Span::none) EXPECT_TRUE(span.parent < index && traces.spans[span.parent].trace == span.trace) << "span " << index;
    }
    EXPECT_TRUE(std::is_sorted(results.logs.lines.begin(), results.logs.lines.end(), [](const LogLine& left, const LogLine& right) { return left.at < right.at; }));
    for (const LinkResult& link : results.links) {
        const std::string name = link.from + " -> " + link.to;
        EXPECT_EQ(link.attempts, sumOf(link.outcomes) + link.inFlight) << name;
        // Only these let every call through at once.
        const bool lets = std::all_of(link.metrics.begin(), link.metrics.end(), [](const NamedMetric& metric) {
            return metric.key.starts_with("retry.") || metric.key.starts_with("timeout.") || metric.key.starts_with("hedge.");
        });
        if (!lets) continue;
        EXPECT_GE(link.attempts, link.calls) << name;
    }
}

}  // namespace tantrum::swarm
