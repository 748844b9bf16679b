#include "models/messaging/rabbitmq_topology.h"

#include "models/scenario/fields.h"
#include "models/scenario/names.h"
#include "models/scenario/yaml_text.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::models::messaging {

std::optional<std::size_t> RabbitQueues::find(std::string_view name) const
{
    const auto found = std::find_if(list.begin(), list.end(), [&](const RabbitQueueSettings& queue) { return queue.name == name; });
    return found == list.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - list.begin()));
}

bool topicMatches(std::string_view pattern, std::string_view key)
{
    const auto words = [](std::string_view text) {
        std::vector<std::string_view> split;
        while (!text.empty()) {
            const std::size_t dot = text.find('.');
            split.push_back(text.substr(0, dot));
            text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
        }
        return split;
    };
    const auto wanted = words(pattern), given = words(key);
    // reached[n]: the pattern so far matches the first n words.
    std::vector<bool> reached(given.size() + 1, false);
    reached[0] = true;
    for (const std::string_view word : wanted) {
        std::vector<bool> next(given.size() + 1, false);
        if (word == "#") {
            const auto first = std::find(reached.begin(), reached.end(), true);
            std::fill(next.begin() + (first - reached.begin()), next.end(), true);
        } else {
            for (std::size_t n = 0; n < given.size(); ++n) next[n + 1] = reached[n] && (word == "*" || word == given[n]);
        }
        reached = std::move(next);
    }
    return reached.back();
}

bool RabbitExchange::routes(const Binding& binding, std::string_view key) const
{
    if (type == RabbitExchangeType::fanout) return true;
    return std::any_of(binding.keys.begin(), binding.keys.end(), [&](const std::string& bound) {
        return type == RabbitExchangeType::topic ? topicMatches(bound, key) : bound == key;
    });
}

}  // namespace tantrum::models::messaging

