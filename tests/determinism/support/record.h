// What every compiler, optimisation level and machine has to reproduce: fingerprints of runs, kept in fingerprints.txt.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tantrum::determinism {

/// One run that is remembered: its scenario, and how many events of it.
struct Remembered {
    std::string name;  ///< a file below scenarios/, or "work: exponential(2ms)"
    std::string text;
    std::string folder;  ///< for what the text refers to
    std::uint64_t events = 0;
};

/// Every bundled scenario, and one small world for each function of the little language of values.
std::vector<Remembered> everythingRemembered();

/// Functions of the language that everythingRemembered() leaves out; empty if all is well.
std::vector<std::string> functionsLeftOut();

/// A run of it, as "fingerprint events".
std::string fingerprintOf(const Remembered& remembered);

/// By name; empty if the file cannot be read.
std::map<std::string, std::string> readRecord();
void writeRecord(const std::map<std::string, std::string>& record);

}  // namespace tantrum::determinism
