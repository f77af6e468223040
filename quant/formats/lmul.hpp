// SPDX-License-Identifier: Apache-2.0
/// L-Mul: a product of floats made of one integer addition. x = (-1)^s (1 + xm) 2^xe, l the offset exponent, M mantissa bits, B bias.
///   formula:  |L(x,y)| = (1 + xm + ym + 2^-l) 2^(xe+ye)                       (the paper's equation 1; rounded once to nearest even)
///   carry:    words without sign, mx + my - offset, offset = (B << M) - 2^(M-l), sign by XOR   (equation 2, behind its reported accuracies; the default)
///   l(M): M for M <= 3, 3 for M = 4, 4 beyond.
/// Special operands, where the paper is silent: zero or subnormal -> +-0; sum of words below offset + one exponent -> +-0; at or above offset + infinity ->
/// +-infinity, or the largest number with `saturate`; infinity x 0 and NaN -> NaN; infinity x finite -> infinity. The forms agree while xm + ym + 2^-l < 1.
/// Operands may be cut to `operand_bits` mantissa bits first, truncated (the paper) or to nearest even.
/// Compensated (a variant of ours): the carry form with an offset for each pair of leading `compensation` mantissa bits, the least squares of the relative error.
/// Relative error of the carry form, l = 4: -7.29 % to +6.25 %, mean +0.41 %, rms 3.10 %; compensated with 2, 3, 4 bits: rms 1.78, 0.95, 0.49 %.
/// Cite: H. Luo, W. Sun, Addition is All You Need for Energy-efficient Language Models, 2024, arXiv:2410.00907.
/// Errors: UsageError `bad_value`: l, bits and lengths out of range.  Threads: const members from several.  MPI: local.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace ansatz::quant {

enum class LMulForm : int { carry, formula };

struct LMulOptions {
  int l = 4; ///< 0 to 23
  LMulForm form = LMulForm::carry;
  bool saturate = false;
  int operand_bits = 23;       ///< 1 to 23
  bool round_operands = false; ///< to nearest even instead of truncation
  int compensation = 0;        ///< 0: none; else 1 to 6 leading bits, carry form only
};

class LMul {
public:
  explicit LMul(const LMulOptions& options = {});

  /// z_i = L(x_i, y_i); z may be x or y.
  void multiply(std::span<const float> x, std::span<const float> y, std::span<float> z) const;
  /// The operand as it is multiplied.
  void cut(std::span<const float> x, std::span<float> out) const;
  [[nodiscard]] const LMulOptions& options() const { return options_; }
  /// Sign, exponent and the mantissa bits of an operand.
  [[nodiscard]] double bits_per_value() const { return 9.0 + options_.operand_bits; }

private:
  void multiply_compensated(std::span<const float> x, std::span<const float> y, std::span<float> z) const;

  LMulOptions options_;
  std::vector<std::uint32_t> offsets_; ///< by leading bits of x, then of y
};

/// l(M) of the paper.
[[nodiscard]] constexpr int lmul_offset_exponent(int mantissa_bits) { return mantissa_bits <= 3 ? mantissa_bits : (mantissa_bits == 4 ? 3 : 4); }

/// All products of 8-bit floats, table[x << 8 | y], as codes of the same format. e4m3 (M = 3) has no infinity: overflow gives NaN or, with saturate, 448.
[[nodiscard]] std::vector<std::uint8_t> lmul_table(int mantissa_bits, int l, bool saturate);

} // namespace ansatz::quant
