// What the agenda sorts by.
#pragma once

#include "engine/wide.h"

#include <cstdint>

namespace tantrum::engine::detail {

/// One appointment in 16 bytes: when it is due, then its place in the order of all appointments, then where its wakeup is
/// kept. No two are equal, so every structure that sorts by it gives the same run.
struct AgendaKey {
    std::uint64_t time;  ///< nanoseconds since the start of the run
    std::uint64_t orderAndSlot;

    bool operator<(const AgendaKey& other) const { return whole() < other.whole(); }  // two instructions, no branch
    Unsigned128 whole() const { return static_cast<Unsigned128>(time) << 64 | orderAndSlot; }
};

}  // namespace tantrum::engine::detail
