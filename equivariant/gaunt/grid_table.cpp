// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/grid_table.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::equivariant {
namespace {

/// cos and sin of m phi_k.
struct Circle {
  int points;
  [[nodiscard]] long double angle(int m, int k) const { return 2 * std::numbers::pi_v<long double> * (m * k % points) / points; }
  [[nodiscard]] long double cosine(int m, int k) const { return std::cos(angle(m, k)); }
  [[nodiscard]] long double sine(int m, int k) const { return 2 * k == points ? 0 : std::sin(angle(m, k)); }
};

} // namespace

template <class T>
GridTable<T>::GridTable(int degree, const SphereGrid& grid, Field field) : rings_(degree, grid, field), field_(field), points_(grid.n_phi) {
  const Circle circle{points_};
  const int sided = (points_ - 1) / 2;
  const std::vector<int> ends = points_ % 2 == 0 ? std::vector{0, points_ / 2} : std::vector{0};
  const auto put_cosine = [&](int m, int k) { spread_.push_back(static_cast<T>((m == 0 ? 1 : 2) * circle.cosine(m, k))); };
  for (int first = 1; first <= sided; first += longitude_tile) {
    const int last = std::min(first + longitude_tile - 1, sided);
    for (int m = 0; m <= degree; ++m)
      for (int k = first; k <= last; ++k) put_cosine(m, k);
    for (int m = 1; m <= degree; ++m)
      for (int k = first; k <= last; ++k) spread_.push_back(static_cast<T>(2 * circle.sine(m, k)));
  }
  for (int m = 0; m <= degree; ++m)
    for (const int k : ends) put_cosine(m, k);
  if (field != Field::values) return;
  for (int first = 0; first <= degree; first += order_tile) {
    const int last = std::min(first + order_tile - 1, degree);
    const auto put = [&](int k, bool sine) {
      for (int m = first; m <= last; ++m) gather_.push_back(static_cast<T>((sine ? circle.sine(m, k) : circle.cosine(m, k)) / points_));
    };
    for (const int k : ends) put(k, false);
    for (int k = 1; k <= sided; ++k) put(k, false);
    for (int k = 1; k <= sided; ++k) put(k, true);
  }
}

template class GridTable<float>;
template class GridTable<double>;

} // namespace ansatz::equivariant
