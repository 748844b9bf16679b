// Laws of connection pools: several servers, one line, and callers who stand in it for so long and no longer.
#include "tests/theory/support/experiment.h"
#include "tests/theory/support/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::theory {
namespace {

// M/M/c+D (Barrer, Queuing with impatient customers and ordered service, Operations Research 5, 1957). With c connections and
// arrivals l a second of a second's work, the virtual wait has density l p(c-1) e^-(c-l)x up to the patience d, and falls like
// e^-cx beyond, where nobody joins; p(n) = p(0) l^n / n! below c. Who meets more than d gives up: l p(c-1) e^-(c-l)d / c.
struct Impatience {
    double lost, busy, pending;
};
Impatience lawOf(int connections, double arrivals, double patience)
{
    const double c = connections, drift = c - arrivals;
    double idle = 0, term = 1, last = 1;
    for (int n = 0; n < connections; ++n) {
        idle += term;
        last = term;
        term *= arrivals / (n + 1);
    }
    const double reach = std::exp(-drift * patience);
    const double within = drift == 0 ? patience : (1 - reach) / drift;
    const double p = 1 / (idle + arrivals * last * (within + reach / c)) * last;  // c - 1 are busy
    const double lost = arrivals * p * reach / c;
    // Who joins waits for what he meets, who gives up for the whole of his patience; by Little's law their number.
    const double first = drift == 0 ? patience * patience / 2 : (1 - reach * (1 + drift * patience)) / (drift * drift);
    return {lost, arrivals * (1 - lost), arrivals * (arrivals * p * first + lost * patience)};
}

TEST(ConnectionPool, LosesTheCallersThatBarrerSays)
{
    for (const auto& [connections, arrivals, patience] : {std::tuple(1, .8, 1.0), std::tuple(2, 1.8, 1.0), std::tuple(10, 9.5, .5), std::tuple(10, 14.0, 2.0)}) {
        Experiment pool{.file = "pool.yaml"};
        pool.settings = {{"users.arrivals.rate", perSecond(arrivals)}, {"users -> server.hikaricp.maximum_pool_size", std::to_string(connections)}, {"users -> server.hikaricp.connection_timeout", milliseconds(patience * 1000)}};
        pool.seconds = 2e6 / arrivals;
        const Impatience law = lawOf(connections, arrivals, patience);
        const auto of = [](const std::string& key) { return [key](const Results& results) { return metricOf(linkIn(results, "users", "server").metrics, "hikaricp." + key); }; };
        expectLaw(pool, {errorRate("users", law.lost), {"active", law.busy, T1, of("active_mean")}, {"pending", law.pending, T3, of("pending_mean")}});
    }
}

}  // namespace
}  // namespace tantrum::theory
