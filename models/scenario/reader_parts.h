// The reader's sections, each in a file of its own. Used by reader*.cpp.
#pragma once

#include "models/scenario/reader.h"
#include "models/scenario/reading.h"
#include "models/scenario/values.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tantrum::models::scenario {

/// What is known while a scenario is being read.
struct ReaderState {
    ReaderState(const Catalogue& known, Diagnostics& diagnostics, std::filesystem::path directory)
        : catalogue(known), reading(diagnostics, std::move(directory))
    {}

    struct NodeFacts {
        std::string name;
        const Descriptor* type = nullptr;           ///< nullptr: unknown; nothing more is said about such a node
        bool operationsKnown = true;                ///< false: they could not be read
        std::vector<DeclaredOperation> operations;  ///< of OperationsOffered::own
        std::unordered_map<std::string, std::size_t> operationIndex;
        std::size_t entry = 0;  ///< in scenario.nodes, if the type is known
    };

    struct ZoneUse {
        std::string name;
        Position position;  ///< where a node says so first
        std::string path;
    };
    bool isZone(std::string_view name) const;

    const Catalogue& catalogue;
    Reading reading;
    Scenario scenario;
    std::vector<NodeFacts> nodes;
    std::unordered_map<std::string, std::size_t> nodeIndex;

    std::vector<ZoneUse> zones;  ///< each once, in the order of the file

    bool slosSound = true;  ///< false: some of them could not be read

    const NodeFacts* node(std::string_view name) const;
    /// A hint for a name that no node has. Looking for the nearest of very many is given up after some hundred times.
    std::string suggestNode(std::string_view name, bool orZone = false);

private:
    int suggestionsLeft_ = 300;
};

void readNodes(const Node&, ReaderState&);
/// The zone a node says it stands in; empty: none, or none that can be.
std::string readZoneOf(const Node& mapping, ReaderState&);
void readZones(const Node&, ReaderState&);
/// Zones are of use, and no node is called as one of them.
void checkZones(const Node& root, ReaderState&);
void readLinks(const Node&, ReaderState&);
void readTimeline(const Node&, ReaderState&);
void readServiceLevels(const Node&, ReaderState&);
void readTelemetry(const Node&, ReaderState&);
void readExpectations(const Node&, ReaderState&);
void readStudy(const Node&, ReaderState&);
void readLayout(const Node&, ReaderState&);

/// Reads the entries of a mapping as parameters of `type`, but for the keys in `others`; says what is unknown or
/// missing. `given` (may be nullptr) gets the parameters that were there. False when something was wrong.
bool readParameters(const Node& mapping, const Descriptor& type, std::span<const std::string_view> others,
                    std::string_view what, ReaderState&, ParameterSet& into,
                    std::vector<const Parameter*>* given = nullptr);

/// Every name used belongs to a node that takes what is sent to it.
void checkReferences(ReaderState&);
/// No operation calls itself in a circle whatever happens.
void checkCycles(ReaderState&);

/// The operation a call without a name means, or by name; nullopt when there is none, or too many to choose from.
std::optional<std::size_t> operationIndex(const ReaderState::NodeFacts&, std::string_view operation);

}  // namespace tantrum::models::scenario
