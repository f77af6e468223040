// SPDX-License-Identifier: Apache-2.0
/// Uniform (affine) quantization, ONNX's convention:
///   q = clamp(round(x / S) + Z, low, high),   x^ = S (q - Z).
/// Symmetric: Z = 0; restricted S = c / (2^(b-1) - 1) with codes +-(2^(b-1) - 1), or full range S = 2c / (2^b - 1) with codes -2^(b-1) .. 2^(b-1) - 1, c = clip.
/// Asymmetric: S = (beta - alpha) / (2^b - 1), Z = clamp(RNE(-alpha / S)), alpha <= 0 <= beta, so that zero is exact. S is a float; division is the definition.
/// Cite: A. Gholami et al., A Survey of Quantization Methods for Efficient Neural Network Inference, 2021, arXiv:2103.13630 (its Z is minus ours).
/// Codes: int8 or uint8 up to 8 bits, int16 or uint16 up to 16.
/// Errors: UsageError `bad_value` for parameters out of range, spans of unlike length, NaN and infinity (with index), and with Overflow::error for values that
/// are clipped.  Cost: one pass; 4 bytes and a code an element.  Threads: const members may be called from several threads.  MPI: local.
#pragma once

#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/stochastic.hpp>

#include <cstdint>
#include <span>

namespace ansatz::quant {

struct Uniform {
  float scale = 1.0F;          ///< S, finite and positive
  std::int32_t zero_point = 0; ///< Z, in [low, high]
  std::int32_t low = -127;
  std::int32_t high = 127;
  Rounding rounding = Rounding::nearest_even;
  Overflow overflow = Overflow::saturate; ///< or error
  RandomStream stream{};                  ///< of stochastic rounding

  /// \param clip  largest |x| that is not clipped; 0 is taken as 1
  [[nodiscard]] static Uniform symmetric(int bits, float clip, bool full_range = false);
  /// Unsigned codes 0 .. 2^bits - 1. `alpha` is lowered to 0 and `beta` raised to 0.
  [[nodiscard]] static Uniform asymmetric(int bits, float alpha, float beta);

  /// Code: int8_t, uint8_t, int16_t or uint16_t, wide enough for low and high.
  template <class Code>
  void encode(std::span<const float> x, std::span<Code> code) const;
  template <class Code>
  void decode(std::span<const Code> code, std::span<float> x) const;

  [[nodiscard]] double bits_per_value() const;
  /// Least and largest number that is represented.
  [[nodiscard]] double least() const { return static_cast<double>(scale) * (low - zero_point); }
  [[nodiscard]] double most() const { return static_cast<double>(scale) * (high - zero_point); }
  /// Of |x - decode(encode(x))| for least() <= x <= most(): S/2 (S unless to nearest), and 2^-23 of the largest number for the float division and product.
  [[nodiscard]] double error_bound() const;
};

} // namespace ansatz::quant
