// The one meeting place of all models: whoever can be called is a Service.
#pragma once

#include "engine/task.h"
#include "engine/time.h"
#include "models/outcome.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {
class ParameterSet;
}

namespace tantrum::models {

struct NamedMetric;

using engine::Duration;
using engine::Instant;
using engine::Simulation;
using engine::Task;

/// What is asked. Copied along; small on purpose.
///
/// Its copying is written out for the sake of speed: a type that is not trivial to copy is passed by the address of the
/// caller's copy, and only who keeps it copies it again, field by field. What was written by fields a moment ago and is read
/// by larger pieces has to leave the processor's store buffer first.
struct Request {
    Request() = default;
    Request(const Request& other) noexcept
        : id(other.id), key(other.key), begun(other.begun), deadline(other.deadline), bytes(other.bytes),
          replyBytes(other.replyBytes), operation(other.operation), attempt(other.attempt), depth(other.depth), span(other.span)
    {
    }
    Request& operator=(const Request&) = default;

    std::uint64_t id = 0;                   ///< of the client's request all calls on its behalf belong to; see below
    std::uint64_t key = 0;                  ///< which of many things it is about
    Instant begun;                          ///< when the client began it
    Instant deadline = Instant::never();    ///< when the nearest timeout above stops waiting
    std::uint32_t bytes = 0;
    std::uint32_t replyBytes = 0;           ///< how much is expected back
    std::uint16_t operation = 0;            ///< index into the callee's operations
    std::uint8_t attempt = 0;               ///< > 0: a retry or a hedge
    std::uint8_t depth = 0;                 ///< calls between the client and here
    std::uint32_t span = 0;                 ///< of the trace it belongs to, the one it was sent from; 0: it is not traced

    // The id's top byte says how the request is to be treated, so that it is handed on with it to whatever is called on its
    // behalf, at no cost to those who do not ask: four bits of priority, and whether it is one of two tied copies.
    static constexpr unsigned priorityShift = 56;
    static constexpr std::uint64_t identityMask = (std::uint64_t{1} << priorityShift) - 1;
    static constexpr std::uint64_t tiedBit = std::uint64_t{1} << 63;
    static constexpr unsigned mostUrgent = 9;
    /// No two requests of a run's clients have the same.
    std::uint64_t identity() const { return id & identityMask; }
    /// 0 to mostUrgent.
    unsigned priority() const { return static_cast<unsigned>(id >> priorityShift) & 15u; }
    void setPriority(unsigned priority) { id = (id & (identityMask | tiedBit)) | (std::uint64_t{priority} << priorityShift); }
    /// It has a twin elsewhere, and is not needed once that is begun.
    bool tied() const { return (id & tiedBit) != 0; }
    void setTied(bool tied) { id = tied ? id | tiedBit : id & ~tiedBit; }
};

/// What comes back.
struct Reply {
    Outcome outcome = Outcome::ok;
    bool found = true;                      ///< lookups: the key was there
    std::uint32_t bytes = 0;
    std::uint64_t token = 0;                ///< deliveries: names the message until it is acknowledged
    std::uint64_t key = 0;                  ///< deliveries: of the message
    Instant begun;                          ///< deliveries: of the message's request

    bool ok() const { return outcome == Outcome::ok; }
    static Reply failed(Outcome outcome)
    {
        Reply reply;
        reply.outcome = outcome;
        return reply;
    }
    /// What a caller learns when the callee's process ends under the call.
    static Reply died() { return failed(Outcome::crashed); }
};

/// Whoever can be called. The caller owns the returned task: destroying it cancels the work, unless a link lies between.
class Service {
public:
    virtual ~Service() = default;
    virtual Task<Reply> call(Request request) = 0;
};

/// A function around a call. One instance serves one link, so its state (a breaker, a budget) is shared by all calls
/// over that link.
class Policy {
public:
    virtual ~Policy() = default;
    virtual Task<Reply> call(Request request, Service& next) = 0;
    /// A live parameter has another value now.
    virtual void change(const scenario::ParameterSet& parameters, std::string_view key);
    /// Its own counts over the whole run, keys as in the descriptor.
    virtual std::vector<NamedMetric> metrics() const;
};

}  // namespace tantrum::models
