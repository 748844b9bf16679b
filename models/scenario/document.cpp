#include "models/scenario/document.h"

#include "models/scenario/document_path.h"
#include "models/scenario/expression.h"
#include "models/scenario/names.h"
#include "models/scenario/splice.h"
#include "models/scenario/yaml_text.h"

#include <cmath>
#include <fmt/format.h>

namespace tantrum::models::scenario {

/// One edit: computed, applied, parsed again and compared with what was meant.
class Editing {
public:
    Editing(Document& document, std::string_view path) : document_(document), path_(path) {}

    Document::Refusal refuse(Position position, std::string message, std::string hint = {}) const
    {
        return Diagnostic{Severity::error,   document_.file_,    position,
                          shown(path_, 200), std::move(message), std::move(hint)};
    }

    template <class Act> Document::Refusal at(Act act)
    {
        if (!document_.valid())
            return refuse({}, "the text is not a scenario that can be edited", "correct its mistakes first");
        auto found = findPlace(document_.tree_->root(), path_, document_.catalogue_);
        if (const auto* problem = std::get_if<PathProblem>(&found))
            return refuse(problem->position, problem->message, problem->hint);
        return act(std::get<Place>(found));
    }

    Document::Refusal set(Place& place, std::string_view value)
    {
        if (auto trouble = checkValue(value)) return trouble;
        const Node& node = place.node();
        switch (place.missing) {
        case Place::Missing::nothing: return replace(place, std::string(value));
        case Place::Missing::argument: {
            const auto text = replaceArgument(node.text(), place.rest.front(), value);
            return text ? replace(place, *text)
                        : refuse(node.position(), fmt::format("{} has no argument {}", inQuotes(node.text()),
                                                              inQuotes(place.rest.front())));
        }
        case Place::Missing::shorthand: {
            const std::string entry = nested(place.rest, 0, ValueText{value}.rendered(true));
            const std::string whole =
                place.bare ? fmt::format("{{{}: {{{}}}}}", place.wrapper, entry)
                           : fmt::format("{{{}: {}, {}}}", place.wrapper, yamlScalar(node.text(), true), entry);
            return replace(place, whole);
        }
        case Place::Missing::policy:
            return add(place, {}, fmt::format("{{{}}}", nested(place.rest, 0, ValueText{value}.rendered(true))));
        case Place::Missing::keys: break;
        }
        std::string key = place.rest.front();
        place.rest.erase(place.rest.begin());
        // The list of policies is made along with its first policy.
        if (key == "policies" && !place.rest.empty() && place.nodes.size() == 3)
            return add(place, key, fmt::format("[{{{}}}]", nested(place.rest, 0, ValueText{value}.rendered(true))));
        if (place.rest.empty()) return add(place, key, std::string(value));
        return add(place, key, fmt::format("{{{}}}", nestedWithPolicies(place.rest, value)));
    }

    Document::Refusal append(Place& place, std::string_view value)
    {
        if (auto trouble = checkValue(value)) return trouble;
        if (place.missing == Place::Missing::nothing && (place.node().isSequence() || place.node().isNull()))
            return add(place, {}, std::string(value));
        if (place.missing != Place::Missing::keys) return refuse(place.node().position(), "this is not a list");
        std::string key = place.rest.front();
        place.rest.erase(place.rest.begin());
        const std::string list = fmt::format("[{}]", ValueText{value}.rendered(true));
        return place.rest.empty() ? add(place, key, list)
                                  : add(place, key, fmt::format("{{{}}}", nested(place.rest, 0, list)));
    }

