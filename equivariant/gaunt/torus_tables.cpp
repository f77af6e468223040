// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/torus_tables.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>
#include <ansatz/equivariant/harmonics/legendre.hpp>

#include <cmath>
#include <numbers>

namespace ansatz::equivariant {
namespace {

using Real = long double;

/// K_s.
Real overlap(int s) { return s % 2 == 0 ? 2 / (1 - static_cast<Real>(s) * static_cast<Real>(s)) : Real{0}; }

/// p^{lm}_k at triangle_index(l, m) * (degree + 1) + k, by sums over 2 degree + 2 points of the circle, which are exact.
std::vector<Real> fourier_series(int degree) {
  const int n = 2 * degree + 2;
  const std::size_t stride = index(degree) + 1;
  std::vector<Real> p(triangle_size(degree) * stride);
  for (int j = 0; j < n; ++j) {
    const Real theta = std::numbers::pi_v<Real> * (2 * j + 1) / n;
    const auto q = legendre(degree, std::cos(theta), std::sin(theta));
    for (int k = 0; k <= degree; ++k) {
      const Real scale = (k == 0 ? Real{1} : Real{2}) / n;
      const Real cosine = scale * std::cos(k * theta), sine = scale * std::sin(k * theta);
      for (int l = k; l <= degree; l += 2)
        for (int m = 0; m <= l; ++m) p[triangle_index(l, m) * stride + index(k)] += q[triangle_index(l, m)] * (m % 2 == 0 ? cosine : sine);
    }
  }
  return p;
}

} // namespace

template <class T>
std::size_t TorusTable<T>::at(int l, int m, int largest) const {
  return triangle_index(l, m) * (index(largest) + 1);
}

template <class T>
TorusTable<T>::TorusTable(int degree, int terms) : degree_(degree), terms_(terms) {
  const auto p = fourier_series(degree);
  series_.assign(p.begin(), p.end());
  projection_.resize(triangle_size(degree) * (index(terms) + 1));
  for (int l = 0; l <= degree; ++l)
    for (int m = 0; m <= l; ++m)
      for (int k = l % 2; k <= terms; k += 2) {
        Real sum = 0;
        for (int j = l % 2; j <= l; j += 2) {
          const Real pair = m % 2 == 0 ? overlap(j - k) + overlap(j + k) : overlap(j - k) - overlap(j + k);
          sum += p[triangle_index(l, m) * (index(degree) + 1) + index(j)] * pair;
        }
        projection_[at(l, m, terms) + index(k)] = static_cast<T>(sum / 2);
      }
}

template class TorusTable<float>;
template class TorusTable<double>;

} // namespace ansatz::equivariant
