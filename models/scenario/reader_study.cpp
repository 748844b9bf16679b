// The sections a run does not need: what a study varies, and where the canvas puts things.
#include "models/scenario/fields.h"
#include "models/scenario/reader_parts.h"

#include <array>
#include <cmath>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

constexpr std::array<std::string_view, 2> studyKeys{"vary", "repeat"};
constexpr std::array<std::string_view, 3> repeatKeys{"until", "at_least", "at_most"};

std::optional<double> coordinate(const Node& node)
{
    const auto number = node.isScalar() ? parseNumber(node.text()) : Parsed<double>("", "");
    return number && std::abs(*number) <= 1e6 ? number.value : std::nullopt;
}

}  // namespace

void readStudy(const Node& node, ReaderState& state)
{
    Reading& reading = state.reading;
    if (!isMappingFor(node, reading, "'study'")) return;
    checkKeys(node, reading, "'study'", studyKeys);
    if (const Node* vary = node.find("vary")) {
        const auto inside = reading.inside("vary");
        if (isMappingFor(*vary, reading, "'vary'"))
            for (std::size_t i = 0; i < vary->size(); ++i)
                if (vary->value(i).isMapping() || vary->value(i).isNull())
                    reading.error(vary->value(i).isNull() ? vary->key(i) : vary->value(i),
                                  "the values to try are missing", "write a list [1, 2, 4] or a range 1..8");
    }
    if (const Node* repeat = node.find("repeat"); repeat && !repeat->isScalar()) {
        const auto inside = reading.inside("repeat");
        if (isMappingFor(*repeat, reading, "'repeat'")) checkKeys(*repeat, reading, "'repeat'", repeatKeys);
    }
    state.scenario.study = &node;
}

void readLayout(const Node& node, ReaderState& state)
{
    Reading& reading = state.reading;
    if (!isMappingFor(node, reading, "'layout'")) return;
    for (std::size_t i = 0; i < node.size(); ++i) {
        const Node& key = node.key(i);
        const auto inside = reading.inside(key.text());
        const auto items = node.value(i).items();
        const auto x = items.size() == 2 ? coordinate(items[0]) : std::nullopt;
        const auto y = items.size() == 2 ? coordinate(items[1]) : std::nullopt;
        if (!x || !y)
            reading.error(node.value(i), "a place is a list of two numbers up to a million", "e.g. [320, 180]");
        // Not an error: the place of a node that was just removed does no harm.
        else if (!state.node(key.text()))
            reading.warning(key, fmt::format("there is no node {}", inQuotes(key.text())),
                            state.suggestNode(key.text()));
        else
            state.scenario.layout.push_back({std::string(key.text()), *x, *y});
    }
}

}  // namespace tantrum::models::scenario
