// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/fixed_point.hpp>
#include <ansatz/quant/formats/reference/fixed_point.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::quant {

namespace {

template <class F>
void for_modes(F&& f) {
  for (const bool is_signed : {true, false})
    for (int q = 0; q < 7; ++q)
      for (int o = 0; o < (is_signed ? 5 : 4); ++o)
        f(FixedPoint{.is_signed = is_signed, .quantization = static_cast<FixedQuantization>(q), .overflow = static_cast<FixedOverflow>(o)});
}

} // namespace

BOOST_AUTO_TEST_SUITE(fixed_point_)

BOOST_AUTO_TEST_CASE(kernels_give_the_codes_of_the_definition_in_every_mode) {
  const auto x = edges(400, 0x1p-4F);
  std::vector<std::int32_t> v(x.size()), code(x.size());
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<std::int32_t>(learning::mix(i)) >> (i % 32);
  for (const InstructionSet set : sets_here())
    for_modes([&](FixedPoint f) {
      const auto q = static_cast<std::size_t>(f.quantization), o = static_cast<std::size_t>(f.overflow);
      std::size_t wrong = 0;
      for (const int width : {1, 2, 9, 24, 31}) {
        f.width = width;
        for (const int F : {-20, 0, 3, 10, 40}) {
          f.integer = width - F;
          FixedCast c{.factor1 = std::ldexp(1.0F, F / 2), .factor2 = std::ldexp(1.0F, F - F / 2), .width = width, .is_signed = f.is_signed};
          (void)kernels(set).cast_floats[q][o](x.data(), x.size(), c, code.data());
          for (std::size_t i = 0; i < x.size(); ++i) wrong += code[i] != reference::encode_fixed(x[i], f) ? 1U : 0U;
        }
        for (const int shift : {-31, -5, 0, 1, 4, 30, 31}) {
          const FixedCast c{.shift = shift, .width = width, .is_signed = f.is_signed};
          kernels(set).cast_integers[q][o](v.data(), v.size(), c, code.data());
          for (std::size_t i = 0; i < v.size(); ++i) wrong += code[i] != reference::cast_fixed(v[i], shift, f) ? 1U : 0U;
        }
      }
      BOOST_TEST(wrong == 0U, name(set) << ' ' << name(f.quantization) << ' ' << name(f.overflow) << (f.is_signed ? "" : " unsigned"));
    });
}

BOOST_AUTO_TEST_CASE(rounding_of_halves_by_hand) {
  const std::vector<float> x{0.5F, -0.5F, 1.5F, -1.5F, 0.75F, -0.75F};
  const std::vector<std::vector<std::int32_t>> expected{{0, -1, 1, -2, 0, -1}, {0, 0, 1, -1, 0, 0},   {1, 0, 2, -1, 1, -1}, {0, 0, 1, -1, 1, -1},
                                                        {0, -1, 1, -2, 1, -1}, {1, -1, 2, -2, 1, -1}, {0, 0, 2, -2, 1, -1}};
  for (int q = 0; q < 7; ++q) {
    std::vector<std::int32_t> code(x.size());
    FixedPoint{.width = 8, .integer = 8, .quantization = static_cast<FixedQuantization>(q)}.encode(x, code);
    BOOST_TEST(code == expected[static_cast<std::size_t>(q)], boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(wrapping_is_a_ring_homomorphism) {
  const FixedPoint f{.width = 7, .integer = 7};
  std::vector<std::int32_t> a, b;
  for (std::size_t i = 0; i < 500; ++i) {
    a.push_back(static_cast<std::int32_t>(learning::mix(i) % 4001) - 2000);
    b.push_back(static_cast<std::int32_t>(learning::mix(i + 999) % 4001) - 2000);
  }
  const auto wrap = [&](std::vector<std::int32_t> v) {
    std::vector<std::int32_t> code(v.size());
    f.cast(v, 0, code);
    return code;
  };
  const auto combine = [&](const auto& u, const auto& v, auto&& op) {
    std::vector<std::int32_t> w;
    for (std::size_t i = 0; i < u.size(); ++i) w.push_back(op(u[i], v[i]));
    return w;
  };
  for (const auto& op : {+[](std::int32_t u, std::int32_t v) { return u + v; }, +[](std::int32_t u, std::int32_t v) { return u * v; }})
    BOOST_TEST((wrap(combine(a, b, op)) == wrap(combine(wrap(a), wrap(b), op))));
}

BOOST_AUTO_TEST_CASE(errors_keep_their_bound_and_exact_types_hold_extremes) {
  for (const auto q : {FixedQuantization::trn, FixedQuantization::rnd_conv})
    for (const int width : {4, 12, 32}) {
      const FixedPoint f{.width = width, .integer = 2, .quantization = q, .overflow = FixedOverflow::sat};
      std::vector<float> x(2001), y(2001);
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(f.least() + (f.most() - f.least()) * static_cast<double>(i) / 2000.0);
      std::vector<std::int32_t> code(x.size());
      f.encode(x, code);
      f.decode(code, y);
      for (std::size_t i = 0; i < x.size(); ++i)
        BOOST_REQUIRE(std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])) <= f.error_bound() + 0x1p-23);
    }
  const FixedPoint a{.width = 8, .integer = 3}, b{.width = 6, .integer = 6, .is_signed = false};
  BOOST_TEST(product_type(a, b).most() >= a.most() * b.most());
  BOOST_TEST(product_type(a, b).least() <= a.least() * b.most());
  BOOST_TEST(sum_type(a, b).most() >= a.most() + b.most());
  BOOST_TEST(dot_type(a, b, 100).least() <= 100.0 * a.least() * b.most());
}

BOOST_AUTO_TEST_CASE(foolish_types_are_refused) {
  std::vector<std::int32_t> code(1);
  const std::vector<float> x{1.0F};
  BOOST_CHECK_THROW((FixedPoint{.width = 33}.encode(x, code)), UsageError);
  BOOST_CHECK_THROW((FixedPoint{.width = 0}.encode(x, code)), UsageError);
  BOOST_CHECK_THROW((FixedPoint{.is_signed = false, .overflow = FixedOverflow::wrap_sm}.encode(x, code)), UsageError);
  BOOST_CHECK_THROW((FixedPoint{.saturated_bits = 17}.encode(x, code)), UsageError);
  const std::vector<float> nan{std::nanf("")};
  for (const int width : {8, 32})
    BOOST_CHECK_EXCEPTION((FixedPoint{.width = width}.encode(nan, code)), UsageError,
                          [](const UsageError& e) { return std::string(e.what()).find("value 0 is NaN") != std::string::npos; });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
