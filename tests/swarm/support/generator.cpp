#include "tests/swarm/support/generator.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/steps.h"
#include "tests/swarm/support/values.h"

#include <algorithm>
#include <set>

namespace tantrum::swarm {
namespace {

using namespace models::scenario;
using models::catalogue;

// What the nodes a parameter names have to accept; asked of the parameter itself, which tells a Reading.
std::string acceptsOf(const Parameter& parameter)
{
    Diagnostics ignored("");
    const auto tree = parseTree("some: node", ignored);
    Reading reading(ignored, {});
    for (const Descriptor* type : catalogue().all(Kind::component)) {
        if (type->find(parameter.key()) != &parameter) continue;
        ParameterSet set = type->defaults;
        parameter.read(tree->root().value(0), reading, set);
        return reading.references.empty() ? std::string() : reading.references.front().accepts;
    }
    return {};
}

bool isReference(const std::string& kind) { return kind.ends_with("node") || kind.ends_with("operation"); }

// What everything else is made of or compared with. Half of the scenarios draw from these alone: in a large catalogue they
// would otherwise meet each other too seldom.
const std::set<std::string_view> basics{"client", "service", "load_balancer", "queue", "consumer", "cache", "database",
                                        "timeout", "retry", "circuit_breaker", "bulkhead", "rate_limit", "hedge",
                                        "crash", "slow", "pause", "errors", "flush", "load", "partition", "latency", "packet_loss"};

struct Made {
    std::string name;
    const Descriptor* type = nullptr;
    std::vector<std::string> operations;  ///< it declares
};

class Generator {
public:
    explicit Generator(std::uint64_t seed) : luck_(seed), seed_(seed), basic_(luck_.chance(0.5)) {}

    Generated make()
    {
        chooseNodes();
        std::string text = "tantrum: 1\nname: Swarm " + std::to_string(seed_) + "\nseed: " + std::to_string(seed_) + "\nduration: " + luck_.oneOf({"500ms", "2s", "3s", "5s"}) +
                           "\nwarmup: " + luck_.oneOf({"0s", "0s", "100ms", "400ms"}) + "\n\nnodes:\n";
        if (luck_.chance(0.25)) zones_ = {"eu-1a", "eu-1b", "us-1a"};
        for (std::size_t index = 0; index < nodes_.size(); ++index) text += node(index);
        text += zones() + links() + timeline() + expectations() + levels();
        Generated generated{std::move(text), budget(), {}, {}};
        if (luck_.chance(0.4))
            for (int strike = luck_.between(1, 3); strike > 0; --strike) generated.strikes.push_back({luck_.below(generated.events), "{" + (luck_.chance(0.6) ? crash() : happening()) + "}"});
        for (const Made& made : nodes_) drawn_.insert(made.type->key);
        generated.models.assign(drawn_.begin(), drawn_.end());
        std::sort(generated.strikes.begin(), generated.strikes.end(), [](const Strike& a, const Strike& b) { return a.event < b.event; });
        return generated;
    }

private:
    std::vector<const Descriptor*> models(Kind kind) const
    {
        std::vector<const Descriptor*> drawn;
        for (const Descriptor* type : catalogue().all(kind))
            if (!basic_ || basics.contains(type->key)) drawn.push_back(type);
        return drawn;
    }

