// One thing that everybody asks for: a celebrity, a product on the front page.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference hotKey;
    Probability share = Probability::ofShare(0.5);
};

class HotKey final : public Fault {
public:
    HotKey(const Params& params, Building& building) : component_(building.node(params.hotKey.node)), share_(params.share) {}
    void begin() override { component_.addHotKey(share_.share()); }
    void end() override { component_.removeHotKey(share_.share()); }
    std::string text() const override { return "hot key " + ValueType<Probability>::write(share_); }
    std::string target() const override { return component_.name(); }

private:
    Component& component_;
    Probability share_;
};

}  // namespace

TANTRUM_MODEL(faults, hot_key)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "hot_key")
            .title("Hot key").group("Faults").icon("heat")
            .summary("A share of a client's requests asks for one and the same key.")
            .details("Of the client's `keys` it is the last, which hardly anybody asked for before: caches do not have it, and the one shard, partition or row it lives on gets all of it. "
                     "The other requests keep their keys. A client without `keys` asks for one key anyway.")
            .required("hot_key", &Params::hotKey, {.doc = "the client"})
            .parameter("share", &Params::share, {.doc = "of its requests"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: db.write, keys: uniform(10000)}\n"
                     "  db: {type: database, row_locks: true, write: exponential(15ms)}\n"
                     "timeline:\n  - {at: 60s, for: 20s, hot_key: users, share: 80%}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<HotKey>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
