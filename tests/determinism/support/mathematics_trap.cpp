#include "tests/determinism/support/mathematics_trap.h"

#include <dlfcn.h>

#include <atomic>

// Not <cmath>: its declarations would meet these definitions.

namespace {

std::atomic<std::uint64_t> calls{0};
std::atomic<const char*> first{nullptr};

void note(const char* name)
{
    const char* none = nullptr;
    first.compare_exchange_strong(none, name);
    ++calls;
}

// Far more than the last digit, far less than anybody would see.
template <class Number> Number another(Number value) { return value + value * static_cast<Number>(0x1p-20); }

template <class Function> Function real(const char* name) { return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name)); }

}  // namespace

#define TRAP_ONE(name, number)                                                         \
    extern "C" number name(number x) noexcept                                          \
    {                                                                                  \
        static const auto theirs = real<number (*)(number)>(#name);                    \
        note(#name);                                                                   \
        return another(theirs(x));                                                     \
    }
#define TRAP_TWO(name, number)                                                         \
    extern "C" number name(number x, number y) noexcept                                \
    {                                                                                  \
        static const auto theirs = real<number (*)(number, number)>(#name);            \
        note(#name);                                                                   \
        return another(theirs(x, y));                                                  \
    }
#define TRAP(name) TRAP_ONE(name, double) TRAP_ONE(name##f, float)

TRAP(exp) TRAP(exp2) TRAP(expm1) TRAP(log) TRAP(log2) TRAP(log10) TRAP(log1p) TRAP(cbrt)
TRAP(sin) TRAP(cos) TRAP(tan) TRAP(asin) TRAP(acos) TRAP(atan) TRAP(sinh) TRAP(cosh) TRAP(tanh)
TRAP(asinh) TRAP(acosh) TRAP(atanh) TRAP(tgamma) TRAP(lgamma) TRAP(erf) TRAP(erfc)
TRAP_TWO(pow, double) TRAP_TWO(powf, float) TRAP_TWO(atan2, double) TRAP_TWO(hypot, double)

namespace tantrum::determinism {

std::uint64_t trappedCalls() { return calls; }
std::string firstTrapped() { return first ? first.load() : ""; }

}  // namespace tantrum::determinism
