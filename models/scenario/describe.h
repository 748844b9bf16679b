// How a model declares itself. One file per model; whatever anyone else knows about it is said here, once:
//
//     namespace tantrum::models::messaging {
//     namespace {
//     struct Params { std::int64_t prefetch = 20; NodeReference consumes; };
//     }
//     TANTRUM_MODEL(messaging, worker)
//     {
//         static const Descriptor built = describe<Params>(Kind::component, "worker")
//             .title("Worker").group("Messaging").icon("gears").summary("Takes messages from a queue.")
//             .parameter("prefetch", &Params::prefetch, {.doc = "…", .least = 1, .most = 1000, .unit = "messages"})
//             .required("consumes", &Params::consumes, {.doc = "…", .accepts = "messages"})
//             .metric("depth", "messages", "messages held").understands({"crash"})
//             .example("…").creates([](const Params&, Building&) -> std::unique_ptr<Component> { … });
//         return built;
//     }
//     }
#pragma once

#include "models/scenario/descriptor.h"
#include "models/scenario/member_parameter.h"

namespace tantrum::models::scenario {

/// Aborts, with the key, on a descriptor that contradicts itself: no title or summary, a parameter or metric declared
/// twice, a shorthand that is no parameter, an unknown kind of traffic.
void check(const Descriptor&);

/// `Params` is a copyable struct in an unnamed namespace whose members hold the defaults.
template <class Params> class Describing {
public:
    Describing(Kind kind, std::string key)
    {
        built_.kind = kind;
        built_.key = std::move(key);
        built_.defaults = ParameterSet::of(Params{});
    }

    Describing& title(std::string text)
    {
        built_.title = std::move(text);
        return *this;
    }
    Describing& group(std::string text)
    {
        built_.group = std::move(text);
        return *this;
    }
    Describing& icon(std::string text)
    {
        built_.icon = std::move(text);
        return *this;
    }
    /// One line: what it is.
    Describing& summary(std::string text)
    {
        built_.summary = std::move(text);
        return *this;
    }
    /// Markdown: what a reader of the reference page should know beyond the parameters.
    Describing& details(std::string text)
    {
        built_.details = std::move(text);
        return *this;
    }
    /// YAML of a scenario that shows it; the reference page adds version and duration.
    Describing& example(std::string text)
    {
        built_.example = std::move(text);
        return *this;
    }

    /// A parameter whose default is what the member holds in `Params{}`.
    template <class T> Describing& parameter(std::string key, T Params::*member, Rules<T> rules)
    {
        return add(std::move(key), member, std::move(rules), false);
    }
    /// A parameter the scenario has to give.
    template <class T> Describing& required(std::string key, T Params::*member, Rules<T> rules)
    {
        return add(std::move(key), member, std::move(rules), true);
    }
    Describing& shorthand(std::string key)
    {
        built_.shorthand = std::move(key);
        return *this;
    }
    Describing& metric(std::string key, std::string unit, std::string doc)
    {
        built_.metrics.push_back({std::move(key), std::move(unit), std::move(doc)});
        return *this;
    }
    /// What several models say in the same words: `say` is called with this.
    template <class Say> Describing& with(Say say)
    {
        say(*this);
        return *this;
    }
    /// Keys of the faults that may be aimed at it.
    Describing& understands(std::vector<std::string> faults)
    {
        built_.understands = std::move(faults);
        return *this;
    }
    /// What may be sent to it: one of `traffics`. Once for each.
    Describing& accepts(std::string traffic)
    {
        built_.accepts.push_back(std::move(traffic));
        return *this;
    }
    /// Answers to these operations only. Without this and ownOperations() any operation may be called.
    Describing& operations(std::vector<std::string> names)
    {
        built_.offers = OperationsOffered::fixed;
        built_.operations = std::move(names);
        return *this;
    }
    /// Answers to the operations its Operations parameter declares in the scenario.
    Describing& ownOperations()
    {
        built_.offers = OperationsOffered::own;
        return *this;
    }
    /// A component that starts requests and is measured by their latency and outcome.
    Describing& client()
    {
        built_.client = true;
        return *this;
    }
    /// A fault of the network: the nodes it names need not understand it.
    Describing& aimsAtNetwork()
    {
        built_.aimsAtNetwork = true;
        return *this;
    }

    /// Any callable (const Params&, Context&) -> Product; kept as std::function<Product(const ParameterSet&,
    /// Context&)>, which has to be the factory type of the kind (ComponentFactory …).
    template <class Callable> Describing& creates(Callable callable)
    {
        store(std::function{std::move(callable)});
        return *this;
    }

    operator Descriptor()
    {
        check(built_);
        return std::move(built_);
    }

private:
    template <class T> Describing& add(std::string key, T Params::*member, Rules<T> rules, bool required)
    {
        built_.parameters.push_back(
            std::make_shared<MemberParameter<Params, T>>(std::move(key), member, std::move(rules), required));
        return *this;
    }
    template <class Product, class... Context> void store(std::function<Product(const Params&, Context...)> make)
    {
        built_.factory = std::function<Product(const ParameterSet&, Context...)>(
            [make = std::move(make)](const ParameterSet& set, Context... context) -> Product {
                return make(set.as<Params>(), std::forward<Context>(context)...);
            });
    }

    Descriptor built_;
};

template <class Params> Describing<Params> describe(Kind kind, std::string key)
{
    return Describing<Params>(kind, std::move(key));
}

/// Opens the definition of the function by which add_model(folder/file) finds the model. Stands in the namespace
/// tantrum::models::<folder>, outside its unnamed namespace.
#define TANTRUM_MODEL(folder, file)                                                                                    \
    const ::tantrum::models::scenario::Descriptor& folder##_##file();                                                  \
    const ::tantrum::models::scenario::Descriptor& folder##_##file()

}  // namespace tantrum::models::scenario
