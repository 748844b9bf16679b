#include "tests/bench/hand_loop.h"

#include "engine/histogram.h"
#include "engine/random.h"
#include "tests/bench/clock.h"

#include <cstddef>
#include <vector>

namespace tantrum::bench {
namespace {

constexpr double service = 1e6;  // nanoseconds, on average
constexpr double gap = service / handLoopLoad;

struct Key {
    std::uint64_t time;
    std::uint64_t orderAndKind;
    bool operator<(const Key& other) const
    {
        return (time < other.time) | ((time == other.time) & (orderAndKind < other.orderAndKind));
    }
};

class Heap {
public:
    void push(Key key)
    {
        std::size_t hole = keys_.size();
        keys_.push_back(key);
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / 4;
            if (!(key < keys_[parent])) break;
            keys_[hole] = keys_[parent];
            hole = parent;
        }
        keys_[hole] = key;
    }
    Key pop()
    {
        const Key top = keys_.front();
        const Key last = keys_.back();
        keys_.pop_back();
        const std::size_t size = keys_.size();
        if (size == 0) return top;
        std::size_t hole = 0;
        for (std::size_t child = 1; child < size; child = hole * 4 + 1) {
            std::size_t least = child;
            const std::size_t end = child + 4 < size ? child + 4 : size;
            for (std::size_t other = child + 1; other < end; ++other)
                least = keys_[other] < keys_[least] ? other : least;
            if (!(keys_[least] < last)) break;
            keys_[hole] = keys_[least];
            hole = least;
        }
        keys_[hole] = last;
        return top;
    }

private:
    std::vector<Key> keys_;
};

// Grows by doubling; holds when each customer came.
class Ring {
public:
    bool empty() const { return head_ == tail_; }
    void pushBack(std::uint64_t value)
    {
        if (tail_ - head_ == places_.size()) grow();
        places_[tail_++ & (places_.size() - 1)] = value;
    }
    std::uint64_t popFront() { return places_[head_++ & (places_.size() - 1)]; }

private:
    void grow()
    {
        std::vector<std::uint64_t> larger(places_.size() * 2);
        for (std::size_t at = head_; at != tail_; ++at)
            larger[at & (larger.size() - 1)] = places_[at & (places_.size() - 1)];
        places_ = std::move(larger);
    }
    std::vector<std::uint64_t> places_ = std::vector<std::uint64_t>(1024);
    std::size_t head_ = 0, tail_ = 0;
};

class Queue {
public:
    explicit Queue(std::uint64_t seed) : arrivals_(seed, "hand loop", "arrivals"), work_(seed, "hand loop", "work")
    {
        schedule(draw(arrivals_, gap), arrival);
    }
    // Until so many more customers have left.
    void run(std::uint64_t customers)
    {
        for (const std::uint64_t until = sojourn.count() + customers; sojourn.count() < until;) {
            const Key next = agenda_.pop();
            now_ = next.time;
            if ((next.orderAndKind & 1) == arrival) {
                schedule(draw(arrivals_, gap), arrival);
                if (inside_.empty()) schedule(draw(work_, service), departure);
                inside_.pushBack(now_);
            } else {
                sojourn.record(static_cast<std::int64_t>(now_ - inside_.popFront()));
                if (!inside_.empty()) schedule(draw(work_, service), departure);
            }
        }
    }

    engine::Histogram sojourn;

private:
    static constexpr std::uint64_t arrival = 0, departure = 1;

    static std::uint64_t draw(engine::RandomStream& random, double mean)
    {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(random.exponential() * mean + 0.5));
    }
    void schedule(std::uint64_t span, std::uint64_t kind) { agenda_.push(Key{now_ + span, order_++ << 1 | kind}); }

    engine::RandomStream arrivals_, work_;
    Heap agenda_;
    Ring inside_;
    std::uint64_t now_ = 0, order_ = 0;
};

}  // namespace

HandLoop runTightLoop(std::uint64_t customers, std::uint64_t seed)
{
    Queue queue(seed);
    queue.run(customers / 10);
    const double start = cpuSeconds();
    queue.run(customers);
    const double took = cpuSeconds() - start;
    return {took * 1e9 / static_cast<double>(customers), queue.sojourn.mean() / service,
            queue.sojourn.percentile(99) / service};
}

}  // namespace tantrum::bench
