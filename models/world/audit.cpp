#include "models/world/audit.h"

#include "models/world/sampler.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace tantrum::models {
namespace {

using Verdict = AuditLine::Verdict;

// Sums of nanoseconds over millions of requests, in doubles.
double roundingOf(double seconds) { return 1e-9 * std::abs(seconds) + 1e-9; }

class Auditor {
public:
    Auditor(const Parts& parts, const Sampler& sampler, const std::vector<Happening>& happenings)
        : parts_(parts), sampler_(sampler), happenings_(happenings)
    {}

    std::vector<AuditLine> run()
    {
        for (std::size_t node = 0; node < parts_.nodes.size(); ++node) ofNode(node);
        for (const auto& route : parts_.routes) ofRoute(*route);
        return std::move(lines_);
    }

private:
    static double number(std::uint64_t count) { return static_cast<double>(count); }

    AuditLine& add(const std::string& subject, std::string_view law, std::string_view claim)
    {
        AuditLine& line = lines_.emplace_back();
        line.subject = subject;
        line.law = law;
        line.claim = claim;
        return line;
    }
    void equal(const std::string& subject, std::string_view law, std::string_view claim, double left, double right)
    {
        AuditLine& line = add(subject, law, claim);
        line.left = left;
        line.right = right;
        line.verdict = left == right ? Verdict::holds : Verdict::violated;
    }
    static void notApplicable(AuditLine& line, std::string why)
    {
        line.verdict = Verdict::notApplicable;
        line.note = std::move(why);
    }

    void ofNode(std::size_t index)
    {
        const NodePart& part = parts_.nodes[index];
        const std::string& name = part.component->name();
        const Station& station = part.component->station();
        const Station::Counts& counts = station.counts();
        equal(name, "conservation", "arrived = ended + inside", number(counts.arrived),
              number(counts.endedAltogether()) + static_cast<double>(station.inside()));
        if (station.inside() < 0)
            lines_.back().verdict = Verdict::violated, lines_.back().note = "more ended than arrived";
        if (part.type->client)
            equal(name, "flow between nodes", "requests begun = calls made", number(counts.arrived), callsFrom(index));
        else
            flowInto(index);
        const Sampler::Flow flow = sampler_.flow(index);
        equal(name, "flow balance", "arrived - ended = inside after - before",
              number(flow.arrived) - number(flow.ended), static_cast<double>(flow.insideAfter - flow.insideBefore));
        littlesLaw(index);
        utilisationLaw(index);
    }

    double callsFrom(std::size_t node) const
    {
        double sum = 0;
        for (const auto& route : parts_.routes)
            if (route->from == static_cast<int>(node)) sum += number(route->route->counts.calls);
        return sum;
    }

    void flowInto(std::size_t node)
    {
        const NodePart& part = parts_.nodes[node];
        if (!part.component->service()) return;  // nobody can call it
        AuditLine& line = add(part.component->name(), "flow between nodes", "arrived = delivered by its callers");
        if (part.type->isAccepted("messages") && !part.component->countsCalls())
            return notApplicable(line, "consumers' questions cross the same links as messages");
        double delivered = 0;
        bool mayBeWithdrawn = false;
        for (const auto& route : parts_.routes) {
            if (route->to != static_cast<int>(node)) continue;
            delivered += number(route->declared ? route->route->counts.delivered : route->route->counts.calls);
            mayBeWithdrawn |= route->declared && route->parameters.as<network::LinkParameters>().cancellation;
        }
        line.left = number(part.component->station().counts().arrived);
        line.right = delivered;
        if (mayBeWithdrawn) line.claim = "arrived <= delivered by its callers";
        line.verdict =
            line.left == line.right || (mayBeWithdrawn && line.left < line.right) ? Verdict::holds : Verdict::violated;
    }

    void littlesLaw(std::size_t node)
    {
        const NodePart& part = parts_.nodes[node];
        AuditLine& line = add(part.component->name(), "Little's law", "population over time = sum of stays (s)");
        if (part.type->client) return notApplicable(line, "a client keeps no gauge of its requests under way");
        if (const auto why = part.component->uncountedInside(); !why.empty()) return notApplicable(line, std::string(why));
        const Ledger* empty = sampler_.emptied(node);
        const Ledger& ledger = empty ? *empty : sampler_.ledger(node);
        if (std::isnan(ledger.population)) return notApplicable(line, "the node keeps no gauge of its population");
        line.left = ledger.population;
        line.right = ledger.stays;
        const auto inside = static_cast<double>(sampler_.flow(node).insideAfter);
        const double allowed = empty ? 0 : inside * ledger.at.inSeconds();
        const double rounding = roundingOf(ledger.population);
        if (empty)
            line.note = fmt::format("exact: empty at {:.6g} s", ledger.at.inSeconds());
        else
            line.note =
                fmt::format("{} still inside after {:.6g} s", sampler_.flow(node).insideAfter, ledger.at.inSeconds());
        const std::uint64_t unmeasured = ledger.ended - ledger.measured;
        if (line.difference() < -rounding)
            line.verdict = Verdict::violated;
        else if (line.difference() > allowed + rounding) {
            line.verdict = Verdict::violated;
            if (unmeasured > 0)
                notApplicable(
                    line, fmt::format("the stays of {} that were cut short or refused are not measured", unmeasured));
        }
    }

