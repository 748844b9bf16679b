// The network between two nodes. A request that crosses it is owned by the far side: a caller that gives up does not
// stop the callee, unless the link carries cancellations.
#pragma once

#include "engine/mailbox.h"
#include "engine/scope.h"
#include "models/component.h"
#include "models/scenario/distributions.h"
#include "models/scenario/quantities.h"

#include <memory>
#include <optional>

namespace tantrum::models::network {

enum class Transport : std::uint8_t { stream, datagram };

struct LinkParameters {
    scenario::DurationDistribution latency;
    Duration jitter;
    std::optional<scenario::Bandwidth> bandwidth;
    scenario::Probability loss;
    Transport transport = Transport::stream;
    bool cancellation = false;
};

class OrderedWays;

class Link final : public Service {
public:
    Link(const LinkParameters& parameters, Building& building, Service& peer);
    ~Link();
    Task<Reply> call(Request request) override;
    void change(const LinkParameters& parameters);

    // For protocols, which say what opening a connection takes and what connections mean for cancellation and loss.
    /// So many round trips of small packets, each with the luck and the faults of its own. False: nobody answered, after
    /// as many tries as the sender's kernel makes.
    Task<bool> greet(int roundTrips);
    /// A round trip as it usually is, faults included.
    Duration usualRoundTrip() const;
    /// Null: unlimited.
    const std::optional<scenario::Bandwidth>& bandwidth() const { return parameters_.bandwidth; }
    /// From now on a caller that gives up stops the callee's work, one latency later.
    void carryCancellations();
    /// From now on a deadline travels as the time that is left, not as a moment of the caller's clock.
    void countDeadlinesDown() { countsDown_ = true; }
    /// From now on calls go over connections that were opened before, and need no name resolved.
    void keepConnections() { keepsConnections_ = true; }
    /// From now on nothing overtakes what was lost on the same of so many connections, in either direction.
    void keepOrder(std::size_t connections);
    /// The connection over which the next call goes, if it starts in the same breath.
    void useConnection(std::size_t connection) { connection_ = connection; }

private:
    using Answer = engine::Answer<Reply>;
    class Attempt;
    class Carriage;
    friend class OrderedWays;

    void prepare();
    bool drops(Way way);
    Duration travel(std::uint32_t bytes, Instant& free);
    Task<void> carry(const Request& request, Answer answer);
    Task<void> resend(Request request, Answer answer);
    Task<void> answerLater(Reply reply, Answer answer);
    Task<void> carryCancellably(Request request, Answer answer);
    void send(const Request& request, engine::Mailbox<Reply>& box);
    void sendDisturbed(Request request, Answer answer);
    void dispatch(const Request& request, Answer answer);
    void repeat(const Request& request);
    Task<void> resolveInVain(Answer answer, Duration takes);
    /// How long a message that is sent now is held back by faults.
    Duration heldBack();
    /// What faults do to the wire on which an answer goes back.
    void disturbAnswer(const Request& request);
    void sendBack(const Reply& reply, Answer& answer, const Request& request);
    void deliver(const Request& request, Answer answer, Duration after);
    /// Every message takes the same time and arrives, whoever still waits, and nobody watches.
    bool plain() const { return plain_ && route_.calm() && !route_.drawn(); }

    LinkParameters parameters_;
    Simulation& simulation_;
    Route& route_;
    Service& peer_;
    engine::RandomStream luck_;
    std::unique_ptr<OrderedWays> ordered_;  ///< of a protocol whose calls share connections
    engine::Scope far_;   ///< what arrives, and works, on the other side
    engine::Scope wire_;  ///< what the sending side's network stack still tries to get through
    bool steady_ = true;  ///< constant latency, whatever the size
    bool plain_ = true;   ///< steady, nothing is lost, and cancellations do not cross
    engine::Spans spans_ = engine::Spans::constant;
    Duration latency_;
    double nanosecondsPerByte_ = 0;
    Instant forwardFree_, backFree_;
    bool carriesCancellations_ = false;      ///< a protocol says so
    bool countsDown_ = false, keepsConnections_ = false;
    std::size_t connection_ = 0;
};

}  // namespace tantrum::models::network
