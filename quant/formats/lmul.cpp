// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/formats/lmul.hpp>
#include <ansatz/quant/formats/reference/lmul.hpp>

#include <bit>
#include <cmath>

namespace ansatz::quant {

namespace {

/// The offset, in units of one, that minimises the squared relative error of the carry form over a cell of leading bits.
double best_offset(int i, int j, int cells) {
  constexpr int samples = 32;
  double offset = 0.06;
  for (int step = 0; step < 20; ++step) { // Gauss-Newton: the form is piecewise linear in the offset
    double slope = 0.0, curvature = 0.0;
    for (int a = 0; a < samples; ++a)
      for (int b = 0; b < samples; ++b) {
        const double x = (i + (a + 0.5) / samples) / cells, y = (j + (b + 0.5) / samples) / cells, weight = 1.0 / ((1.0 + x) * (1.0 + y));
        const double v = x + y + offset;
        const double value = v < 1.0 ? 1.0 + v : 2.0 * v, derivative = v < 1.0 ? 1.0 : 2.0;
        slope += (value * weight - 1.0) * derivative * weight;
        curvature += derivative * weight * derivative * weight;
      }
    offset -= slope / curvature;
  }
  return offset;
}

void require_range(const char* what, int value, int low, int high) {
  if (value < low || value > high)
    throw UsageError("bad_value", std::string("L-Mul's ") + what + " is " + std::to_string(value) + "; it must be from " + std::to_string(low) +
                                      " to " + std::to_string(high));
}

} // namespace

LMul::LMul(const LMulOptions& options) : options_(options) {
  require_range("l", options.l, 0, 23);
  require_range("number of operand bits", options.operand_bits, 1, 23);
  require_range("compensation", options.compensation, 0, 6);
  if (options.compensation == 0) return;
  if (options.form != LMulForm::carry) throw UsageError("bad_value", "compensation belongs to L-Mul's carry form; the formula form was asked for");
  const int cells = 1 << options.compensation;
  for (int i = 0; i < cells; ++i)
    for (int j = 0; j < cells; ++j)
      offsets_.push_back(0x3f800000U -
                         static_cast<std::uint32_t>(std::lround(std::max(best_offset(std::min(i, j), std::max(i, j), cells), 0.0) * 0x1p23)));
}

void LMul::cut(std::span<const float> x, std::span<float> out) const {
  require_same_length(x.size(), out.size());
  for (std::size_t i = 0; i < x.size(); ++i) out[i] = reference::cut_mantissa(x[i], options_.operand_bits, options_.round_operands);
}

void LMul::multiply(std::span<const float> x, std::span<const float> y, std::span<float> z) const {
  require_ieee_arithmetic();
  require_same_length(x.size(), y.size());
  require_same_length(x.size(), z.size());
  if (options_.operand_bits < 23) {
    std::vector<float> a(x.size()), b(x.size());
    cut(x, a);
    cut(y, b);
    LMul whole = *this;
    whole.options_.operand_bits = 23;
    whole.multiply(a, b, z);
    return;
  }
  if (!offsets_.empty()) {
    multiply_compensated(x, y, z);
    return;
  }
  const std::uint32_t overflow = options_.saturate ? 0x7f7fffffU : 0x7f800000U, unit = std::uint32_t{1} << (23 - options_.l);
  if (options_.form == LMulForm::carry)
    kernels().lmul_carry(x.data(), y.data(), x.size(), 0x3f800000U - unit, overflow, z.data());
  else
    kernels().lmul_formula(x.data(), y.data(), x.size(), unit, overflow, z.data());
}

void LMul::multiply_compensated(std::span<const float> x, std::span<const float> y, std::span<float> z) const {
  const int bits = options_.compensation;
  const std::uint32_t mask = (1U << bits) - 1U;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint32_t a = std::bit_cast<std::uint32_t>(x[i]) >> (23 - bits), b = std::bit_cast<std::uint32_t>(y[i]) >> (23 - bits);
    z[i] = reference::lmul_carry(x[i], y[i], offsets_[((a & mask) << bits) | (b & mask)], options_.saturate);
  }
}

std::vector<std::uint8_t> lmul_table(int mantissa_bits, int l, bool saturate) {
  require_range("number of mantissa bits of an 8-bit float", mantissa_bits, 2, 3);
  require_range("l", l, 0, mantissa_bits);
  std::vector<std::uint8_t> table(65536);
  for (std::uint32_t x = 0; x < 256; ++x)
    for (std::uint32_t y = 0; y < 256; ++y)
      table[x << 8 | y] = reference::lmul_8bit(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), mantissa_bits, l, saturate);
  return table;
}

} // namespace ansatz::quant