    void utilisationLaw(std::size_t node)
    {
        const NodePart& part = parts_.nodes[node];
        AuditLine& line = add(part.component->name(), "utilisation law", "workers' time = work done (s)");
        const Ledger* empty = sampler_.emptied(node);
        if (std::isnan(sampler_.ledger(node).busy)) return notApplicable(line, "no workers");
        if (const auto why = part.component->busyIsNotWork(); !why.empty()) return notApplicable(line, std::string(why));
        if (worksInParallel(part)) return notApplicable(line, "one worker does several things at once");
        if (wasTouched(part.component->name()))
            return notApplicable(line, "it was crashed, slowed down or changed meanwhile");
        if (!empty) return notApplicable(line, "work was under way whenever it was looked at");
        line.left = empty->busy;
        line.right = empty->demanded;
        line.note = fmt::format("exact: empty at {:.6g} s", empty->at.inSeconds());
        const bool waitsToo = callsFrom(node) > 0 || part.component->workersAlsoWait();
        if (waitsToo) {
            line.claim = "workers' time >= work done (s)";
            line.note = "workers also wait for others";
        }
        const double rounding = roundingOf(empty->busy);
        if (line.difference() < -rounding || (!waitsToo && line.difference() > rounding)) {
            line.verdict = Verdict::violated;
            if (empty->ended > empty->measured)
                notApplicable(line, fmt::format("the work of {} that were cut short or refused is not known",
                                                empty->ended - empty->measured));
        }
    }

    // Whatever the parameters that hold its programs are called.
    static bool worksInParallel(const NodePart& part)
    {
        return std::any_of(part.type->parameters.begin(), part.type->parameters.end(), [&](const auto& parameter) {
            if (parameter->kind() != "operations" && parameter->kind() != "steps") return false;
            const std::string steps = parameter->write(part.parameters);
            return steps.find("together") != std::string::npos || steps.find("first_of") != std::string::npos;
        });
    }
    bool wasTouched(const std::string& node) const
    {
        return std::any_of(happenings_.begin(), happenings_.end(), [&](const Happening& happening) {
            return happening.kind != Happening::Kind::alert && (happening.target == node || happening.target.starts_with(node + " "));
        });
    }

    void ofRoute(const RoutePart& part)
    {
        const Route& route = *part.route;
        const auto ended = [](const Route::Outcomes& outcomes) {
            return number(std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0}));
        };
        equal(route.name(), "conservation", "calls = ended + under way", number(route.counts.calls),
              ended(route.counts.callsEnded) + static_cast<double>(route.counts.callsInside));
        if (!part.declared) return;
        equal(route.name(), "conservation", "attempts = ended + under way", number(route.counts.attempts),
              ended(route.counts.attemptsEnded) + static_cast<double>(route.counts.attemptsInside));
        const bool repeats = route.counts.repeated > 0;
        AuditLine& line = add(route.name(), "flow between nodes", repeats ? "delivered <= attempts + copies" : "delivered <= attempts");
        line.left = number(route.counts.delivered);
        line.right = number(route.counts.attempts) + number(route.counts.repeated);
        line.verdict = line.left <= line.right ? Verdict::holds : Verdict::violated;
    }

    const Parts& parts_;
    const Sampler& sampler_;
    const std::vector<Happening>& happenings_;
    std::vector<AuditLine> lines_;
};

}  // namespace

std::string_view keyOf(AuditLine::Verdict verdict)
{
    switch (verdict) {
    case Verdict::holds: return "holds";
    case Verdict::violated: return "violated";
    case Verdict::notApplicable: return "not applicable";
    }
    return "";
}

std::vector<AuditLine> audit(const Parts& parts, const Sampler& sampler, const std::vector<Happening>& happenings)
{
    return Auditor(parts, sampler, happenings).run();
}

}  // namespace tantrum::models
