#include "models/scenario/reader.h"

#include "models/scenario/fields.h"
#include "models/scenario/reader_parts.h"
#include "models/scenario/sections.h"

#include <algorithm>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

// False when the rest is not worth reading: it is written in another format.
bool readVersion(const Node& root, Reading& reading)
{
    const auto inside = reading.inside("tantrum");
    const Node* node = root.find("tantrum");
    if (!node) {
        reading.error(root, "the format version is missing", "begin the file with 'tantrum: 1'");
        return true;
    }
    const auto version = node->isScalar() ? parseCount(node->text()) : Parsed<std::int64_t>("not a number", "");
    if (version && *version == 1) return true;
    if (version && *version > 1)
        reading.error(*node,
                      fmt::format("this file is in format version {}, which this program does not know", *version),
                      "this program reads version 1; a newer one may read this file");
    else
        reading.error(*node,
                      fmt::format("{} is not a format version",
                                  node->isScalar() ? inQuotes(node->text()) : std::string(node->kindName())),
                      "write 'tantrum: 1'");
    return !version || *version <= 1;
}

template <class T>
std::optional<T> readField(const Node& root, std::string_view key, Reading& reading, const Rules<T>& rules = {})
{
    const Node* node = root.find(key);
    if (!node) return std::nullopt;
    const auto inside = reading.inside(key);
    return ValueType<T>::read(*node, reading, rules);
}

void readTexts(const Node& root, ReaderState& state)
{
    if (const auto name = readField<std::string>(root, "name", state.reading)) state.scenario.name = *name;
    const Node* about = root.find("about");
    if (!about || about->isNull()) return;
    const auto inside = state.reading.inside("about");
    if (about->isScalar())
        state.scenario.about = about->text();
    else
        state.reading.error(*about, fmt::format("a text is expected here, not {}", about->kindName()), {});
}

void readClock(const Node& root, ReaderState& state)
{
    Scenario& scenario = state.scenario;
    Reading& reading = state.reading;
    if (const Node* seed = root.find("seed")) {
        const auto inside = reading.inside("seed");
        const auto value =
            seed->isScalar()
                ? parseUnsigned(seed->text())
                : Parsed<std::uint64_t>(fmt::format("a whole number is expected here, not {}", seed->kindName()), "");
        if (value)
            scenario.seed = *value;
        else
            reading.error(*seed, value.message, value.hint);
    }
    const auto duration =
        readField<engine::Duration>(root, "duration", reading, {.least = engine::Duration::nanoseconds(1)});
    if (duration) scenario.duration = *duration;
    if (!root.find("duration")) reading.error(root, "the scenario has no duration", "add e.g. 'duration: 5min'");
    const auto warmup = readField<engine::Duration>(root, "warmup", reading);
    if (!warmup) return;
    scenario.warmup = *warmup;
    if (duration && *warmup >= *duration) {
        const auto inside = reading.inside("warmup");
        reading.error(
            *root.find("warmup"),
            fmt::format("the warm-up ({}) has to be shorter than the run ({})", textOf(*warmup), textOf(*duration)),
            "nothing would be left to measure");
    }
}

// Sections that name nodes come after the nodes, wherever they stand in the file.
void readRoot(const Node& root, ReaderState& state)
{
    if (!isMappingFor(root, state.reading, "a scenario") || !readVersion(root, state.reading)) return;
    checkKeys(root, state.reading, "a scenario", sections);
    readTexts(root, state);
    readClock(root, state);
    using Section = void (*)(const Node&, ReaderState&);
    for (const auto& [key, read] : {std::pair<std::string_view, Section>{"nodes", readNodes},
                                    {"zones", readZones},
                                    {"links", readLinks},
                                    {"timeline", readTimeline},
                                    {"slos", readServiceLevels},
                                    {"telemetry", readTelemetry},
                                    {"expect", readExpectations},
                                    {"study", readStudy},
                                    {"layout", readLayout}}) {
        const Node* node = root.find(key);
        const auto inside = state.reading.inside(key);
        if (node && (!node->isNull() || key == "nodes" || key == "zones"))
            read(*node, state);
        else if (!node && key == "nodes")
            state.reading.error(root, "the scenario has no nodes", "add 'nodes:' with at least a client and a service");
    }
    checkZones(root, state);
    checkReferences(state);
    checkCycles(state);
}

}  // namespace

const ReaderState::NodeFacts* ReaderState::node(std::string_view name) const
{
    const auto found = nodeIndex.find(std::string(name));
    return found == nodeIndex.end() ? nullptr : &nodes[found->second];
}

std::string ReaderState::suggestNode(std::string_view name, bool orZone)
{
    if (--suggestionsLeft_ < 0) return {};
    std::vector<std::string_view> names;
    for (const NodeFacts& facts : nodes) names.push_back(facts.name);
    for (std::size_t index = 0; orZone && index < zones.size(); ++index) names.push_back(zones[index].name);
    return suggest(name, names);
}

ReadResult read(std::string text, std::string fileName, const Catalogue& catalogue, const ReadOptions& options)
{
    Diagnostics diagnostics(std::move(fileName));
    ReadResult result;
    if (const auto tree = parseTree(std::move(text), diagnostics)) {
        ReaderState state(catalogue, diagnostics, options.directory);
        state.scenario.file = diagnostics.file();
        state.scenario.directory = options.directory;
        state.scenario.tree = tree;
        readRoot(tree->root(), state);
        if (!diagnostics.hasErrors()) result.scenario = std::move(state.scenario);
    }
    result.diagnostics = diagnostics.sorted();
    return result;
}

ReadResult readFile(const std::filesystem::path& path, const Catalogue& catalogue)
{
    Diagnostics diagnostics(path.string());
    auto text = readTextFile(path.string(), diagnostics);
    if (!text) return {std::nullopt, diagnostics.sorted()};
    const std::filesystem::path parent = path.parent_path();
    return read(*std::move(text), path.string(), catalogue, {parent.empty() ? std::filesystem::path(".") : parent});
}

}  // namespace tantrum::models::scenario
