// The state of one reading pass: where we are in the document, what went wrong, and what has to be checked at the end.
#pragma once

#include "models/scenario/data_files.h"
#include "models/scenario/tree.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {

/// A name used somewhere that has to belong to a node. Checked when all nodes are known.
struct Reference {
    std::string node;
    std::string operation;  ///< may be empty: the node's only operation
    bool anyOperation = false;  ///< the node as a whole is meant
    std::string accepts;    ///< what the node has to accept ("calls", "messages", "lookups", "amqp"); empty: any node will do
    Position position;
    std::string path;
};

/// An operation a node declares, with the calls it makes whatever happens (for the search for endless calls).
struct DeclaredOperation {
    struct Edge {
        std::string node;
        std::string operation;
        Position position;
    };
    std::string name;
    std::vector<Edge> always;
};

class Reading {
public:
    /// `directory`: where files named in the scenario are looked for; empty: files are not available.
    Reading(Diagnostics& diagnostics, std::filesystem::path directory)
        : files(std::move(directory)), diagnostics_(diagnostics)
    {}

    void error(const Node& at, std::string message, std::string hint = {})
    {
        error(at.position(), std::move(message), std::move(hint));
    }
    void error(Position, std::string message, std::string hint = {});
    void warning(const Node& at, std::string message, std::string hint = {});

    /// Adds a segment to the path while it lives: `const auto inside = reading.inside("workers");`
    /// The text has to outlive it.
    class Inside {
    public:
        explicit Inside(Reading& reading, std::string_view segment) : reading_(reading)
        {
            reading_.path_.push_back(segment);
        }
        ~Inside() { reading_.path_.pop_back(); }
        Inside(const Inside&) = delete;
        Inside& operator=(const Inside&) = delete;

    private:
        Reading& reading_;
    };
    Inside inside(std::string_view segment) { return Inside{*this, segment}; }
    /// "nodes.web.workers"
    std::string path() const;

    /// `anyOperation`: the node as a whole is meant, as by a balancer, not one of its operations.
    void refer(const Node& at, std::string node, std::string operation, std::string accepts, bool anyOperation = false);
    void declare(DeclaredOperation operation) { operations.push_back(std::move(operation)); }

    Diagnostics& diagnostics() { return diagnostics_; }
    /// See Diagnostics::full().
    bool full() const { return diagnostics_.full(); }

    DataFiles files;
    std::vector<Reference> references;
    std::vector<DeclaredOperation> operations;

private:
    Diagnostics& diagnostics_;
    std::vector<std::string_view> path_;
};

}  // namespace tantrum::models::scenario
