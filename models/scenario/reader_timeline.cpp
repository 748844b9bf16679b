#include "models/scenario/expression.h"
#include "models/scenario/fields.h"
#include "models/scenario/names.h"
#include "models/scenario/reader_parts.h"
#include "models/scenario/set_target.h"
#include "models/scenario/yaml_text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

constexpr std::array<std::string_view, 2> commonKeys{"at", "for"};
constexpr std::array<std::string_view, 4> setKeys{"at", "for", "set", "to"};

class EntryReader {
public:
    EntryReader(const Node& node, ReaderState& state) : node_(node), state_(state), reading_(state.reading) {}

    void read()
    {
        if (!isMappingFor(node_, reading_, "a timeline entry")) return;
        entry_.position = node_.position();
        const bool timed = readTimes();
        const Node* verb = findVerb();
        if (!verb) return;
        const bool good = verb->text() == "set" ? readSet() : readFault(*verb);
        if (good && timed) state_.scenario.timeline.push_back(std::move(entry_));
    }

private:
    template <class T> std::optional<T> field(std::string_view key, const Rules<T>& rules = {})
    {
        const auto inside = reading_.inside(key);
        return ValueType<T>::read(*node_.find(key), reading_, rules);
    }

    bool readTimes()
    {
        bool good = true;
        if (!node_.find("at")) {
            reading_.error(node_, "a timeline entry needs 'at'", "when it happens, e.g. at: 60s");
            good = false;
        } else if (const auto at = field<engine::Duration>("at")) {
            entry_.at = engine::Instant::at(*at);
            const engine::Duration end = state_.scenario.duration;
            if (end > engine::Duration{} && *at >= end)
                reading_.warning(*node_.find("at"), fmt::format("this never happens: the run ends at {}", textOf(end)),
                                 "make it earlier, or the duration longer");
        } else {
            good = false;
        }
        if (node_.find("for")) {
            entry_.length = field<engine::Duration>("for", {.least = engine::Duration::nanoseconds(1)});
            good = entry_.length && good;
        }
        return good;
    }

    // A fault may have a parameter named as another fault; the verb is then the one that knows the other.
    const Node* findVerb()
    {
        const Node* verb = nullptr;
        for (std::size_t i = 0; i < node_.size(); ++i) {
            const Node& key = node_.key(i);
            const Descriptor* fault = state_.catalogue.find(Kind::fault, key.text());
            if (!fault && key.text() != "set") continue;
            const Descriptor* before = verb ? state_.catalogue.find(Kind::fault, verb->text()) : nullptr;
            if (!verb || (fault && fault->find(verb->text())))
                verb = &key;
            else if (!before || !before->find(key.text())) {
                reading_.error(key,
                               fmt::format("an entry does one thing, not both {} and {}", inQuotes(verb->text()),
                                           inQuotes(key.text())),
                               "make two entries of it");
                return nullptr;
            }
        }
        if (verb) return verb;
        auto verbs = state_.catalogue.keys(Kind::fault);
        verbs.push_back("set");
        for (std::size_t i = 0; i < node_.size(); ++i) {
            const Node& key = node_.key(i);
            if (std::find(commonKeys.begin(), commonKeys.end(), key.text()) != commonKeys.end() || key.text() == "to")
                continue;
            reading_.error(key, fmt::format("{} is not something that can happen", inQuotes(key.text())),
                           suggest(key.text(), verbs));
            return nullptr;
        }
        reading_.error(node_, "the entry does not say what happens", suggest({}, verbs));
        return nullptr;
    }

    bool readFault(const Node& verb)
    {
        FaultAction action{state_.catalogue.find(Kind::fault, verb.text()), {}};
        action.parameters = action.type->defaults;
        if (!readParameters(node_, *action.type, commonKeys, fmt::format("the fault {}", inQuotes(action.type->key)),
                            state_, action.parameters))
            return false;
        if (!action.type->aimsAtNetwork && !checkTargets(action)) return false;
        entry_.action = std::move(action);
        return true;
    }

    bool checkTargets(const FaultAction& action)
    {
        const std::string& key = action.type->key;
        const auto inside = reading_.inside(key);
        for (const std::string& name : action.type->find(key)->nodesNamed(action.parameters)) {
            const auto* target = state_.node(name);
            if (!target || !target->type || target->type->isUnderstood(key)) continue;
            const auto& known = target->type->understands;
            reading_.error(
                *node_.find(key),
                fmt::format("{} is a {}: it does not understand {}", inQuotes(name), target->type->key, inQuotes(key)),
                known.empty() ? "no fault can be aimed at it"
                              : fmt::format("it understands: {}", fmt::join(known, ", ")));
            return false;
        }
        return true;
    }

    bool readSet()
    {
        checkKeys(node_, reading_, "'set'", setKeys);
        const Node* to = node_.find("to");
        if (!to)
            return reading_.error(node_, "'set' needs 'to'",
                                  "the new value, e.g. {at: 4min, set: web.workers, to: 32}"),
                   false;
        auto found = findSetTarget(*node_.find("set"), state_);
        if (!found) return false;
        const auto inside = reading_.inside("to");
        if (found->argument.empty()) {
            if (!found->action.parameter->read(*to, reading_, found->action.value)) return false;
            found->action.text = found->action.parameter->write(found->action.value);
        } else if (!readArgument(*to, *found)) {
            return false;
        }
        entry_.action = std::move(found->action);
        return true;
    }

    // `set: shoppers.arrivals.rate`: the rest of the expression stays as the scenario begins with it.
    bool readArgument(const Node& to, SetTarget& target)
    {
        Diagnostics scratch("");
        const auto before = parseTree(target.action.parameter->write(target.action.value), scratch);
        const auto text = before && before->root().isScalar() && to.isScalar()
                              ? replaceArgument(before->root().text(), target.argument, to.text())
                              : std::nullopt;
        if (!text)
            return reading_.error(*node_.find("set"),
                                  fmt::format("{} has no argument {}", inQuotes(target.action.parameter->key()),
                                              inQuotes(target.argument)),
                                  {}),
                   false;
        const auto after = parseTree(yamlScalar(*text, false), scratch);
        Reading trial(scratch, {});
        if (!after || !target.action.parameter->read(after->root(), trial, target.action.value)) {
            const auto why = scratch.sorted();
            return reading_.error(to, why.empty() ? "not a value" : why.front().message,
                                  why.empty() ? "" : why.front().hint),
                   false;
        }
        target.action.text = *text;
        return true;
    }

    const Node& node_;
    ReaderState& state_;
    Reading& reading_;
    TimelineEntry entry_;
};

}  // namespace

void readTimeline(const Node& node, ReaderState& state)
{
    if (!isSequenceFor(node, state.reading, "'timeline'")) return;
    if (node.size() > mostTimelineEntries)
        return state.reading.error(node, fmt::format("{} timeline entries are too many", node.size()),
                                   fmt::format("at most {}", mostTimelineEntries));
    std::size_t index = 0;
    for (const Node& item : node.items()) {
        const std::string segment = std::to_string(index++);
        const auto inside = state.reading.inside(segment);
        EntryReader(item, state).read();
    }
}

}  // namespace tantrum::models::scenario
