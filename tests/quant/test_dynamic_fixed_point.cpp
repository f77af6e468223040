// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/reference/uniform.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::quant {

namespace {

template <class Code>
void check_against_reference(const std::vector<float>& x, int headroom, Rounding rounding) {
  auto format = DynamicFixedPoint<Code>::fit(x, headroom);
  format.rounding = rounding;
  format.stream = RandomStream(3, 1, 4);
  std::vector<Code> code(x.size());
  std::vector<float> y(x.size());
  format.encode(x, code);
  format.decode(code, y);
  std::size_t wrong = 0;
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    wrong += static_cast<std::int32_t>(code[i]) != reference::encode(x[i], format, i) ? 1U : 0U;
    wrong += static_cast<double>(y[i]) != std::ldexp(static_cast<double>(code[i]), format.exponent) ? 1U : 0U;
    worst = std::max(worst, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])));
  }

  BOOST_TEST(wrong == 0U);
  BOOST_TEST(worst <= format.error_bound());
}

} // namespace

BOOST_AUTO_TEST_SUITE(dynamic_fixed_point_)

BOOST_AUTO_TEST_CASE(codes_and_numbers_are_those_of_the_reference_at_every_magnitude) {
  for (const double sigma : {1e-44, 1e-39, 1e-30, 1.0, 1e30, 6e37})
    for (const Rounding rounding : {Rounding::nearest_even, Rounding::trunc, Rounding::stochastic})
      for (const int headroom : {0, 2, 4}) {
        const auto x = gaussian(1013, 5, sigma);
        check_against_reference<std::int16_t>(x, headroom, rounding);
        check_against_reference<std::int8_t>(x, headroom, rounding);
      }
}

BOOST_AUTO_TEST_CASE(blocks_in_one_call_are_those_of_single_calls) {
  auto x = gaussian(1013, 5, 1e-3);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::ldexp(x[i], static_cast<int>(i / 32 % 7) * 40 - 130);
  for (const std::size_t length : {std::size_t{1}, std::size_t{7}, std::size_t{32}, std::size_t{2000}}) {
    std::vector<std::int16_t> exponents, code(x.size()), expected(x.size());
    std::vector<float> y(x.size()), z(x.size());
    for (std::size_t first = 0; first < x.size(); first += length) {
      const std::size_t count = std::min(length, x.size() - first);
      const auto format = DynamicFixedPoint<std::int16_t>::fit(std::span(x).subspan(first, count), 1);
      exponents.push_back(format.exponent);
      format.encode(std::span(x).subspan(first, count), std::span(expected).subspan(first, count));
      format.decode(std::span<const std::int16_t>(expected).subspan(first, count), std::span(z).subspan(first, count));
    }
    encode_blocks<std::int16_t>(x, length, exponents, 1, code);
    decode_blocks<std::int16_t>(code, length, exponents, y);
    BOOST_TEST((code == expected));
    BOOST_TEST((y == z));
    exponents.pop_back();
    BOOST_CHECK_THROW(encode_blocks<std::int16_t>(x, length, exponents, 1, code), UsageError);
  }
}

BOOST_AUTO_TEST_CASE(a_value_just_below_a_power_of_two_is_clamped_and_not_wrapped) {
  const std::vector<float> x{std::nextafter(2.0F, 0.0F), -std::nextafter(2.0F, 0.0F), 0.0F};
  const auto format = DynamicFixedPoint<std::int16_t>::fit(x);
  std::vector<std::int16_t> code(3);

  format.encode(x, code);

  BOOST_TEST(code[0] == 32767);
  BOOST_TEST(code[1] == -32767);
}

BOOST_AUTO_TEST_CASE(codes_do_not_change_with_the_scale_of_the_data) {
  const auto x = gaussian(501, 9);
  std::vector<std::int16_t> code(x.size()), scaled(x.size());
  DynamicFixedPoint<std::int16_t>::fit(x).encode(x, code);
  for (const int k : {-40, -1, 1, 90}) {
    std::vector<float> y;
    for (const float v : x) y.push_back(std::ldexp(v, k));
    DynamicFixedPoint<std::int16_t>::fit(y).encode(y, scaled);
    BOOST_TEST((code == scaled));
  }
  BOOST_TEST((DynamicFixedPoint<std::int16_t>::of(0.0F).exponent == -126));
}

BOOST_AUTO_TEST_CASE(chains_are_as_long_as_int32_holds_and_no_longer) {
  for (const auto& [s, chain] : {std::pair{0, 2}, {1, 8}, {2, 32}, {3, 128}, {4, 512}}) {
    DynamicFixedPoint<std::int16_t> format;
    format.headroom = s;
    const std::int64_t most = format.largest_code();
    BOOST_TEST(static_chain(most, most) == chain);
    BOOST_TEST((chain + 1) * most * most > std::numeric_limits<std::int32_t>::max());
    const std::vector<std::int16_t> worst(600, static_cast<std::int16_t>(-most));
    BOOST_TEST(proven_chain(worst, most) == static_cast<std::size_t>(chain));
  }
  std::vector<std::int16_t> sparse(600, 1);
  BOOST_TEST(proven_chain(sparse, 32767) == 600U);
  sparse[300] = sparse[310] = 32767;
  BOOST_TEST(proven_chain(sparse, 32767) == 10U); // floor((2^31 - 1) / 32767) = 65538 < 32767 + 9 + 32767
  BOOST_TEST(proven_chain({sparse.data() + 300, 1}, 65536) == 1U);
  BOOST_TEST(proven_chain({sparse.data() + 300, 1}, 65540) == 0U);
}

BOOST_AUTO_TEST_CASE(sums_are_brought_down_to_codes) {
  for (const std::int32_t largest : {0, 1, 32767, 32768, 100000, std::numeric_limits<std::int32_t>::max()})
    for (const int headroom : {0, 2}) {
      const std::vector<std::int32_t> sums{largest, -largest, largest / 3, 0};
      std::vector<std::int16_t> code(4);

      const auto format = down_convert<std::int16_t>(sums, -7, headroom, code);

      for (std::size_t i = 0; i < sums.size(); ++i) {
        const double x = std::ldexp(sums[i], -7), y = std::ldexp(code[i], format.exponent);
        BOOST_TEST(std::abs(x - y) <= format.error_bound());
        BOOST_TEST(std::abs(code[i]) <= format.largest_code());
      }
    }
}

BOOST_AUTO_TEST_CASE(foolish_input_is_refused) {
  BOOST_CHECK_THROW(static_cast<void>(DynamicFixedPoint<std::int16_t>::of(1.0F, 15)), UsageError);
  BOOST_CHECK_THROW(static_cast<void>(DynamicFixedPoint<std::int8_t>::of(1.0F, -1)), UsageError);
  const std::vector<float> x{1.0F, std::numeric_limits<float>::quiet_NaN()};
  BOOST_CHECK_EXCEPTION(static_cast<void>(DynamicFixedPoint<std::int8_t>::fit(x)), UsageError,
                        [](const UsageError& e) { return std::string(e.what()).find("value 1 is NaN") != std::string::npos; });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
