#include "tests/theory/support/ledger.h"

#include "tests/theory/support/experiment.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

namespace tantrum::theory {

Ledger& Ledger::instance()
{
    static Ledger ledger;
    return ledger;
}

void Ledger::print() const
{
    std::string experiment, quantity;
    std::size_t again = 0, failed = 0;
    for (const Entry& entry : entries_) {
        again += entry.look > 1;
        failed += !entry.passed;
        if (entry.experiment != experiment) std::printf("\n%s\n%s", entry.test.c_str(), ("  " + entry.experiment).c_str());
        if (entry.experiment != experiment || entry.quantity != quantity)
            std::printf("\n  %-32s %-11.6g within %-10.3g", entry.quantity.c_str(), entry.expected, entry.allowed);
        experiment = entry.experiment;
        quantity = entry.quantity;
        std::printf("  %.6g ±%.2g%s", entry.got, entry.interval, entry.passed ? std::string(static_cast<std::size_t>(entry.look - 1), '*').c_str() : " WRONG");
    }
    const auto questions = static_cast<double>(entries_.size());
    // Nominally one look in a hundred misses; what was seen counts if it is more.
    const double miss = std::max(.01, static_cast<double>(again) / std::max(1.0, questions));
    std::printf("\n\n%.0f questions, %zu of them asked again (*), %zu wrong. A perfect simulator would raise a false alarm with a probability\n"
                "below %.1e (%.0f questions, each of which would have to miss %d times in a row, each time with probability %.3f).\n",
                questions, again, failed, questions * std::pow(miss, looks), questions, looks, miss);
}

bool Ledger::write(const std::string& file) const
{
    std::ofstream stream(file);
    stream.precision(9);
    stream << "test,experiment,quantity,expected,allowed,seed,got,interval_99,look,passed\n";
    for (const Entry& entry : entries_)
        stream << entry.test << ",\"" << entry.experiment << "\",\"" << entry.quantity << "\"," << entry.expected << ',' << entry.allowed << ',' << entry.seed << ',' << entry.got << ','
               << entry.interval << ',' << entry.look << ',' << (entry.passed ? "yes" : "no") << '\n';
    return static_cast<bool>(stream.flush());
}

}  // namespace tantrum::theory
