// The C library's transcendental functions as they might be on another machine: right but for the last few digits. This
// program's own definitions stand before the library's, so that everything linked into it gets these, and each call is
// counted.
#pragma once

#include <cstdint>
#include <string>

namespace tantrum::determinism {

/// Calls since the program began, of all of them; and the name of the first that was called, or empty.
std::uint64_t trappedCalls();
std::string firstTrapped();

}  // namespace tantrum::determinism