    // Clients first; every node names only later ones, so that calls come to an end; at the end stands one of each type
    // that needs nobody, so that everything that can be asked for is there.
    void chooseNodes()
    {
        std::vector<const Descriptor*> clients, others, independent;
        for (const Descriptor* type : models(Kind::component)) {
            (type->client ? clients : others).push_back(type);
            const auto needsOthers = [](const auto& parameter) { return parameter->required() && isReference(parameter->kind()); };
            if (!type->client && std::none_of(type->parameters.begin(), type->parameters.end(), needsOthers)) independent.push_back(type);
        }
        for (int client = luck_.between(1, 3); client > 0; --client) add(luck_.oneOf(clients));
        for (int other = luck_.between(0, 6); other > 0; --other) add(luck_.oneOf(others));
        const std::size_t ends = nodes_.size();
        for (const Descriptor* type : independent)
            if (luck_.chance(0.4)) add(type);
        for (const Traffic& traffic : traffics)
            for (const Descriptor* type : independent)
                if (candidates(ends - 1, traffic.key).empty() && type->isAccepted(traffic.key)) add(type);
    }
    void add(const Descriptor* type)
    {
        const bool asks = std::any_of(type->parameters.begin(), type->parameters.end(), [](const auto& parameter) { return parameter->required() && isReference(parameter->kind()); });
        Made made{(type->client ? "client" : asks ? "n" : "m") + std::to_string(nodes_.size()), type, {}};
        const bool keeps = type->offers == OperationsOffered::fixed && !type->declaring().empty();  // what is sent there has to have a place
        if (keeps || (type->offers == OperationsOffered::own && luck_.chance(0.7)))
            for (int operation = luck_.between(1, 3); operation > 0; --operation) made.operations.push_back(std::string(1, static_cast<char>('a' + operation)));
        nodes_.push_back(std::move(made));
    }

    std::vector<std::size_t> candidates(std::size_t after, std::string_view accepts) const
    {
        std::vector<std::size_t> found;
        for (std::size_t index = after + 1; index < nodes_.size(); ++index)
            if (accepts.empty() || nodes_[index].type->isAccepted(accepts)) found.push_back(index);
        return found;
    }

    std::string operationOf(const Made& made, std::string_view accepts)
    {
        const bool kept = accepts == "messages" || accepts == "tasks";
        if (made.type->offers == OperationsOffered::fixed && kept && !made.operations.empty())
            return accepts == "tasks" && luck_.chance(0.3) ? made.name : made.name + "." + luck_.oneOf(made.operations);
        if (made.type->offers == OperationsOffered::fixed) return luck_.chance(0.7) ? made.name + "." + luck_.oneOf(made.type->operations) : made.name;
        if (!made.operations.empty()) return made.name + "." + luck_.oneOf(made.operations);
        return made.name;
    }

    // Empty: there is nobody.
    std::string reference(std::size_t from, std::string_view accepts, bool operation)
    {
        const auto found = candidates(from, accepts);
        if (found.empty()) return {};
        const Made& made = nodes_[luck_.oneOf(found)];
        return operation ? operationOf(made, accepts) : made.name;
    }

    std::string value(const Parameter& parameter, std::size_t index)
    {
        const std::string& kind = parameter.kind();
        if (kind == "operations") return nodes_[index].operations.empty() ? std::string() : operations(index);
        if (kind == "queues") return queues(index);
        if (kind == "lists") return lists(index);
        if (kind == "schedule") return luck_.oneOf({"{a: 50ms}", "{a: 1ms, b: 1s}", "{a: crontab(* * * * *), b: 200ms}"});
        if (kind == "exchanges") return exchanges(index);
        if (kind == "steps") return program(index, 0);
        if (kind == "link") return pattern();
        if (isReference(kind)) {
            const std::string accepts = acceptsOf(parameter);
            const bool operation = kind.ends_with("operation");
            if (!kind.starts_with("list")) return reference(index, accepts, operation);
            std::set<std::string> names;
            for (int name = luck_.between(1, 4); name > 0; --name)
                if (const std::string found = reference(index, accepts, operation); !found.empty()) names.insert(found);
            std::string text;
            for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
            return text.empty() ? text : "[" + text + "]";
        }
        const auto made = valueFor(parameter, luck_);
        return made ? *made : std::string();
    }

