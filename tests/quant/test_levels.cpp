// SPDX-License-Identifier: Apache-2.0
// Codes by thresholds: power exponents, codebooks, ternary and binary numbers.
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/codebook.hpp>
#include <ansatz/quant/formats/power.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::quant {

namespace {

double worst_difference(const std::vector<float>& x, const std::vector<float>& y) {
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])));
  return worst;
}

} // namespace

BOOST_AUTO_TEST_SUITE(levels_)

BOOST_AUTO_TEST_CASE(power_codes_are_those_of_the_formula) {
  const auto x = gaussian(3000, 4);
  for (const int bits : {2, 3, 4, 5, 8})
    for (const double a : {0.3, 0.5, 0.73, 1.0, 1.2}) {
      const Power power(bits, a, 2.5F);
      std::vector<std::int8_t> code(x.size()), again(x.size());
      std::vector<float> y(x.size());
      power.encode(x, code);
      power.decode(code, y);
      power.encode(y, again);
      std::size_t wrong = 0;
      const double L = power.levels();
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double u = std::min(1.0, std::abs(static_cast<double>(x[i])) / 2.5);
        const double scaled = L * std::pow(u, a), q = std::copysign(std::nearbyint(scaled), static_cast<double>(x[i]));
        // a = 1/2 rounds its root to float: within 2^-22 of a tie either code is right
        const bool near_tie = a == 0.5 && std::abs(scaled - std::floor(scaled) - 0.5) < L * 0x1p-22;
        wrong += q != code[i] && !near_tie ? 1U : 0U;
        const double level = std::copysign(2.5 * std::pow(std::abs(q) / L, 1.0 / a), q);
        wrong += q == code[i] && std::abs(level - static_cast<double>(y[i])) > 3e-7 * std::abs(level) ? 1U : 0U;
      }
      BOOST_TEST(wrong == 0U, "bits " << bits << ", exponent " << a);
      BOOST_TEST((code == again));
      std::vector<float> inside, back(x.size());
      for (const float v : x) inside.push_back(std::clamp(v, -2.5F, 2.5F));
      power.encode(inside, code);
      power.decode(code, back);
      BOOST_TEST(worst_difference(inside, back) <= power.error_bound());
    }
}

BOOST_AUTO_TEST_CASE(all_instruction_sets_give_the_same_codes_and_levels) {
  const auto x = edges(500, 0.1F);
  const std::vector<float> thresholds{-3.0F, -1.0F, -0.5F, 0.0F, 1e-3F, 0.25F, 7.0F, 100.0F};
  std::vector<std::int8_t> code(x.size()), odd(x.size()), root(x.size());
  std::vector<float> y(x.size());
  for (const InstructionSet set : sets_here()) {
    std::size_t wrong = 0;
    for (int count = 1; count <= 8; ++count) {
      (void)kernels(set).encode_levels(x.data(), x.size(), thresholds.data(), count, -128, code.data());
      (void)kernels(set).encode_odd(x.data(), x.size(), thresholds.data() + 3, std::min(count, 5), odd.data());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto reached = [&](const float* first, int n, float v) { return std::count_if(first, first + n, [&](float t) { return v >= t; }); };
        wrong += code[i] != reached(thresholds.data(), count, x[i]) - 128 ? 1U : 0U;
        const auto q = reached(thresholds.data() + 3, std::min(count, 5), std::abs(x[i]));
        wrong += odd[i] != (x[i] < 0.0F ? -q : q) ? 1U : 0U;
      }
    }
    (void)kernels(set).encode_root(x.data(), x.size(), 3.0F, 127.0F, root.data());
    kernels(set).decode_square(root.data(), x.size(), 0.37F, y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float u = std::min(std::abs(x[i]) / 3.0F, 1.0F), q = std::nearbyint(127.0F * std::sqrt(u));
      wrong += root[i] != (x[i] < 0.0F ? -q : q) ? 1U : 0U;
      wrong += y[i] != static_cast<float>(root[i] * std::abs(root[i])) * 0.37F ? 1U : 0U;
    }
    BOOST_TEST(wrong == 0U);
  }
}

BOOST_AUTO_TEST_CASE(thresholds_beyond_fifteen_are_found_by_their_index) {
  std::vector<std::vector<float>> all(4);
  for (int k = 0; k < 255; ++k) all[0].push_back(static_cast<float>(std::sinh(0.07 * (k - 127)) * 0.01)); // dense at zero, wide outside
  for (int k = 0; k < 255; ++k) all[1].push_back(static_cast<float>(std::max(k - 200, 0)));               // many equal ones: no index
  for (int k = 1; k < 128; ++k) all[2].push_back(std::pow(static_cast<float>(k) / 127.0F, 8.0F));         // over 56 octaves
  for (int k = 0; k < 40; ++k) all[3].push_back(static_cast<float>(k / 2));                               // pairs: two steps in an interval
  auto x = edges(3000, 0.01F);
  for (const auto& t : all)
    for (const float v : t) x.insert(x.end(), {v, -v, std::nextafter(v, -1e30F)});
  std::vector<std::int8_t> code(x.size());
  for (const auto& t : all)
    for (const bool odd : {false, true}) {
      if (odd && (t.size() > 127 || t.front() < 0.0F)) continue;
      (void)Thresholds(t, odd).encode(x, odd ? 0 : -128, code);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto q = static_cast<int>(std::upper_bound(t.begin(), t.end(), odd ? std::abs(x[i]) : x[i]) - t.begin());
        wrong += code[i] != (odd ? (x[i] < 0.0F ? -q : q) : q - 128) ? 1U : 0U;
      }
      BOOST_TEST(wrong == 0U, t.size() << (odd ? " odd" : ""));
    }
  BOOST_CHECK_THROW(Thresholds({2.0F, 1.0F}, false), UsageError);
}

