// A small system for the tests of the shell.
#pragma once

namespace tantrum::studio {

inline constexpr const char* twoNodes = R"(tantrum: 1
name: Two nodes  # kept
seed: 3
duration: 20s
nodes:
  users: {type: client, arrivals: poisson(100/s), sends: web}
  web: {type: service, workers: 8, queue: 100, work: exponential(20ms)}
links:
  users -> web:
    latency: 1ms
    policies:
      - retry: {attempts: 3}
      - timeout: 200ms
)";

}  // namespace tantrum::studio
