// SPDX-License-Identifier: Apache-2.0
/// Coefficients of the product and of the bracket against integrals of polynomials in exact arithmetic, and their sum rules.
#include "exact.hpp"

#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/wigner_3j.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

using namespace equivariant_test;
using ansatz::equivariant::bracket_coefficient;
using ansatz::equivariant::gaunt_coefficient;
using ansatz::equivariant::gaunt_table;
using ansatz::equivariant::wigner_3j;

long double gaunt(std::array<int, 3> l, std::array<int, 3> m) { return gaunt_coefficient({l[0], m[0]}, {l[1], m[1]}, {l[2], m[2]}); }
long double bracket(std::array<int, 3> l, std::array<int, 3> m) { return bracket_coefficient({l[0], m[0]}, {l[1], m[1]}, {l[2], m[2]}); }

/// Visits all orders of three degrees.
template <class F>
void for_orders(std::array<int, 3> l, F&& visit) {
  for (int a = -l[0]; a <= l[0]; ++a)
    for (int b = -l[1]; b <= l[1]; ++b)
      for (int c = -l[2]; c <= l[2]; ++c) visit(std::array{a, b, c});
}

/// A triple allowed by the triangle rule, with orders that add up.
struct Sample {
  std::array<int, 3> l{}, m{};
  Sample(std::mt19937& random, int largest) {
    const auto uniform = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    l[0] = uniform(0, largest);
    l[1] = uniform(0, largest);
    l[2] = uniform(std::abs(l[0] - l[1]), l[0] + l[1]);
    do {
      m[0] = uniform(-l[0], l[0]);
      m[1] = uniform(-l[1], l[1]);
      m[2] = (uniform(0, 1) ? 1 : -1) * (std::abs(m[0]) + (uniform(0, 1) ? 1 : -1) * std::abs(m[1]));
    } while (std::abs(m[2]) > l[2]);
  }
};

// Both sides are correct to a few units of the 80-bit format; 1e-17 leaves room for values up to about 30.
constexpr long double few_units = 1e-17L;

} // namespace

BOOST_AUTO_TEST_SUITE(coefficients)

BOOST_AUTO_TEST_CASE(every_product_coefficient_up_to_degree_6_is_exact) {
  long double worst = 0;
  int wrong_zeros = 0;
  for (int a = 0; a <= 6; ++a)
    for (int b = 0; b <= a; ++b)
      for (int c = 0; c <= 12; ++c)
        for_orders({a, b, c}, [&](std::array<int, 3> m) {
          const long double truth = exact_gaunt({a, b, c}, m);
          const long double value = gaunt({a, b, c}, m);
          worst = std::max(worst, std::abs(value - truth));
          wrong_zeros += (value == 0) != (truth == 0) ? 1 : 0;
        });
  BOOST_TEST(static_cast<double>(worst) <= static_cast<double>(few_units));
  BOOST_TEST(wrong_zeros == 0);
}

BOOST_AUTO_TEST_CASE(every_bracket_coefficient_up_to_degree_3_is_exact) {
  long double worst = 0;
  int wrong_zeros = 0;
  for (int a = 0; a <= 3; ++a)
    for (int b = 0; b <= 3; ++b)
      for (int c = 0; c <= 5; ++c)
        for_orders({a, b, c}, [&](std::array<int, 3> m) {
          const long double truth = exact_bracket({a, b, c}, m);
          const long double value = bracket({a, b, c}, m);
          worst = std::max(worst, std::abs(value - truth));
          wrong_zeros += (value == 0) != (std::abs(truth) < 1e-15L) ? 1 : 0;
        });
  BOOST_TEST(static_cast<double>(worst) <= static_cast<double>(few_units));
  BOOST_TEST(wrong_zeros == 0);
}

