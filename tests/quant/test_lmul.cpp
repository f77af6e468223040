// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/lmul.hpp>
#include <ansatz/quant/formats/reference/lmul.hpp>
#include <ansatz/quant/formats/reference/small_float.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::quant {

namespace {

struct Errors {
  double mean = 0.0, rms = 0.0, least = 1e9, most = -1e9;
};

/// Relative errors in percent of L(x, y) over all pairs of mantissas of `bits` bits, weighted equally.
Errors over_mantissas(const LMulOptions& options, int bits) {
  const auto n = std::size_t{1} << bits;
  std::vector<float> x, y, z(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      x.push_back(1.0F + static_cast<float>(i) / static_cast<float>(n));
      y.push_back(1.0F + static_cast<float>(j) / static_cast<float>(n));
    }
  LMul(options).multiply(x, y, z);
  Errors e;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double r = 100.0 * (static_cast<double>(z[i]) / (static_cast<double>(x[i]) * static_cast<double>(y[i])) - 1.0);
    e.mean += r;
    e.rms += r * r;
    e.least = std::min(e.least, r);
    e.most = std::max(e.most, r);
  }
  e.mean /= static_cast<double>(z.size());
  e.rms = std::sqrt(e.rms / static_cast<double>(z.size()));
  return e;
}

bool same(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

/// Operands with every special value among them.
std::vector<float> operands() {
  std::vector<float> x = edges(400, 1.0F);
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const float v : {infinity, nan, 0x1p-63F, 0x1.8p-64F, 0x1p63F, 0x1.fp64F, 0.5F, 0.75F}) x.insert(x.end(), {v, -v});
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lmul_)

BOOST_AUTO_TEST_CASE(kernels_give_the_bits_of_the_definition_for_all_pairs_of_special_operands) {
  const auto x = operands();
  for (const InstructionSet set : sets_here())
    for (const bool saturate : {false, true}) {
      const std::uint32_t overflow = saturate ? 0x7f7fffffU : 0x7f800000U, unit = 1U << 19;
      std::size_t wrong = 0;
      std::vector<float> y(x.size()), carry(x.size()), formula(x.size());
      for (std::size_t shift = 0; shift < x.size(); shift += 3) {
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[(i + shift) % x.size()];
        kernels(set).lmul_carry(x.data(), y.data(), x.size(), 0x3f800000U - unit, overflow, carry.data());
        kernels(set).lmul_formula(x.data(), y.data(), x.size(), unit, overflow, formula.data());
        for (std::size_t i = 0; i < x.size(); ++i) {
          wrong += same(carry[i], reference::lmul_carry(x[i], y[i], 0x3f800000U - unit, saturate)) ? 0U : 1U;
          wrong += same(formula[i], reference::lmul_formula(x[i], y[i], 4, saturate)) ? 0U : 1U;
        }
      }
      BOOST_TEST(wrong == 0U);
    }
}

BOOST_AUTO_TEST_CASE(special_products_are_those_promised) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x{0.0F, -0.0F, 1e-40F, infinity, infinity, -infinity, 0x1p100F, 0x1p-100F, -0x1p-100F, 0.0F};
  const std::vector<float> y{0.5F, 0.5F, -3.0F, 2.0F, 0.0F, -infinity, 0x1p100F, 0x1p-100F, 0x1p-100F, std::nanf("")};
  std::vector<float> z(x.size());

  LMul().multiply(x, y, z);

  BOOST_TEST(same(z[0], 0.0F)); // the plain integer sum would be NaN
  BOOST_TEST(same(z[1], -0.0F));
  BOOST_TEST(same(z[2], -0.0F));
  BOOST_TEST(z[3] == infinity);
  BOOST_TEST(std::isnan(z[4]));
  BOOST_TEST(z[5] == infinity);
  BOOST_TEST(z[6] == infinity);
  BOOST_TEST(same(z[7], 0.0F));
  BOOST_TEST(same(z[8], -0.0F));
  BOOST_TEST(std::isnan(z[9]));
  LMul({.saturate = true}).multiply(x, y, z);
  BOOST_TEST(z[6] == std::numeric_limits<float>::max());
}

