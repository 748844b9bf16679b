// Everything the suite measured, for the table that `theory_tests --table` prints.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tantrum::theory {

/// One law's value against one seed's, as it stood when it was believed or given up.
struct Entry {
    std::string test, experiment, quantity;
    double expected = 0;
    double allowed = 0;    ///< the tolerance, absolute, or the interval where that is larger
    double got = 0;
    double interval = 0;   ///< half the width of its 99 % interval; 0: the estimate has none
    std::uint64_t seed = 0;
    int look = 1;          ///< 1: the first and shortest run; higher: it had missed before
    bool passed = false;
};

class Ledger {
public:
    static Ledger& instance();

    void add(Entry entry) { entries_.push_back(std::move(entry)); }
    /// For people: a line each quantity, a column each seed; and how likely a false alarm was.
    void print() const;
    /// A row each entry. False: it could not be written.
    bool write(const std::string& file) const;

private:
    std::vector<Entry> entries_;
};

}  // namespace tantrum::theory
