#include "models/scenario/descriptor.h"
#include "models/scenario/fields.h"
#include "models/scenario/names.h"
#include "models/scenario/reader_parts.h"
#include "models/scenario/slo_parameters.h"

#include <array>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

constexpr std::array<std::string_view, 1> alertsKey{"alerts"};
constexpr std::int64_t mostEvaluationsInRun = 60'000'000;  // 100 years, minute by minute

class LevelReader {
public:
    LevelReader(const Node& name, const Node& mapping, ReaderState& state)
        : name_(name), mapping_(mapping), state_(state), reading_(state.reading)
    {}

    /// False when something was wrong, which has been reported.
    bool read()
    {
        if (const auto valid = parseName(name_.text()); !valid) return reading_.error(name_, valid.message, valid.hint), false;
        if (!isMappingFor(mapping_, reading_, "a service level objective")) return false;
        ParameterSet set = ParameterSet::of(ServiceLevel{});
        bool good = readParameters(mapping_, serviceLevelKeys(), alertsKey, "a service level objective", state_, set);
        level_ = set.as<ServiceLevel>();
        level_.name = name_.text();
        good = good && checkLevel();
        const Node* alerts = mapping_.find("alerts");
        const auto inside = reading_.inside("alerts");
        if (!alerts || (alerts->isScalar() && alerts->text() == "default"))
            level_.alerts = defaultAlerts();
        else
            good = readAlerts(*alerts) && good;
        for (const AlertRule& rule : level_.alerts) good = good && checkRule(rule, placeOf(rule.name));
        if (good) state_.scenario.slos.push_back(std::move(level_));
        return good;
    }

private:
    const Node& placeOf(const std::string& alert) const
    {
        const Node* alerts = mapping_.find("alerts");
        if (!alerts) return name_;
        const Node* rule = alerts->isMapping() ? alerts->find(alert) : nullptr;
        return rule ? *rule : *alerts;
    }

    bool checkLevel()
    {
        bool good = true;
        if (level_.budget() <= 0) {
            const auto inside = reading_.inside("objective");
            reading_.error(*mapping_.find("objective"), "an objective of 100% leaves no error budget to burn", "e.g. 99.9%");
            good = false;
        }
        if (state_.scenario.duration.count() / level_.evaluate.count() > mostEvaluationsInRun) {
            const auto inside = reading_.inside("evaluate");
            reading_.error(*mapping_.find("evaluate"),
                           fmt::format("a run of {} is too long to be evaluated every {}", textOf(state_.scenario.duration), textOf(level_.evaluate)),
                           fmt::format("at most {} evaluations in a run", mostEvaluationsInRun));
            good = false;
        }
        if (level_.delay.count() / level_.evaluate.count() > mostEvaluations) {
            const auto inside = reading_.inside("delay");
            reading_.error(*mapping_.find("delay"),
                           fmt::format("a delay of {} is too long for an evaluation every {}", textOf(level_.delay), textOf(level_.evaluate)),
                           fmt::format("at most {} evaluations", mostEvaluations));
            good = false;
        }
        const auto* facts = state_.node(level_.of.node);
        if (level_.latency && facts && facts->type && !facts->type->client) {
            const auto inside = reading_.inside("latency");
            reading_.error(*mapping_.find("latency"),
                           fmt::format("{} is a {}, and the latency of single requests is measured at a client",
                                       inQuotes(level_.of.node), facts->type->key),
                           clients());
            good = false;
        }
        return good;
    }
    std::string clients() const
    {
        std::string list;
        for (const auto& facts : state_.nodes)
            if (facts.type && facts.type->client && list.size() < 100)
                list += (list.empty() ? "clients: " : ", ") + facts.name;
        return list;
    }

