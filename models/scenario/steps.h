// What a handler does with a request: a small program, as data.
#pragma once

#include "models/outcome.h"
#include "models/scenario/diagnostics.h"
#include "models/scenario/values.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tantrum::models::scenario {

struct Step;
using Program = std::vector<Step>;

/// `work: exponential(4ms)` – keeps the worker busy.
struct Work {
    DurationDistribution time;
};
/// `call: node.operation` – asks another node and waits for the answer.
struct Call {
    OperationReference target;
    bool optional = false;        ///< a failure is ignored
    std::vector<Step> otherwise;  ///< run when the call failed; its success makes up for the failure
    std::optional<BytesDistribution> bytes;
    std::optional<BytesDistribution> replyBytes;
};
/// `together: [step or list of steps, …]` – all at once; done when all are.
struct Together {
    std::vector<std::vector<Step>> branches;
};
/// `first_of: […]` – all at once; done with the first that succeeds, the others are cancelled.
struct FirstOf {
    std::vector<std::vector<Step>> branches;
};
/// `publish: queue` or `publish: broker.queue` – hands a message over and does not wait for its handling.
struct Publish {
    OperationReference to;
    std::optional<BytesDistribution> bytes;
};
/// `repeat: {times: 3, steps: […]}` – one after the other.
struct Repeat {
    CountDistribution times;
    std::vector<Step> steps;
};
/// `choose: [{share: 90%, steps: […]}, …]` – one of the branches; the shares sum to 1.
struct Choose {
    struct Branch;
    std::vector<Branch> branches;
};
/// `fail: 1%` or `fail: {share: 1%, outcome: error}`
struct Fail {
    Probability share = Probability::ofShare(1);
    Outcome outcome = Outcome::error;
};
/// `cache: {in: node, steps: […]}` – looks the request's key up; on a miss runs the steps, then stores.
struct Cached {
    NodeReference in;
    std::vector<Step> steps;
    bool singleFlight = false;  ///< concurrent misses of one key share one run of the steps
};

struct Step {
    Position position;
    std::variant<Work, Call, Together, FirstOf, Publish, Repeat, Choose, Fail, Cached> action;
};
struct Choose::Branch {
    Probability share;
    Program steps;
};

/// Nested steps may be this deep.
inline constexpr int deepestSteps = 32;

struct Operation {
    std::string name;
    Program program;
};
/// The operations of a node, in the order of the scenario. Copies share them: parameters are copied often, and programs
/// are the largest thing in them.
class Operations {
public:
    Operations() = default;
    explicit Operations(std::vector<Operation> list) : list_(std::make_shared<const std::vector<Operation>>(std::move(list))) {}
    const std::vector<Operation>& list() const
    {
        static const std::vector<Operation> none;
        return list_ ? *list_ : none;
    }
    const Operation* find(std::string_view name) const;

private:
    std::shared_ptr<const std::vector<Operation>> list_;
};

template <> struct ValueType<Operations> {
    using Bound = std::monostate;
    static constexpr bool declares = true;
    static std::string kind() { return "operations"; }
    /// Also declares each operation to the reading, with the calls it always makes.
    static std::optional<Operations> read(const Node&, Reading&, const Rules<Operations>&);
    static std::string write(const Operations&);
    static void schema(nlohmann::json&, const Rules<Operations>&);
};
/// One program outside `operations` (a worker's handler): the same steps.
template <> struct ValueType<Program> {
    using Bound = std::monostate;
    static std::string kind() { return "steps"; }
    static std::optional<Program> read(const Node&, Reading&, const Rules<Program>&);
    static std::string write(const Program&);
    static void schema(nlohmann::json&, const Rules<Program>&);
};

/// The work, if there is any, and then the steps: what consumers do with a message.
Program withWork(const std::optional<DurationDistribution>& work, Program steps);

/// The verbs, for documentation and the schema.
struct VerbDoc {
    std::string_view key;
    std::string_view doc;
    std::string_view example;
    std::vector<std::string_view> siblings;  ///< keys that may stand next to it
};
std::span<const VerbDoc> stepVerbs();

}  // namespace tantrum::models::scenario