namespace tantrum::models::scenario {
namespace {

using messaging::RabbitExchange, messaging::RabbitExchanges, messaging::RabbitExchangeType;
using messaging::RabbitOverflow, messaging::RabbitQueues, messaging::RabbitQueueSettings;
using Json = nlohmann::json;

constexpr std::size_t longestRoutingKey = 255;

// The entry `key`, if it is there; false when it is wrong.
template <class T> bool field(const Node& mapping, std::string_view key, T& into, Reading& reading, const Rules<T>& rules = {})
{
    const Node* node = mapping.find(key);
    if (!node) return true;
    const auto inside = reading.inside(key);
    std::optional<T> read = ValueType<T>::read(*node, reading, rules);
    if (read) into = *std::move(read);
    return read.has_value();
}

// "nodes.rabbit.queues…": the queues a node names are its own.
void referToOwnQueue(const Node& at, const std::string& queue, Reading& reading)
{
    const std::string path = reading.path();
    constexpr std::string_view nodes = "nodes.";
    if (!path.starts_with(nodes)) return;
    const std::string own = path.substr(nodes.size(), path.find('.', nodes.size()) - nodes.size());
    reading.refer(at, own, queue, "amqp");
}

bool declare(const Node& at, const std::string& name, Reading& reading)
{
    const bool taken = std::any_of(reading.operations.begin(), reading.operations.end(), [&](const DeclaredOperation& known) { return known.name == name; });
    if (taken) {
        reading.error(at, fmt::format("there is already a queue, an exchange or a routing key called '{}'", name), "each is an operation that can be called, so give it a name of its own");
        return false;
    }
    DeclaredOperation declared;
    declared.name = name;
    reading.declare(std::move(declared));
    return true;
}

bool readName(const Node& at, std::string& into, Reading& reading)
{
    const auto name = parseName(at.text());
    if (!name) return reading.error(at, name.message, name.hint), false;
    into = *name;
    return true;
}

constexpr auto queueKeys = std::to_array<std::string_view>({"type", "durable", "persistent", "max_length", "max_length_bytes", "overflow", "message_ttl", "dead_letter_to", "delivery_limit", "single_active_consumer"});

bool readQueue(const Node& key, const Node& node, RabbitQueueSettings& queue, Reading& reading)
{
    bool good = readName(key, queue.name, reading) && declare(key, queue.name, reading);
    if (node.isNull()) return good;  // `failed:` alone
    if (!isMappingFor(node, reading, "a queue")) return false;
    checkKeys(node, reading, "a queue", queueKeys);
    good = field(node, "type", queue.type, reading) && good;
    good = field(node, "durable", queue.durable, reading) && good;
    good = field(node, "persistent", queue.persistent, reading) && good;
    good = field(node, "max_length", queue.maxLength, reading, {.least = 1, .most = 100'000'000, .mayBeUnlimited = true}) && good;
    good = field(node, "max_length_bytes", queue.maxLengthBytes, reading, {.least = Bytes::of(1), .mayBeUnlimited = true}) && good;
    good = field(node, "overflow", queue.overflow, reading) && good;
    good = field(node, "message_ttl", queue.messageTtl, reading, {.least = engine::Duration()}) && good;
    good = field(node, "delivery_limit", queue.deliveryLimit, reading, {.least = 0, .most = 1'000'000, .mayBeUnlimited = true}) && good;
    good = field(node, "single_active_consumer", queue.singleActiveConsumer, reading) && good;
    if (const Node* to = node.find("dead_letter_to")) {
        const auto inside = reading.inside("dead_letter_to");
        if (readName(*to, queue.deadLetterTo, reading))
            referToOwnQueue(*to, queue.deadLetterTo, reading);
        else
            good = false;
    }
    const auto refuse = [&](std::string_view what, const char* message, const char* hint) {
        if (const Node* at = node.find(what); at && good) reading.error(*at, message, hint), good = false;
    };
    if (queue.quorum() && queue.overflow == RabbitOverflow::rejectPublishDlx)
        refuse("overflow", "quorum queues do not know reject-publish-dlx", "use reject-publish, or a classic queue");
    if (queue.quorum() && !(queue.durable && queue.persistent)) refuse(queue.durable ? "persistent" : "durable", "quorum queues are always durable", "leave it out, or use a classic queue");
    if (!queue.quorum()) refuse("delivery_limit", "only quorum queues have a delivery limit", "add 'type: quorum'");
    return good;
}

bool readBindings(const Node& node, RabbitExchange& exchange, Reading& reading)
{
    const auto bind = [&](const Node& queue, const Node* keys) {
        RabbitExchange::Binding binding;
        if (!readName(queue, binding.queue, reading)) return false;
        referToOwnQueue(queue, binding.queue, reading);
        const auto inside = reading.inside(binding.queue);
        const bool good = !keys || detail::readList(*keys, reading, [&](const Node& item) {
            const auto key = ValueType<std::string>::read(item, reading, {});
            if (key) binding.keys.push_back(key->substr(0, longestRoutingKey));
            return key.has_value();
        });
        exchange.bindings.push_back(std::move(binding));
        return good;
    };
    if (exchange.type == RabbitExchangeType::fanout && !node.isMapping())
        return detail::readList(node, reading, [&](const Node& item) { return bind(item, nullptr); });
    if (!isMappingFor(node, reading, "'bindings'")) return false;
    bool good = true;
    for (std::size_t i = 0; i < node.size(); ++i) good = bind(node.key(i), &node.value(i)) && good;
    return good;
}

bool readExchange(const Node& key, const Node& node, RabbitExchange& exchange, Reading& reading)
{
    bool good = readName(key, exchange.name, reading);
    if (!isMappingFor(node, reading, "an exchange")) return false;
    checkKeys(node, reading, "an exchange", std::to_array<std::string_view>({"type", "bindings", "routing_keys"}));
    good = field(node, "type", exchange.type, reading) && good;
    if (exchange.type == RabbitExchangeType::fanout) good = declare(key, exchange.name, reading) && good;
    if (const Node* bindings = node.find("bindings")) {
        const auto inside = reading.inside("bindings");
        good = readBindings(*bindings, exchange, reading) && good;
    }
    const Node* keys = node.find("routing_keys");
    if (!keys) return good;
    const auto inside = reading.inside("routing_keys");
    if (!isMappingFor(*keys, reading, "'routing_keys'")) return false;
    for (std::size_t i = 0; i < keys->size(); ++i) {
        RabbitExchange::RoutingKey routing;
        good = readName(keys->key(i), routing.operation, reading) && declare(keys->key(i), routing.operation, reading) && good;
        const auto text = ValueType<std::string>::read(keys->value(i), reading, {});
        if (text) routing.key = text->substr(0, longestRoutingKey);
        good = text.has_value() && good;
        exchange.routingKeys.push_back(std::move(routing));
    }
    return good;
}

std::string textOf(const RabbitQueueSettings& queue)
{
    const RabbitQueueSettings usual;
    std::vector<std::string> entries;
    const auto entry = [&]<class T>(const char* key, const T& value, const T& usualValue) {
        if (value != usualValue) entries.push_back(fmt::format("{}: {}", key, ValueType<T>::write(value)));
    };
    entry("type", queue.type, usual.type);
    entry("durable", queue.durable, usual.durable);
    entry("persistent", queue.persistent, usual.persistent);
    entry("max_length", queue.maxLength, usual.maxLength);
    entry("max_length_bytes", queue.maxLengthBytes, usual.maxLengthBytes);
    entry("overflow", queue.overflow, usual.overflow);
    entry("message_ttl", queue.messageTtl, usual.messageTtl);
    if (!queue.deadLetterTo.empty()) entries.push_back("dead_letter_to: " + queue.deadLetterTo);
    entry("delivery_limit", queue.deliveryLimit, usual.deliveryLimit);
    entry("single_active_consumer", queue.singleActiveConsumer, usual.singleActiveConsumer);
    return fmt::format("{}: {{{}}}", queue.name, fmt::join(entries, ", "));
}

std::string textOf(const RabbitExchange& exchange)
{
    std::vector<std::string> bindings, keys;
    for (const RabbitExchange::Binding& binding : exchange.bindings) {
        std::vector<std::string> texts;
        for (const std::string& key : binding.keys) texts.push_back(yamlScalar(key, true));
        bindings.push_back(binding.queue + ": " + detail::writeList(texts));
    }
    for (const RabbitExchange::RoutingKey& routing : exchange.routingKeys) keys.push_back(routing.operation + ": " + yamlScalar(routing.key, true));
    return fmt::format("{}: {{type: {}, bindings: {{{}}}, routing_keys: {{{}}}}}", exchange.name, ValueType<RabbitExchangeType>::write(exchange.type), fmt::join(bindings, ", "), fmt::join(keys, ", "));
}

template <class List> std::string textOfAll(const List& list)
{
    std::vector<std::string> texts;
    for (const auto& item : list) texts.push_back(textOf(item));
    return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

template <class T> Json schemaFor(const Rules<T>& rules = {})
{
    Json made;
    ValueType<T>::schema(made, rules);
    return made;
}

Json named(Json value)
{
    return {{"type", "object"}, {"propertyNames", {{"pattern", "^[A-Za-z][A-Za-z0-9_-]{0,63}$"}}}, {"additionalProperties", std::move(value)}};
}

}  // namespace

std::optional<RabbitQueues> ValueType<RabbitQueues>::read(const Node& node, Reading& reading, const Rules<RabbitQueues>&)
{
    if (!isMappingFor(node, reading, "'queues'")) return std::nullopt;
    RabbitQueues queues;
    bool good = true;
    if (node.size() == 0 || node.size() > messaging::mostRabbitQueues) {
        reading.error(node, fmt::format("a broker has 1 to {} queues, not {}", messaging::mostRabbitQueues, node.size()), "queues: {orders: {}}");
        return std::nullopt;
    }
    for (std::size_t i = 0; i < node.size(); ++i) {
        const auto inside = reading.inside(node.key(i).text());
        RabbitQueueSettings queue;
        good = readQueue(node.key(i), node.value(i), queue, reading) && good;
        queues.list.push_back(std::move(queue));
    }
    return good ? std::optional(std::move(queues)) : std::nullopt;
}

std::optional<RabbitExchanges> ValueType<RabbitExchanges>::read(const Node& node, Reading& reading, const Rules<RabbitExchanges>&)
{
    if (!isMappingFor(node, reading, "'exchanges'")) return std::nullopt;
    RabbitExchanges exchanges;
    bool good = true;
    for (std::size_t i = 0; i < node.size(); ++i) {
        const auto inside = reading.inside(node.key(i).text());
        RabbitExchange exchange;
        good = readExchange(node.key(i), node.value(i), exchange, reading) && good;
        exchanges.list.push_back(std::move(exchange));
    }
    return good ? std::optional(std::move(exchanges)) : std::nullopt;
}

std::string ValueType<RabbitQueues>::write(const RabbitQueues& queues) { return textOfAll(queues.list); }
std::string ValueType<RabbitExchanges>::write(const RabbitExchanges& exchanges) { return textOfAll(exchanges.list); }

void ValueType<RabbitQueues>::schema(Json& out, const Rules<RabbitQueues>&)
{
    Json keys;
    keys["type"] = schemaFor<messaging::RabbitQueueType>();
    keys["durable"] = schemaFor<bool>();
    keys["persistent"] = schemaFor<bool>();
    keys["max_length"] = schemaFor<std::int64_t>({.least = 1, .mayBeUnlimited = true});
    keys["max_length_bytes"] = schemaFor<Bytes>({.mayBeUnlimited = true});
    keys["overflow"] = schemaFor<RabbitOverflow>();
    keys["message_ttl"] = schemaFor<engine::Duration>();
    keys["dead_letter_to"] = {{"type", "string"}};
    keys["delivery_limit"] = schemaFor<std::int64_t>({.least = 0, .mayBeUnlimited = true});
    keys["single_active_consumer"] = schemaFor<bool>();
    out = named({{"type", Json::array({"object", "null"})}, {"properties", std::move(keys)}, {"additionalProperties", false}});
}

void ValueType<RabbitExchanges>::schema(Json& out, const Rules<RabbitExchanges>&)
{
    Json keys;
    keys["type"] = schemaFor<RabbitExchangeType>();
    keys["bindings"] = {{"type", Json::array({"object", "array", "string"})}};
    keys["routing_keys"] = named(schemaFor<std::string>());
    out = named({{"type", "object"}, {"properties", std::move(keys)}, {"additionalProperties", false}});
}

}  // namespace tantrum::models::scenario
