// A disk without room: what is there can be read, nothing can be written.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference diskFull;
    std::optional<std::int64_t> replica;
};

class DiskFull final : public HostFault {
public:
    DiskFull(const Params& params, Building& building) : HostFault(building, params.diskFull.node, params.replica) {}
    std::string text() const override { return "disk full" + replicaText(); }

private:
    void strike(Host& host) override { host.fillDisk(); }
    void relieve(Host& host) override { host.freeDisk(); }
};

}  // namespace

TANTRUM_MODEL(faults, disk_full)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "disk_full")
            .title("Disk full").group("Faults").icon("storage")
            .summary("Nothing can be written any more; what is there can be read.")
            .details("Databases answer writes with an error and go on reading. PostgreSQL does so when the disk of its tables is full (*could not extend file: No space left on "
                     "device*); full up with its write-ahead log it panics and stops: that is a `crash`. RDS calls it storage-full. RabbitMQ raises its disk alarm, which the "
                     "broker finds at its next check: publishers wait until there is room, consumers go on, so that a queue drains.")
            .required("disk_full", &Params::diskFull, {.doc = "the node"})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: db.write}\n"
                     "  db: {type: database, write: exponential(5ms)}\n"
                     "timeline:\n  - {at: 60s, for: 30s, disk_full: db}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<DiskFull>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
