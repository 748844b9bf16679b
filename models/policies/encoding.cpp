// How messages are written: the bytes they take on the wire, and the time it takes to write and read them.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

enum class Format : std::uint8_t { json, jsonGzip, protobuf, custom };
constexpr auto choices(Format)
{
    return std::array{Choice<Format>{Format::json, "json", "the size messages are given in; slow to read"},
                      Choice<Format>{Format::jsonGzip, "json_gzip", "a fifth of the bytes, for time to pack them"},
                      Choice<Format>{Format::protobuf, "protobuf", "a third of the bytes, quick to write and read"},
                      Choice<Format>{Format::custom, "custom", "what size_factor and per_byte say"}};
}

struct Params {
    Format format = Format::json;
    double sizeFactor = 1;
    Duration perByte = Duration::nanoseconds(5);
};

/// Bytes for each byte of JSON; nanoseconds to write a byte of JSON on one side and read it on the other, together.
struct Cost {
    double size, nanoseconds;
};

class Encoding final : public Policy {
public:
    Encoding(const Params& params, Building& building) : params_(params), simulation_(building.simulation()) {}

    Task<Reply> call(Request request, Service& next) override
    {
        const Cost cost = costOf(params_);
        const std::uint32_t asked = request.bytes, answered = request.replyBytes;
        plain_ += asked + static_cast<double>(answered);
        request.bytes = sized(asked, cost);
        request.replyBytes = sized(answered, cost);
        sent_ += request.bytes + static_cast<double>(request.replyBytes);
        const Duration before = Duration::fromNanoseconds(cost.nanoseconds * asked);
        if (before > Duration()) co_await simulation_.delay(before);
        Reply reply = co_await next.call(request);
        const Duration after = reply.ok() ? Duration::fromNanoseconds(cost.nanoseconds * answered) : Duration();
        if (after > Duration()) co_await simulation_.delay(after);
        spent_ += (before + after).inSeconds();
        reply.bytes = answered;
        co_return reply;
    }
    void change(const ParameterSet& parameters, std::string_view) override { params_ = parameters.as<Params>(); }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("bytes", sent_), metric("size_ratio", plain_ > 0 ? sent_ / plain_ : noData), metric("seconds", spent_)};
    }

private:
    static Cost costOf(const Params& params)
    {
        switch (params.format) {
        case Format::json: return {1, 10};
        case Format::jsonGzip: return {0.2, 35};
        case Format::protobuf: return {0.35, 2};
        case Format::custom: break;
        }
        return {params.sizeFactor, static_cast<double>(params.perByte.count())};
    }
    static std::uint32_t sized(std::uint32_t bytes, const Cost& cost)
    {
        return static_cast<std::uint32_t>(std::min(static_cast<double>(bytes) * cost.size + 0.5, 4e9));
    }

    Params params_;
    Simulation& simulation_;
    double plain_ = 0, sent_ = 0, spent_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, encoding)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "encoding")
            .title("Encoding").group("Protocols").icon("encoding")
            .summary("JSON, gzip or Protobuf: fewer bytes on the wire, and time to write and read them.")
            .details("Sizes of messages (`bytes` and `reply_bytes` of clients and calls) are taken for their size as JSON. The factors are orders of "
                     "magnitude for messages of mixed text and numbers, all unconfirmed: JSON 10 ns a byte for writing and reading together, "
                     "gzip a fifth of the bytes for 35 ns, Protobuf 35 % for 2 ns (for each byte of JSON). Bytes matter where the link has a "
                     "`bandwidth` or a protocol a window. The time passes in the call and "
                     "takes no worker of the callee. Stands outside the protocol.")
            .parameter("format", &Params::format, {.doc = "how messages are written", .source = "factors unconfirmed", .live = true})
            .parameter("size_factor", &Params::sizeFactor, {.doc = "custom: bytes for each byte of JSON", .least = 0, .most = 1000, .live = true})
            .parameter("per_byte", &Params::perByte, {.doc = "custom: time to write and read a byte of JSON", .least = Duration(), .most = Duration::milliseconds(1), .live = true})
            .shorthand("format")
            .metric("bytes", "bytes", "bytes that went over the wire, in both directions")
            .metric("size_ratio", "share", "of what JSON would have taken")
            .metric("seconds", "s", "time spent writing and reading")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, bandwidth: 100Mbit/s, policies: [encoding: protobuf, http2]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Encoding>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
