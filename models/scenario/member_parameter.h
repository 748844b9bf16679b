// Binds a Parameter to the member of Params that holds it. Included through describe.h.
#pragma once

#include "models/scenario/parameter.h"
#include "models/scenario/values.h"

namespace tantrum::models::scenario {

template <class Params, class T> class MemberParameter final : public Parameter {
    using Type = ValueType<T>;

public:
    MemberParameter(std::string key, T Params::*member, Rules<T> rules, bool required)
        : Parameter(factsOf(std::move(key), member, rules, required)), member_(member), rules_(std::move(rules))
    {}

    bool read(const Node& node, Reading& reading, ParameterSet& set) const override
    {
        std::optional<T> value = Type::read(node, reading, rules_);
        if (!value) return false;
        set.as<Params>().*member_ = *std::move(value);
        return true;
    }
    std::string write(const ParameterSet& set) const override { return Type::write(set.as<Params>().*member_); }
    void copy(const ParameterSet& from, ParameterSet& to) const override
    {
        to.as<Params>().*member_ = from.as<Params>().*member_;
    }
    std::vector<std::string> nodesNamed(const ParameterSet& set) const override
    {
        if constexpr (requires(const T& value) { Type::nodes(value); }) return Type::nodes(set.as<Params>().*member_);
        return {};
    }

private:
    static Facts factsOf(std::string key, T Params::*member, const Rules<T>& rules, bool required)
    {
        Facts facts;
        facts.key = std::move(key);
        facts.doc = rules.doc;
        facts.kind = Type::kind();
        facts.unit = rules.unit;
        facts.source = rules.source;
        facts.range = rangeText(rules);
        facts.required = required;
        facts.live = rules.live;
        if (!required) facts.fallback = Type::write(Params{}.*member);
        if constexpr (requires { Type::declares; }) facts.declares = Type::declares;
        if constexpr (requires { Type::words(); }) facts.choices = Type::words();
        return facts;
    }
    void shape(nlohmann::json& schema) const override { Type::schema(schema, rules_); }

    T Params::*member_;
    Rules<T> rules_;
};

}  // namespace tantrum::models::scenario
