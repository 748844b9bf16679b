#include "models/scenario/set_target.h"

#include "models/scenario/names.h"

#include <algorithm>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

// Splits off what stands before the next dot.
std::string_view takeSegment(std::string_view& rest)
{
    const std::size_t dot = rest.find('.');
    const std::string_view segment = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    return segment;
}

class Finder {
public:
    Finder(const Node& path, ReaderState& state) : path_(path), state_(state) {}

    std::optional<SetTarget> operator()()
    {
        const auto inside = state_.reading.inside("set");
        if (!path_.isScalar() || path_.isNull())
            return fail(fmt::format("a path is expected here, not {}", path_.kindName()), "e.g. set: web.workers");
        std::string_view rest = path_.text();
        const std::size_t arrow = rest.find("->");
        return arrow == std::string_view::npos ? ofNode(rest) : ofLink(rest, rest.find('.', arrow));
    }

private:
    std::nullopt_t fail(std::string message, std::string hint)
    {
        state_.reading.error(path_, std::move(message), std::move(hint));
        return std::nullopt;
    }

    std::optional<SetTarget> ofNode(std::string_view rest)
    {
        std::string_view name = takeSegment(rest);
        if (name == "nodes" && !state_.node(name)) name = takeSegment(rest);
        const auto* facts = state_.node(name);
        if (!facts) return fail(fmt::format("there is no node {}", inQuotes(name)), state_.suggestNode(name));
        if (!facts->type) return std::nullopt;  // its own mistake has been reported
        SetTarget target;
        target.action.node = facts->name;
        target.action.value = state_.scenario.nodes[facts->entry].parameters;
        return parameter(std::move(target), *facts->type, rest, fmt::format("a {}", facts->type->key));
    }

    std::optional<SetTarget> ofLink(std::string_view text, std::size_t dot)
    {
        const auto pattern = parseLink(text.substr(0, dot));
        if (!pattern) return fail(pattern.message, pattern.hint);
        const auto& links = state_.scenario.links;
        const auto entry =
            std::find_if(links.begin(), links.end(), [&](const LinkEntry& link) { return link.pattern == *pattern; });
        if (entry == links.end())
            return fail(fmt::format("'links' has no entry {}", inQuotes((*pattern).text())),
                        "name an entry as it stands there, or add it");
        std::string_view rest = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
        SetTarget target;
        target.action.link = *pattern;
        if (std::string_view after = rest; entry->policies) {
            std::string_view name = takeSegment(after);
            if (name == "policies") name = takeSegment(after);
            const auto index = parseUnsigned(name);
            for (std::size_t i = 0; i < entry->policies->size(); ++i) {
                const PolicyEntry& policy = (*entry->policies)[i];
                if (policy.type->key != name && !(index && *index == i)) continue;
                target.action.policy = i;
                target.action.value = policy.parameters;
                return parameter(std::move(target), *policy.type, after,
                                 fmt::format("the policy {}", inQuotes(policy.type->key)));
            }
        }
        target.action.value = entry->parameters;
        return parameter(std::move(target), *entry->type, rest, "a link");
    }

    std::optional<SetTarget> parameter(SetTarget target, const Descriptor& type, std::string_view rest,
                                       const std::string& what)
    {
        const std::string_view key = takeSegment(rest);
        const Parameter* found = key.empty() && !type.shorthand.empty() ? type.find(type.shorthand) : type.find(key);
        if (!found)
            return fail(key.empty() ? fmt::format("the path does not say which parameter of {}", what)
                                    : fmt::format("{} has no {}", what, inQuotes(key)),
                        suggest(key, type.parameterKeys()));
        if (!found->live()) {
            std::vector<std::string_view> live;
            for (const auto& each : type.parameters)
                if (each->live()) live.push_back(each->key());
            return fail(fmt::format("{} of {} cannot change while the simulation runs", inQuotes(found->key()), what),
                        live.empty() ? "nothing of it can" : "what can: " + suggest({}, live));
        }
        target.action.parameter = found;
        target.argument = rest;
        return target;
    }

    const Node& path_;
    ReaderState& state_;
};

}  // namespace

std::optional<SetTarget> findSetTarget(const Node& path, ReaderState& state) { return Finder(path, state)(); }

}  // namespace tantrum::models::scenario
