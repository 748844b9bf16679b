// What a run would cost to run for real: the amounts its nodes report, times the prices of a dated table.
#pragma once

#include "app/core/expected.h"
#include "models/scenario/scenario.h"
#include "models/world/results.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tantrum::app {

/// One line of what an item costs: `usd` for every `each` of an amount: "hours", "requests", "gb_hours".
struct Price {
    std::string of;
    double each = 1;
    double usd = 0;
};

struct PriceItem {
    std::string title, asOf, source;
    std::vector<Price> prices;
};

struct PriceTable {
    std::string file, region, asOf;
    std::map<std::string, PriceItem> items;
};

/// The table that comes with the program: $TANTRUM_PRICES, or the one next to the executable's build or install tree.
Expected<std::filesystem::path> bundledPrices();
/// Failure: it cannot be read, or is no price table; then with the place and what is expected there.
Expected<PriceTable> readPrices(const std::filesystem::path& file);

/// True if some node says what it runs on.
bool isPaidFor(const models::scenario::Scenario& scenario);
/// Failure: a node runs on something the table has no price for; with the nearest that it has.
Expected<void> checkItems(const models::scenario::Scenario& scenario, const PriceTable& table);

struct CostLine {
    std::string node, item, of;
    double amount = 0;      ///< over the whole run
    double usdPerHour = 0;  ///< of the run
};

struct Cost {
    const PriceTable* table = nullptr;
    std::vector<CostLine> lines;
    std::vector<std::string> notCounted;   ///< amounts that nobody reports: "lcu_hours of alb (edge)"
    double usdPerHour = 0;
    double usdPerMillionSuccessful = 0;    ///< of the clients' requests; NaN: none succeeded
};

/// `table` outlives the result.
Cost costOf(const models::Results& results, const PriceTable& table);
/// For the terminal: a table and two sentences.
std::string costText(const Cost& cost);

}  // namespace tantrum::app