    Document::Refusal remove(Place& place)
    {
        if (place.missing != Place::Missing::nothing)
            return refuse(place.node().position(), "there is nothing to remove", {});
        // A policy's value goes with its name and its item.
        const bool policy = place.nodes.size() == 6 && place.nodes[3]->isSequence() && place.nodes[4]->isMapping() &&
                            place.nodes[4]->size() == 1 &&
                            document_.tree_->root().key(place.stops[0]).text() == "links";
        if (policy) place.nodes.pop_back(), place.stops.pop_back();
        place.nodes.pop_back();
        const std::size_t child = place.stops.back();
        place.stops.pop_back();
        if (place.nodes.size() == 1 && place.node().size() == 1)
            return refuse(place.node().position(), "nothing would be left of the scenario");
        const auto splice = removing(document_.text_, place.node(), child);
        if (!splice) return refuse(place.node().position(), "its line holds something else as well", "edit the text");
        return finish(*splice, place, [child](const Node& before, const Node& after) {
            if (after.kind() != before.kind() || after.size() + 1 != before.size()) return false;
            for (std::size_t i = 0; i < after.size(); ++i)
                if (!sameChild(before, i < child ? i : i + 1, after, i)) return false;
            return true;
        });
    }

private:
    // A value that is YAML by itself has to be sound by itself.
    Document::Refusal checkValue(std::string_view value) const
    {
        if (!ValueText::isCollection(value))
            return value.find('\0') == std::string_view::npos ? std::nullopt : refuse({}, "the value holds a NUL byte");
        Diagnostics found("");
        const auto tree = parseTree(std::string(value), found);
        if (tree && !found.hasErrors() && tree->root().style() == Node::Style::flow &&
            tree->root().range().to == value.size() && value.find('\n') == std::string_view::npos)
            return std::nullopt;
        const auto problems = found.sorted();
        return refuse({}, fmt::format("{} cannot stand there", inQuotes(value)),
                      problems.empty() ? "write one list or mapping on one line" : problems.front().message);
    }

    // a: {b: value}
    static std::string nested(const std::vector<std::string>& keys, std::size_t first, const std::string& value)
    {
        const std::string key = yamlScalar(keys[first], true);
        return first + 1 == keys.size() ? fmt::format("{}: {}", key, value)
                                        : fmt::format("{}: {{{}}}", key, nested(keys, first + 1, value));
    }
    // The same, below `links`: `a -> b` and then a policy becomes an item of its list.
    std::string nestedWithPolicies(const std::vector<std::string>& keys, std::string_view value) const
    {
        const std::string text = ValueText{value}.rendered(true);
        const bool link = keys.front().find("->") != std::string::npos;
        const std::size_t policy = link ? 1 : 0;
        const Descriptor* type = document_.catalogue_.find(Kind::link, "link");
        const bool known = keys.size() > policy && document_.catalogue_.find(Kind::policy, keys[policy]) &&
                           !(type && type->find(keys[policy]));
        const bool below = link || (path_.find("->") != std::string_view::npos);
        if (!known || !below) return nested(keys, 0, text);
        const std::string list = fmt::format("policies: [{{{}}}]", nested(keys, policy, text));
        return link ? fmt::format("{}: {{{}}}", yamlScalar(keys.front(), true), list) : list;
    }

    Document::Refusal replace(const Place& place, const std::string& value)
    {
        const Node& node = place.node();
        const bool inFlow = place.nodes.size() > 1 && isFlow(*place.nodes[place.nodes.size() - 2]);
        const Splice splice = replacing(document_.text_, node, ValueText{value}.rendered(inFlow, &node));
        return finish(splice, place, [&](const Node&, const Node& after) { return means(after, value); });
    }

    // Adds `key: value`, or an item when the key is empty, to the collection (or absent value) at the place.
    Document::Refusal add(const Place& place, const std::string& key, const std::string& value)
    {
        const Node& node = place.node();
        const bool item = key.empty();
        if (!node.isNull() && (item ? !node.isSequence() : !node.isMapping()))
            return refuse(node.position(),
                          fmt::format("{} cannot be added to {}", item ? "an item" : inQuotes(key), node.kindName()));
        const bool inFlow = node.isNull() || isFlow(node);
        std::string entry = ValueText{value}.rendered(inFlow);
        if (!item)
            entry = yamlScalar(key, inFlow) + ":" +
                    (place.nodes.size() == 1 && !inFlow ? unfolded(key, value, entry) : " " + entry);
        Splice splice = node.isNull() ? replacing(document_.text_, node,
                                                  item ? fmt::format("[{}]", entry) : fmt::format("{{{}}}", entry))
                                      : appending(document_.text_, node, entry);
        return finish(splice, place, [&](const Node& before, const Node& after) {
            if (item ? !after.isSequence() : !after.isMapping()) return false;
            if (after.size() != before.size() + 1) return false;
            for (std::size_t i = 0; i < before.size(); ++i)
                if (!sameChild(before, i, after, i)) return false;
            return item ? means(after.items().back(), value)
                        : after.key(before.size()).text() == key && means(after.value(before.size()), value);
        });
    }

