#include "app/core/prices.h"

#include "app/core/bundled.h"
#include "app/core/numbers.h"
#include "app/core/text_table.h"
#include "models/scenario/diagnostics.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

namespace tantrum::app {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::json;
using models::scenario::inQuotes;
using models::scenario::shown;

constexpr std::size_t largestFile = 4 << 20;
constexpr std::size_t mostItems = 10'000;

// Reads one table and remembers the first thing that is wrong with it.
class TableReader {
public:
    explicit TableReader(const fs::path& file) { table_.file = file.string(); }

    Expected<PriceTable> read()
    {
        std::ifstream in{table_.file, std::ios::binary};
        if (!in) return Failure{fmt::format("the price table {} cannot be read", inQuotes(table_.file)), "is the path right?"};
        std::string text;
        text.resize(largestFile + 1);
        in.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
        if (text.size() > largestFile) return Failure{fmt::format("the price table {} is too large", inQuotes(table_.file)), "at most 4 MB"};
        try {
            readDocument(Json::parse(text));
        } catch (const Json::parse_error& broken) {
            const auto until = text.begin() + static_cast<std::ptrdiff_t>(std::min(broken.byte, text.size()));
            return Failure{fmt::format("the price table {} is not JSON: something is wrong in line {}", inQuotes(table_.file),
                                       std::count(text.begin(), until, '\n') + 1),
                           "compare it with the one that comes with Tantrum"};
        }
        if (failure_) return *failure_;
        return std::move(table_);
    }

private:
    void fail(const std::string& place, const std::string& expected)
    {
        if (!failure_)
            failure_ = Failure{fmt::format("the price table {}: {}: {}", inQuotes(table_.file), shown(place, 120), expected),
                               "`tantrum run --help` names the guide page that describes the format"};
    }
    std::string text(const Json& object, const char* key, const std::string& place, bool required)
    {
        const auto found = object.find(key);
        if (found != object.end() && found->is_string()) return found->get<std::string>();
        if (required || found != object.end()) fail(place + key, "a text is expected");
        return {};
    }
    // NaN after reporting.
    double number(const Json& object, const char* key, const std::string& place, double least)
    {
        const auto found = object.find(key);
        const double value = found != object.end() && found->is_number() ? found->get<double>() : -1;
        if (value >= least && value <= 1e12) return value;
        fail(place + key, least > 0 ? "a number above 0 is expected" : "a number from 0 is expected");
        return std::numeric_limits<double>::quiet_NaN();
    }

    void readDocument(const Json& document)
    {
        if (!document.is_object()) return fail("the whole", "an object with 'items' is expected");
        table_.region = text(document, "region", "", false);
        table_.asOf = text(document, "as_of", "", true);
        if (const auto currency = document.find("currency"); currency != document.end() && *currency != "USD")
            fail("currency", "only USD is understood");
        const auto items = document.find("items");
        if (items == document.end() || !items->is_object()) return fail("items", "an object of priced things is expected");
        if (items->size() > mostItems) return fail("items", fmt::format("at most {} are read", mostItems));
        for (const auto& [key, value] : items->items()) readItem(key, value);
    }
    void readItem(const std::string& key, const Json& value)
    {
        const std::string place = "items." + key + ".";
        if (!value.is_object()) return fail("items." + key, "an object with 'prices' is expected");
        PriceItem item;
        item.title = text(value, "title", place, false);
        item.asOf = text(value, "as_of", place, false);
        item.source = text(value, "source", place, false);
        const auto prices = value.find("prices");
        if (prices == value.end() || !prices->is_array() || prices->empty())
            return fail(place + "prices", "a list such as [{\"of\": \"hours\", \"usd\": 0.096}] is expected");
        for (std::size_t index = 0; index < prices->size(); ++index) {
            const Json& each = (*prices)[index];
            const std::string at = fmt::format("{}prices[{}].", place, index);
            if (!each.is_object()) return fail(fmt::format("{}prices[{}]", place, index), "an object with 'of' and 'usd' is expected");
            Price price;
            price.of = text(each, "of", at, true);
            price.usd = number(each, "usd", at, 0);
            if (each.contains("each")) price.each = number(each, "each", at, std::numeric_limits<double>::min());
            item.prices.push_back(std::move(price));
        }
        table_.items.emplace(key, std::move(item));
    }

