// What a server with a limited number of connections offers to connection pools: to hold some of them open, used or not.
// A server component implements it; pools, nodes or policies, find it by asking the component behind their route.
#pragma once

#include <cstdint>

namespace tantrum::models {

class PooledConnections {
public:
    virtual ~PooledConnections() = default;
    /// Takes one of the server's connections until it is closed. False: there is none left, or the server is not up.
    virtual bool takeConnection() = 0;
    /// Of one that was opened since the generation began.
    virtual void giveConnectionBack() = 0;
    /// Changes when the server loses all its connections, in a crash: none of those opened before is open any more.
    virtual std::uint64_t generation() const = 0;
    /// The number by which a request names the operation if it comes over a connection that is held open; without, each
    /// call opens and closes its own.
    virtual std::uint16_t overHeldConnection(std::uint16_t operation) const = 0;
};

}  // namespace tantrum::models