BOOST_AUTO_TEST_CASE(lloyd_reaches_the_published_errors_of_gaussian_data) {
  // Max (1960): mean squared errors of the best 2, 4, 8, 16 levels for a unit normal distribution
  std::vector<float> x;
  constexpr int n = 40000;
  for (int i = 0; i < n; ++i) { // quantiles of the distribution, by bisection of the error function
    double low = -6.0, high = 6.0;
    for (int step = 0; step < 50; ++step) {
      const double middle = (low + high) / 2.0;
      (0.5 * std::erfc(-middle / std::sqrt(2.0)) < (i + 0.5) / n ? low : high) = middle;
    }
    x.push_back(static_cast<float>(low));
  }
  for (const auto& [bits, published] : {std::pair{1, 0.3634}, {2, 0.1175}, {3, 0.03454}, {4, 0.009497}}) {
    const Codebook book(lloyd_max(x, bits, 2000));
    std::vector<std::int8_t> code(x.size());
    std::vector<float> y(x.size());
    book.encode(x, code);
    book.decode(code, y);
    double mse = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) mse += std::pow(static_cast<double>(x[i]) - static_cast<double>(y[i]), 2) / n;
    BOOST_TEST(std::abs(mse - published) <= 0.01 * published, bits << " bits: " << mse);
  }
}

BOOST_AUTO_TEST_CASE(codes_of_a_codebook_are_the_nearest_levels) {
  const auto x = gaussian(5000, 8);
  for (const int bits : {1, 3, 4, 6, 8}) {
    const Codebook book(lloyd_max(x, bits));
    std::vector<std::int8_t> code(x.size());
    std::vector<float> y(x.size());
    book.encode(x, code);
    book.decode(code, y);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double nearest = 1e9;
      for (const float level : book.levels()) nearest = std::min(nearest, std::abs(static_cast<double>(level) - static_cast<double>(x[i])));
      wrong += std::abs(static_cast<double>(y[i]) - static_cast<double>(x[i])) > nearest + 1e-6 ? 1U : 0U;
    }
    BOOST_TEST(wrong == 0U, bits << " bits");
    BOOST_TEST(book.bits_per_value() == bits);
  }
  const std::vector<float> three{1.0F, 1.0F, 2.0F, -5.0F};
  BOOST_TEST((lloyd_max(three, 4) == std::vector<float>{-5.0F, 1.0F, 2.0F}));
}

BOOST_AUTO_TEST_CASE(ternary_and_binary_numbers_by_hand) {
  const std::vector<float> w{1.0F, -2.0F, 0.1F, -0.1F, 3.0F, 0.0F, -0.0F, -0.4F}; // mean |w| = 6.6 / 8, threshold 0.5775
  std::vector<std::int8_t> code(w.size());
  std::vector<float> y(w.size());

  const Ternary t = Ternary::fit(w);
  t.encode(w, code);
  t.decode(code, y);

  BOOST_TEST(std::abs(t.scale - 2.0F) <= 1e-6F); // (1 + 2 + 3) / 3
  BOOST_TEST((code == std::vector<std::int8_t>{1, -1, 0, 0, 1, 0, 0, 0}));
  BOOST_TEST(worst_difference(w, y) <= t.error_bound(3.0));
  const Codebook binary = Codebook::binary(mean_magnitude(w));
  binary.encode(w, code);
  binary.decode(code, y);
  BOOST_TEST(std::abs(y[0] - 0.825F) <= 1e-6F);
  for (std::size_t i = 0; i < w.size(); ++i) BOOST_TEST((y[i] < 0.0F) == (w[i] < 0.0F));
}

BOOST_AUTO_TEST_CASE(foolish_parameters_are_refused) {
  BOOST_CHECK_THROW(Power(1, 0.5, 1.0F), UsageError);
  BOOST_CHECK_THROW(Power(4, 0.0, 1.0F), UsageError);
  BOOST_CHECK_THROW(Power(4, 0.5, -1.0F), UsageError);
  BOOST_CHECK_THROW(Power(4, 0.5, std::numeric_limits<float>::infinity()), UsageError);
  BOOST_CHECK_THROW(Codebook({}), UsageError);
  BOOST_CHECK_THROW(Codebook({2.0F, 1.0F}), UsageError);
  BOOST_CHECK_THROW(static_cast<void>(lloyd_max({}, 9)), UsageError);
  std::vector<std::int8_t> code(1);
  BOOST_CHECK_THROW(Power(8, 0.73, 1.0F).encode(std::vector<float>{std::nanf("")}, code), UsageError);
  BOOST_CHECK_THROW(Codebook({1.0F, 2.0F}).encode(std::vector<float>{std::nanf("")}, code), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
