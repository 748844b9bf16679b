#include "models/scenario/steps.h"

#include "models/scenario/fields.h"
#include "models/scenario/names.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace tantrum::models::scenario {
namespace {

template <class T> std::optional<T> valueOf(const Node& node, Reading& reading, const Rules<T>& rules = {})
{
    return ValueType<T>::read(node, reading, rules);
}

// Reads one operation's program. Whether a step is always reached is tracked on the way, for the calls declared.
class StepReader {
public:
    StepReader(Reading& reading, DeclaredOperation& declared) : reading_(reading), declared_(declared) {}

    bool program(const Node& node, Program& steps)
    {
        if (++depth_ > deepestSteps) {
            reading_.error(node, fmt::format("steps are nested more than {} deep", deepestSteps),
                           "move the inner ones to an operation of another node");
            --depth_;
            return false;
        }
        const bool before = always_;
        const bool good = detail::readList(node, reading_, [&](const Node& item) {
            Step read;
            if (!step(item, read)) return false;
            steps.push_back(std::move(read));
            return true;
        });
        always_ = before;
        --depth_;
        return good;
    }

private:
    // Steps that are reached only sometimes.
    bool sometimes(const Node& node, Program& steps)
    {
        const bool before = std::exchange(always_, false);
        const bool good = program(node, steps);
        always_ = before;
        return good;
    }

    bool step(const Node& node, Step& into)
    {
        into.position = node.position();
        if (!isMappingFor(node, reading_, "a step")) return false;
        std::vector<std::string_view> verbs;
        for (const VerbDoc& verb : stepVerbs()) verbs.push_back(verb.key);
        const Node* found = nullptr;
        const Node* value = nullptr;
        for (std::size_t i = 0; i < node.size(); ++i) {
            if (std::find(verbs.begin(), verbs.end(), node.key(i).text()) == verbs.end()) continue;
            if (found) {
                reading_.error(node.key(i),
                               fmt::format("a step does one thing, not both {} and {}", inQuotes(found->text()),
                                           inQuotes(node.key(i).text())),
                               "make two steps of it, each after its own '- '");
                return false;
            }
            found = &node.key(i);
            value = &node.value(i);
        }
        if (!found) {
            if (node.size() == 0)
                reading_.error(node, "an empty step", suggest({}, verbs));
            else
                reading_.error(node.key(0), fmt::format("{} is not a step", inQuotes(node.key(0).text())),
                               suggest(node.key(0).text(), verbs));
            return false;
        }
        const auto verb =
            static_cast<std::size_t>(std::find(verbs.begin(), verbs.end(), found->text()) - verbs.begin());
        std::vector<std::string_view> known = stepVerbs()[verb].siblings;
        known.push_back(found->text());
        checkKeys(node, reading_, fmt::format("the step {}", inQuotes(found->text())), known);
        const auto inside = reading_.inside(found->text());
        switch (verb) {
        case 0: return work(*value, into);
        case 1: return call(node, *value, into);
        case 2: return branches(*value, into.action.emplace<Together>().branches);
        case 3: return branches(*value, into.action.emplace<FirstOf>().branches);
        case 4: return publish(node, *value, into);
        case 5: return repeat(*value, into);
        case 6: return choose(*value, into);
        case 7: return fail(*value, into);
        default: return cache(*value, into);
        }
    }

    // The optional sibling `key`; false when it is there and wrong.
    template <class T> bool sibling(const Node& mapping, std::string_view key, T& value, const Rules<T>& rules = {})
    {
        const Node* node = mapping.find(key);
        if (!node) return true;
        const auto inside = reading_.inside(key);
        std::optional<T> read = valueOf<T>(*node, reading_, rules);
        if (read) value = *std::move(read);
        return read.has_value();
    }

    bool work(const Node& value, Step& into)
    {
        const auto time = valueOf<DurationDistribution>(value, reading_);
        if (time) into.action = Work{*time};
        return time.has_value();
    }

    bool call(const Node& step, const Node& value, Step& into)
    {
        Call& call = into.action.emplace<Call>();
        const auto target = valueOf<OperationReference>(value, reading_);
        if (target) {
            call.target = *target;
            if (always_) declared_.always.push_back({target->node, target->operation, value.position()});
        }
        bool good = target.has_value();
        good = sibling(step, "optional", call.optional) && good;
        good = sibling(step, "bytes", call.bytes) && good;
        good = sibling(step, "reply_bytes", call.replyBytes) && good;
        if (const Node* otherwise = step.find("otherwise")) {
            const auto inside = reading_.inside("otherwise");
            good = sometimes(*otherwise, call.otherwise) && good;
        }
        return good;
    }

    bool publish(const Node& step, const Node& value, Step& into)
    {
        Publish& publish = into.action.emplace<Publish>();
        const auto to = valueOf<OperationReference>(value, reading_, {.accepts = "messages"});
        if (to) publish.to = *to;
        return sibling(step, "bytes", publish.bytes) && to.has_value();
    }

    bool branches(const Node& value, std::vector<Program>& branches)
    {
        if (!isSequenceFor(value, reading_, "what runs at once")) return false;
        if (value.items().empty()) reading_.error(value, "nothing to run at once", "list at least one step");
        return !value.items().empty() && detail::readList(value, reading_, [&](const Node& item) {
            return program(item, branches.emplace_back());
        });
    }

