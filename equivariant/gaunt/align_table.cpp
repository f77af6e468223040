// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/align_table.hpp>

#include <cmath>

namespace ansatz::equivariant {
namespace {

using Real = long double;
using Matrix = std::vector<Real>;

Matrix times(const Matrix& a, const Matrix& b, std::size_t n) {
  Matrix c(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}

/// J and the generators have entries of 1/2^l at least up to the largest degree in use; what lies below is rounding.
constexpr long double negligible = 1e-11L;

} // namespace

template <class T>
AlignTable<T>::AlignTable(int degree) : degree_(degree) {
  const Matrix3 exchange = {Vector3{0, 1, 0}, Vector3{1, 0, 0}, Vector3{0, 0, -1}}; // by pi about (e_x + e_y)/sqrt(2)
  const auto flips = wigner_d(degree, exchange);
  for (int l = 0; l <= degree; ++l) add_degree(l, flips[index(l)]);
}

template <class T>
void AlignTable<T>::add_degree(int l, const std::vector<double>& flip) {
  const std::size_t n = index(2 * l + 1);
  Matrix J(flip.begin(), flip.end()), about_y(n * n);
  for (auto& v : J)
    if (std::abs(v) < negligible) v = 0;
  for (std::size_t m = 0; m < n; ++m) {
    int entries = 0;
    for (std::size_t k = 0; k < n; ++k) {
      if (J[m * n + k] == 0) continue;
      column_.push_back(static_cast<int>(k));
      value_.push_back(static_cast<T>(J[m * n + k]));
      ++entries;
    }
    count_.push_back(entries);
  }
  for (int m = 1; m <= l; ++m) {
    about_y[index(l - m) * n + index(l + m)] = m;
    about_y[index(l + m) * n + index(l - m)] = -m;
  }
  // J exchanges the axes x and y; the commutator of two generators is the third.
  const Matrix about_x = times(times(J, about_y, n), J, n);
  const Matrix xy = times(about_x, about_y, n), yx = times(about_y, about_x, n);
  Matrix about_z(n * n);
  for (std::size_t i = 0; i < n * n; ++i) about_z[i] = xy[i] - yx[i];
  add_generator(about_x_, l, about_x);
  add_generator(about_z_, l, about_z);
}

template <class T>
void AlignTable<T>::add_generator(Generator& to, int l, const Matrix& matrix) {
  const std::size_t n = index(2 * l + 1);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) {
      if (std::abs(matrix[i * n + j]) < negligible) continue;
      to.row.push_back(static_cast<int>(signal_size(l - 1) + i));
      to.column.push_back(static_cast<int>(signal_size(l - 1) + j));
      to.value.push_back(static_cast<T>(matrix[i * n + j]));
    }
  to.entries.push_back(static_cast<int>(to.row.size()));
}

template <class T>
void AlignTable<T>::angles(const Vector3& r, T* out) const {
  const double length = std::hypot(r[0], r[1], r[2]);
  if (!(length > 0.0) || !std::isfinite(length))
    throw UsageError("bad_value", "a filter's vector (" + std::to_string(r[0]) + ", " + std::to_string(r[1]) + ", " + std::to_string(r[2]) +
                                      ") has no direction; leave such pairs out");
  const double rho = std::hypot(r[0], r[2]);
  const double step[4] = {rho > 0.0 ? r[2] / rho : 1.0, rho > 0.0 ? r[0] / rho : 0.0, r[1] / length, rho / length};
  double now[4] = {1.0, 0.0, 1.0, 0.0};
  for (int m = 0; m <= degree_; ++m, out += 4)
    for (int k = 0; k < 4; k += 2) {
      out[k] = static_cast<T>(now[k]);
      out[k + 1] = static_cast<T>(now[k + 1]);
      const double cosine = now[k] * step[k] - now[k + 1] * step[k + 1];
      now[k + 1] = now[k + 1] * step[k] + now[k] * step[k + 1];
      now[k] = cosine;
    }
}

template class AlignTable<float>;
template class AlignTable<double>;

} // namespace ansatz::equivariant
