// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/harmonics/legendre.hpp>

#include <cmath>

namespace ansatz::equivariant {
namespace {

template <class T>
T root(int numerator, int denominator = 1) {
  return std::sqrt(static_cast<T>(numerator) / static_cast<T>(denominator));
}

} // namespace

template <class T>
std::vector<T> legendre(int degree, T t, T s) {
  check_degree(degree, "legendre", 8 * max_degree);
  std::vector<T> q(triangle_size(degree));
  T diagonal = root<T>(1, 2);
  for (int m = 0; m <= degree; ++m) {
    if (m > 0) diagonal *= root<T>(2 * m + 1, 2 * m) * s;
    T below = 0;
    T here = diagonal;
    q[triangle_index(m, m)] = here;
    for (int l = m + 1; l <= degree; ++l) {
      const int k = l - 1;
      const T above = root<T>(4 * l * l - 1, l * l - m * m) * (t * here - root<T>(k * k - m * m, 4 * k * k - 1) * below);
      q[triangle_index(l, m)] = above;
      below = here;
      here = above;
    }
  }
  return q;
}

template <class T>
LegendreDerivatives<T> legendre_derivatives(int degree, const std::vector<T>& q) {
  LegendreDerivatives<T> d{std::vector<T>(triangle_size(degree)), std::vector<T>(triangle_size(degree))};
  const auto at = [&](int l, int m) { return m <= l ? q[triangle_index(l, m)] : T{0}; };
  for (int l = 1; l <= degree; ++l) {
    d.theta[triangle_index(l, 0)] = -root<T>(l * (l + 1)) * at(l, 1);
    for (int m = 1; m <= l; ++m) {
      d.theta[triangle_index(l, m)] = (root<T>((l + m) * (l - m + 1)) * at(l, m - 1) - root<T>((l - m) * (l + m + 1)) * at(l, m + 1)) / 2;
      d.ratio[triangle_index(l, m)] =
          root<T>(2 * l + 1, 2 * l - 1) / 2 * (root<T>((l + m) * (l + m - 1)) * at(l - 1, m - 1) + root<T>((l - m) * (l - m - 1)) * at(l - 1, m + 1));
    }
  }
  return d;
}

template std::vector<double> legendre(int, double, double);
template std::vector<long double> legendre(int, long double, long double);
template LegendreDerivatives<double> legendre_derivatives(int, const std::vector<double>&);
template LegendreDerivatives<long double> legendre_derivatives(int, const std::vector<long double>&);

} // namespace ansatz::equivariant
