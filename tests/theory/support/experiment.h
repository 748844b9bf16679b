// A law of the books against a scenario file: what is varied, what is measured, how sure the measurement is.
//
// How a test passes for every seed. A quantity is right when it lies within its tolerance (T1: 1 %, T3: 3 %) or within
// its own 99 % confidence interval, whichever is larger. An interval of 99 % is missed once in a hundred even by a perfect
// simulator, so a quantity that misses is not believed at once: it is measured anew with another seed, twice as long, then
// six and eighteen times. Batch means over short runs are a little too sure of themselves; taken as wrong twice in a
// hundred looks, a perfect simulator misses all four with probability 1.6e-7. The suite asks some 2,500 such questions
// (every quantity for five seeds), so that it raises a false alarm for less than one choice of seeds in two thousand:
// 2,500 * 1.6e-7 = 4e-4. `theory_tests --table` prints the numbers of questions and misses, and what follows from them.
// A wrong simulator misses every time, the more surely the longer the run. Run lengths come from the asymptotic variance
// of the estimators (requestsFor), so that the interval of five seeds together is well inside the tolerance wherever a
// minute's budget allows it.
//
// TANTRUM_THEORY_SEED=n chooses other seeds (default 1); a failure prints the command that repeats it.
#pragma once

#include "models/world/results.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tantrum::theory {

using models::Results;
using models::SeriesResult;

inline constexpr double T1 = 0.01;
inline constexpr double T3 = 0.03;
inline constexpr double ofPercentile = 2;  ///< percentile tolerances are twice those of the mean

/// Each quantity is measured for this many seeds, and looked at so often before it is called wrong.
inline constexpr int seeds = 5, looks = 4;
/// The first look's length against Experiment::seconds, which is what one seed alone would need.
inline constexpr double firstLook = 0.5;

/// Under sanitizers runs are this much shorter; intervals widen by themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr double sanitizerFactor = 50;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr double sanitizerFactor = 50;
#else
inline constexpr double sanitizerFactor = 1;
#endif
#else
inline constexpr double sanitizerFactor = 1;
#endif

/// One number and the law's value for it.
struct Quantity {
    std::string name;
    double expected = 0;
    double tolerance = T1;  ///< relative
    std::function<double(const Results&)> whole;
    /// The same over one bucket of the series, for batch means; or
    std::function<double(const SeriesResult&, std::size_t bucket)> batch{};
    /// the half width of its 99 % interval, where it follows from counts.
    std::function<double(const Results&)> interval{};
};

struct Experiment {
    std::string file;                                             ///< in scenarios/theory
    std::vector<std::pair<std::string, std::string>> settings{};  ///< path and value, as for --set
    double seconds = 1;                                           ///< simulated, of a run of factor 1
    std::function<void(const Results&)> always{};                 ///< what has to hold exactly in each run
};

/// Measures with five seeds; see above. Also checks what holds in every run of anything:
/// requests are conserved, no guard struck, Little's law and the flow balance at every node.
void expectLaw(const Experiment& experiment, const std::vector<Quantity>& quantities);

/// One run of a scenario of scenarios/theory; failures are reported to GoogleTest.
Results runOnce(const Experiment& experiment, std::uint64_t seedOffset = 0, double factor = 1);
/// What to add to a scenario's seed for the nth of the five, by TANTRUM_THEORY_SEED; for tests that run by themselves.
std::uint64_t seedFor(int index);
/// The text with the settings applied.
std::string textOf(const Experiment& experiment);

/// How many requests make the 99 % interval of a mean waiting time `tolerance` wide on either side, but at most `most`:
/// n = (2.58 / tolerance)^2 * the relative asymptotic variance. For M/M/1 that variance is
/// (2 + 5r - 4r^2 + r^3) / (r (1-r)^2) (Daley 1968); for M/G/1 about half of 1 + cv^2 times as much (Whitt, Planning
/// Queueing Simulations, Management Science 35, 1989).
double requestsFor(double load, double squaredVariation, double tolerance, double most = 12e6);

// What the laws speak of.
Quantity meanLatency(const std::string& client, double expected, double tolerance = T1);
/// Of a client's latency without a constant part of it: a mean waiting time, when that part is the mean work.
Quantity meanBeyond(const std::string& client, double part, const std::string& name, double expected, double tolerance = T1);
Quantity percentile(const std::string& client, double percent, double expected, double toleranceOfMean = T1);
/// `share`: the part of those waiting that the law speaks of.
Quantity meanQueue(const std::string& node, double expected, double tolerance = T1, double share = 1);
/// Waiting and in service; `places` is the number of workers.
Quantity meanPopulation(const std::string& node, double places, double expected, double tolerance = T1, double shareOfQueue = 1);
Quantity utilization(const std::string& node, double expected, double tolerance = T1);
Quantity goodput(const std::string& client, double expected, double tolerance = T1);
/// Share of a client's requests that took any time at all; with work of zero that is the probability of waiting.
Quantity shareThatWaited(const std::string& client, double expected, double tolerance = T1);
Quantity errorRate(const std::string& client, double expected, double tolerance = T1);

// Finding one's way in results; reports to GoogleTest when there is nothing by that name.
const models::ClientResult& clientIn(const Results& results, const std::string& name);
const models::NodeResult& nodeIn(const Results& results, const std::string& name);
const models::LinkResult& linkIn(const Results& results, const std::string& from, const std::string& to);
double metricOf(const std::vector<models::NamedMetric>& metrics, const std::string& key);
std::string milliseconds(double value);
std::string perSecond(double value);

}  // namespace tantrum::theory
