// Handler programs, compiled once at load: the steps of scenario files with every name resolved. Services and consumers
// run them.
#pragma once

#include "engine/distribution.h"
#include "engine/slots.h"
#include "models/component.h"
#include "models/scenario/steps.h"
#include "models/single_flight.h"

#include <memory>
#include <vector>

namespace tantrum::models {

/// Where a program runs: on which host, with whose luck, by whose hands.
struct Site {
    Host& host;
    engine::RandomStream& random;
    Station& station;
    engine::SharedProcessor* shared = nullptr;  ///< work shares these cores; otherwise each job runs at the host's speed
    engine::Slots* perRequest = nullptr;        ///< a worker is held for the whole request; or
    engine::Slots* perWork = nullptr;           ///< only while working; neither: whoever runs the program is the worker
    bool dropExpired = false;                   ///< a request whose caller has stopped waiting is not begun
};

class Program {
public:
    /// While connecting: resolves the targets.
    Program(const scenario::Program& steps, Building& building);
    ~Program();
    Program(Program&&) noexcept;

    /// One request's whole stay at the site: it is counted, lives and dies with the host, waits for a worker, and runs
    /// the steps. Program and site outlive the task.
    Task<Reply> serve(const Site& site, const Request& request) const;
    /// Runs the steps and nothing else; the first failure that nothing makes up for ends it.
    Task<Reply> run(const Site& site, const Request& request) const { return runBlock(*block_, site, request, Extent::steps); }
    /// The law, if one step of work is all there is to do; otherwise null.
    const engine::Distribution* onlyWork() const { return onlyWork_; }
    /// Another law from now on, if work is all there is to do.
    void changeWork(const engine::Distribution& law);

private:
    struct Instruction;
    using Block = std::vector<Instruction>;
    class Compiler;
    class Walk;
    enum class Extent : bool { steps, stay };

    static Task<Reply> runBlock(const Block& block, const Site& site, const Request& request, Extent extent);
    static Task<Reply> makeUp(const Instruction& step, const Site& site, Request request, Reply reply);
    static Task<Reply> runOther(const Instruction& step, const Site& site, const Request& request, const Reply& reply);
    static Task<Reply> runShared(const Instruction& step, const Site& site);
    static Task<Reply> runPublish(const Instruction& step, const Site& site, Request request);
    static Reply refuse(const Site& site, Outcome outcome);
    static Task<Reply> runTogether(const Instruction& step, const Site& site, Request request);
    static Task<Reply> runFirstOf(const Instruction& step, const Site& site, Request request);
    static Task<Reply> runRepeat(const Instruction& step, const Site& site, Request request);
    static Task<Reply> loadMissed(const Instruction& step, const Site& site, Request request);
    static Task<Reply> load(const Instruction& step, const Site& site, Request request);
    static Task<void> post(const Target& target, Request request);
    static Request child(const Instruction& step, const Site& site, const Request& request);

    std::unique_ptr<Block> block_;
    engine::Distribution* onlyWork_ = nullptr;  ///< in the block, if it is one step of work
};

}  // namespace tantrum::models
