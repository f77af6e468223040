// SPDX-License-Identifier: Apache-2.0
/// Small floating-point numbers: bf16 (8 exponent bits, 7 of mantissa), fp8-e4m3 and fp8-e5m2 as the Open Compute Project defines them. Round to nearest even.
///   bf16: float32 cut to 16 bits; subnormal float32 become zero with their sign, as the processors' conversion instructions do; NaN stays NaN.
///   e4m3: bias 7, largest 448, no infinity, NaN 0x7f; e5m2: bias 15, largest 57344, infinity 0x7c, NaN 0x7f. Subnormal codes are kept.
///   `saturate`: what is too large, infinities included, becomes the largest number; without it
///   e4m3 gives NaN and e5m2 infinity.
/// Cite: OCP 8-bit Floating Point Specification (OFP8), 2023.
/// Relative error of numbers in the normal range: 2^-8 (bf16), 2^-4 (e4m3), 2^-3 (e5m2), of smaller ones half the smallest number.
/// Errors: UsageError `bad_value` for spans of unlike length.  Threads: const members from several.  MPI: local.
#pragma once

#include <cstdint>
#include <span>

namespace ansatz::quant {

struct Bfloat16 {
  static void encode(std::span<const float> x, std::span<std::uint16_t> code);
  static void decode(std::span<const std::uint16_t> code, std::span<float> x);
  [[nodiscard]] static double bits_per_value() { return 16.0; }
  /// Of |x - x^| for |x| <= largest, up to the largest bf16.
  [[nodiscard]] static double error_bound(double largest);
};

enum class Fp8 : int { e4m3, e5m2 };

struct SmallFloat {
  Fp8 kind = Fp8::e4m3;
  bool saturate = true;

  void encode(std::span<const float> x, std::span<std::uint8_t> code) const;
  void decode(std::span<const std::uint8_t> code, std::span<float> x) const;
  [[nodiscard]] int mantissa_bits() const { return kind == Fp8::e4m3 ? 3 : 2; }
  [[nodiscard]] int bias() const { return kind == Fp8::e4m3 ? 7 : 15; }
  [[nodiscard]] double most() const { return kind == Fp8::e4m3 ? 448.0 : 57344.0; }
  [[nodiscard]] static double bits_per_value() { return 8.0; }
  /// Of |x - x^| for |x| <= largest, clipping included.
  [[nodiscard]] double error_bound(double largest) const;
};

} // namespace ansatz::quant
