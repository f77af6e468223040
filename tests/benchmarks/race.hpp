// SPDX-License-Identifier: Apache-2.0
/// How benchmarks take times: contestants take turns, so that what else the machine does hits all alike.  Threads: no state.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ansatz::benchmarks {

/// Seconds that body() takes.
template <class Body>
[[nodiscard]] double seconds(Body&& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Two warm-ups, then all contestants in turn, starting with another one each time. A contestant has `run()` and collects its `times`.
template <class Contestant>
void race(std::vector<Contestant>& field, std::int64_t repeats) {
  for (std::int64_t r = -2; r < repeats; ++r)
    for (std::size_t i = 0; i < field.size(); ++i) {
      Contestant& c = field[(i + static_cast<std::size_t>(r + 2)) % field.size()];
      const double t = seconds(c.run);
      if (r >= 0) c.times.push_back(t);
    }
}

} // namespace ansatz::benchmarks