    std::string node(std::size_t index)
    {
        const Made& made = nodes_[index];
        std::string text = "  " + made.name + ":\n    type: " + made.type->key + "\n";
        if (!zones_.empty() && (index == 0 || luck_.chance(0.8))) text += "    zone: " + (index == 0 ? zones_.front() : luck_.oneOf(zones_)) + "\n";
        for (const auto& parameter : made.type->parameters) {
            const bool declares = (parameter->kind() == "operations" || parameter->kind() == "lists") && !made.operations.empty();
            if (!parameter->required() && !declares && !luck_.chance(0.4)) continue;
            if (const std::string given = value(*parameter, index); !given.empty()) text += "    " + parameter->key() + ": " + given + "\n";
        }
        return text;
    }

    std::string operations(std::size_t index)
    {
        std::string text;
        for (const std::string& operation : nodes_[index].operations) text += (text.empty() ? "{" : ", ") + operation + ": " + program(index, 0);
        return text + "}";
    }

    std::string lists(std::size_t index) const
    {
        std::string text;
        for (const std::string& name : nodes_[index].operations) text += (text.empty() ? "" : ", ") + name;
        return "[" + text + "]";
    }

    // A broker's operations are its queues; one without a name of its own is all there is.
    std::string queues(std::size_t index)
    {
        const std::vector<std::string>& declared = nodes_[index].operations;
        const std::vector<std::string> names = declared.empty() ? std::vector<std::string>{"q"} : declared;
        std::string text;
        for (const std::string& name : names) {
            const bool quorum = luck_.chance(0.3);
            text += (text.empty() ? "{" : ", ") + name + ": {type: " + (quorum ? "quorum" : "classic");
            if (luck_.chance(0.4)) text += ", max_length: " + luck_.oneOf({"1", "2", "10", "unlimited"}) + ", overflow: " + luck_.oneOf({"drop-head", "reject-publish", quorum ? "drop-head" : "reject-publish-dlx"});
            if (luck_.chance(0.2)) text += ", max_length_bytes: " + luck_.oneOf({"1B", "2KB"});
            if (luck_.chance(0.3)) text += ", message_ttl: " + luck_.oneOf({"0s", "1ms", "50ms", "1s"});
            if (luck_.chance(0.5)) text += ", dead_letter_to: " + luck_.oneOf(names);
            if (quorum && luck_.chance(0.5)) text += ", delivery_limit: " + luck_.oneOf({"0", "2", "unlimited"});
            if (!quorum && luck_.chance(0.3)) text += ", persistent: false";
            if (luck_.chance(0.2)) text += ", single_active_consumer: true";
            text += "}";
        }
        return text + "}";
    }
    std::string exchanges(std::size_t index)
    {
        const std::vector<std::string>& names = nodes_[index].operations;
        if (names.empty()) return {};
        return "{all: {type: fanout, bindings: [" + luck_.oneOf(names) + "]}, some: {type: topic, bindings: {" + luck_.oneOf(names) + ": 'a.#'}, routing_keys: {routed: a.b, unrouted: b}}}";
    }

    std::string program(std::size_t index, int depth)
    {
        std::string text;
        for (int step = luck_.between(1, depth > 1 ? 2 : 3); step > 0; --step) text += (text.empty() ? "[" : ", ") + ("{" + this->step(index, depth) + "}");
        return text + "]";
    }

    std::string branches(std::size_t index, int depth)
    {
        std::string text;
        for (int branch = luck_.between(1, 3); branch > 0; --branch) text += (text.empty() ? "[" : ", ") + program(index, depth + 1);
        return text + "]";
    }

    // Sometimes back to an earlier node, but only where the steps are not always reached, and seldom.
    std::string called(std::size_t index, int depth)
    {
        if (sometimes_ > 0 && depth > 0 && luck_.chance(0.1)) return reference(0, "calls", true);
        return reference(index, "calls", true);
    }

    // A broker's queues and exchanges are its operations: one of them has to be meant.
    std::string published(std::size_t index)
    {
        const auto found = candidates(index, "messages");
        if (found.empty()) return {};
        const Made& made = nodes_[luck_.oneOf(found)];
        return made.operations.empty() ? made.name : made.name + "." + luck_.oneOf(made.operations);
    }

