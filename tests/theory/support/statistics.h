// How sure a simulated number is: batch means, and the quantile that turns them into a confidence interval.
#pragma once

#include <cstddef>
#include <span>

namespace tantrum::theory {

/// Quantile .995 of Student's t (two-sided 99 %), by the Cornish-Fisher expansion: within 0.5 % from 8 degrees on.
double studentQuantile(std::size_t degreesOfFreedom);

/// Half the width of the 99 % confidence interval of the mean of batches that are long compared with the memory of the
/// process (batch means; Law, Simulation Modeling and Analysis, 9.5.3). Infinite below 8 batches; NaN are left out.
double halfWidth(std::span<const double> batches);

/// Half the width of the 99 % interval of a share of n independent trials whose true probability is p.
double halfWidthOfShare(double p, double n);

}  // namespace tantrum::theory
