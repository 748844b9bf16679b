#include "tests/bench/hand_loop.h"

#include "engine/random.h"
#include "tests/bench/clock.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <deque>
#include <vector>

namespace tantrum::bench {
namespace {

// Times are in mean services.
constexpr double gap = 1 / handLoopLoad;

struct Event {
    double time;
    std::uint64_t number;
    std::uint32_t kind;
    std::uint32_t whose;  // of one queue alone; a general loop names it
    bool operator<(const Event& other) const { return time < other.time || (time == other.time && number < other.number); }
};

class Heap {
public:
    void push(Event event)
    {
        std::size_t hole = events_.size();
        events_.push_back(event);
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / 4;
            if (!(event < events_[parent])) break;
            events_[hole] = events_[parent];
            hole = parent;
        }
        events_[hole] = event;
    }
    Event pop()
    {
        const Event top = events_.front();
        const Event last = events_.back();
        events_.pop_back();
        const std::size_t size = events_.size();
        if (size == 0) return top;
        std::size_t hole = 0;
        for (std::size_t child = 1; child < size; child = hole * 4 + 1) {
            std::size_t least = child;
            for (std::size_t other = child + 1; other < std::min(child + 4, size); ++other)
                if (events_[other] < events_[least]) least = other;
            if (!(events_[least] < last)) break;
            events_[hole] = events_[least];
            hole = least;
        }
        events_[hole] = last;
        return top;
    }

private:
    std::vector<Event> events_;
};

// A bucket is what the exponent and the first six bits behind the point of a double have in common.
class LogBuckets {
public:
    void record(double value)
    {
        sum_ += value;
        ++count_;
        const auto bucket = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(value) >> shift) - first;
        ++counts_[static_cast<std::size_t>(std::clamp<std::int64_t>(bucket, 0, buckets - 1))];
    }
    std::uint64_t count() const { return count_; }
    double mean() const { return sum_ / static_cast<double>(count_); }
    /// The upper edge of the bucket in which it lies.
    double percentile(double percent) const
    {
        const double rank = percent / 100 * static_cast<double>(count_);
        std::size_t bucket = 0;
        for (double below = counts_[0]; below < rank && bucket + 1 < buckets; below += counts_[bucket]) ++bucket;
        return std::bit_cast<double>((bucket + 1 + first) << shift);
    }

private:
    static constexpr int shift = 52 - 6;
    static constexpr std::int64_t first = (1023 - 20) << 6, buckets = 44 << 6;  // from a millionth to ten million
    std::array<std::uint32_t, buckets> counts_{};
    double sum_ = 0;
    std::uint64_t count_ = 0;
};

class Queue {
public:
    explicit Queue(std::uint64_t seed) : arrivals_(seed, "hand loop", "arrivals"), work_(seed, "hand loop", "work")
    {
        schedule(arrivals_.exponential() * gap, arrival);
    }
    // Until so many more customers have left.
    void run(std::uint64_t customers)
    {
        for (const std::uint64_t until = sojourn.count() + customers; sojourn.count() < until;) {
            const Event next = agenda_.pop();
            now_ = next.time;
            if (next.kind == arrival) {
                schedule(arrivals_.exponential() * gap, arrival);
                if (inside_.empty()) schedule(work_.exponential(), departure);
                inside_.push_back(now_);
            } else {
                sojourn.record(now_ - inside_.front());
                inside_.pop_front();
                if (!inside_.empty()) schedule(work_.exponential(), departure);
            }
        }
    }

    LogBuckets sojourn;

private:
    static constexpr std::uint32_t arrival = 0, departure = 1;

    void schedule(double span, std::uint32_t kind) { agenda_.push(Event{now_ + span, order_++, kind, 0}); }

    engine::RandomStream arrivals_, work_;
    Heap agenda_;
    std::deque<double> inside_;
    double now_ = 0;
    std::uint64_t order_ = 0;
};

}  // namespace

HandLoop runHandLoop(std::uint64_t customers, std::uint64_t seed)
{
    Queue queue(seed);
    queue.run(customers / 10);
    const double start = cpuSeconds();
    queue.run(customers);
    const double took = cpuSeconds() - start;
    return {took * 1e9 / static_cast<double>(customers), queue.sojourn.mean(), queue.sojourn.percentile(99)};
}

}  // namespace tantrum::bench
