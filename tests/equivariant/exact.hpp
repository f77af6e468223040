// SPDX-License-Identifier: Apache-2.0
/// Integrals of products of three real harmonics from their definition: Rodrigues' polynomials with integer coefficients, integrated term by term without
/// rounding; the integral over phi by a sum that is exact for trigonometric polynomials. Shares no formula with the library, which uses 3j symbols.
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/cpp_int.hpp>

#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numbers>
#include <vector>

namespace equivariant_test {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;
using Real50 = boost::multiprecision::cpp_bin_float_50;
using Polynomial = std::vector<Integer>; ///< coefficient of t^k at k

inline Polynomial times(const Polynomial& a, const Polynomial& b) {
  Polynomial c(a.size() + b.size() - 1);
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != 0)
      for (std::size_t j = 0; j < b.size(); ++j) c[i + j] += a[i] * b[j];
  return c;
}
inline Polynomial derivative(const Polynomial& a) {
  Polynomial d(std::max<std::size_t>(a.size(), 2) - 1);
  for (std::size_t k = 1; k < a.size(); ++k) d[k - 1] = a[k] * k;
  return d;
}
inline Polynomial power(const Polynomial& a, int n) {
  Polynomial p = {1};
  for (int i = 0; i < n; ++i) p = times(p, a);
  return p;
}
inline Rational integral(const Polynomial& a) {
  Rational sum = 0;
  for (std::size_t k = 0; k < a.size(); k += 2) sum += Rational(2 * a[k], k + 1);
  return sum;
}
inline Integer factorial(int n) {
  Integer f = 1;
  for (int i = 2; i <= n; ++i) f *= i;
  return f;
}

/// d^{l+m} (t^2-1)^l, so that Q_l^m = norm (1-t^2)^{m/2} times it.
inline const Polynomial& rodrigues(int l, int m) {
  static std::map<std::array<int, 2>, Polynomial> known;
  auto& p = known[{l, m}];
  if (p.empty()) {
    p = power({-1, 0, 1}, l);
    for (int i = 0; i < l + m; ++i) p = derivative(p);
  }
  return p;
}
/// Square of that norm.
inline Rational norm_squared(int l, int m) {
  const Integer scale = (Integer(1) << l) * factorial(l);
  return Rational((2 * l + 1) * factorial(l - m), 2 * factorial(l + m) * scale * scale);
}

/// Derivative of order `order` (0 or 1) of T_m at phi.
inline long double azimuth(int m, long double phi, int order) {
  constexpr long double pi = std::numbers::pi_v<long double>;
  if (m == 0) return order == 0 ? 1 / std::sqrt(2 * pi) : 0;
  const int k = std::abs(m);
  const long double shift = (m < 0 ? -pi / 2 : 0) + (order == 1 ? pi / 2 : 0);
  return (order == 1 ? k : 1) * std::cos(k * phi + shift) / std::sqrt(pi);
}
/// int T_a T_b T_c dphi with derivatives of the first two.
inline long double azimuth_integral(std::array<int, 3> m, int d1, int d2) {
  const int n = std::abs(m[0]) + std::abs(m[1]) + std::abs(m[2]) + 1;
  long double sum = 0;
  for (int k = 0; k < n; ++k) {
    const long double phi = 2 * std::numbers::pi_v<long double> * k / n;
    sum += azimuth(m[0], phi, d1) * azimuth(m[1], phi, d2) * azimuth(m[2], phi, 0);
  }
  const long double value = 2 * std::numbers::pi_v<long double> / n * sum;
  return std::abs(value) < 1e-15L ? 0 : value; // the smallest non-zero one is 1/(2 sqrt(pi))
}

/// sqrt of the product of the three squared norms, times an exact integral.
inline long double scaled(std::array<int, 3> l, std::array<int, 3> m, const Rational& exact) {
  const Rational n = norm_squared(l[0], std::abs(m[0])) * norm_squared(l[1], std::abs(m[1])) * norm_squared(l[2], std::abs(m[2]));
  const Rational square = n * exact * exact;
  const Real50 value = sqrt(Real50(numerator(square)) / Real50(denominator(square)));
  return (exact < 0 ? -1 : 1) * static_cast<long double>(value);
}

/// int Y Y Y dOmega.
inline long double exact_gaunt(std::array<int, 3> l, std::array<int, 3> m) {
  const long double phi = azimuth_integral(m, 0, 0);
  if (phi == 0) return 0;
  const int half = (std::abs(m[0]) + std::abs(m[1]) + std::abs(m[2])) / 2;
  static std::map<std::array<int, 6>, long double> known;
  const std::array<int, 6> key = {l[0], l[1], l[2], std::abs(m[0]), std::abs(m[1]), std::abs(m[2])};
  const auto found = known.find(key);
  if (found != known.end()) return found->second * phi;
  const Polynomial p = times(times(rodrigues(l[0], key[3]), rodrigues(l[1], key[4])), times(rodrigues(l[2], key[5]), power({1, 0, -1}, half)));
  return (known[key] = scaled(l, m, integral(p))) * phi;
}

/// int {Y,Y} Y dOmega with {f,g} = df/dphi dg/dt - df/dt dg/dphi, t = cos(theta).
inline long double exact_bracket(std::array<int, 3> l, std::array<int, 3> m) {
  const int half = (std::abs(m[0]) + std::abs(m[1]) + std::abs(m[2])) / 2;
  // (1-t^2) d/dt of (1-t^2)^{m/2} p is (1-t^2)^{m/2} times this.
  const auto slope = [](int degree, int order) {
    Polynomial d = times({1, 0, -1}, derivative(rodrigues(degree, order)));
    const Polynomial shifted = times({0, order}, rodrigues(degree, order));
    d.resize(std::max(d.size(), shifted.size()));
    for (std::size_t k = 0; k < shifted.size(); ++k) d[k] -= shifted[k];
    return d;
  };
  const auto part = [&](std::size_t flat, std::size_t steep, long double phi) -> long double {
    if (phi == 0) return 0;
    const Polynomial p = times(times(rodrigues(l[flat], std::abs(m[flat])), slope(l[steep], std::abs(m[steep]))),
                               times(rodrigues(l[2], std::abs(m[2])), power({1, 0, -1}, half - 1)));
    return phi * scaled(l, m, integral(p));
  };
  return part(0, 1, azimuth_integral(m, 1, 0)) - part(1, 0, azimuth_integral(m, 0, 1));
}

} // namespace equivariant_test
