// The verbs and their documentation; steps as they would stand in a scenario file (flow style), and their schema.
#include "models/scenario/steps.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::models::scenario {
namespace {

std::string textOfProgram(const Program& program);

template <class T> std::string text(const T& value) { return ValueType<T>::write(value); }
template <class T> std::string entry(const char* key, const std::optional<T>& value)
{
    return value ? fmt::format(", {}: {}", key, text(*value)) : std::string();
}

std::string textOfBranches(const std::vector<Program>& branches)
{
    std::vector<std::string> texts;
    for (const Program& branch : branches) texts.push_back(textOfProgram(branch));
    return detail::writeList(texts);
}

struct Writer {
    std::string operator()(const Work& work) const { return "work: " + text(work.time); }
    std::string operator()(const Call& call) const
    {
        return "call: " + text(call.target) + (call.optional ? ", optional: true" : "") +
               (call.otherwise.empty() ? "" : ", otherwise: " + textOfProgram(call.otherwise)) +
               entry("bytes", call.bytes) + entry("reply_bytes", call.replyBytes);
    }
    std::string operator()(const Together& together) const { return "together: " + textOfBranches(together.branches); }
    std::string operator()(const FirstOf& first) const { return "first_of: " + textOfBranches(first.branches); }
    std::string operator()(const Publish& publish) const
    {
        return "publish: " + text(publish.to) + entry("bytes", publish.bytes);
    }
    std::string operator()(const Repeat& repeat) const
    {
        return fmt::format("repeat: {{times: {}, steps: {}}}", text(repeat.times), textOfProgram(repeat.steps));
    }
    std::string operator()(const Choose& choose) const
    {
        std::vector<std::string> branches;
        for (const Choose::Branch& branch : choose.branches)
            branches.push_back(
                fmt::format("{{share: {}, steps: {}}}", text(branch.share), textOfProgram(branch.steps)));
        return "choose: " + detail::writeList(branches);
    }
    std::string operator()(const Fail& fail) const
    {
        return fmt::format("fail: {{share: {}, outcome: {}}}", text(fail.share), keyOf(fail.outcome));
    }
    std::string operator()(const Cached& cached) const
    {
        return fmt::format("cache: {{in: {}, steps: {}{}}}", text(cached.in), textOfProgram(cached.steps),
                           cached.singleFlight ? ", single_flight: true" : "");
    }
};

std::string textOfProgram(const Program& program)
{
    std::vector<std::string> steps;
    for (const Step& step : program) steps.push_back(fmt::format("{{{}}}", std::visit(Writer{}, step.action)));
    return detail::writeList(steps);
}

}  // namespace

// In the order in which StepReader::step tells them apart.
std::span<const VerbDoc> stepVerbs()
{
    static const std::vector<VerbDoc> verbs{
        {"work", "keeps the worker busy for a time", "work: exponential(4ms)", {}},
        {"call",
         "asks another node and waits for the answer; with 'optional' a failure is ignored, with 'otherwise' other "
         "steps make up for it",
         "call: sessions.get",
         {"optional", "otherwise", "bytes", "reply_bytes"}},
        {"together", "all at once; done when all are", "together: [{call: pricing.quote}, {call: reviews.list}]", {}},
        {"first_of",
         "all at once; done with the first success, the others are cancelled",
         "first_of: [{call: east.get}, {call: west.get}]",
         {}},
        {"publish", "hands a message to a queue without waiting for its handling", "publish: orders", {"bytes"}},
        {"repeat", "steps one after the other, several times", "repeat: {times: 3, steps: [{call: db.get}]}", {}},
        {"choose",
         "one of several branches, by share; one without a share takes the rest",
         "choose: [{share: 90%, steps: [{call: cache.get}]}, {steps: [{call: db.get}]}]",
         {}},
        {"fail", "ends the request with an error, always or for a share of requests", "fail: 1%", {}},
        {"cache",
         "looks the request's key up; on a miss runs the steps and stores the result",
         "cache: {in: redis, steps: [{call: db.get}]}",
         {}},
    };
    return verbs;
}

std::string ValueType<Operations>::write(const Operations& operations)
{
    std::vector<std::string> entries;
    for (const Operation& operation : operations.list())
        entries.push_back(fmt::format("{}: {}", operation.name, textOfProgram(operation.program)));
    return fmt::format("{{{}}}", fmt::join(entries, ", "));
}

std::string ValueType<Program>::write(const Program& program) { return textOfProgram(program); }

// The definition of steps is shared; schema.cpp supplies it.
void ValueType<Operations>::schema(nlohmann::json& out, const Rules<Operations>&)
{
    out = {{"type", "object"},
           {"propertyNames", {{"pattern", "^[A-Za-z][A-Za-z0-9_-]{0,63}$"}}},
           {"additionalProperties", {{"$ref", "#/definitions/steps"}}}};
}

void ValueType<Program>::schema(nlohmann::json& out, const Rules<Program>&) { out = {{"$ref", "#/definitions/steps"}}; }

}  // namespace tantrum::models::scenario
