// SPDX-License-Identifier: Apache-2.0
/// What all number formats share: rounding, overflow, and how many values share one scale.
///   A tensor is seen as rows x columns, row-major; rows are output channels of weights or batches of activations. A run is a stretch of consecutive
///   values of one row (of all rows for Granularity::tensor) that share a scale; the last run of a row may be shorter.
/// Errors: UsageError `bad_value` with value and rule.  Threads: functions without state.  MPI: local.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ansatz::quant {

enum class Rounding : int {
  nearest_even, ///< ties to the even integer; the default everywhere
  half_up,      ///< ties towards +infinity
  half_away,    ///< ties away from zero
  floor,
  ceil,
  trunc,
  stochastic, ///< away from zero with the probability of the fraction, unbiased (stochastic.hpp)
};

enum class Overflow : int {
  saturate, ///< to the nearest end of the range; the default
  wrap,     ///< the low bits; fixed point only
  sat_zero, ///< to zero; fixed point only
  sat_sym,  ///< to the end of the symmetric range
  error,    ///< UsageError with the index
};

enum class Granularity : int { tensor, channel, group, block };

[[nodiscard]] std::string_view name(Rounding rounding);
[[nodiscard]] std::string_view name(Granularity granularity);
[[nodiscard]] Rounding rounding_of(const std::string& text);

struct Shape {
  std::size_t rows = 1;
  std::size_t columns = 0;
  std::size_t line = 0; ///< length of the fastest axis where a row has two, which only predictors ask for; 0: columns

  [[nodiscard]] std::size_t size() const { return rows * columns; }
};

/// How many consecutive values share a scale.
struct Sharing {
  Granularity granularity = Granularity::tensor;
  std::size_t length = 0; ///< of a group or block; others: ignored

  [[nodiscard]] std::size_t run_length(Shape shape) const;
  [[nodiscard]] std::size_t runs(Shape shape) const;
};

/// f(run, first, count) for every run of the tensor, in order.
template <class F>
void for_runs(Shape shape, Sharing sharing, F&& f) {
  const bool whole = sharing.granularity == Granularity::tensor;
  const std::size_t rows = whole ? 1 : shape.rows, columns = whole ? shape.size() : shape.columns;
  const std::size_t length = sharing.run_length(shape);
  std::size_t run = 0;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t at = 0; at < columns; at += length) f(run++, row * columns + at, std::min(length, columns - at));
}

/// Throws `bad_value` if the processor rounds otherwise than to nearest even or takes subnormal numbers as zero: the formats would not be what they say.
void require_ieee_arithmetic();

/// Throws `bad_value` unless both spans have the same length.
void require_same_length(std::size_t values, std::size_t codes);

/// Throws the error of a value that is NaN or infinite, naming the first one; `magnitude` is the largest of the bits of |x|.
void require_finite(std::uint32_t magnitude, std::span<const float> x);

} // namespace ansatz::quant
