// The yardstick: an M/M/1 queue written by hand, doing nothing else. Workloads are measured in multiples of it, which depend
// far less on the machine and on its other users than nanoseconds do.
#pragma once

#include <cstdint>

namespace tantrum::bench {

/// What the hand loop takes for a customer on the machine for which the bars in absolute rates were set.
inline constexpr double handLoopNanoseconds = 36;
/// Busy share of its one worker.
inline constexpr double handLoopLoad = 0.9;

struct HandLoop {
    double nanoseconds = 0;   ///< CPU time of one customer
    double meanSojourn = 0;   ///< in mean services; 1 / (1 - load) in theory
    double percentile99 = 0;  ///< the same of its 99th percentile; ln(100) / (1 - load)
};

/// The loop in whose multiples the bars are given, as one writes it without measuring: two events a customer, arrival and
/// departure, of 24 bytes, ordered by a time in floating point and then by number, through a 4-ary heap; a deque for those
/// who wait; ziggurat exponentials; a histogram of 64 buckets an octave of the time each customer stayed. Timed after a
/// warm-up of a tenth of `customers`.
HandLoop runHandLoop(std::uint64_t customers, std::uint64_t seed);

/// The same queue as fast as we know how to write it: 16-byte keys compared as whole numbers, a ring instead of the deque.
/// What a customer costs at the very least.
HandLoop runTightLoop(std::uint64_t customers, std::uint64_t seed);

}  // namespace tantrum::bench
