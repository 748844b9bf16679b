// Random numbers: one stream for each (seed, node, purpose), so that adding a node leaves the others' luck unchanged.
// The generator is xoshiro256++ (Blackman and Vigna 2018), period 2^256 - 1. Every draw is the same bit for bit with
// every compiler and on every processor. Two draws in one expression have no defined order: name them first.
#pragma once

#include "engine/wide.h"

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace tantrum::engine {

namespace detail {
/// One half-density under 256 layers of equal area (Marsaglia and Tsang 2000). A draw takes the layer from bits 0-7
/// and the magnitude from bits 11-63; a magnitude below the layer's limit lies under the curve without a look at it.
struct Ziggurat {
    struct Layer {
        std::uint64_t limit;  // in units of 2^-53 of the layer's width
        double unit;          // the layer's width * 2^-53
    };
    std::array<Layer, 256> layers;
    std::array<double, 257> heights;  // of the density at the layers' edges
};
extern const Ziggurat exponentialZiggurat;
extern const Ziggurat normalZiggurat;
}  // namespace detail

class RandomStream {
public:
    /// The same three values give the same stream for ever; different ones give unrelated streams.
    RandomStream(std::uint64_t seed, std::string_view node, std::string_view purpose);
    explicit RandomStream(std::uint64_t state);

    /// 64 random bits.
    std::uint64_t next()
    {
        const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    /// In [0, 1), a multiple of 2^-53.
    double uniform() { return static_cast<double>(static_cast<std::int64_t>(next() >> 11)) * 0x1p-53; }
    /// In (0, 1): the middles of 2^52 equal cells.
    double uniformOpen() { return (static_cast<double>(static_cast<std::int64_t>(next() >> 12)) + 0.5) * 0x1p-52; }

    /// Uniform on 0..n-1 without bias (Lemire 2019). Requires n > 0.
    std::uint64_t below(std::uint64_t n)
    {
        detail::Unsigned128 product = static_cast<detail::Unsigned128>(next()) * n;
        if (static_cast<std::uint64_t>(product) < n) [[unlikely]] {
            const std::uint64_t excess = (0 - n) % n;
            while (static_cast<std::uint64_t>(product) < excess) {
                product = static_cast<detail::Unsigned128>(next()) * n;
            }
        }
        return static_cast<std::uint64_t>(product >> 64);
    }

    /// True with probability p; always takes one number from the stream, also for p <= 0 (false) and p >= 1 (true).
    bool chance(double p) { return uniform() < p; }

    /// Exponential with mean 1.
    double exponential()
    {
        const std::uint64_t bits = next();
        const detail::Ziggurat::Layer& layer = detail::exponentialZiggurat.layers[bits & 255];
        const std::uint64_t magnitude = bits >> 11;
        if (magnitude < layer.limit) [[likely]] {
            return static_cast<double>(static_cast<std::int64_t>(magnitude)) * layer.unit;
        }
        return exponentialSlowly(bits);
    }

    /// Normal with mean 0 and deviation 1; the sign is bit 8.
    double normal()
    {
        const std::uint64_t bits = next();
        const detail::Ziggurat::Layer& layer = detail::normalZiggurat.layers[bits & 255];
        const std::uint64_t magnitude = bits >> 11;
        if (magnitude < layer.limit) [[likely]] {
            const double value = static_cast<double>(static_cast<std::int64_t>(magnitude)) * layer.unit;
            return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) | (bits & 256) << 55);
        }
        return normalSlowly(bits);
    }

private:
    double exponentialSlowly(std::uint64_t bits);
    double normalSlowly(std::uint64_t bits);

    std::array<std::uint64_t, 4> state_;
};

}  // namespace tantrum::engine