    bool readAlerts(const Node& alerts)
    {
        if (!alerts.isMapping())
            return reading_.error(alerts, fmt::format("alerts are 'default' or a mapping of rules, not {}",
                                                      alerts.isScalar() && !alerts.isNull() ? inQuotes(alerts.text())
                                                                                            : std::string(alerts.kindName())),
                                  "e.g. {fast: {burn: 14.4, long: 1h, short: 5min}}"),
                   false;
        if (alerts.size() > mostAlerts)
            return reading_.error(alerts, fmt::format("{} alerts are too many", alerts.size()),
                                  fmt::format("at most {}", mostAlerts)),
                   false;
        bool good = true;
        for (std::size_t i = 0; i < alerts.size(); ++i) {
            const auto inside = reading_.inside(alerts.key(i).text());
            good = readAlert(alerts.key(i), alerts.value(i)) && good;
        }
        return good;
    }

    bool readAlert(const Node& name, const Node& mapping)
    {
        if (const auto valid = parseName(name.text()); !valid)
            return reading_.error(name, valid.message, valid.hint), false;
        if (!isMappingFor(mapping, reading_, "an alert")) return false;
        ParameterSet set = ParameterSet::of(AlertParameters{});
        if (!readParameters(mapping, alertKeys(), {}, "an alert", state_, set)) return false;
        const auto& read = set.as<AlertParameters>();
        AlertRule rule{std::string(name.text()), read.burn, read.longWindow, {}, read.severity};
        rule.shortWindow = read.shortWindow.value_or(engine::Duration::nanoseconds(read.longWindow.count() / 12));
        if (rule.shortWindow > rule.longWindow) {
            const auto inside = reading_.inside("short");
            return reading_.error(*mapping.find("short"),
                                  fmt::format("the short window ({}) is longer than the long one ({})",
                                              textOf(rule.shortWindow), textOf(rule.longWindow)),
                                  "the workbook's is a twelfth of it"),
                   false;
        }
        level_.alerts.push_back(std::move(rule));
        return true;
    }

    // Windows are sums over whole evaluation intervals.
    bool checkRule(const AlertRule& rule, const Node& at)
    {
        for (const engine::Duration window : {rule.longWindow, rule.shortWindow})
            if (window.count() % level_.evaluate.count() != 0)
                return reading_.error(at,
                                      fmt::format("the alert {}: a window of {} is not a whole number of evaluation intervals of {}",
                                                  inQuotes(rule.name), textOf(window), textOf(level_.evaluate)),
                                      "choose windows that are, or 'evaluate' more often"),
                       false;
        if (rule.longWindow.count() / level_.evaluate.count() > mostEvaluations)
            return reading_.error(at,
                                  fmt::format("the alert {}: a window of {} is too long to be evaluated every {}", inQuotes(rule.name),
                                              textOf(rule.longWindow), textOf(level_.evaluate)),
                                  fmt::format("at most {} evaluations in a window", mostEvaluations)),
                   false;
        if (rule.burn * level_.budget() >= 1)
            reading_.warning(at,
                             fmt::format("the alert {} can never fire: {} times a budget of {:.4g}% is all requests and more", inQuotes(rule.name),
                                         textOf(rule.burn), level_.budget() * 100),
                             "choose a lower burn rate, or a stricter objective");
        return true;
    }

    const Node& name_;
    const Node& mapping_;
    ReaderState& state_;
    Reading& reading_;
    ServiceLevel level_;
};

}  // namespace

void readServiceLevels(const Node& node, ReaderState& state)
{
    Reading& reading = state.reading;
    state.slosSound = isMappingFor(node, reading, "'slos'") && node.size() <= mostServiceLevels;
    if (node.size() > mostServiceLevels)
        return reading.error(node, fmt::format("{} service level objectives are too many", node.size()),
                             fmt::format("at most {}", mostServiceLevels));
    for (std::size_t i = 0; i < node.size() && node.isMapping(); ++i) {
        const auto inside = reading.inside(node.key(i).text());
        state.slosSound = LevelReader(node.key(i), node.value(i), state).read() && state.slosSound;
    }
}

}  // namespace tantrum::models::scenario
