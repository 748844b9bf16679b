// The check for a programmer's mistakes: on in every build, for what a scenario's reader has already ruled out.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Prints file:line and the message to stderr and aborts unless the condition holds.
#define ENSURE(condition, message)                                                                                     \
    do {                                                                                                               \
        if (!(condition)) [[unlikely]] {                                                                               \
            std::fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, message, #condition);                         \
            std::abort();                                                                                              \
        }                                                                                                              \
    } while (false)
