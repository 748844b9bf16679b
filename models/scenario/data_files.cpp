#include "models/scenario/data_files.h"

#include "models/scenario/diagnostics.h"
#include "models/scenario/units.h"

#include <array>
#include <fmt/format.h>
#include <fstream>
#include <system_error>

namespace tantrum::models::scenario {
namespace {

constexpr std::size_t mostValuesInAll = 20'000'000;

// A plain number is in the measure's base unit of files (seconds, bytes, pieces); the result in that of distributions.
std::optional<double> numberIn(std::string_view text, Measure measure)
{
    if (const auto plain = parseNumber(text)) {
        if (*plain < 0 || *plain > 1e15) return std::nullopt;
        return measure == Measure::time ? *plain * 1e9 : *plain;
    }
    if (measure == Measure::time)
        if (const auto time = parseDuration(text)) return static_cast<double>((*time).count());
    if (measure == Measure::bytes)
        if (const auto size = parseBytes(text)) return static_cast<double>((*size).count());
    return std::nullopt;
}

std::string_view firstColumn(std::string_view line)
{
    line = line.substr(0, line.find_first_of(",;\t"));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    return line;
}

}  // namespace

std::optional<std::filesystem::path> DataFiles::find(std::string_view name, std::size_t mostBytes,
                                                     Problem& problem) const
{
    const auto refuse = [&](std::string message, std::string hint = {}) {
        problem = {std::move(message), std::move(hint)};
        return std::nullopt;
    };
    const std::filesystem::path given{std::string(name)};
    if (directory_.empty())
        return refuse(fmt::format("the file {} is not available here", inQuotes(name)),
                      "save the scenario next to the file first");
    if (given.is_absolute())
        return refuse(fmt::format("{} is outside the scenario's directory", inQuotes(name)),
                      "name a file next to the scenario");
    std::error_code failed;
    const auto root = std::filesystem::canonical(directory_, failed);
    if (failed) return refuse("the scenario's directory cannot be read");
    // Canonical, so that neither ".." nor a link leads outside.
    const auto file = std::filesystem::weakly_canonical(root / given, failed);
    if (failed) return refuse(fmt::format("the file {} cannot be read", inQuotes(name)));
    const auto inside = file.lexically_relative(root);
    if (inside.empty() || *inside.begin() == "..")
        return refuse(fmt::format("{} is outside the scenario's directory", inQuotes(name)),
                      "name a file next to the scenario");
    const auto status = std::filesystem::status(file, failed);
    if (!std::filesystem::exists(status))
        return refuse(fmt::format("there is no file {}", inQuotes(name)),
                      "it is looked for in the scenario's directory");
    if (!std::filesystem::is_regular_file(status))
        return refuse(fmt::format("{} is not a regular file", inQuotes(name)));
    if (const auto size = std::filesystem::file_size(file, failed); failed || size > mostBytes)
        return refuse(fmt::format("the file {} is larger than {} MiB", inQuotes(name), mostBytes >> 20));
    return file;
}

std::optional<std::vector<double>> DataFiles::numbers(std::string_view name, Measure measure, Limits limits,
                                                      Problem& problem)
{
    const auto file = find(name, limits.bytes, problem);
    if (!file) return std::nullopt;
    const auto refuse = [&](std::string message, std::string hint = {}) {
        problem = {std::move(message), std::move(hint)};
        return std::nullopt;
    };
    std::ifstream stream(*file, std::ios::binary);
    if (!stream) return refuse(fmt::format("the file {} cannot be read", inQuotes(name)));
    std::vector<double> values;
    std::array<char, 4096> line;  // longer lines end the stream with failbit
    std::size_t number = 0;
    while (stream.getline(line.data(), line.size())) {
        ++number;
        const std::string_view text = firstColumn(line.data());
        if (text.empty() || text.front() == '#') continue;
        const auto value = numberIn(text, measure);
        if (!value && number == 1) continue;  // a heading
        if (!value)
            return refuse(fmt::format("{}, line {}: {} is not a value", shown(name), number, inQuotes(text)),
                          "one number a line, 0 or more");
        if (values.size() >= limits.values)
            return refuse(fmt::format("the file {} has more than {} values", inQuotes(name), limits.values));
        if (++values_ > mostValuesInAll)
            return refuse(fmt::format("the scenario's files have more than {} values", mostValuesInAll));
        values.push_back(*value);
    }
    if (!stream.eof())
        return refuse(fmt::format("{}, line {}: cannot be read, or is too long", shown(name), number + 1));
    if (values.empty()) return refuse(fmt::format("the file {} has no values", inQuotes(name)), "one number a line");
    return values;
}

std::optional<engine::Distribution> DataFiles::empirical(std::string_view name, Measure measure, Problem& problem)
{
    const std::pair key{std::string(name), measure};
    if (const auto known = laws_.find(key); known != laws_.end()) return known->second;
    auto values = numbers(name, measure, {1'000'000, 16u << 20}, problem);
    if (!values) return std::nullopt;
    return laws_.emplace(key, engine::Distribution::empirical(*std::move(values))).first->second;
}

std::shared_ptr<const std::vector<engine::Duration>> DataFiles::instants(std::string_view name, Problem& problem)
{
    if (const auto known = traces_.find(std::string(name)); known != traces_.end()) return known->second;
    const auto values = numbers(name, Measure::time, {10'000'000, 256u << 20}, problem);
    if (!values) return nullptr;
    auto instants = std::make_shared<std::vector<engine::Duration>>();
    instants->reserve(values->size());
    for (const double value : *values) {
        const auto instant = engine::Duration::fromNanoseconds(value);
        if (!instants->empty() && instant < instants->back()) {
            problem = {fmt::format("the file {}: value {} is earlier than the one before", inQuotes(name),
                                   instants->size() + 1),
                       "arrivals have to ascend"};
            return nullptr;
        }
        instants->push_back(instant);
    }
    return traces_.emplace(std::string(name), std::move(instants)).first->second;
}

}  // namespace tantrum::models::scenario
