// Measured figures and their bars, as a table or as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tantrum::bench {

struct Figure {
    std::string name;
    double value = 0;
    std::string unit;
    std::optional<double> below{};  ///< its bar
    std::string remark{};
};
std::string reportOf(const std::vector<Figure>& figures, bool json);

}  // namespace tantrum::bench
