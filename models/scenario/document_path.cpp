#include "models/scenario/document_path.h"

#include "models/scenario/names.h"
#include "models/scenario/sections.h"

#include <algorithm>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

// At the dots, but those of a link pattern stay together up to the dot after its arrow.
std::vector<std::string> segmentsOf(std::string_view path)
{
    std::vector<std::string> segments;
    while (!path.empty()) {
        const std::size_t dot = path.find('.');
        segments.emplace_back(path.substr(0, dot));
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    return segments;
}

class Walk {
public:
    Walk(const Node& root, const Catalogue& catalogue) : catalogue_(catalogue) { place_.nodes.push_back(&root); }

    std::variant<Place, PathProblem> operator()(std::string_view path)
    {
        segments_ = segmentsOf(path);
        if (segments_.empty() ||
            std::any_of(segments_.begin(), segments_.end(), [](const auto& segment) { return segment.empty(); }))
            return problem(fmt::format("{} is not a path", inQuotes(path)), "write e.g. web.workers");
        const Node& root = *place_.nodes.back();
        if (std::find(sections.begin(), sections.end(), segments_.front()) == sections.end()) {
            const bool link = segments_.front().find("->") != std::string::npos;
            const Node* nodes = root.find("nodes");
            if (!link && !(nodes && nodes->find(segments_.front()))) {
                std::vector<std::string_view> names(sections.begin(), sections.end());
                for (std::size_t i = 0; nodes && i < nodes->size() && nodes->isMapping(); ++i)
                    names.push_back(nodes->key(i).text());
                return problem(fmt::format("there is no node {}", inQuotes(segments_.front())),
                               suggest(segments_.front(), names));
            }
            segments_.insert(segments_.begin(), link ? "links" : "nodes");
        }
        while (next_ < segments_.size())
            if (!step())
                return place_.missing == Place::Missing::nothing ? std::variant<Place, PathProblem>(problem_) : place_;
        return place_;
    }

private:
    const Node& here() const { return *place_.nodes.back(); }
    PathProblem problem(std::string message, std::string hint)
    {
        return problem_ = {here().position(), std::move(message), std::move(hint)};
    }
    bool fail(std::string message, std::string hint = {})
    {
        problem(std::move(message), std::move(hint));
        return false;
    }
    bool ends(Place::Missing missing)
    {
        place_.missing = missing;
        place_.rest.assign(segments_.begin() + static_cast<std::ptrdiff_t>(next_), segments_.end());
        return false;
    }
    bool descend(std::size_t child)
    {
        const Node& node = here();
        place_.nodes.push_back(node.isMapping() ? &node.value(child) : &node.items()[child]);
        place_.stops.push_back(child);
        return true;
    }
    bool inLink() const { return segments_.front() == "links"; }

    bool step()
    {
        if (here().isMapping()) return inMapping();
        if (here().isSequence()) return inSequence();
        if (here().isNull())
            return inLink() && place_.nodes.size() == 4 && segments_[2] == "policies" ? ends(Place::Missing::policy)
                                                                                      : ends(Place::Missing::keys);
        if (policy_) return inScalarPolicy();
        return next_ + 1 == segments_.size()
                   ? ends(Place::Missing::argument)
                   : fail(fmt::format("{} is a single value", inQuotes(segments_[next_ - 1])), "the path ends there");
    }

    // Some keys hold dots (study.vary): the longest that fits.
    bool inMapping()
    {
        const Node& mapping = here();
        for (std::size_t count = segments_.size() - next_; count > 0; --count) {
            std::string key = segments_[next_];
            for (std::size_t i = 1; i < count; ++i) key += "." + segments_[next_ + i];
            if (!find(mapping, key)) continue;
            next_ += count;
            return true;
        }
        const std::size_t depth = place_.nodes.size();
        if (segments_.front() == "nodes" && depth == 3) {
            const Node* operations = mapping.find("operations");
            if (operations && operations->isMapping() && operations->find(segments_[next_]))
                return find(mapping, "operations");
        }
        if (inLink() && depth == 3 && isPolicy(mapping)) {
            if (mapping.find("policies")) return find(mapping, "policies");
            segments_.insert(segments_.begin() + static_cast<std::ptrdiff_t>(next_), "policies");
        }
        return ends(Place::Missing::keys);
    }

    bool isPolicy(const Node& link) const
    {
        const Node* type = link.find("type");
        const Descriptor* descriptor = catalogue_.find(Kind::link, type && type->isScalar() ? type->text() : "link");
        return !(descriptor && descriptor->find(segments_[next_])) && catalogue_.find(Kind::policy, segments_[next_]);
    }

    bool find(const Node& mapping, const std::string& key)
    {
        const bool links = inLink() && place_.nodes.size() == 2;
        const auto wanted = links ? parseLink(key) : Parsed<LinkPattern>("", "");
        for (std::size_t i = 0; i < mapping.size(); ++i) {
            bool same = mapping.key(i).text() == key;
            if (!same && wanted) {
                const auto pattern = parseLink(mapping.key(i).text());
                same = pattern && *pattern == *wanted;
            }
            if (same) return descend(i);
        }
        return false;
    }

    bool inSequence()
    {
        const std::string& segment = segments_[next_];
        const auto items = here().items();
        const bool policies = inLink() && place_.nodes.size() == 4;
        const auto index = parseUnsigned(segment);
        for (std::size_t i = 0; i < items.size(); ++i) {
            const std::string_view name =
                items[i].isMapping() && items[i].size() == 1 ? items[i].key(0).text() : items[i].text();
            if (!(index && *index == i) && !(policies && name == segment)) continue;
            descend(i);
            ++next_;
            if (!policies) return true;
            policy_ = catalogue_.find(Kind::policy, name);
            const bool wantsItem = index && next_ == segments_.size();  // `policies.0` is the whole item
            return !here().isMapping() || wantsItem || descend(0);
        }
        if (policies && catalogue_.find(Kind::policy, segment)) return ends(Place::Missing::policy);
        return fail(fmt::format("the list has no {}", inQuotes(segment)),
                    fmt::format("it has {} item{}, counted from 0", items.size(), items.size() == 1 ? "" : "s"));
    }

    // `timeout: 200ms`, or just `circuit_breaker`, and a key below it.
    bool inScalarPolicy()
    {
        const std::string& key = segments_[next_];
        place_.bare = place_.nodes[place_.nodes.size() - 2]->isSequence();
        if (!place_.bare && key == policy_->shorthand)
            return ++next_, next_ == segments_.size() || ends(Place::Missing::argument);
        if (!place_.bare && policy_->shorthand.empty())
            return fail(fmt::format("{} is a single value", inQuotes(policy_->key)), {});
        place_.wrapper = place_.bare ? policy_->key : policy_->shorthand;
        return ends(Place::Missing::shorthand);
    }

    const Catalogue& catalogue_;
    std::vector<std::string> segments_;
    std::size_t next_ = 0;
    Place place_;
    PathProblem problem_;
    const Descriptor* policy_ = nullptr;
};

}  // namespace

std::variant<Place, PathProblem> findPlace(const Node& root, std::string_view path, const Catalogue& catalogue)
{
    return Walk(root, catalogue)(path);
}

}  // namespace tantrum::models::scenario
