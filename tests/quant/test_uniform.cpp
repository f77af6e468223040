// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/reference/uniform.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::quant {

namespace {

constexpr std::array<Rounding, 7> all_roundings{Rounding::nearest_even, Rounding::half_up, Rounding::half_away, Rounding::floor,
                                                Rounding::ceil,         Rounding::trunc,   Rounding::stochastic};

/// Number of elements whose kernel code differs from the reference, over every instruction set and lengths around the vector width.
template <class Code>
std::size_t differences(const Uniform& u, const std::vector<float>& x) {
  std::size_t wrong = 0;
  const AffineEncoding e{.divisor = u.scale,
                         .low = static_cast<float>(u.low - u.zero_point),
                         .high = static_cast<float>(u.high - u.zero_point),
                         .zero = u.zero_point,
                         .stream = u.stream};
  for (const InstructionSet set : sets_here())
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{33}, x.size() - 1}) {
      std::vector<Code> code(n);
      (void)affine_kernels<Code>(kernels(set)).encode[static_cast<std::size_t>(u.rounding)](x.data() + 1, n, e, code.data());
      for (std::size_t i = 0; i < n; ++i) wrong += static_cast<std::int32_t>(code[i]) != reference::encode(x[i + 1], u, i) ? 1U : 0U;
    }
  return wrong;
}

} // namespace

BOOST_AUTO_TEST_SUITE(uniform_)

BOOST_AUTO_TEST_CASE(kernels_give_the_reference_codes_in_every_rounding) {
  const auto x = edges(3000, 0.037F);

  for (const Rounding rounding : all_roundings) {
    Uniform s8 = Uniform::symmetric(8, 3.7F), u8 = Uniform::asymmetric(8, -1.5F, 3.0F), s16 = Uniform::symmetric(16, 3.7F, true),
            u16 = Uniform::asymmetric(12, -2.0F, 5.0F);
    s8.scale = 0.037F; // ties of the samples are ties of this scale
    for (Uniform* u : {&s8, &u8, &s16, &u16}) {
      u->rounding = rounding;
      u->stream = RandomStream(1, 2, 3, 0xfffffff0U); // crosses into the next high word
    }
    BOOST_TEST(differences<std::int8_t>(s8, x) == 0U, name(rounding));
    BOOST_TEST(differences<std::uint8_t>(u8, x) == 0U, name(rounding));
    BOOST_TEST(differences<std::int16_t>(s16, x) == 0U, name(rounding));
    BOOST_TEST(differences<std::uint16_t>(u16, x) == 0U, name(rounding));
  }
}

BOOST_AUTO_TEST_CASE(codes_survive_decoding_and_errors_keep_their_bound) {
  for (int bits = 2; bits <= 8; ++bits)
    for (const bool full : {false, true}) {
      const Uniform u = Uniform::symmetric(bits, 2.9F, full);
      std::vector<std::int8_t> code, again;
      for (int q = u.low; q <= u.high; ++q) code.push_back(static_cast<std::int8_t>(q));
      std::vector<float> x(code.size());
      again.resize(code.size());
      u.decode<std::int8_t>(code, x);
      u.encode<std::int8_t>(x, again);
      BOOST_TEST(code == again);
    }
  for (const auto& [low, high] : {std::pair{-3.0F, 5.0F}, {0.0F, 1e-3F}, {-1e20F, 0.0F}, {-1e-42F, 1e-41F}}) {
    const Uniform u = Uniform::asymmetric(8, low, high);
    std::vector<float> x(20001), y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(u.least() + (u.most() - u.least()) * static_cast<double>(i) / 20000.0);
    std::vector<std::uint8_t> code(x.size());
    u.encode<std::uint8_t>(x, code);
    u.decode<std::uint8_t>(code, y);
    double worst = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])));
    BOOST_TEST(worst <= u.error_bound());
    BOOST_TEST(worst >= 0.45 * static_cast<double>(u.scale) * (u.scale > 1e-38F ? 1.0 : 0.0)); // the bound is not idle
    std::vector<float> zero{0.0F, -0.0F};
    std::vector<std::uint8_t> z(2);
    u.encode<std::uint8_t>(zero, z);
    u.decode<std::uint8_t>(z, zero);
    BOOST_TEST(zero[0] == 0.0F); // exactly
  }
}

