// SPDX-License-Identifier: Apache-2.0
/// A stream of random numbers: a function of seed and key alone, on any rank, in any order of streams.
/// Threads: values, one thread each.
#pragma once

#include <ansatz/learning/random.hpp>

#include <cstdint>
#include <string_view>

namespace ansatz::solvers::training {

class Stream {
public:
  /// \param purpose  streams of different purposes are independent; \param number  so are their numbers
  Stream(std::int64_t seed, std::string_view purpose, std::int64_t number)
      : seed_(static_cast<std::uint64_t>(seed)), key_(learning::mix(learning::key_of(purpose) + static_cast<std::uint64_t>(number))) {}

  /// Uniform on (low, high).
  [[nodiscard]] double uniform(double low = 0.0, double high = 1.0) { return low + (high - low) * learning::uniform(seed_, key_, next_++); }
  /// Uniform on 0, 1, ..., count - 1.
  [[nodiscard]] int integer(int count) { return static_cast<int>(count * uniform()); }
  [[nodiscard]] double normal() {
    next_ += 2 - next_ % 2; // the numbers normal() makes its pair from are not those of uniform()
    return learning::normal(seed_, key_, next_ / 2 - 1);
  }

private:
  std::uint64_t seed_;
  std::uint64_t key_;
  std::uint64_t next_ = 0;
};

} // namespace ansatz::solvers::training
