#include "models/deployment.h"

#include "models/scenario/fields.h"
#include "models/scenario/names.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::models {

const Version* Versions::find(std::string_view name) const
{
    const auto found = std::find_if(list.begin(), list.end(), [&](const Version& version) { return version.name == name; });
    return found == list.end() ? nullptr : &*found;
}

namespace scenario {
namespace {

constexpr std::array<std::string_view, 3> keys{"errors", "work", "starts"};
constexpr std::size_t mostVersions = 100;

Rules<double> workRules() { return {.doc = "times the work", .least = 0.001, .most = 1'000}; }

template <class T> bool readInto(T& member, const Node& mapping, std::string_view key, Reading& reading, const Rules<T>& rules = {})
{
    const Node* value = mapping.find(key);
    if (!value) return true;
    const auto inside = reading.inside(key);
    auto read = ValueType<T>::read(*value, reading, rules);
    if (read) member = *std::move(read);
    return read.has_value();
}

}  // namespace

std::optional<Versions> ValueType<Versions>::read(const Node& node, Reading& reading, const Rules<Versions>&)
{
    if (!isMappingFor(node, reading, "'versions'")) return std::nullopt;
    if (node.size() > mostVersions) return reading.error(node, "these are too many versions", fmt::format("at most {}", mostVersions)), std::nullopt;
    Versions versions;
    bool good = true;
    for (std::size_t index = 0; index < node.size(); ++index) {
        const Node& value = node.value(index);
        Version version;
        version.name = node.key(index).text();
        const auto inside = reading.inside(node.key(index).text());
        if (!isMappingFor(value, reading, "a version")) return std::nullopt;
        checkKeys(value, reading, "a version", keys);
        good = readInto(version.errors, value, "errors", reading) && good;
        good = readInto(version.work, value, "work", reading, workRules()) && good;
        good = readInto(version.starts, value, "starts", reading) && good;
        versions.list.push_back(std::move(version));
    }
    return good ? std::optional(std::move(versions)) : std::nullopt;
}

std::string ValueType<Versions>::write(const Versions& versions)
{
    std::string text;
    for (const Version& version : versions.list)
        text += fmt::format("{}{}: {{errors: {}, work: {}, starts: {}}}", text.empty() ? "" : ", ", ValueType<std::string>::write(version.name),
                            ValueType<Probability>::write(version.errors), ValueType<double>::write(version.work), version.starts);
    return "{" + text + "}";
}

void ValueType<Versions>::schema(nlohmann::json& out, const Rules<Versions>&)
{
    nlohmann::json errors, work, starts;
    ValueType<Probability>::schema(errors, {});
    ValueType<double>::schema(work, workRules());
    ValueType<bool>::schema(starts, {});
    out = {{"type", "object"},
           {"additionalProperties",
            {{"type", "object"}, {"additionalProperties", false}, {"properties", {{"errors", errors}, {"work", work}, {"starts", starts}}}}}};
}

}  // namespace scenario
}  // namespace tantrum::models
