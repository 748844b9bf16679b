// Laws of quorums: the W-th fastest of N replicas.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

namespace tantrum::theory {
namespace {

// The k-th of n exponentials has mean 1/n + 1/(n-1) + … + 1/(n-k+1) (Rényi 1953). Its relative deviation is at most 1, so
// that 400,000 of them are within 0.5 % but once in 600.
double orderStatistic(int k, int n)
{
    double sum = 0;
    for (int term = 0; term < k; ++term) sum += 1.0 / (n - term);
    return sum;
}

TEST(QuorumStore, TakesAsLongAsTheSlowestOfItsQuorum)
{
    for (const auto& [replicas, quorum, other] : {std::tuple(3, 1, 3), std::tuple(3, 2, 2), std::tuple(5, 3, 5), std::tuple(7, 4, 1)}) {
        Experiment store{.file = "quorum.yaml"};
        store.settings = {{"store.replication", std::to_string(replicas)}, {"store.nodes", std::to_string(replicas)}, {"store.write_quorum", std::to_string(quorum)}, {"store.read_quorum", std::to_string(other)}};
        store.seconds = 80;
        expectLaw(store, {meanLatency("writers", orderStatistic(quorum, replicas) * 1e-3), meanLatency("readers", orderStatistic(other, replicas) * 1e-3)});
    }
}

}  // namespace
}  // namespace tantrum::theory
