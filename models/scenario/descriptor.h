// Everything known about one type of component, policy, fault or link: what palette, inspector, validation, schema,
// reference pages and charts are derived from. Models build theirs with describe.h.
#pragma once

#include "models/scenario/parameter.h"

#include <any>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models {
class Component;
class Policy;
class Fault;
class Building;
}  // namespace tantrum::models

namespace tantrum::models::scenario {

enum class Kind : std::uint8_t { component, policy, fault, link };
inline constexpr std::size_t kindCount = 4;
std::string_view nameOf(Kind);

/// What `creates` makes, by kind. A link has no factory.
using ComponentFactory = std::function<std::unique_ptr<Component>(const ParameterSet&, Building&)>;
using PolicyFactory = std::function<std::unique_ptr<Policy>(const ParameterSet&, Building&)>;
using FaultFactory = std::function<std::unique_ptr<Fault>(const ParameterSet&, Building&)>;

struct Metric {
    std::string key;   ///< snake_case, as in results
    std::string unit;  ///< "share", "s", "per_s", "bytes", or what is counted: "messages"
    std::string doc;
};

/// Which operations a component answers to: whatever is asked for, a fixed list (and those its scenario declares, if it
/// has a parameter for that), or those its scenario declares alone.
enum class OperationsOffered : std::uint8_t { any, fixed, own };

/// What nodes can accept, and what a node that is named where it has to accept it must do.
struct Traffic {
    std::string_view key, meaning;
};
inline constexpr std::array traffics{
    Traffic{"calls", "be called"},                      Traffic{"messages", "keep messages"},
    Traffic{"lookups", "be looked up like a cache"},    Traffic{"records", "be read by a consumer group"},
    Traffic{"amqp", "be consumed over AMQP"},           Traffic{"votes", "vote in a two-phase commit"},
    Traffic{"tasks", "be a broker of Celery tasks"},
};

/// Constant once built; lives as long as the program (or the test that made it).
struct Descriptor {
    Kind kind = Kind::component;
    std::string key;
    std::string title;
    std::string group;
    std::string icon;
    std::string summary;  ///< one line
    std::string details;  ///< Markdown; may be empty
    std::string example;  ///< YAML: a scenario that runs, but for its version and duration
    std::vector<std::shared_ptr<const Parameter>> parameters;
    ParameterSet defaults;
    std::vector<Metric> metrics;
    std::vector<std::string> understands;  ///< keys of the faults that may be aimed at it
    std::vector<std::string> accepts;      ///< of `traffics`
    OperationsOffered offers = OperationsOffered::any;
    std::vector<std::string> operations;  ///< of OperationsOffered::fixed
    std::string shorthand;                ///< `timeout: 200ms` sets this parameter; may be empty
    bool client = false;                  ///< starts requests and is measured by their latency and outcome
    bool aimsAtNetwork = false;           ///< a fault of the network: the nodes it names need not understand it
    std::any factory;

    const Parameter* find(std::string_view parameter) const;
    const Metric* findMetric(std::string_view metric) const;
    std::vector<std::string_view> parameterKeys() const;
    /// Keys of the parameters under which a scenario declares operations.
    std::vector<std::string> declaring() const;
    bool isUnderstood(std::string_view fault) const;
    bool isAccepted(std::string_view traffic) const;

    /// Requires that `creates` was given a callable of this signature: ComponentFactory for a component, and so on.
    template <class Factory> const Factory& create() const
    {
        const Factory* made = std::any_cast<Factory>(&factory);
        ENSURE(made, "a model's creates() does not make what its kind promises");
        return *made;
    }
};

}  // namespace tantrum::models::scenario
