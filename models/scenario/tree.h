// A YAML document as a tree that remembers where everything stands, so that messages can point and edits can splice.
//
// Hostile input is refused early, each with one diagnostic: more than 16 MiB, invalid UTF-8, NUL bytes, nesting over
// 64, more than two million nodes (counted with aliases expanded, though they never are), several documents, tags,
// merge keys, duplicate keys.
#pragma once

#include "models/scenario/diagnostics.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {

struct Range {
    Position begin;
    Position end;            ///< one past the last character
    std::uint32_t from = 0;  ///< byte offset of begin in the source text
    std::uint32_t to = 0;    ///< byte offset of end

    std::size_t length() const { return to - from; }
};

/// One scalar, sequence or mapping. A small view: copying it is cheap, and it lives as long as its Tree.
class Node {
public:
    enum class Kind : std::uint8_t { scalar, sequence, mapping };
    enum class Style : std::uint8_t { plain, singleQuoted, doubleQuoted, literal, folded, block, flow };

    Kind kind() const { return kind_; }
    Style style() const { return style_; }
    bool isScalar() const { return kind_ == Kind::scalar; }
    bool isSequence() const { return kind_ == Kind::sequence; }
    bool isMapping() const { return kind_ == Kind::mapping; }
    /// Nothing was written, or `~` or `null`.
    bool isNull() const;
    /// The node stands for another one (`*name`): its range is the alias's, its content the anchored node's.
    bool isAlias() const { return alias_; }
    /// The scalar's text with quotes and escapes resolved; empty for collections.
    std::string_view text() const { return {text_, isScalar() ? size_ : 0}; }
    const Range& range() const { return range_; }
    Position position() const { return range_.begin; }
    /// Where byte `offset` of text() stands; the beginning, when quoting, folding or an alias hides that.
    Position placeOf(std::size_t offset) const;

    /// A sequence's items, in order.
    std::span<const Node> items() const;
    /// A mapping's number of entries; their keys (always scalars) and values, in order.
    std::size_t size() const { return isMapping() ? size_ / 2 : isSequence() ? size_ : 0; }
    const Node& key(std::size_t index) const { return children_[2 * index]; }
    const Node& value(std::size_t index) const { return children_[2 * index + 1]; }
    /// The value under `key`, or nullptr.
    const Node* find(std::string_view key) const;

    /// "a mapping", "a list", "text" …: for messages.
    std::string_view kindName() const;
    /// Same kind, text and children, whatever the style and the place.
    bool sameContent(const Node& other) const;

private:
    friend class TreeBuilder;
    union {
        const char* text_ = nullptr;
        const Node* children_;
    };
    Range range_;
    std::uint32_t size_ = 0;      // bytes of text, or children (a mapping counts keys and values)
    std::uint32_t expanded_ = 1;  // nodes below and including this one, aliases counted in full
    std::uint8_t height_ = 0;
    Kind kind_ = Kind::scalar;
    Style style_ = Style::plain;
    bool alias_ = false;
};

/// Owns the source text and every node. Immutable.
class Tree {
public:
    const Node& root() const { return root_; }
    const std::string& source() const { return source_; }

private:
    friend class TreeBuilder;
    std::string source_;
    std::vector<std::unique_ptr<char[]>> texts_;
    std::vector<std::unique_ptr<Node[]>> nodes_;
    Node root_;
};

/// Never throws. nullptr when the text is not a usable YAML document; every reason is in the diagnostics. A value torn
/// at a comma inside { } or [ ] is reported and then joined again, so that its other half is no second mistake.
std::shared_ptr<const Tree> parseTree(std::string text, Diagnostics&);

/// Reads a regular file of at most 16 MiB. nullopt after one diagnostic (missing, a directory, unreadable, too large).
std::optional<std::string> readTextFile(const std::string& file, Diagnostics&);

}  // namespace tantrum::models::scenario
