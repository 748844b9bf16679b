// Edits a scenario's text and leaves alone what is not edited: comments, order, quotes, line ends.
//
// An edit is a splice. The new text is parsed again and has to say exactly what was meant and nothing else; if it does
// not, the edit is refused and the text stays as it was. Whether the new value makes sense is the reader's business.
#pragma once

#include "models/scenario/catalogue.h"
#include "models/scenario/tree.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {

/// Paths: `seed`; `nodes.web.workers` or `web.workers`; `web -> inventory.latency`; a policy by name or index
/// `web -> inventory.retry.attempts`, `….policies.0.attempts`; an argument `shoppers.arrivals.rate`; a step
/// `web.checkout.0.work`; `timeline.2.at`, `expect.0`, `layout.web`.
class Document {
public:
    /// The catalogue has to outlive it. `text` need not be a valid scenario, but has to be a YAML mapping;
    /// otherwise valid() is false and every edit is refused.
    Document(std::string text, std::string fileName, const Catalogue&);

    bool valid() const { return tree_ != nullptr; }
    const std::string& text() const { return text_; }

    /// Empty when done; else why the text was left as it was.
    using Refusal = std::optional<Diagnostic>;

    /// Replaces a value or adds it, with the mappings, link entry or policy it needs. `value` is what a person would
    /// write there: a scalar, quoted by set() if it has to be, or YAML in [ ] or { }.
    Refusal set(std::string_view path, std::string_view value);
    /// Removes a key with its value, or an item of a list.
    Refusal remove(std::string_view path);
    /// Appends an entry to `nodes`: `name: {type: …}`.
    Refusal insertNode(std::string_view name, std::string_view type);
    /// Appends an item to the list at `path` ("timeline", "expect", "web -> db.policies"), made if it is not there.
    /// `value` as in set(): `{at: 60s, crash: db}`.
    Refusal append(std::string_view path, std::string_view value);
    /// Sets `layout.<node>`, rounded to whole units.
    Refusal place(std::string_view node, double x, double y);

    /// The scalar, argument (or the source text of the collection) at a path; nullopt if there is nothing.
    std::optional<std::string> get(std::string_view path) const;

private:
    friend class Editing;
    std::string text_;
    std::string file_;
    const Catalogue& catalogue_;
    std::shared_ptr<const Tree> tree_;
};

}  // namespace tantrum::models::scenario