    // A new section of the file is written as people write it: its one entry on a line of its own.
    static std::string unfolded(std::string_view section, const std::string& value, const std::string& entry)
    {
        const bool lines = section == "nodes" || section == "links" || section == "timeline" || section == "expect" ||
                           section == "slos" || section == "layout";
        Diagnostics ignored("");
        const auto tree = lines && ValueText::isCollection(value) ? parseTree(value, ignored) : nullptr;
        if (!tree || tree->root().size() != 1) return " " + entry;
        const Node& root = tree->root();
        const std::string inner = value.substr(1, value.size() - 2);
        return std::string("\n  ") + (root.isSequence() ? "- " : "") + inner;
    }

    static bool sameChild(const Node& one, std::size_t i, const Node& other, std::size_t j)
    {
        if (one.isSequence()) return one.items()[i].sameContent(other.items()[j]);
        return one.key(i).text() == other.key(j).text() && one.value(i).sameContent(other.value(j));
    }
    static bool means(const Node& node, const std::string& value)
    {
        if (!ValueText::isCollection(value)) return node.isScalar() && !node.isNull() && node.text() == value;
        Diagnostics ignored("");
        const auto tree = parseTree(value, ignored);
        return tree && node.sameContent(tree->root());
    }

    template <class Meant> Document::Refusal finish(const Splice& splice, const Place& place, Meant meant)
    {
        std::string text = splice.applied(document_.text_);
        Diagnostics found(document_.file_);
        const auto tree = parseTree(text, found);
        if (!tree || !onlyThere(document_.tree_->root(), tree->root(), place, 0, meant))
            return refuse(place.node().position(), "this edit would change something else as well",
                          "edit the text by hand here");
        document_.text_ = std::move(text);
        document_.tree_ = tree;
        return std::nullopt;
    }
    template <class Meant>
    bool onlyThere(const Node& before, const Node& after, const Place& place, std::size_t depth, Meant& meant) const
    {
        if (depth == place.stops.size()) return meant(before, after);
        if (before.kind() != after.kind() || before.size() != after.size()) return false;
        const std::size_t stop = place.stops[depth];
        for (std::size_t i = 0; i < before.size(); ++i)
            if (i != stop && !sameChild(before, i, after, i)) return false;
        if (before.isSequence()) return onlyThere(before.items()[stop], after.items()[stop], place, depth + 1, meant);
        return before.key(stop).text() == after.key(stop).text() &&
               onlyThere(before.value(stop), after.value(stop), place, depth + 1, meant);
    }

    Document& document_;
    std::string_view path_;
};

Document::Document(std::string text, std::string fileName, const Catalogue& catalogue)
    : text_(std::move(text)), file_(std::move(fileName)), catalogue_(catalogue)
{
    Diagnostics ignored(file_);
    const auto tree = parseTree(text_, ignored);
    if (tree && tree->root().isMapping()) tree_ = tree;
}

Document::Refusal Document::set(std::string_view path, std::string_view value)
{
    Editing editing(*this, path);
    return editing.at([&](Place& place) { return editing.set(place, value); });
}

Document::Refusal Document::remove(std::string_view path)
{
    Editing editing(*this, path);
    return editing.at([&](Place& place) { return editing.remove(place); });
}

Document::Refusal Document::append(std::string_view path, std::string_view value)
{
    Editing editing(*this, path);
    return editing.at([&](Place& place) { return editing.append(place, value); });
}

Document::Refusal Document::insertNode(std::string_view name, std::string_view type)
{
    const std::string path = "nodes." + std::string(name);
    const auto valid = parseName(name);
    if (!valid) return Editing(*this, path).refuse({}, valid.message, valid.hint);
    if (get(path))
        return Editing(*this, path)
            .refuse({}, fmt::format("there is a node {} already", inQuotes(name)), "choose another name");
    return set(path, fmt::format("{{type: {}}}", type));
}

Document::Refusal Document::place(std::string_view node, double x, double y)
{
    return set("layout." + std::string(node), fmt::format("[{}, {}]", std::llround(x), std::llround(y)));
}

std::optional<std::string> Document::get(std::string_view path) const
{
    if (!valid()) return std::nullopt;
    const auto found = findPlace(tree_->root(), path, catalogue_);
    const Place* place = std::get_if<Place>(&found);
    if (!place) return std::nullopt;
    if (place->missing == Place::Missing::argument) return findArgument(place->node().text(), place->rest.front());
    if (place->missing != Place::Missing::nothing) return std::nullopt;
    const Node& node = place->node();
    return node.isScalar() ? std::string(node.text()) : text_.substr(node.range().from, node.range().length());
}

}  // namespace tantrum::models::scenario
