// HTTP/2: many streams on one connection, and one TCP below them all.
#include "models/network/multiplexed.h"

namespace tantrum::models::network {
namespace {

using namespace scenario;

struct Params {
    std::int64_t streams = 100;
    std::int64_t queue = scenario::unlimited;
    Tls tls = Tls::tls13;
    bool resumption = true;
    Bytes window = Bytes::of(65'535);
    Duration idle = Duration::seconds(75);
};

SharedConnection::Manner mannerOf(const Params& params)
{
    SharedConnection::Manner manner;
    manner.roundTrips = roundTripsToOpen(params.tls, false);
    manner.roundTripsResumed = roundTripsToOpen(params.tls, params.resumption);
    manner.idle = params.idle;
    return manner;
}

class Http2 final : public MultiplexedPolicy<Params> {
public:
    Http2(const Params& params, Building& building) : MultiplexedPolicy(params, building) { building.link().keepOrder(1); }
};

}  // namespace

TANTRUM_MODEL(network, http2)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "http2")
            .title("HTTP/2").group("Protocols").icon("http2")
            .summary("Many streams at once on one connection; what TCP loses holds all of them up.")
            .details("The first request opens the connection (TCP and TLS round trips), those that come meanwhile wait for it; "
                     "beyond `streams` at once they wait for a free stream. A lost message is sent again by TCP, and nothing "
                     "on the connection comes out before it: head-of-line blocking. A caller that gives up resets its "
                     "stream: the callee's work stops one latency later, the connection stays. What is larger than `window` waits "
                     "for the receiver's word once each window, which is a round trip each on a fast line. Stands innermost.\n\n"
                     "Simplified: one flow window for each stream, none for the connection; lost messages are sent again by "
                     "the timer (200 ms), never sooner; no priorities; one connection for all callers of one node.")
            .parameter("streams", &Params::streams, {.doc = "requests at once (SETTINGS_MAX_CONCURRENT_STREAMS)", .least = 1, .most = 10'000'000, .unit = "streams", .source = "RFC 9113: no fewer than 100 recommended", .live = true})
            .parameter("queue", &Params::queue, {.doc = "requests that may wait for a stream; more are rejected", .least = 0, .most = 100'000'000, .unit = "requests", .live = true, .mayBeUnlimited = true})
            .parameter("tls", &Params::tls, {.doc = "encryption, and so how many round trips the connection costs", .live = true})
            .parameter("resumption", &Params::resumption, {.doc = "connections after the first resume its TLS session, a round trip cheaper", .live = true})
            .parameter("window", &Params::window, {.doc = "bytes of a stream under way before the receiver has to announce more room", .least = Bytes::of(1), .most = Bytes::of(2'147'483'647), .source = "RFC 9113, initial flow-control window: 65,535 bytes", .live = true})
            .parameter("idle", &Params::idle, {.doc = "how long an unused connection is kept", .least = Duration::milliseconds(1), .source = "nginx keepalive_timeout: 75 s", .live = true})
            .shorthand("streams")
            .with(describeMultiplexed<Params>)
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 20ms, policies: [timeout: 2s, http2: {streams: 100}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Http2>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::network