BOOST_AUTO_TEST_CASE(errors_of_the_published_table) {
  struct Row {
    LMulOptions options;
    int bits;
    double mean, rms, least, most; ///< percent; 0 in `least`: not listed
  };
  const std::vector<Row> table{
      {{.l = 4}, 9, 0.41, 3.10, -7.29, 6.25},
      {{.l = 3}, 9, 99.0, 5.82, 0.0, 0.0},
      {{.l = 5}, 9, 99.0, 3.47, 0.0, 0.0},
      {{.l = 4, .form = LMulForm::formula}, 7, -6.28, 9.53, -23.2, 6.25},
      {{.l = 23}, 9, -3.85, 4.84, -11.1, 0.0}, // Mitchell, but for 2^-23
      {{.l = 3}, 4, 4.87, 5.87, -3.2, 12.5},
      {{.l = 3}, 3, 4.93, 6.02, -3.0, 12.5},
      {{.l = 3, .operand_bits = 3}, 10, -3.8, 5.92, -18.0, 12.5},
      {{.l = 3, .operand_bits = 4}, 10, 0.5, 3.60, -11.0, 12.5},
      {{.l = 4, .operand_bits = 6}, 10, -0.6, 3.13, -9.1, 6.3},
      {{.l = 3, .operand_bits = 3, .round_operands = true}, 10, 4.9, 6.94, -11.0, 22.0},
      {{.l = 3, .operand_bits = 4, .round_operands = true}, 10, 4.9, 6.12, -7.2, 17.0},
      {{.l = 4, .operand_bits = 6, .round_operands = true}, 10, 0.4, 3.13, -8.3, 7.5},
      {{.compensation = 2}, 9, 99.0, 1.78, 0.0, 0.0},
      {{.compensation = 3}, 9, 99.0, 0.95, 0.0, 0.0},
      {{.compensation = 4}, 9, 99.0, 0.49, 0.0, 0.0},
  };
  for (const Row& row : table) {
    const Errors e = over_mantissas(row.options, row.bits);
    BOOST_TEST_CONTEXT("l=" << row.options.l << " k=" << row.options.operand_bits << " compensation=" << row.options.compensation << ": mean "
                            << e.mean << " rms " << e.rms << " from " << e.least << " to " << e.most) {
      if (row.mean < 99.0) BOOST_TEST(std::abs(e.mean - row.mean) <= 0.06); // half a digit of the table
      BOOST_TEST(std::abs(e.rms - row.rms) <= 0.02);
      if (row.least < 0.0) BOOST_TEST(std::abs(e.least - row.least) <= 0.5);
      if (row.most > 0.0) BOOST_TEST(std::abs(e.most - row.most) <= 0.5);
    }
  }
}

BOOST_AUTO_TEST_CASE(symmetry_scaling_and_the_range_of_errors) {
  const auto x = gaussian(4096, 1), y = gaussian(4096, 2);
  std::vector<float> z(x.size()), w(x.size()), scaled(x.size());
  for (const LMulForm form : {LMulForm::carry, LMulForm::formula}) {
    const LMul product({.form = form});
    product.multiply(x, y, z);
    product.multiply(y, x, w);
    BOOST_TEST((z == w));
    for (const int k : {-20, 3, 30}) {
      std::vector<float> a;
      for (const float v : x) a.push_back(std::ldexp(v, k));
      product.multiply(a, y, scaled);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < z.size(); ++i) wrong += scaled[i] != std::ldexp(z[i], k) ? 1U : 0U;
      BOOST_TEST(wrong == 0U);
    }
    for (std::size_t i = 0; i < z.size() && form == LMulForm::carry; ++i) {
      const double r = static_cast<double>(z[i]) / (static_cast<double>(x[i]) * static_cast<double>(y[i])) - 1.0;
      BOOST_REQUIRE(r >= -0.0730);
      BOOST_REQUIRE(r <= 0.0626);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_formula_form_is_a_sum_of_two_products) {
  // L(x, y) = x P(y) + P(x) (y - (1 - d) P(y)) with P(x) = sgn(x) 2^xe, exact for 7 bits of mantissa
  std::vector<float> x, y;
  for (int i = 0; i < 128; ++i)
    for (int j = 0; j < 128; ++j) {
      x.push_back((i % 2 ? -1.0F : 1.0F) * std::ldexp(1.0F + static_cast<float>(i) / 128.0F, i % 7 - 3));
      y.push_back((j % 3 ? -1.0F : 1.0F) * std::ldexp(1.0F + static_cast<float>(j) / 128.0F, j % 5 - 2));
    }
  std::vector<float> z(x.size());
  LMul({.form = LMulForm::formula}).multiply(x, y, z);
  const auto power = [](float v) { return std::copysign(std::ldexp(1.0, std::ilogb(v)), static_cast<double>(v)); };
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double px = power(x[i]), py = power(y[i]), d = 0.0625;
    wrong += static_cast<double>(z[i]) != static_cast<double>(x[i]) * py + px * (static_cast<double>(y[i]) - (1.0 - d) * py) ? 1U : 0U;
  }
  BOOST_TEST(wrong == 0U);
}

