#include "tests/swarm/support/values.h"

#include "models/scenario/backoff.h"
#include "models/scenario/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace tantrum::swarm {
namespace {

using namespace models::scenario;

std::string count(Luck& luck, double least, double most)
{
    const double value = least + static_cast<double>(luck.oneOf(std::vector<int>{0, 0, 1, 1, 2, 3, 8, 40}));
    return std::to_string(static_cast<long long>(std::min(value, most)));
}

std::string rate(Luck& luck) { return luck.oneOf({"0.5/s", "3/s", "20/s", "100/s", "100/s", "400/s", "1000/s", "60/min"}); }
std::string share(Luck& luck) { return luck.oneOf({"0%", "0%", "1%", "10%", "50%", "90%", "100%"}); }

// Durations and sizes in ascending order, so that low <= mode <= high and p50 <= p99 hold by themselves.
std::string ascending(Luck& luck, bool time, std::size_t& rank, bool aboveZero)
{
    static constexpr std::array times{"0", "1ns", "1us", "50us", "0.5ms", "1ms", "1ms", "2ms", "5ms", "20ms", "100ms", "1s"};
    static constexpr std::array sizes{"0B", "1B", "20B", "100B", "1KB", "1KB", "4KiB", "16KiB", "64KiB", "100KB", "1MB", "4MB"};
    rank = std::max(rank, std::size_t{aboveZero});
    rank = std::min(times.size() - 1, rank + luck.below(times.size() - rank) / 2);
    return time ? times[rank] : sizes[rank];
}

std::string law(Luck& luck, bool time, int depth);

// One call of a function of the little language, from its declaration. Empty: it takes something that is not to be had.
std::string call(const FunctionDoc& function, Luck& luck, bool time, int depth)
{
    std::string text = std::string(function.name) + "(";
    std::size_t rank = 0;
    bool named = function.namedOnly || luck.chance(0.2);
    for (const ArgumentDoc& argument : function.arguments) {
        std::string value;
        switch (argument.dimension) {
        case Dimension::own: value = ascending(luck, time, rank, argument.aboveLeast); break;
        case Dimension::time: value = ascending(luck, true, rank, argument.aboveLeast); break;
        case Dimension::ownDistribution: value = law(luck, time, depth + 1); break;
        case Dimension::rate: value = rate(luck); break;
        case Dimension::count: value = count(luck, argument.least, std::min(argument.most, 30.0)); break;
        case Dimension::share: value = share(luck); break;
        case Dimension::number: {
            const double number = std::clamp(luck.oneOf(std::vector<double>{0, .5, 1, 1.5, 2, 4}), argument.least, argument.most);
            value = models::scenario::textOf(number);
            break;
        }
        case Dimension::mixture: return "mix(90%=" + law(luck, time, depth + 1) + " 10%=" + law(luck, time, depth + 1) + ")";
        case Dimension::steps: return "steps(" + rate(luck) + " " + luck.oneOf({"100ms", "1s", "1ms"}) + " " + rate(luck) + (luck.chance(.5) ? " 500ms " + rate(luck) : "") + ")";
        case Dimension::file: return {};
        }
        if (!argument.fallback.empty() && luck.chance(0.5)) {
            named = true;  // what follows a gap needs its name
            continue;
        }
        if (text.back() != '(') text += ' ';
        text += named ? std::string(argument.name) + "=" + value : value;
    }
    return text + ")";
}

std::string law(Luck& luck, bool time, int depth)
{
    std::size_t rank = 0;
    if (luck.chance(0.1)) return time ? "0" : "0B";
    if (depth > 2 || luck.chance(0.3)) return ascending(luck, time, rank, false);
    if (luck.chance(0.3)) return time ? luck.oneOf({"exponential(1ms)", "exponential(5ms)", "exponential(100us)"}) : "exponential(1KB)";
    const auto functions = distributionFunctions();
    const std::string made = call(functions[luck.below(functions.size())], luck, time, depth);
    return made.empty() ? ascending(luck, time, rank, false) : made;
}

std::string arrivals(Luck& luck)
{
    if (luck.chance(0.4)) return luck.oneOf({"poisson(50/s)", "poisson(200/s)", "paced(100/s)", "poisson(1000/s)"});
    const auto functions = arrivalFunctions();
    const std::string made = call(functions[luck.below(functions.size())], luck, true, 0);
    return made.empty() ? "paced(50/s)" : made;
}

// "1 to 100", "at least 1ms", "at most 10": both ends, or nothing.
std::pair<std::string, std::string> ends(const std::string& range)
{
    if (range.starts_with("at least ")) return {range.substr(9), ""};
    if (range.starts_with("at most ")) return {"", range.substr(8)};
    const std::size_t to = range.find(" to ");
    return to == std::string::npos ? std::pair<std::string, std::string>{} : std::pair{range.substr(0, to), range.substr(to + 4)};
}

double numberOr(const std::string& text, double otherwise)
{
    const auto number = parseNumber(text);
    return number ? *number : otherwise;
}

std::string durationWithin(const std::string& range, Luck& luck)
{
    const auto [least, most] = ends(range);
    std::size_t rank = 0;
    const std::string text = ascending(luck, true, rank, false);
    const auto low = parseDuration(least), high = parseDuration(most), value = parseDuration(text);
    if (low && *value < *low) return least;
    if (high && *value > *high) return most;
    return text;
}

const std::set<std::string> ofTheGenerator{"operations", "steps", "queues", "exchanges", "lists", "schedule", "node", "operation", "link", "list of node", "list of operation"};
const std::set<std::string> plain{"duration", "rate", "size", "bandwidth", "share", "list of share", "list of text", "amount of money", "count", "number", "yes or no", "text", "backoff",
                                  "distribution of time", "distribution of sizes", "distribution of counts", "arrival process", "choice of keys", "one of", "versions"};

}  // namespace

