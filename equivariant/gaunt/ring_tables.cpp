// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/ring_tables.hpp>
#include <ansatz/equivariant/harmonics/legendre.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::equivariant {
namespace {

using Real = long double;

std::vector<std::vector<Real>> legendre_on(const SphereGrid& grid, int degree, int pairs, Field field) {
  std::vector<std::vector<Real>> q;
  for (std::size_t i = 0; i < index(pairs); ++i) {
    q.push_back(legendre(degree, grid.cos_theta[i], grid.sin_theta[i]));
    if (field == Field::values) continue;
    auto derivatives = legendre_derivatives(degree, q.back());
    q.back() = std::move(field == Field::theta ? derivatives.theta : derivatives.ratio);
  }
  return q;
}

/// n_m of the synthesis; N_m of the analysis is its inverse.
Real factor(int m) {
  const Real root_pi = std::sqrt(std::numbers::pi_v<Real>);
  return m == 0 ? 1 / (std::sqrt(Real{2}) * root_pi) : 1 / (2 * root_pi);
}

} // namespace

template <class T>
RingTable<T>::RingTable(int L, const SphereGrid& grid, Field field)
    : degree_(L), pairs_(static_cast<int>(grid.weight.size() + 1) / 2), equator_(grid.weight.size() % 2 != 0) {
  const auto q = legendre_on(grid, L, pairs_, field);
  add_synthesis(q);
  if (field == Field::values) add_analysis(q, grid);
}

template <class T>
void RingTable<T>::add_synthesis(const std::vector<std::vector<Real>>& q) {
  for (int first = 0; first < pairs_; first += synthesis_tile)
    for (int m = 0; m <= degree_; ++m)
      for (int parity = 0; parity < 2; ++parity)
        for (int l = m + parity; l <= degree_; l += 2)
          for (int i = first; i < std::min(first + synthesis_tile, pairs_); ++i)
            synthesis_.push_back(static_cast<T>(factor(m) * q[index(i)][triangle_index(l, m)]));
}

template <class T>
void RingTable<T>::add_analysis(const std::vector<std::vector<Real>>& q, const SphereGrid& grid) {
  for (int m = 0; m <= degree_; ++m)
    for (int parity = 0; parity < 2; ++parity)
      for (int first = m + parity; first <= degree_; first += 2 * analysis_tile)
        for (int i = 0; i < pairs_; ++i)
          for (int l = first; l < std::min(first + 2 * analysis_tile, degree_ + 1); l += 2)
            analysis_.push_back(static_cast<T>(grid.weight[index(i)] / factor(m) * q[index(i)][triangle_index(l, m)]));
}

template class RingTable<float>;
template class RingTable<double>;

} // namespace ansatz::equivariant
