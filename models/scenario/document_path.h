// Finds what a path like `web -> inventory.retry.attempts` speaks of in a document.
#pragma once

#include "models/scenario/catalogue.h"
#include "models/scenario/tree.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tantrum::models::scenario {

struct Place {
    /// How an entry has to be made where the path ends before the document does.
    enum class Missing : std::uint8_t {
        nothing,   ///< `nodes.back()` is the value itself
        keys,      ///< `rest` are keys to be made in the mapping (or absent value) nodes.back()
        policy,    ///< rest[0] is a policy to be appended to the list (or absent value) nodes.back(); more are its keys
        argument,  ///< rest[0] is an argument of the expression nodes.back()
        shorthand  ///< nodes.back() is a scalar policy value (or a policy's bare name): `wrapper` as a mapping, rest[0]
                   ///< a key to add
    };
    std::vector<const Node*> nodes;  ///< from the root down
    std::vector<std::size_t> stops;  ///< child indices that lead there; one less than nodes
    Missing missing = Missing::nothing;
    std::vector<std::string> rest;
    std::string wrapper;  ///< "limit: 200ms" or "circuit_breaker: {…}": see Missing::shorthand
    bool bare = false;    ///< the policy stood without a value

    const Node& node() const { return *nodes.back(); }
};

struct PathProblem {
    Position position;
    std::string message;
    std::string hint;
};

std::variant<Place, PathProblem> findPlace(const Node& root, std::string_view path, const Catalogue&);

}  // namespace tantrum::models::scenario
