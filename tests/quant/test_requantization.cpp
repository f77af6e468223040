// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/requantization.hpp>

#include <boost/test/unit_test.hpp>

#if __has_include(<gemmlowp/fixedpoint/fixedpoint.h>)
#define ANSATZ_TEST_GEMMLOWP
#include <gemmlowp/fixedpoint/fixedpoint.h>
#endif

namespace ansatz::quant {

BOOST_AUTO_TEST_SUITE(requantization_)

BOOST_AUTO_TEST_CASE(both_rules_round_the_exact_ratio_to_its_neighbours) {
  for (const double ratio : {0x1p-32, 1e-5, 0.3, 0.5, 0.99999999999, 0x1.fffffffep-1})
    for (std::uint64_t i = 0; i < 4000; ++i) {
      const auto accumulator = static_cast<std::int32_t>(learning::mix(i) >> (32 + i % 31)) * (i % 2 ? 1 : -1);
      const auto up = Requantization::of(ratio, 3, -100000, 2000000000),
                 low = Requantization::of(ratio, 3, -100000, 2000000000, RequantizationMode::gemmlowp);
      const long double exact = static_cast<long double>(accumulator) * static_cast<long double>(up.multiplier) * std::ldexp(1.0L, -up.shift);

      const auto bounded = [](long double v) { return static_cast<double>(std::clamp<long double>(v + 3, -100000, 2000000000)); };
      BOOST_REQUIRE(up(accumulator) == bounded(std::floor(exact + 0.5L)));
      BOOST_REQUIRE(std::abs(low(accumulator) - bounded(exact)) <= 1.0); // rounded twice
      BOOST_REQUIRE(std::abs(static_cast<double>(up.multiplier) * std::ldexp(1.0, -up.shift) / ratio - 1.0) <= 0x1p-31);
    }
}

#ifdef ANSATZ_TEST_GEMMLOWP
BOOST_AUTO_TEST_CASE(gemmlowps_rule_is_that_of_its_own_header) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min(), most = std::numeric_limits<std::int32_t>::max();
  std::size_t wrong = 0;
  for (int shift = 31; shift <= 62; ++shift)
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const Requantization r{.multiplier = static_cast<std::int32_t>((1U << 30) + learning::mix(i + 7) % (1U << 30)),
                             .shift = shift,
                             .low = least,
                             .high = most,
                             .mode = RequantizationMode::gemmlowp};
      const auto accumulator =
          i < 3 ? static_cast<std::int32_t>(std::array{least, most, -1}[i]) : static_cast<std::int32_t>(learning::mix(i)) >> (i % 31);
      const std::int32_t truth = gemmlowp::RoundingDivideByPOT(gemmlowp::SaturatingRoundingDoublingHighMul(accumulator, r.multiplier), shift - 31);
      wrong += r(accumulator) != truth ? 1U : 0U;
    }
  BOOST_TEST(wrong == 0U);
}
#endif

BOOST_AUTO_TEST_CASE(extremes_and_foolish_ratios) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min(), most = std::numeric_limits<std::int32_t>::max();
  const auto half = Requantization::of(0.5, 0, least, most);
  BOOST_TEST(half(least) == -(1 << 30));
  BOOST_TEST(half(most) == 1 << 30); // half up
  BOOST_TEST(half(-1) == 0);
  BOOST_TEST(Requantization::of(0.25, 0, least, most, RequantizationMode::gemmlowp)(-2) == -1); // half away
  BOOST_TEST(Requantization::of(0.25, 0, least, most)(-2) == 0);
  std::vector<std::uint8_t> code(2);
  Requantization::of(1.5, 10, 0, 255).apply(std::vector<std::int32_t>{-100, 100}, code);
  BOOST_TEST(code[0] == 0);
  BOOST_TEST(code[1] == 160);
  for (const double ratio : {0.0, -1.0, std::nan(""), 1e10}) BOOST_CHECK_THROW(static_cast<void>(Requantization::of(ratio, 0, 0, 255)), UsageError);
  BOOST_CHECK_THROW(static_cast<void>(Requantization::of(1.0, 0, 0, 255, RequantizationMode::gemmlowp)), UsageError);
  BOOST_CHECK_THROW(half.apply(std::vector<std::int32_t>{1}, std::span(code).first(1)), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