    std::string step(std::size_t index, int depth)
    {
        const std::string work = "work: " + timeLaw(luck_);
        switch (luck_.below(depth > 3 ? 3 : 12)) {
        case 0: return work;
        case 1:
        case 2:
        case 3: {
            const std::string target = called(index, depth);
            if (target.empty()) return work;
            std::string text = "call: " + target;
            if (luck_.chance(0.2)) text += ", optional: true";
            if (luck_.chance(0.2)) text += ", bytes: " + sizeLaw(luck_) + ", reply_bytes: " + sizeLaw(luck_);
            if (luck_.chance(0.2) && depth < 3) text += ", otherwise: " + rarely(index, depth);
            return text;
        }
        case 4: return "together: " + branches(index, depth);
        case 5: return "first_of: " + branches(index, depth);
        case 6: {
            const std::string to = published(index);
            return to.empty() ? work : "publish: " + to + (luck_.chance(0.3) ? ", bytes: " + sizeLaw(luck_) : "");
        }
        case 7: return "repeat: {times: " + luck_.oneOf({"0", "1", "2", "uniform(0 3)"}) + ", steps: " + program(index, depth + 1) + "}";
        case 8:
        case 9: {
            const int share = luck_.between(0, 99);  // at 100 % the steps would always be reached
            return "choose: [{share: " + std::to_string(share) + "%, steps: " + rarely(index, depth) + "}, {steps: " + program(index, depth + 1) + "}]";
        }
        case 10: return luck_.chance(0.5) ? "fail: " + luck_.oneOf({"0%", "1%", "20%", "100%"}) : "fail: {share: 10%, outcome: " + luck_.oneOf({"timeout", "rejected", "error", "crashed", "expired"}) + "}";
        default: {
            const std::string in = reference(index, "lookups", false);
            return in.empty() ? work : "cache: {in: " + in + (luck_.chance(0.5) ? ", single_flight: true" : "") + ", steps: " + program(index, depth + 1) + "}";
        }
        }
    }
    std::string rarely(std::size_t index, int depth)
    {
        ++sometimes_;
        std::string text = program(index, depth + 1);
        --sometimes_;
        return text;
    }

    std::string pattern()
    {
        if (!patterns_.empty() && luck_.chance(0.7)) return luck_.oneOf(patterns_);
        const Made& from = luck_.oneOf(nodes_);
        const Made& to = luck_.oneOf(nodes_);
        switch (luck_.below(4)) {
        case 0: return "* -> *";
        case 1: return from.name + " -> *";
        case 2: return "* -> " + to.name;
        default: return from.name + " -> " + to.name;
        }
    }

    std::string mapping(const Descriptor& type, std::size_t index, double share, std::string_view besides = {})
    {
        std::string text;
        for (const auto& parameter : type.parameters) {
            if (parameter->key() == besides || (!parameter->required() && !luck_.chance(share))) continue;
            if (const std::string given = value(*parameter, index); !given.empty()) text += (text.empty() ? "" : ", ") + parameter->key() + ": " + quoted(given);
        }
        return text;
    }
    // Inside { } a value with a comma or a colon would end early.
    static std::string quoted(const std::string& text) { return text.front() != '[' && text.front() != '{' && text.find_first_of(",:{}[]") != std::string::npos ? "\"" + text + "\"" : text; }

    // The first node stands in the first zone, so that there is one that an outage can name.
    std::string zones()
    {
        if (zones_.empty()) return {};
        const std::string trip = luck_.oneOf({"0s", "1ns", "2ms", "100ms"});
        return "\nzones: {within_zone: " + luck_.oneOf({"0s", "0.2ms"}) + ", between_zones: " + trip + ", between_regions: 80ms" +
               (luck_.chance(0.5) ? ", round_trips: {eu-1a eu-1a: 1ms, eu-1 eu-1a: 3ms}" : "") + "}\n";
    }

