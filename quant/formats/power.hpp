// SPDX-License-Identifier: Apache-2.0
/// Power-exponent quantization: L = 2^(b-1) - 1, exponent a, clip m,
///   q = RNE(L min(1, |x|/m)^a) with the sign of x,   x^ = sgn(q) m (|q|/L)^(1/a);   a = 1 is uniform quantization.
/// Powers are the continuous automorphisms of the positive numbers under multiplication, so products are kept. a = 1/2 decodes in integers, q |q|: one square
/// root (of floats, each operation rounded once) encodes. Other exponents: the formula in double, tabulated as thresholds and levels.
/// Best exponents: 0.7 to 0.75 for Gaussian data, 0.55 to 0.6 for heavier tails; choose with fit_power (calibration/power_fit.hpp).
/// Cite: E. Yvinec et al., PowerQuant, ICLR 2023, arXiv:2301.09858; NUPES, 2023, arXiv:2308.05600.
/// Errors: UsageError `bad_value`: bits, exponent, clip, lengths, NaN and infinity (with index).  Threads: const members from several.  MPI: local.
#pragma once

#include <ansatz/quant/formats/thresholds.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace ansatz::quant {

class Power {
public:
  /// \param bits  2 to 8   \param exponent  0.1 to 2   \param clip  positive; 0 is taken as 1
  Power(int bits, double exponent, float clip);

  void encode(std::span<const float> x, std::span<std::int8_t> code) const;
  void decode(std::span<const std::int8_t> code, std::span<float> x) const;
  [[nodiscard]] float decode(std::int32_t code) const { return table_[static_cast<std::uint32_t>(code + 128)]; }

  [[nodiscard]] int bits() const { return bits_; }
  [[nodiscard]] double exponent() const { return exponent_; }
  [[nodiscard]] float clip() const { return clip_; }
  [[nodiscard]] std::int32_t levels() const { return levels_; } ///< L
  [[nodiscard]] double bits_per_value() const { return bits_; }
  /// Of |x - x^| for |x| <= clip: the largest distance from a level to the border of its code, and float rounding.
  [[nodiscard]] double error_bound() const;

private:
  [[nodiscard]] bool is_root() const { return exponent_ == 0.5; }
  [[nodiscard]] std::int32_t formula(float magnitude) const;
  [[nodiscard]] float threshold(std::int32_t code) const;

  int bits_;
  double exponent_;
  float clip_;
  std::int32_t levels_;
  Thresholds thresholds_;
  std::array<float, 256> table_{}; ///< by code + 128
};

} // namespace ansatz::quant
