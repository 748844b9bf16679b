#include "models/scenario/fields.h"

#include <algorithm>
#include <fmt/format.h>

namespace tantrum::models::scenario {

bool isMappingFor(const Node& node, Reading& reading, std::string_view what)
{
    if (node.isMapping()) return true;
    reading.error(node, fmt::format("{} is a mapping, not {}", what, node.kindName()),
                  "write 'key: value' lines below it, or {key: value}");
    return false;
}

bool isSequenceFor(const Node& node, Reading& reading, std::string_view what)
{
    if (node.isSequence()) return true;
    reading.error(node, fmt::format("{} is a list, not {}", what, node.kindName()),
                  "write each item on a line of its own, after '- '");
    return false;
}

void unknownKey(const Node& key, Reading& reading, std::string_view what, std::span<const std::string_view> known)
{
    if (reading.full()) return;
    const auto inside = reading.inside(key.text());
    reading.error(key, fmt::format("{} has no {}", what, inQuotes(key.text())), suggest(key.text(), known));
}

void checkKeys(const Node& mapping, Reading& reading, std::string_view what, std::span<const std::string_view> known)
{
    for (std::size_t i = 0; i < mapping.size(); ++i)
        if (std::find(known.begin(), known.end(), mapping.key(i).text()) == known.end())
            unknownKey(mapping.key(i), reading, what, known);
}

}  // namespace tantrum::models::scenario
