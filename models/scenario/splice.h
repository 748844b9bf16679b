// Edits of YAML text that touch one place. They compute, they do not check: Document parses the result again.
#pragma once

#include "models/scenario/tree.h"

#include <optional>
#include <string>
#include <string_view>

namespace tantrum::models::scenario {

struct Splice {
    std::size_t from = 0;
    std::size_t to = 0;
    std::string text;
    std::string applied(std::string_view source) const;
};

/// A value to be written: what a person would write there, rendered to fit its place.
struct ValueText {
    std::string_view text;
    /// In the style of `old` where it has one. Text that begins with [ or { is YAML already.
    std::string rendered(bool inFlow, const Node* old = nullptr) const;
    static bool isCollection(std::string_view text) { return text.starts_with('[') || text.starts_with('{'); }
};

/// `replaced`: YAML for the place. An absent value (`key:`) gets a space before it.
Splice replacing(std::string_view source, const Node& node, std::string_view replaced);
/// Adds `entry` ("key: value", or for a list the value) after the last child, on a line of its own or after a comma.
/// `entry` may hold "\n" for line breaks; they get the collection's indentation and the file's line ends.
Splice appending(std::string_view source, const Node& collection, std::string_view entry);
/// Takes a child out with its line. nullopt: its lines hold something else as well.
std::optional<Splice> removing(std::string_view source, const Node& collection, std::size_t child);

/// The collection, or its absent value, is written inside { } or [ ].
inline bool isFlow(const Node& node) { return node.style() == Node::Style::flow; }

}  // namespace tantrum::models::scenario