    std::string links()
    {
        std::string text = "\nlinks:\n";
        const auto types = catalogue().all(Kind::link);
        const auto policies = models(Kind::policy);
        for (int link = luck_.between(0, 6); link > 0; --link) {
            const std::string name = link == 1 && luck_.chance(0.6) ? "* -> *" : pattern();
            if (std::find(patterns_.begin(), patterns_.end(), name) != patterns_.end()) continue;
            patterns_.push_back(name);
            const Descriptor* type = types[luck_.below(types.size())];
            text += "  \"" + name + "\":\n    type: " + type->key + "\n";
            for (const auto& parameter : type->parameters) {
                if (!luck_.chance(0.4)) continue;
                if (const std::string given = value(*parameter, 0); !given.empty()) text += "    " + parameter->key() + ": " + given + "\n";
            }
            policiesOf_.emplace_back();
            if (!luck_.chance(0.7)) continue;
            text += "    policies:\n";
            for (int policy = luck_.between(0, 4); policy > 0; --policy) {
                const Descriptor* made = policies[luck_.below(policies.size())];
                text += "      - " + made->key + ": {" + mapping(*made, 0, 0.5) + "}\n";
                policiesOf_.back().push_back(made);
                drawn_.insert(made->key);
            }
        }
        return patterns_.empty() ? std::string() : text;
    }

    std::string timeline()
    {
        std::string text = "\ntimeline:\n";
        const int entries = luck_.between(0, 8);
        for (int entry = 0; entry < entries; ++entry) text += "  - {at: " + luck_.oneOf({"0s", "1ms", "100ms", "100ms", "250ms", "300ms", "499ms"}) + ", " + happening() + "}\n";
        return entries == 0 ? std::string() : text;
    }

