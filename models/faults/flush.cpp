// Everything a node keeps in memory is gone: an emptied cache, a purged queue.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference flush;
};

class Flush final : public Fault {
public:
    Flush(const Params& params, Building& building) : component_(building.node(params.flush.node)) {}
    void begin() override { component_.flush(); }
    void end() override {}
    bool momentary() const override { return true; }
    std::string text() const override { return "flush"; }
    std::string target() const override { return component_.name(); }

private:
    Component& component_;
};

}  // namespace

TANTRUM_MODEL(faults, flush)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "flush")
            .title("Flush").group("Faults").icon("cache_flush")
            .summary("Empties a cache, or throws away what waits in a queue.")
            .required("flush", &Params::flush, {.doc = "the node"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: pages.get, keys: zipf(10000 1.0)}\n"
                     "  pages: {type: cache, capacity: 1000, ttl: 60s, backend: db.read}\n"
                     "  db: {type: database, read: exponential(5ms)}\n"
                     "timeline:\n  - {at: 60s, flush: pages}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Flush>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