BOOST_AUTO_TEST_CASE(tables_of_8_bit_products) {
  for (const int M : {2, 3})
    for (const bool saturate : {false, true}) {
      const auto table = lmul_table(M, lmul_offset_exponent(M), saturate);
      const double most = M == 3 ? 448.0 : 57344.0, least = M == 3 ? 0x1p-6 : 0x1p-14;
      std::size_t wrong = 0;
      for (std::size_t x = 0; x < 256; ++x)
        for (std::size_t y = 0; y < 256; ++y) {
          const double a = reference::decode_8bit(static_cast<std::uint8_t>(x), M), b = reference::decode_8bit(static_cast<std::uint8_t>(y), M);
          const double z = reference::decode_8bit(table[x << 8 | y], M);
          wrong += table[x << 8 | y] != table[y << 8 | x] ? 1U : 0U;
          if (std::isnan(a) || std::isnan(b)) {
            wrong += std::isnan(z) ? 0U : 1U;
            continue;
          }
          if (std::abs(a) < least || std::abs(b) < least) { // zero and subnormal
            wrong += (std::isinf(a) || std::isinf(b) ? std::isnan(z) : z == 0.0) ? 0U : 1U;
            continue;
          }
          if (std::isinf(a) || std::isinf(b)) {
            wrong += std::isinf(z) ? 0U : 1U;
            continue;
          }
          // (1 + v) 2^e, 2 v 2^e or 4 (v - 1) 2^e in exact arithmetic
          const int e = std::ilogb(a) + std::ilogb(b);
          const double v =
              std::abs(std::ldexp(a, -std::ilogb(a))) + std::abs(std::ldexp(b, -std::ilogb(b))) - 2.0 + std::ldexp(1.0, -lmul_offset_exponent(M));
          const double exact =
              std::ldexp(v < 1.0 ? 1.0 + v : (v < 2.0 ? 2.0 * v : 4.0 * (v - 1.0)), e) * (std::signbit(a) == std::signbit(b) ? 1.0 : -1.0);
          if (std::abs(exact) < least)
            wrong += z == 0.0 ? 0U : 1U;
          else if (std::abs(exact) > most)
            wrong += (saturate ? std::abs(z) == most : (M == 3 ? std::isnan(z) : std::isinf(z))) ? 0U : 1U;
          else
            wrong += z == exact ? 0U : 1U;
        }
      BOOST_TEST(wrong == 0U);
    }
}

BOOST_AUTO_TEST_CASE(expectations_printed_in_the_paper) {
  // |f1 + f2| = .68 .43 .30 .24 .20 .19 for m = 7, k = 1..6 and l = 4: a signed mean of the formula form on operands cut to k bits
  const std::vector<double> printed{0.68, 0.43, 0.30, 0.24, 0.20, 0.19};
  for (int k = 1; k <= 6; ++k) {
    double sum = 0.0;
    for (int i = 0; i < 128; ++i)
      for (int j = 0; j < 128; ++j) {
        const double xm = i / 128.0, ym = j / 128.0;
        const auto cut = [&](double m) { return static_cast<double>(reference::cut_mantissa(static_cast<float>(1.0 + m), k, false)) - 1.0; };
        sum += (1.0 + xm) * (1.0 + ym) - (1.0 + cut(xm) + cut(ym) + 0.0625);
      }
    BOOST_TEST(std::abs(sum / (128.0 * 128.0) - printed[static_cast<std::size_t>(k - 1)]) <= 0.0075, "k = " << k << ": " << sum / 16384.0);
  }
}

BOOST_AUTO_TEST_CASE(foolish_options_are_refused) {
  BOOST_CHECK_THROW(LMul({.l = 24}), UsageError);
  BOOST_CHECK_THROW(LMul({.operand_bits = 0}), UsageError);
  BOOST_CHECK_THROW(LMul({.form = LMulForm::formula, .compensation = 2}), UsageError);
  BOOST_CHECK_THROW(static_cast<void>(lmul_table(4, 2, false)), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