    std::string happening()
    {
        if (luck_.chance(0.35))
            if (const std::string changed = change(); !changed.empty()) return changed;
        const auto faults = models(Kind::fault);
        for (int attempt = 0; attempt < 20; ++attempt) {
            const Descriptor& fault = *faults[luck_.below(faults.size())];
            const std::string target = aim(fault);
            if (target.empty()) continue;
            drawn_.insert(fault.key);
            const std::string rest = mapping(fault, 0, 0.6, fault.key);
            return fault.key + ": " + target + (rest.empty() ? "" : ", " + rest) + (luck_.chance(0.8) ? ", for: " + luck_.oneOf({"1ns", "1ms", "50ms", "150ms", "1s"}) : "");
        }
        return "load: " + nodes_.front().name;
    }
    // Mostly short, so that there is a time after it as well.
    std::string crash()
    {
        std::vector<std::string> hosts;
        for (const Made& made : nodes_)
            if (made.type->isUnderstood("crash")) hosts.push_back(made.name);
        return hosts.empty() ? happening() : "crash: " + luck_.oneOf(hosts) + luck_.oneOf({", for: 1ns", ", for: 1ms", ", for: 1ms", ", for: 20ms", ""});
    }
    std::uint64_t budget()
    {
        const int kind = luck_.between(1, 100);
        return 1 + luck_.below(kind <= 60 ? 4'000 : kind <= 92 ? 20'000 : 100'000);
    }
    std::string aim(const Descriptor& fault)
    {
        const Parameter& target = *fault.find(fault.key);
        if (target.kind() == "link") return "\"" + pattern() + "\"";
        if (fault.key == "zone_outage" && !zones_.empty() && luck_.chance(0.6)) return zones_.front();
        std::vector<std::string> targets;
        for (const Made& made : nodes_)
            if (fault.aimsAtNetwork || made.type->isUnderstood(fault.key)) targets.push_back(made.name);
        if (targets.empty()) return {};
        if (!target.kind().starts_with("list")) return luck_.oneOf(targets);
        std::set<std::string> names;
        for (int name = luck_.between(1, 3); name > 0; --name) names.insert(luck_.oneOf(targets));
        std::string text;
        for (const std::string& name : names) text += (text.empty() ? "[" : ", ") + name;
        return text + "]";
    }

    // `set: path, to: value` of a live parameter, of a node, a link or a policy.
    std::string change()
    {
        std::string path;
        const Descriptor* type = nullptr;
        std::size_t index = 0;
        if (patterns_.empty() || luck_.chance(0.6)) {
            index = luck_.below(nodes_.size());
            path = nodes_[index].name + ".";
            type = nodes_[index].type;
        } else {
            const std::size_t link = luck_.below(patterns_.size());
            path = patterns_[link] + ".";
            type = catalogue().all(Kind::link).front();
            if (!policiesOf_[link].empty() && luck_.chance(0.7)) {
                const std::size_t policy = luck_.below(policiesOf_[link].size());
                path += "policies." + std::to_string(policy) + ".";
                type = policiesOf_[link][policy];
            }
        }
        std::vector<const Parameter*> live;
        for (const auto& parameter : type->parameters)
            if (parameter->live() && !isReference(parameter->kind())) live.push_back(parameter.get());
        if (live.empty()) return {};
        const Parameter& parameter = *luck_.oneOf(live);
        const std::string to = value(parameter, index);
        return to.empty() ? to : "set: \"" + path + parameter.key() + "\", to: " + quoted(to);
    }

    std::string expectations()
    {
        const std::string client = nodes_.front().name, node = nodes_.back().name;
        return "\nexpect:\n  - p99(" + client + ".latency) < 1s\n  - goodput(" + client + ") >= 0/s between 100ms and 300ms\n  - queue_max(" + node + ") >= 0 after 200ms\n  - attempts(" + node + ") >= 0\n";
    }

    // With luck of their own: what watches a system draws nothing that the system is made of.
    std::string levels()
    {
        Luck luck(seed_ * 2 + 1);
        if (!luck.chance(0.3)) return {};
        std::string text = "\nslos:\n  level: {of: " + luck.oneOf(nodes_).name + ", objective: 99%, evaluate: 10ms, sampled: " + luck.oneOf({"1", "30%"}) +
                           ", history: " + luck.oneOf({"healthy", "none"}) + ", alerts: {fast: {burn: 2, long: 120ms, short: 10ms}}}\n";
        if (!luck.chance(0.7)) return text;
        text += "telemetry: {scrape_interval: " + luck.oneOf({"1ms", "7ms", "60ms"}) + ", delay: " + luck.oneOf({"0s", "3ms", "200ms"}) + ", loss: " + luck.oneOf({"0%", "20%", "100%"}) +
                ", answering: " + luck.oneOf({"workers", "aside"});
        return text + (luck.chance(0.5) ? ", beside: " + luck.oneOf(nodes_).name : "") + "}\n";
    }

    Luck luck_;
    std::uint64_t seed_;
    bool basic_;
    std::vector<Made> nodes_;
    std::vector<std::string> zones_;  ///< empty: nobody says where he stands
    std::vector<std::string> patterns_;
    std::vector<std::vector<const Descriptor*>> policiesOf_;
    int sometimes_ = 0;
    std::set<std::string> drawn_;  ///< keys of models
};

}  // namespace

Generated generate(std::uint64_t seed) { return Generator(seed).make(); }

std::vector<std::string> unknownToTheSwarm()
{
    std::vector<std::string> unknown;
    for (const Kind kind : {Kind::component, Kind::policy, Kind::fault, Kind::link})
        for (const Descriptor* type : catalogue().all(kind)) {
            for (const auto& parameter : type->parameters)
                if (!isKnown(parameter->kind())) unknown.push_back(type->key + "." + parameter->key() + " is a " + parameter->kind());
        }
    const std::set<std::string_view> verbs{"work", "call", "together", "first_of", "publish", "repeat", "choose", "fail", "cache"};
    for (const VerbDoc& verb : stepVerbs())
        if (!verbs.contains(verb.key)) unknown.push_back("the step " + std::string(verb.key));
    return unknown;
}

}  // namespace tantrum::swarm
