#include "models/network/multiplexed.h"

namespace tantrum::models::network {

Multiplexed::Multiplexed(const MultiplexedParameters& parameters, Building& building)
    : parameters_(parameters), simulation_(building.simulation()), link_(building.link()),
      streams_(simulation_, parameters.streams, parameters.queue),
      connection_(simulation_, link_, building.node(building.route().to()))
{
    connection_.setManner(parameters.manner);
}

Task<Reply> Multiplexed::call(Request request, Service& next)
{
    engine::Permit place = streams_.tryAcquire();
    if (!place) {
        const Instant since = simulation_.now();
        place = co_await streams_.acquire();
        if (!place) {
            ++refused_;
            co_return Reply::failed(Outcome::rejected);
        }
        ++waited_;
        waiting_ += (simulation_.now() - since).inSeconds();
    }
    const bool open = co_await connection_.ready();
    if (!open) co_return Reply::failed(connection_.failure());
    SharedConnection::Stream stream(connection_);
    request.operation = static_cast<std::uint16_t>(request.operation + connection_.mark());
    const Duration held = windowStalls(request.bytes, parameters_.window, link_);
    if (held > Duration()) co_await simulation_.delay(held);
    const Reply reply = co_await next.call(request);
    if (breaksConnection(reply.outcome)) stream.broken();
    const Duration heldBack = reply.ok() ? windowStalls(request.replyBytes, parameters_.window, link_) : Duration();
    if (heldBack > Duration()) co_await simulation_.delay(heldBack);
    co_return reply;
}

void Multiplexed::change(const MultiplexedParameters& parameters)
{
    parameters_ = parameters;
    streams_.setQueueLimit(parameters.queue);
    streams_.setPlaces(parameters.streams);
    connection_.setManner(parameters.manner);
}

std::vector<NamedMetric> Multiplexed::metrics() const
{
    return {metric("opened", static_cast<double>(connection_.opened())),
            metric("streams_max", static_cast<double>(streams_.busy().maximum())),
            metric("waited", static_cast<double>(waited_)),
            metric("waiting_mean_s", waited_ > 0 ? waiting_ / static_cast<double>(waited_) : 0),
            metric("refused", static_cast<double>(refused_)),
            metric("unanswered", static_cast<double>(connection_.unanswered()))};
}

}  // namespace tantrum::models::network
