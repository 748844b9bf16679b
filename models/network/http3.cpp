// HTTP/3: the streams of HTTP/2 over QUIC, where a loss holds up its own stream alone.
#include "models/network/multiplexed.h"

namespace tantrum::models::network {
namespace {

using namespace scenario;

struct Params {
    std::int64_t streams = 100;
    std::int64_t queue = scenario::unlimited;
    bool resumption = true;
    Bytes window = Bytes::of(262'144);
    Duration idle = Duration::seconds(30);
};

// The handshake carries TLS 1.3's; a resumed one carries the first request.
SharedConnection::Manner mannerOf(const Params& params)
{
    SharedConnection::Manner manner;
    manner.roundTrips = 1;
    manner.roundTripsResumed = params.resumption ? 0 : 1;
    manner.idle = params.idle;
    return manner;
}

using Http3 = MultiplexedPolicy<Params>;

}  // namespace

TANTRUM_MODEL(network, http3)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "http3")
            .title("HTTP/3").group("Protocols").icon("http3")
            .summary("Many streams at once over QUIC; what is lost holds up its own stream alone.")
            .details("As `http2`, but the first connection costs one round trip with its TLS 1.3 and later ones none (early data), and "
                     "a lost message is waited for by its own stream only (RFC 9000; as the facts sheet has it, unconfirmed). "
                     "Lost messages are sent again as the link does: after 200 ms, doubling; QUIC's own timers are shorter.")
            .parameter("streams", &Params::streams, {.doc = "requests at once", .least = 1, .most = 10'000'000, .unit = "streams", .source = "RFC 9114: at least 100", .live = true})
            .parameter("queue", &Params::queue, {.doc = "requests that may wait for a stream; more are rejected", .least = 0, .most = 100'000'000, .unit = "requests", .live = true, .mayBeUnlimited = true})
            .parameter("resumption", &Params::resumption, {.doc = "connections after the first send their request at once", .source = "RFC 9001: 0-RTT", .live = true})
            .parameter("window", &Params::window, {.doc = "bytes of a stream under way before the receiver has to announce more room", .least = Bytes::of(1), .most = Bytes::of(2'147'483'647), .source = "QUIC has no default of its own; 256 KiB is common, unconfirmed", .live = true})
            .parameter("idle", &Params::idle, {.doc = "how long an unused connection is kept", .least = Duration::milliseconds(1), .source = "max_idle_timeout of 30 s is common, unconfirmed", .live = true})
            .shorthand("streams")
            .with(describeMultiplexed<Params>)
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 20ms, policies: [timeout: 2s, http3]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Http3>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::network
