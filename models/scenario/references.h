// Names of other things in the scenario. The reader has checked them by the time a model sees them.
#pragma once

#include <string>

namespace tantrum::models::scenario {

/// A node, by name: `orders`.
struct NodeReference {
    std::string node;
    bool operator==(const NodeReference&) const = default;
};

/// What a reference `accepts` that may name a zone in place of a node: all that stands there.
inline constexpr const char* nodeOrZone = "node or zone";

/// An operation of a node: `web.checkout`. Without an operation (`web`), the node's only one, or, for nodes that pass
/// on whatever comes, none in particular.
struct OperationReference {
    std::string node;
    std::string operation;
    bool operator==(const OperationReference&) const = default;
    std::string text() const { return operation.empty() ? node : node + "." + operation; }
};

/// The links between nodes: `web -> inventory`; `*` stands for any number of characters.
struct LinkPattern {
    std::string from = "*";
    std::string to = "*";
    bool operator==(const LinkPattern&) const = default;
    std::string text() const { return from + " -> " + to; }
    bool exact() const { return from.find('*') == std::string::npos && to.find('*') == std::string::npos; }
    bool matches(const std::string& fromNode, const std::string& toNode) const;
};

}  // namespace tantrum::models::scenario