    PriceTable table_;
    std::optional<Failure> failure_;
};

std::string moneyText(double usd)
{
    if (std::isnan(usd)) return "–";
    return usd >= 1000 ? "$" + countText(static_cast<std::uint64_t>(std::llround(usd))) : "$" + numberText(usd);
}

}  // namespace

Expected<fs::path> bundledPrices()
{
    std::error_code error;
    if (const char* given = std::getenv("TANTRUM_PRICES"); given && given[0] != '\0') return fs::path{given};
    fs::path directory = executableDirectory();
    if (const auto installed = directory.parent_path() / "share/tantrum/prices.json"; fs::is_regular_file(installed, error)) return installed;
    constexpr int levels = 5;  // build/release/bin of a source tree, with room to spare
    for (int level = 0; level < levels && !directory.empty(); ++level, directory = directory.parent_path())
        if (const auto candidate = directory / "resources/prices.json"; fs::is_regular_file(candidate, error)) return candidate;
    return Failure{"the price table that comes with Tantrum is not where it should be", "give one with --prices FILE, or set TANTRUM_PRICES"};
}

Expected<PriceTable> readPrices(const fs::path& file) { return TableReader{file}.read(); }

bool isPaidFor(const models::scenario::Scenario& scenario)
{
    return std::any_of(scenario.nodes.begin(), scenario.nodes.end(), [](const auto& node) { return !node.runsOn.empty(); });
}

Expected<void> checkItems(const models::scenario::Scenario& scenario, const PriceTable& table)
{
    std::vector<std::string_view> known;
    for (const auto& [key, item] : table.items) known.push_back(key);
    for (const auto& node : scenario.nodes)
        for (const auto& item : node.runsOn)
            if (!table.items.contains(item)) {
                const auto near = models::scenario::nearest(item, known);
                return Failure{fmt::format("{}:{}: {} runs on {}, which {} has no price for", scenario.file, node.range.begin.line, inQuotes(node.name),
                                           inQuotes(item), inQuotes(table.file)),
                               near.empty() ? "add it to a copy of the table, and give that with --prices FILE" : fmt::format("did you mean {}?", inQuotes(near))};
            }
    return {};
}

Cost costOf(const models::Results& results, const PriceTable& table)
{
    Cost cost;
    cost.table = &table;
    const double hours = results.simulatedSeconds / 3600;
    for (const auto& node : results.nodes)
        for (const auto& key : node.runsOn) {
            const auto item = table.items.find(key);
            if (item == table.items.end()) continue;
            for (const Price& price : item->second.prices) {
                const auto used = std::find_if(node.usage.begin(), node.usage.end(), [&](const auto& amount) { return amount.key == price.of; });
                if (used == node.usage.end()) {
                    cost.notCounted.push_back(fmt::format("{} of {} ({})", price.of, key, node.name));
                    continue;
                }
                const double usd = used->value / price.each * price.usd;
                cost.lines.push_back({node.name, key, price.of, used->value, hours > 0 ? usd / hours : 0});
                cost.usdPerHour += cost.lines.back().usdPerHour;
            }
        }
    double successful = 0;
    for (const auto& client : results.clients) successful += static_cast<double>(client.completed);
    cost.usdPerMillionSuccessful = successful > 0 ? cost.usdPerHour * hours / successful * 1e6 : std::numeric_limits<double>::quiet_NaN();
    return cost;
}

std::string costText(const Cost& cost)
{
    using enum TextTable::Align;
    TextTable table{{{"Cost", left}, {"runs on", left}, {"used"}, {"of", left}, {"an hour"}}};
    for (const CostLine& line : cost.lines) table.add({shown(line.node), shown(line.item), numberText(line.amount), shown(line.of), moneyText(line.usdPerHour)});
    std::string text = table.empty() ? "" : table.render();
    text += fmt::format("{} an hour, {} per million successful requests, at prices of {}{}\n", moneyText(cost.usdPerHour),
                        moneyText(cost.usdPerMillionSuccessful), shown(cost.table->asOf),
                        cost.table->region.empty() ? "" : ", " + shown(cost.table->region));
    std::string missing;
    for (const std::string& each : cost.notCounted) missing += (missing.empty() ? "" : ", ") + shown(each, 200);
    return text + (missing.empty() ? "" : fmt::format("Not counted, because nothing tells how much: {}\n", missing));
}

}  // namespace tantrum::app
