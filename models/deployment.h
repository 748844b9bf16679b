// A new version of a program on its way to where it runs.
#pragma once

#include "models/scenario/values.h"

#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models {

/// How one version of a node's program differs from the one its parameters describe.
struct Version {
    std::string name;
    scenario::Probability errors;  ///< share of requests it answers with an error
    double work = 1;               ///< times the work
    bool starts = true;            ///< false: its process ends as soon as it is started
};

/// The versions a scenario knows, by name: `{v2: {errors: 5%, work: x1.5}}`.
struct Versions {
    std::vector<Version> list;
    /// Null: nothing is said about it, so it is like the first.
    const Version* find(std::string_view name) const;
};

enum class Strategy : std::uint8_t { rolling, recreate, blueGreen, canary };
constexpr auto choices(Strategy)
{
    return std::array{
        scenario::Choice<Strategy>{Strategy::rolling, "rolling", "a few at a time, as much as surge and unavailability allow"},
        scenario::Choice<Strategy>{Strategy::recreate, "recreate", "everything old is stopped before anything new is started"},
        scenario::Choice<Strategy>{Strategy::blueGreen, "blue_green", "a whole second fleet, then all traffic is switched over at once"},
        scenario::Choice<Strategy>{Strategy::canary, "canary", "a growing share of the traffic, as long as a gate is passed"}};
}

/// What is to be done. What does not concern its strategy is ignored.
struct Deployment {
    std::string version;
    Strategy strategy = Strategy::rolling;
    std::vector<scenario::Probability> steps{};                     ///< canary: shares of the traffic, one after the other
    engine::Duration soak = engine::Duration::seconds(60);          ///< canary: how long each step is watched
    scenario::Probability maxErrors = scenario::Probability::ofShare(0.05);  ///< canary: a larger share of errors takes it back
    engine::Duration keep = engine::Duration::seconds(30);          ///< blue_green: how long the old fleet stays after the switch
};

namespace scenario {
template <> struct ValueType<Versions> {
    using Bound = std::monostate;
    static std::string kind() { return "versions"; }
    static std::optional<Versions> read(const Node&, Reading&, const Rules<Versions>&);
    static std::string write(const Versions&);
    static void schema(nlohmann::json&, const Rules<Versions>&);
};
}  // namespace scenario

}  // namespace tantrum::models
