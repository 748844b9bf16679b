#include "models/scenario/schema.h"

#include "models/scenario/expectation.h"
#include "models/scenario/slo.h"
#include "models/scenario/telemetry.h"
#include "models/scenario/steps.h"
#include "models/scenario/value_schema.h"
#include "models/scenario/zones.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::models::scenario {
namespace {

using Json = nlohmann::json;

Json reference(const std::string& name) { return {{"$ref", "#/definitions/" + name}}; }
Json described(Json schema, std::string_view text)
{
    schema["description"] = text;
    return schema;
}
template <class T> Json valueOf(const Rules<T>& rules = {})
{
    Json schema;
    ValueType<T>::schema(schema, rules);
    return schema;
}
Json textLike(const std::string& pattern) { return {{"type", "string"}, {"pattern", "^" + pattern + "$"}}; }

// An object of the type's parameters and `more` properties, and nothing else.
Json objectOf(const Descriptor& type, Json more, std::vector<std::string> required)
{
    Json properties = std::move(more);
    for (const auto& parameter : type.parameters) {
        properties[parameter->key()] = parameter->schema();
        if (parameter->required() && std::find(required.begin(), required.end(), parameter->key()) == required.end()) required.push_back(parameter->key());
    }
    Json schema{{"type", "object"},
                {"title", type.title},
                {"description", type.summary},
                {"properties", std::move(properties)},
                {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = required;
    return schema;
}

// if/then by type: an editor then explains the one type that is meant instead of failing all.
Json byType(std::span<const Descriptor* const> types, const std::string& fallback, const Json& more)
{
    Json keys = Json::array(), branches = Json::array();
    for (const Descriptor* type : types) {
        keys.push_back({{"const", type->key}, {"description", type->summary}});
        Json properties = more;
        properties["type"] = {{"const", type->key}};
        if (type->client) properties.erase("runs_on");
        Json condition{{"properties", {{"type", {{"const", type->key}}}}}};
        if (type->key != fallback) condition["required"] = Json::array({"type"});
        branches.push_back({{"if", std::move(condition)}, {"then", objectOf(*type, std::move(properties), {})}});
    }
    Json schema{
        {"type", "object"}, {"properties", {{"type", {{"oneOf", std::move(keys)}}}}}, {"allOf", std::move(branches)}};
    if (fallback.empty()) schema["required"] = Json::array({"type"});
    return schema;
}

Json policies(const Catalogue& catalogue)
{
    Json options = Json::array();
    for (const Descriptor* type : catalogue.all(Kind::policy)) {
        Json body = Json::array({objectOf(*type, Json::object(), {})});
        bool demanding = false;
        for (const auto& parameter : type->parameters) demanding = demanding || parameter->required();
        if (!demanding) body.push_back({{"type", "null"}});
        if (!type->shorthand.empty()) body.push_back(type->find(type->shorthand)->schema());
        options.push_back({{"type", "object"},
                           {"description", type->summary},
                           {"properties", {{type->key, {{"anyOf", std::move(body)}}}}},
                           {"required", Json::array({type->key})},
                           {"additionalProperties", false}});
        if (!demanding) options.push_back({{"const", type->key}, {"description", type->summary}});
    }
    return {{"type", "array"},
            {"description", "what surrounds a call, outermost first"},
            {"items", {{"anyOf", std::move(options)}}}};
}

Json timeline(const Catalogue& catalogue)
{
    const Json common{{"at", described(valueOf<engine::Duration>(), "when it happens, from the start of the run")},
                      {"for", described(valueOf<engine::Duration>(), "how long it lasts")}};
    Json options = Json::array();
    for (const Descriptor* type : catalogue.all(Kind::fault))
        options.push_back(objectOf(*type, common, {"at", type->key}));
    Json set = common;
    set["set"] = {{"type", "string"},
                  {"description", "a live parameter: web.workers, shoppers.arrivals.rate, web -> db.latency"}};
    set["to"] = {{"description", "its new value"}};
    options.push_back({{"type", "object"},
                       {"title", "Set"},
                       {"properties", std::move(set)},
                       {"required", Json::array({"at", "set", "to"})},
                       {"additionalProperties", false}});
    return {
        {"type", "array"}, {"description", "what happens during the run"}, {"items", {{"anyOf", std::move(options)}}}};
}

Json zones()
{
    const std::string name(detail::pattern::name);
    const Json trips{{"type", "object"},
                     {"description", roundTripsDoc},
                     {"propertyNames", {{"pattern", "^ *" + name + " +" + name + " *$"}}},
                     {"additionalProperties", valueOf<engine::Duration>()}};
    return objectOf(zoneKeys(), {{"round_trips", trips}}, {});
}

Json serviceLevels()
{
    const Json alerts{{"anyOf", Json::array({{{"const", "default"}, {"description", "14.4 on 1h and 5min, 6 on 6h and 30min, 1 on 3d and 6h"}},
                                             {{"type", "object"}, {"maxProperties", mostAlerts}, {"additionalProperties", objectOf(alertKeys(), Json::object(), {})}}})}};
    return {{"type", "object"},
            {"description", "service level objectives, and the alerts on how fast their error budgets burn"},
            {"maxProperties", mostServiceLevels},
            {"additionalProperties", objectOf(serviceLevelKeys(), {{"alerts", alerts}}, {})}};
}

Json expectations()
{
    std::vector<std::string_view> names;
    std::string help = "Claims the run is held to: ";
    for (const ExpectFunctionDoc& doc : expectFunctions()) {
        names.push_back(doc.name);
        help += fmt::format("{}({}): {}; ", doc.name, doc.of, doc.doc);
    }
    const std::string pattern = fmt::format(" *({}) *\\([^)]+\\) *(<|<=|>|>=|==) *[^ ]+( +within +[^ ]+)?( "
                                            "+(before|after) +[^ ]+| +between +[^ ]+ +and +[^ ]+)? *",
                                            fmt::join(names, "|"));
    return {{"type", "array"}, {"description", help}, {"items", textLike(pattern)}};
}

Json stepSchemas()
{
    const Json steps = reference("steps");
    const Json branches{{"type", "array"}, {"minItems", 1}, {"items", steps}};
    const Json share = valueOf<Probability>();
    const auto closed = [](Json properties, Json required) {
        return Json{{"type", "object"},
                    {"properties", std::move(properties)},
                    {"required", std::move(required)},
                    {"additionalProperties", false}};
    };
    std::vector<std::string> outcomes(outcomeKeys.begin() + 1, outcomeKeys.end());
    const Json values{
        {"work", valueOf<DurationDistribution>()},
        {"call", valueOf<OperationReference>()},
        {"together", branches},
        {"first_of", branches},
        {"publish", valueOf<OperationReference>()},
        {"repeat", closed({{"times", valueOf<CountDistribution>()}, {"steps", steps}}, {"times", "steps"})},
        {"choose",
         {{"type", "array"}, {"items", closed({{"share", share}, {"steps", steps}}, Json::array({"steps"}))}}},
        {"fail",
         {{"anyOf", Json::array({share,
                                 {{"type", "object"},
                                  {"properties", {{"share", share}, {"outcome", {{"enum", outcomes}}}}},
                                  {"additionalProperties", false}}})}}},
        {"cache", closed({{"in", valueOf<NodeReference>()}, {"steps", steps}, {"single_flight", {{"type", "boolean"}}}},
                         {"in", "steps"})},
    };
    const Json siblings{{"optional", {{"type", "boolean"}}},
                        {"otherwise", steps},
                        {"bytes", valueOf<BytesDistribution>()},
                        {"reply_bytes", valueOf<BytesDistribution>()}};
    Json options = Json::array();
    for (const VerbDoc& verb : stepVerbs()) {
        const std::string key(verb.key);
        Json properties{{key, described(values.at(key), verb.doc)}};
        for (const std::string_view sibling : verb.siblings)
            properties[std::string(sibling)] = siblings.at(std::string(sibling));
        options.push_back(closed(std::move(properties), Json::array({key})));
    }
    return {{"anyOf", std::move(options)}};
}

Json study()
{
    const Json values{{"anyOf", Json::array({{{"type", "array"}, {"minItems", 1}},
                                             {{"type", Json::array({"string", "number", "boolean"})}}})}};
    const Json repeat{
        {"type", "object"},
        {"properties",
         {{"until", {{"type", "object"}}}, {"at_least", {{"type", "integer"}}}, {"at_most", {{"type", "integer"}}}}},
        {"additionalProperties", false}};
    return {{"type", "object"},
            {"description", "what to vary, how often, how exactly"},
            {"additionalProperties", false},
            {"properties",
             {{"vary", {{"type", "object"}, {"additionalProperties", values}}},
              {"repeat", {{"anyOf", Json::array({repeat, {{"type", "integer"}}})}}}}}};
}

}  // namespace

nlohmann::json jsonSchema(const Catalogue& catalogue)
{
    const std::string name = "^" + std::string(detail::pattern::name) + "$";
    const std::string link = "^" + std::string(detail::pattern::link) + "$";
    const auto optional = [](Json schema) {
        return Json{{"anyOf", Json::array({std::move(schema), {{"type", "null"}}})}};
    };
    Json properties{
        {"tantrum", {{"const", 1}, {"description", "format version"}}},
        {"name", described(valueOf<std::string>(), "one line")},
        {"about", {{"type", "string"}, {"description", "what it shows"}}},
        {"seed",
         {{"type", "integer"},
          {"minimum", 0},
          {"default", 1},
          {"description", "of all random numbers; the same seed gives the same run"}}},
        {"duration", described(valueOf<engine::Duration>(), "how long to simulate")},
        {"warmup", described(valueOf<engine::Duration>(), "left out of the summary")},
        {"nodes",
         {{"type", "object"},
          {"maxProperties", 20'000},
          {"propertyNames", {{"pattern", name}}},
          {"additionalProperties", reference("node")}}},
        {"zones", optional(zones())},
        {"links", optional({{"type", "object"},
                            {"propertyNames", {{"pattern", link}}},
                            {"additionalProperties", reference("link")}})},
        {"timeline", optional(timeline(catalogue))},
        {"slos", optional(serviceLevels())},
        {"telemetry", optional(described(objectOf(telemetryKeys(), Json::object(), {}), telemetryKeys().summary))},
        {"expect", optional(expectations())},
        {"study", optional(study())},
        {"layout",
         optional({{"type", "object"},
                   {"description", "where the canvas puts things"},
                   {"additionalProperties",
                    {{"type", "array"}, {"items", {{"type", "number"}}}, {"minItems", 2}, {"maxItems", 2}}}})},
    };
    return {
        {"$schema", "http://json-schema.org/draft-07/schema#"},
        {"title", "Tantrum scenario"},
        {"type", "object"},
        {"required", Json::array({"tantrum", "duration", "nodes"})},
        {"additionalProperties", false},
        {"properties", std::move(properties)},
        {"definitions",
         {{"node", byType(catalogue.all(Kind::component), "", {{"zone", described(textLike(std::string(detail::pattern::name)), "where it stands: eu-west-1a; see the section zones")}, {"runs_on", described(valueOf<std::vector<std::string>>(), "items of the price table it is billed as: m5.large")}})},
          {"link", byType(catalogue.all(Kind::link), "link", {{"policies", optional(policies(catalogue))}})},
          {"step", stepSchemas()},
          {"steps", {{"anyOf", Json::array({reference("step"), {{"type", "array"}, {"items", reference("step")}}})}}}}},
    };
}

}  // namespace tantrum::models::scenario
