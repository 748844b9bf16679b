#include "models/scenario/reading.h"

namespace tantrum::models::scenario {

void Reading::error(Position position, std::string message, std::string hint)
{
    diagnostics_.error(position, path(), std::move(message), std::move(hint));
}

void Reading::warning(const Node& at, std::string message, std::string hint)
{
    diagnostics_.warning(at.position(), path(), std::move(message), std::move(hint));
}

std::string Reading::path() const
{
    std::string joined;
    for (const std::string_view segment : path_) {
        if (!joined.empty()) joined += '.';
        joined += shown(segment);
    }
    return joined;
}

void Reading::refer(const Node& at, std::string node, std::string operation, std::string accepts,
                    bool anyOperation)
{
    references.push_back({std::move(node), std::move(operation), anyOperation, std::move(accepts), at.position(), path()});
}

}  // namespace tantrum::models::scenario
