// The swarm's own luck: the same numbers from a seed everywhere, and nothing of the engine's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::swarm {

class Luck {
public:
    explicit Luck(std::uint64_t seed) : generator_(seed * 0x9E3779B97F4A7C15u + 1) {}

    /// 0 … bound - 1; requires bound > 0.
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(generator_() % bound); }
    int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::size_t>(high - low + 1))); }
    bool chance(double probability) { return static_cast<double>(generator_() >> 11) * 0x1p-53 < probability; }
    template <class T> const T& oneOf(const std::vector<T>& list) { return list[below(list.size())]; }
    std::string oneOf(std::initializer_list<std::string_view> list) { return std::string(list.begin()[below(list.size())]); }

private:
    std::mt19937_64 generator_;
};

}  // namespace tantrum::swarm