bool isKnown(const std::string& kind) { return ofTheGenerator.contains(kind) || plain.contains(kind); }

std::string timeLaw(Luck& luck) { return law(luck, true, 0); }
std::string sizeLaw(Luck& luck) { return law(luck, false, 0); }
std::string duration(Luck& luck)
{
    std::size_t rank = 0;
    return ascending(luck, true, rank, true);
}

std::optional<std::string> valueFor(const Parameter& parameter, Luck& luck)
{
    const std::string& kind = parameter.kind();
    const auto [least, most] = ends(parameter.range());
    if (kind == "one of") return parameter.choices()[luck.below(parameter.choices().size())].first;
    if (kind == "duration") return durationWithin(parameter.range(), luck);
    if (kind == "distribution of time") return timeLaw(luck);
    if (kind == "distribution of sizes") return sizeLaw(luck);
    if (kind == "distribution of counts") return luck.oneOf({"0", "1", "3", "uniform(0 4)"});
    if (kind == "arrival process") return arrivals(luck);
    if (kind == "choice of keys") return luck.oneOf({"single", "uniform(1)", "uniform(100)", "zipf(1000 1.0)", "zipf(50 0)", "zipf(1000000000 2)"});
    if (kind == "backoff") {
        const auto functions = backoffFunctions();
        return call(functions[luck.below(functions.size())], luck, true, 0);
    }
    if (kind == "rate") return rate(luck);
    if (kind == "share") {
        const std::string text = share(luck);
        const auto low = parseProbability(least);
        return low && *parseProbability(text) < *low ? least : text;
    }
    if (kind == "size") {
        const std::string size = luck.oneOf({"1B", "1KB", "64KiB", "1MB"});
        const auto low = parseBytes(least);
        return low && *parseBytes(size) < *low ? least : size;
    }
    if (kind == "bandwidth") return luck.oneOf({"64kbit/s", "1Mbit/s", "1Gbit/s", "10MB/s"});
    if (kind == "amount of money") return luck.oneOf({"$0", "$0.40", "$12"});
    if (kind == "yes or no") return luck.oneOf({"true", "false"});
    if (kind == "text") return luck.oneOf({"v1", "v2", "v3", "text"});
    if (kind == "versions") return luck.oneOf({"{}", "{v2: {errors: 10%}}", "{v1: {work: x0.5}, v2: {errors: 100%, starts: true}, v3: {starts: false, work: x4}}"});
    if (kind == "list of text") return luck.oneOf({"[]", "[]", "[b]"});
    if (kind == "list of share") {
        const std::string first = share(luck), second = share(luck);
        return "[" + first + ", " + second + "]";
    }
    if (kind == "count") {
        if (parameter.defaultText() == "unlimited" && luck.chance(0.2)) return "unlimited";
        return count(luck, numberOr(least, 0), numberOr(most, 1e9));
    }
    if (kind == "number") return models::scenario::textOf(std::clamp(luck.oneOf(std::vector<double>{0, .001, .5, 1, 1.5, 2, 4, 40}), numberOr(least, -1e9), numberOr(most, 1e9)));
    return std::nullopt;
}

}  // namespace tantrum::swarm
