// A parameter of a component, policy, fault or link: declared once next to the C++ member that holds it, from then on
// known by key to the reader, the writer, the schema, the inspector and the reference.
#pragma once

#include "engine/ensure.h"
#include "models/scenario/reading.h"

#include <any>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tantrum::models::scenario {

/// Holds a copy of some model's Params without knowing its type.
class ParameterSet {
public:
    ParameterSet() = default;
    template <class Params> static ParameterSet of(Params params)
    {
        ParameterSet set;
        set.value_ = std::move(params);
        return set;
    }
    bool empty() const { return !value_.has_value(); }
    /// Requires that the set holds exactly this type.
    template <class Params> const Params& as() const
    {
        const Params* held = std::any_cast<Params>(&value_);
        ENSURE(held, "a parameter set was asked for another model's parameters");
        return *held;
    }
    template <class Params> Params& as() { return const_cast<Params&>(std::as_const(*this).template as<Params>()); }

private:
    std::any value_;
};

/// How values of a C++ type are read, written and described. The supplied types are in values.h and steps.h; a model
/// may specialise it for a type of its own:
///     using Bound = …;                                         what limits of it are, or std::monostate
///     static std::string kind();                               "duration"
///     static std::optional<T> read(const Node&, Reading&, const Rules<T>&);   reports its errors, with hints
///     static std::string write(const T&);                      text that reads back to the same value
///     static void schema(nlohmann::json&, const Rules<T>&);    JSON Schema of what read() takes
///     static constexpr bool declares = true;                   only if read() declares operations to the reading
template <class T> struct ValueType;

/// What is said about a parameter besides its key and type. All optional but the doc.
template <class T> struct Rules {
    using Bound = typename ValueType<T>::Bound;
    std::string doc{};             ///< one line, no full stop
    std::optional<Bound> least{};  ///< of a distribution: of its mean; of a list: of each item
    std::optional<Bound> most{};
    std::string unit{};           ///< of a plain count: "workers"
    std::string source{};         ///< where the default comes from
    bool live = false;            ///< may change while the simulation runs
    bool mayBeUnlimited = false;  ///< a count: `unlimited` is allowed
    std::string accepts{};        ///< a reference: what the node has to accept, "messages"
};

/// One parameter, type erased. Immutable; owned by its Descriptor.
class Parameter {
public:
    virtual ~Parameter() = default;

    const std::string& key() const { return facts_.key; }
    const std::string& doc() const { return facts_.doc; }
    const std::string& kind() const { return facts_.kind; }  ///< "duration", "distribution of time", "one of"
    const std::string& unit() const { return facts_.unit; }
    const std::string& source() const { return facts_.source; }
    const std::string& range() const { return facts_.range; }           ///< "1 to 1000000", "at least 1ms", or empty
    const std::string& defaultText() const { return facts_.fallback; }  ///< empty: required, or absent by default
    bool required() const { return facts_.required; }
    bool live() const { return facts_.live; }
    /// Its value declares operations that can be called.
    bool declares() const { return facts_.declares; }
    /// Of a parameter that is one of several words: the words and what they mean.
    const std::vector<std::pair<std::string, std::string>>& choices() const { return facts_.choices; }

    /// Stores the node's value in the set. False after reporting what is wrong; the set is then unchanged.
    virtual bool read(const Node&, Reading&, ParameterSet&) const = 0;
    /// The value as it would stand in a scenario file (flow style); empty for an absent optional.
    virtual std::string write(const ParameterSet&) const = 0;
    virtual void copy(const ParameterSet& from, ParameterSet& to) const = 0;
    /// JSON Schema of what read() takes, with description and default.
    nlohmann::json schema() const;
    /// The nodes the value names (of references and lists of references).
    virtual std::vector<std::string> nodesNamed(const ParameterSet&) const = 0;

protected:
    struct Facts {
        std::string key, doc, kind, unit, source, range, fallback;
        std::vector<std::pair<std::string, std::string>> choices;
        bool required = false;
        bool live = false;
        bool declares = false;
    };
    explicit Parameter(Facts facts) : facts_(std::move(facts)) {}

private:
    virtual void shape(nlohmann::json&) const = 0;
    Facts facts_;
};

}  // namespace tantrum::models::scenario
