// Stops a run that diverges, in words that name the node and the cause, before it eats the machine. Works on counts
// alone, so that the same run is stopped at the same event everywhere.
#pragma once

#include "models/world/parts.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tantrum::models {

class Guard {
public:
    explicit Guard(Parts& parts);

    /// How often to look, in events.
    static constexpr std::uint64_t interval = std::uint64_t{1} << 17;
    /// Empty, or why the run has to stop.
    std::string look();

private:
    std::string storm();
    std::string crowd();

    Parts& parts_;
    Instant since_;
    std::uint64_t looksAtOneInstant_ = 0;
    std::vector<std::uint64_t> arrivedBefore_;  ///< by node, when the instant began
    std::size_t poolBefore_;
};

}  // namespace tantrum::models