    bool repeat(const Node& value, Step& into)
    {
        Repeat& repeat = into.action.emplace<Repeat>();
        if (!isMappingFor(value, reading_, "'repeat'")) return false;
        checkKeys(value, reading_, "'repeat'", std::to_array<std::string_view>({"times", "steps"}));
        if (!needs(value, "'repeat'", {"times", "steps"})) return false;
        const bool times = sibling(value, "times", repeat.times, {.least = 0.0, .most = 1e6});
        const auto inside = reading_.inside("steps");
        const bool surely = repeat.times.distribution.isConstant() && repeat.times.distribution.mean() >= 1;
        return (surely ? program(*value.find("steps"), repeat.steps) : sometimes(*value.find("steps"), repeat.steps)) &&
               times;
    }

    bool choose(const Node& value, Step& into)
    {
        Choose& choose = into.action.emplace<Choose>();
        if (!isSequenceFor(value, reading_, "'choose'")) return false;
        std::optional<std::size_t> rest;
        double sum = 0;
        bool shares = true;
        const bool good = detail::readList(value, reading_, [&](const Node& item) {
            if (!isMappingFor(item, reading_, "a branch of 'choose'")) return shares = false;
            checkKeys(item, reading_, "a branch of 'choose'", std::to_array<std::string_view>({"share", "steps"}));
            Choose::Branch& branch = choose.branches.emplace_back();
            if (item.find("share")) {
                shares = sibling(item, "share", branch.share) && shares;
                sum += branch.share.share();
            } else if (rest) {
                reading_.error(item, "a second branch without a share", "only one branch can take the rest");
                shares = false;
            } else {
                rest = choose.branches.size() - 1;
            }
            if (!needs(item, "a branch of 'choose'", {"steps"})) return false;
            const auto inside = reading_.inside("steps");
            return branch.share.share() >= 1 ? program(*item.find("steps"), branch.steps)
                                             : sometimes(*item.find("steps"), branch.steps);
        });
        if (shares && (sum > 1 + 1e-9 || (!rest && sum < 1 - 1e-9))) {
            reading_.error(value, fmt::format("the shares sum to {:.10g}%, not 100%", sum * 100),
                           "leave the share of one branch out: it takes the rest");
            return false;
        }
        if (shares && rest) choose.branches[*rest].share = Probability::ofShare(std::max(0.0, 1 - sum));
        return good && shares;
    }

    bool fail(const Node& value, Step& into)
    {
        Fail& fail = into.action.emplace<Fail>();
        bool good = true;
        if (!value.isMapping()) {
            const auto share = valueOf<Probability>(value, reading_);
            if (share) fail.share = *share;
            good = share.has_value();
        } else {
            checkKeys(value, reading_, "'fail'", std::to_array<std::string_view>({"share", "outcome"}));
            good = sibling(value, "share", fail.share);
            if (const Node* outcome = value.find("outcome")) {
                const auto inside = reading_.inside("outcome");
                const auto word =
                    detail::readWord(*outcome, reading_, std::span(outcomeKeys).subspan(1));  // all but ok
                if (word) fail.outcome = static_cast<Outcome>(*word + 1);
                good = word.has_value() && good;
            }
        }
        if (good && fail.share.share() >= 1) always_ = false;  // nothing after it is reached; program() restores
        return good;
    }

    bool cache(const Node& value, Step& into)
    {
        Cached& cached = into.action.emplace<Cached>();
        if (!isMappingFor(value, reading_, "'cache'")) return false;
        checkKeys(value, reading_, "'cache'", std::to_array<std::string_view>({"in", "steps", "single_flight"}));
        if (!needs(value, "'cache'", {"in", "steps"})) return false;
        bool good = sibling(value, "in", cached.in, {.accepts = "lookups"});
        good = sibling(value, "single_flight", cached.singleFlight) && good;
        const auto inside = reading_.inside("steps");
        return sometimes(*value.find("steps"), cached.steps) && good;
    }

    bool needs(const Node& mapping, std::string_view what, std::initializer_list<std::string_view> keys)
    {
        for (const std::string_view key : keys) {
            if (mapping.find(key)) continue;
            reading_.error(mapping, fmt::format("{} needs {}", what, inQuotes(key)), {});
            return false;
        }
        return true;
    }

    Reading& reading_;
    DeclaredOperation& declared_;
    int depth_ = 0;
    bool always_ = true;
};

}  // namespace

const Operation* Operations::find(std::string_view name) const
{
    for (const Operation& operation : list())
        if (operation.name == name) return &operation;
    return nullptr;
}

std::optional<Operations> ValueType<Operations>::read(const Node& node, Reading& reading, const Rules<Operations>&)
{
    if (!isMappingFor(node, reading, "'operations'")) return std::nullopt;
    std::vector<Operation> operations;
    bool good = true;
    for (std::size_t i = 0; i < node.size(); ++i) {
        const Node& key = node.key(i);
        const auto inside = reading.inside(key.text());
        const auto name = parseName(key.text());
        if (!name) reading.error(key, name.message, name.hint);
        DeclaredOperation declared{std::string(key.text()), {}};
        Operation operation{declared.name, {}};
        good = StepReader(reading, declared).program(node.value(i), operation.program) && name && good;
        operations.push_back(std::move(operation));
        reading.declare(std::move(declared));
    }
    return good ? std::optional(Operations(std::move(operations))) : std::nullopt;
}

std::optional<Program> ValueType<Program>::read(const Node& node, Reading& reading, const Rules<Program>&)
{
    Program program;
    DeclaredOperation ignored;
    return StepReader(reading, ignored).program(node, program) ? std::optional(std::move(program)) : std::nullopt;
}

Program withWork(const std::optional<DurationDistribution>& work, Program steps)
{
    if (!work) return steps;
    Step step;
    step.action = Work{*work};
    steps.insert(steps.begin(), std::move(step));
    return steps;
}

}  // namespace tantrum::models::scenario
