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

/// Where a program runs: on which host, with whose luck.
struct Site {
    Host& host;
    engine::RandomStream& random;
    Station& station;
    engine::SharedProcessor* shared = nullptr;  ///< work shares these cores; otherwise each job runs at the host's speed
    engine::Slots* workers = nullptr;           ///< set: `work` takes a place for itself (the caller holds none)
};

class Program {
public:
    /// While connecting: resolves the targets.
    Program(const scenario::Program& steps, Building& building);
    ~Program();
    Program(Program&&) noexcept;

    /// Runs the steps; the first failure that nothing makes up for ends it. The site outlives the task.
    Task<Reply> run(const Site& site, Request request) const;
    /// The law of the work if that is all there is to do, else null.
    const engine::Distribution* onlyWork() const;
    /// Another law from now on, if work is all there is to do. Pointers from onlyWork() stay valid.
    void changeWork(const engine::Distribution& law);

private:
    struct Instruction;
    using Block = std::vector<Instruction>;
    class Compiler;

    static Task<Reply> runBlock(const Block& block, const Site& site, Request request);
    static Task<Reply> runWork(const Instruction& step, const Site& site);
    static Task<Reply> runCall(const Instruction& step, const Site& site, Request request);
    static Task<Reply> runTogether(const Instruction& step, const Site& site, Request request);
    static Task<Reply> runFirstOf(const Instruction& step, const Site& site, Request request);
    static Task<Reply> runRepeat(const Instruction& step, const Site& site, Request request);
    static Task<Reply> runCached(const Instruction& step, const Site& site, Request request);
    static Task<Reply> load(const Instruction& step, const Site& site, Request request);
    static Task<void> post(const Target& target, Request request, Simulation& simulation);
    static Request child(const Instruction& step, const Site& site, const Request& request);

    std::unique_ptr<Block> block_;
};

}  // namespace tantrum::models