BOOST_AUTO_TEST_CASE(stochastic_rounding_is_unbiased_and_independent_of_parts) {
  constexpr std::size_t n = 400000;
  for (const float value : {0.3F, -7.9F, 0.001F}) {
    Uniform u{.scale = 1.0F, .rounding = Rounding::stochastic, .stream = RandomStream(11, 5, 2)};
    const std::vector<float> x(n, value);
    std::vector<std::int8_t> code(n), parts(n);
    u.encode<std::int8_t>(x, code);
    Uniform tail = u;
    tail.stream = u.stream.at(1001);
    u.encode<std::int8_t>(std::span(x).first(1001), std::span(parts).first(1001));
    tail.encode<std::int8_t>(std::span(x).subspan(1001), std::span(parts).subspan(1001));
    double sum = 0.0;
    for (const std::int8_t q : code) sum += q;
    const double f = std::abs(static_cast<double>(value)) - std::floor(std::abs(static_cast<double>(value)));

    BOOST_TEST(std::abs(sum / n - static_cast<double>(value)) <= 5.0 * std::sqrt(f * (1.0 - f) / n));
    BOOST_TEST((code == parts));
  }
}

BOOST_AUTO_TEST_CASE(foolish_input_is_refused_with_its_index) {
  const Uniform u;
  std::vector<float> x(100, 0.5F);
  std::vector<std::int8_t> code(100);
  const auto says = [](const char* what) { return [what](const UsageError& e) { return std::string(e.what()).find(what) != std::string::npos; }; };

  x[77] = std::numeric_limits<float>::quiet_NaN();
  BOOST_CHECK_EXCEPTION(u.encode<std::int8_t>(x, code), UsageError, says("value 77 is NaN"));
  x[77] = -std::numeric_limits<float>::infinity();
  BOOST_CHECK_EXCEPTION(u.encode<std::int8_t>(x, code), UsageError, says("value 77 is infinite"));
  x[77] = 1e6F;
  Uniform strict = u;
  strict.overflow = Overflow::error;
  BOOST_CHECK_EXCEPTION(strict.encode<std::int8_t>(x, code), UsageError, says("value 77"));
  BOOST_CHECK_EXCEPTION(u.encode<std::int8_t>(x, std::span(code).first(3)), UsageError, says("room for 3"));
  for (const float scale : {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    Uniform bad = u;
    bad.scale = scale;
    BOOST_CHECK_EXCEPTION(bad.encode<std::int8_t>(x, code), UsageError, says("scale"));
  }
  Uniform wide = u;
  wide.high = 128;
  BOOST_CHECK_EXCEPTION(wide.encode<std::int8_t>(x, code), UsageError, says("must fit the type"));
  for (const int bits : {-1, 0, 17, 33}) BOOST_CHECK_THROW(static_cast<void>(Uniform::asymmetric(bits, 0.0F, 1.0F)), UsageError);
  BOOST_CHECK_EXCEPTION(static_cast<void>(rounding_of("nearest")), UsageError, says("nearest_even"));
}

BOOST_AUTO_TEST_CASE(constant_and_empty_data_have_a_scale) {
  for (const float value : {0.0F, 5.0F, -5.0F}) {
    const Uniform u = Uniform::asymmetric(8, value, value);
    std::vector<float> x(3, value), y(3);
    std::vector<std::uint8_t> code(3);
    u.encode<std::uint8_t>(x, code);
    u.decode<std::uint8_t>(code, y);
    BOOST_TEST(std::abs(y[1] - value) <= static_cast<float>(u.error_bound()));
  }
  Uniform::symmetric(8, 0.0F).encode<std::int8_t>({}, {});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