BOOST_AUTO_TEST_CASE(samples_up_to_degree_40_are_exact) {
  std::mt19937 random(11);
  for (int i = 0; i < 150; ++i) {
    const Sample s(random, 40);
    const long double product = exact_gaunt(s.l, s.m);
    BOOST_TEST(static_cast<double>(std::abs(gaunt(s.l, s.m) - product)) <= 1e-17);
    const long double odd = exact_bracket(s.l, s.m);
    BOOST_TEST(static_cast<double>(std::abs(bracket(s.l, s.m) - odd)) <= 1e-17 * std::max(1.0, static_cast<double>(std::abs(odd))));
  }
}

BOOST_AUTO_TEST_CASE(published_values) {
  const long double root_pi = std::sqrt(std::numbers::pi_v<long double>);
  const auto near = [](long double a, long double b) { return std::abs(a - b) <= few_units; };
  BOOST_TEST(near(root_pi * gaunt({0, 0, 0}, {0, 0, 0}), 0.5L));
  BOOST_TEST(near(root_pi * gaunt({1, 1, 2}, {-1, 1, -2}), std::sqrt(15.0L) / 10));
  BOOST_TEST(near(root_pi * gaunt({2, 3, 3}, {2, -1, -3}), -1.0L / 6));
  BOOST_TEST(gaunt({2, 3, 3}, {0, 2, 2}) == 0.0L); // zero by accident, not by a selection rule
  BOOST_TEST(near(root_pi * gaunt({4, 4, 4}, {0, 0, 0}), 243.0L / 1001));
  BOOST_TEST(near(root_pi * gaunt({6, 6, 12}, {-6, -6, 12}), -33 * std::sqrt(1352078.0L) / 74290));
  BOOST_TEST(near(root_pi * gaunt({10, 10, 12}, {3, -7, -4}), 245 * std::sqrt(34034.0L) / 351509));
  BOOST_TEST(near(root_pi * bracket({1, 1, 1}, {-1, 0, 1}), std::sqrt(3.0L) / 2));
  BOOST_TEST(near(root_pi * bracket({3, 4, 4}, {-1, 3, 4}), -9 * std::sqrt(21.0L) / 11));
  BOOST_TEST(near(root_pi * bracket({4, 5, 6}, {2, -3, 5}), -6 / std::sqrt(13.0L)));
}

BOOST_AUTO_TEST_CASE(symbols_are_orthogonal_beyond_64_bits) {
  // sum_{m1} (2l3+1) (l1 l2 l3; m1 m2 m3)^2 = 1, with l1 + l2 + l3 above 62, where the wide integers work.
  for (const std::array<int, 4> c : {std::array{30, 28, 25, 7}, {60, 50, 40, -11}, {127, 127, 254, 3}}) {
    long double sum = 0;
    for (int m1 = -c[0]; m1 <= c[0]; ++m1) {
      const long double s = wigner_3j(c[0], c[1], c[2], m1, -c[3] - m1, c[3]);
      sum += (2 * c[2] + 1) * s * s;
    }
    BOOST_TEST(static_cast<double>(std::abs(sum - 1)) <= 1e-17);
  }
}

BOOST_AUTO_TEST_CASE(table_holds_the_non_zeros_in_order) {
  const auto table = gaunt_table(2, 3, 4);
  std::size_t count = 0;
  for (int a = 0; a <= 2; ++a)
    for (int b = 0; b <= 3; ++b)
      for (int c = 0; c <= 4; ++c) for_orders({a, b, c}, [&](std::array<int, 3> m) { count += exact_gaunt({a, b, c}, m) != 0 ? 1U : 0U; });
  BOOST_TEST(table.size() == count);
  for (std::size_t n = 1; n < table.size(); ++n)
    BOOST_TEST((std::tie(table[n - 1].i, table[n - 1].j, table[n - 1].k) < std::tie(table[n].i, table[n].j, table[n].k)));
  BOOST_CHECK_THROW((void)gaunt_table(-1, 2, 2), ansatz::UsageError);
}

BOOST_AUTO_TEST_SUITE_END()
