// Messages arrive twice.
#include "models/faults/hosts.h"
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

enum class What : std::uint8_t { requests, packets };
constexpr auto choices(What)
{
    return std::array{Choice<What>{What::requests, "requests", "the callee gets a request a second time, whatever the transport: a proxy or a client's library sent it again"},
                      Choice<What>{What::packets, "packets", "the network delivers packets twice: a datagram is handled twice, a stream throws the copy away"}};
}

struct Params {
    LinkPattern duplicate;
    Probability share = Probability::ofShare(0.1);
    What what = What::requests;
};

class Duplicate final : public RouteFault {
public:
    Duplicate(const Params& params, Building& building) : RouteFault(building, params.duplicate), share_(params.share.share()), what_(params.what) {}
    std::string text() const override { return "duplicates " + plainNumber(share_ * 100) + " % of " + ValueType<What>::write(what_); }

private:
    void strike(Route& route) override
    {
        route.disturb([&](Disturbances& disturbances) { what_ == What::requests ? disturbances.repeatRequests(share_) : disturbances.repeatPackets(share_); });
    }
    void relieve(Route& route) override
    {
        route.disturb([&](Disturbances& disturbances) { what_ == What::requests ? disturbances.stopRepeatingRequests(share_) : disturbances.stopRepeatingPackets(share_); });
    }
    double share_;
    What what_;
};

}  // namespace

TANTRUM_MODEL(faults, duplicate)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "duplicate")
            .title("Duplicates").group("Faults").icon("copy").aimsAtNetwork()
            .summary("A share of messages arrives twice: work is done twice for one answer.")
            .details("`requests` are repeated above the transport, as a proxy does that tries again a request which had arrived after all, or a publisher that did "
                     "not hear its confirmation: a call is handled twice, a message published twice is in the queue twice and delivered twice. The caller "
                     "hears one answer, that of the request it sent. Who is called decides what the second does: an operation that is not idempotent "
                     "does it again.\n\n"
                     "`packets` are what `tc netem duplicate` repeats. A datagram is handled twice. On a stream nothing is: the receiver's TCP knows by "
                     "their numbers that it has them, and they have only cost bandwidth. The same holds for answers in either case.\n\n"
                     "Each copy takes its own time on the way; a lost one is not sent again. A copy is not cancelled with the call it is a copy of.")
            .required("duplicate", &Params::duplicate, {.doc = "the links"})
            .parameter("share", &Params::share, {.doc = "of messages that arrive twice"})
            .parameter("what", &Params::what, {.doc = "what is repeated", .source = "packets: tc-netem(8), duplicate"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms}\ntimeline:\n  - {at: 60s, for: 60s, duplicate: users -> web, share: 20%}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Duplicate>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
