// Popularity of keys: rank k (from 0, most popular) has probability proportional to (k + 1)^-exponent.
#pragma once

#include "engine/random.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace tantrum::engine {

/// A value, cheap to copy (copies share the table). Two samplers of the same law: an alias table (Vose 1991), one
/// random number and one 8-byte load, for up to 2^20 items; beyond, rejection-inversion (Hoermann and Derflinger 1996)
/// in constant memory. They take different numbers from a stream, and the choice depends on `items` alone.
class ZipfDistribution {
public:
    enum class Method : std::uint8_t { automatic, aliasTable, rejectionInversion };

    /// 1 <= items <= 2^53 (2^32 with an alias table); exponent >= 0: 0 is uniform, 1 the classic law. Aborts otherwise.
    ZipfDistribution(std::uint64_t items, double exponent, Method method = Method::automatic);

    /// A rank in 0..items-1.
    std::uint64_t sample(RandomStream& random) const
    {
        if (slots_ == nullptr) return sampleByRejection(random);
        // The product's high half chooses a slot, its low half is the uniform place within that slot.
        const auto product = static_cast<detail::Unsigned128>(random.next()) * items_;
        const auto index = static_cast<std::uint64_t>(product >> 64);
        const auto place = static_cast<std::uint32_t>(static_cast<std::uint64_t>(product) >> 32);
        const Slot slot = slots_[index];
        // Without a branch: it would be mispredicted every other time.
        const std::uint64_t foreign = 0 - static_cast<std::uint64_t>(place >= slot.own);
        return index ^ ((index ^ slot.other) & foreign);
    }

    /// 0 for a rank beyond the last.
    double probability(std::uint64_t rank) const;
    std::uint64_t items() const { return items_; }
    double exponent() const { return exponent_; }

private:
    struct Slot {
        std::uint32_t own;  // the slot's share that stays with its own rank, in units of 2^-32
        std::uint32_t other;
    };

    void buildTable();
    std::uint64_t sampleByRejection(RandomStream& random) const;
    double integral(double x) const;
    double integralInverse(double y) const;
    double density(double x) const;
    double sumOfDensities() const;

    std::uint64_t items_;
    double exponent_;
    double total_;
    // Rejection-inversion: the integral's values at both ends, and the distance within which a rank is sure.
    double integralFirst_ = 0;
    double integralLast_ = 0;
    double sure_ = 0;
    const Slot* slots_ = nullptr;
    std::shared_ptr<const std::vector<Slot>> table_;
};

}  // namespace tantrum::engine
