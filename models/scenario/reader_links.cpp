#include "models/scenario/fields.h"
#include "models/scenario/names.h"
#include "models/scenario/reader_parts.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <unordered_set>

namespace tantrum::models::scenario {
namespace {

constexpr std::array<std::string_view, 2> ownKeys{"type", "policies"};

class LinkReader {
public:
    explicit LinkReader(ReaderState& state) : state_(state), reading_(state.reading) {}

    void entry(const Node& key, const Node& mapping)
    {
        const auto inside = reading_.inside(key.text());
        const auto pattern = parseLink(key.text());
        if (!pattern) return reading_.error(key, pattern.message, pattern.hint);
        if (!seen_.insert((*pattern).text()).second)
            return reading_.error(key, fmt::format("the link {} is given twice", inQuotes((*pattern).text())),
                                  "put both into one");
        if (!(*pattern).exact() && ++wildcards_ == mostWildcardLinks + 1)
            reading_.error(key, fmt::format("more than {} links with '*'", mostWildcardLinks),
                           "fewer, wider patterns do the same");
        checkEnds(key, *pattern);
        if (!isMappingFor(mapping, reading_, "a link")) return;
        const Descriptor* type = typeOf(mapping);
        if (!type) return;
        LinkEntry entry{*pattern, type, type->defaults, {}, std::nullopt, mapping.range()};
        readParameters(mapping, *type, ownKeys, "a link", state_, entry.parameters, &entry.given);
        if (const Node* policies = mapping.find("policies"); policies && !policies->isNull())
            entry.policies = readPolicies(*policies);
        state_.scenario.links.push_back(std::move(entry));
    }

private:
    void checkEnds(const Node& key, const LinkPattern& pattern)
    {
        for (const std::string& end : {pattern.from, pattern.to}) {
            if (end.find('*') == std::string::npos) {
                if (state_.node(end)) continue;
                return reading_.error(key, fmt::format("there is no node {}", inQuotes(end)), state_.suggestNode(end));
            }
            if (!matchesAny(end))
                return reading_.warning(key, fmt::format("no node matches {}", inQuotes(end)), "the link is of no use");
        }
    }
    bool matchesAny(const std::string& end)
    {
        const auto known = matching_.find(end);
        if (known != matching_.end()) return known->second;
        const bool any = std::any_of(state_.nodes.begin(), state_.nodes.end(),
                                     [&](const auto& facts) { return matches(end, facts.name); });
        return matching_.emplace(end, any).first->second;
    }

    const Descriptor* typeOf(const Node& mapping)
    {
        const Node* type = mapping.find("type");
        const std::string_view key = type && type->isScalar() ? type->text() : "link";
        const Descriptor* found = type && !type->isScalar() ? nullptr : state_.catalogue.find(Kind::link, key);
        if (found) return found;
        const auto inside = reading_.inside("type");
        reading_.error(type ? *type : mapping, fmt::format("there is no type of link {}", inQuotes(key)),
                       suggest(key, state_.catalogue.keys(Kind::link)));
        return nullptr;
    }

    std::optional<std::vector<PolicyEntry>> readPolicies(const Node& node)
    {
        const auto inside = reading_.inside("policies");
        std::vector<PolicyEntry> policies;
        if (!isSequenceFor(node, reading_, "'policies'")) return policies;
        constexpr std::size_t mostPolicies = 64;
        if (node.items().size() > mostPolicies)
            reading_.error(node, fmt::format("{} policies on one link are too many", node.items().size()),
                           fmt::format("at most {}", mostPolicies));
        else
            detail::readList(node, reading_, [&](const Node& item) { return readPolicy(item, policies); });
        return policies;
    }

    bool readPolicy(const Node& item, std::vector<PolicyEntry>& policies)
    {
        const bool bare = item.isScalar() && !item.isNull();  // "- circuit_breaker", all defaults
        if (!bare && !(item.isMapping() && item.size() == 1)) {
            reading_.error(item,
                           item.isMapping() ? "a policy is one name with its parameters"
                                            : fmt::format("a policy is expected here, not {}", item.kindName()),
                           "write e.g. '- retry: {attempts: 3}', each policy after its own '- '");
            return false;
        }
        const Node& name = bare ? item : item.key(0);
        const Descriptor* type = state_.catalogue.find(Kind::policy, name.text());
        if (!type) {
            reading_.error(name, fmt::format("there is no policy {}", inQuotes(name.text())),
                           suggest(name.text(), state_.catalogue.keys(Kind::policy)));
            return false;
        }
        PolicyEntry entry{type, type->defaults, item.position()};
        const auto inside = reading_.inside(name.text());
        if (!bare && !readBody(item.value(0), *type, entry.parameters)) return false;
        if (bare || item.value(0).isNull())
            for (const auto& parameter : type->parameters)
                if (parameter->required())
                    return reading_.error(name,
                                          fmt::format("{} needs {}", inQuotes(type->key), inQuotes(parameter->key())),
                                          parameter->doc()),
                           false;
        policies.push_back(std::move(entry));
        return true;
    }

    bool readBody(const Node& body, const Descriptor& type, ParameterSet& into)
    {
        if (body.isNull()) return true;
        const std::string what = fmt::format("the policy {}", inQuotes(type.key));
        if (body.isMapping()) return readParameters(body, type, {}, what, state_, into);
        if (!type.shorthand.empty()) return type.find(type.shorthand)->read(body, reading_, into);
        return isMappingFor(body, reading_, what);
    }

    ReaderState& state_;
    Reading& reading_;
    std::unordered_set<std::string> seen_;
    std::unordered_map<std::string, bool> matching_;
    std::size_t wildcards_ = 0;
};

}  // namespace

void readLinks(const Node& node, ReaderState& state)
{
    if (!isMappingFor(node, state.reading, "'links'")) return;
    if (node.size() > mostLinks)
        return state.reading.error(node, fmt::format("{} links are too many", node.size()),
                                   fmt::format("at most {}", mostLinks));
    LinkReader reader(state);
    for (std::size_t i = 0; i < node.size(); ++i) reader.entry(node.key(i), node.value(i));
}

}  // namespace tantrum::models::scenario
