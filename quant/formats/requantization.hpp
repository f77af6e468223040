// SPDX-License-Identifier: Apache-2.0
/// From int32 accumulators to codes of the next layer without floating point: M = Sa Sb / Sy is replaced by b 2^-c with b in [2^30, 2^31).
///   half_up:   y = floor((acc b + 2^(c-1)) / 2^c)
///   gemmlowp:  high = (acc b + nudge) / 2^31 truncated, nudge = 2^30 or 1 - 2^30 by the sign, then divided by 2^(c-31) with ties away from zero; M < 1.
/// Both then add the zero point and saturate. Relative error of b 2^-c: 2^-31.
/// Cite: B. Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR 2018, arXiv:1712.05877.
/// Errors: UsageError `bad_value` for a multiplier that is not positive and finite or out of range.  Threads: values.  MPI: local.
#pragma once

#include <cstdint>
#include <span>

namespace ansatz::quant {

enum class RequantizationMode : int { half_up, gemmlowp };

struct Requantization {
  std::int32_t multiplier = 1 << 30; ///< b
  int shift = 30;                    ///< c, 1 to 62; gemmlowp: 31 to 62
  std::int32_t zero_point = 0;
  std::int32_t low = -128;
  std::int32_t high = 127;
  RequantizationMode mode = RequantizationMode::half_up;

  /// \param ratio  M, from 2^-32 to 2^29 (gemmlowp: below 1)
  [[nodiscard]] static Requantization of(double ratio, std::int32_t zero_point, std::int32_t low, std::int32_t high,
                                         RequantizationMode mode = RequantizationMode::half_up);

  [[nodiscard]] std::int32_t operator()(std::int32_t accumulator) const;
  void apply(std::span<const std::int32_t> accumulator, std::span<std::int8_t> code) const;
  void apply(std::span<const std::int32_t> accumulator, std::span<std::uint8_t> code) const;
};

} // namespace ansatz::quant
