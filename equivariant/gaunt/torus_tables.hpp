// SPDX-License-Identifier: Apache-2.0
/// Harmonics as Fourier series on the torus: theta is extended to [0, 2 pi) by F(2 pi - theta, phi) = F(theta, phi + pi), and
///   Q_l^m(theta) = sum_k p_k {cos k theta (m even) | sin k theta (m odd)},   k <= l, k = l mod 2.
/// Back from a series a_k the coefficient is int_0^pi Q_l^m sum_k a_k {cos | sin} sin(theta) dtheta = sum_k Z_k a_k,
///   Z_k = 1/2 sum_j p_j (K_{j-k} +- K_{j+k}), + for even m,   K_s = 2/(1-s^2) for even s, 0 for odd s;
/// a least-squares inversion of the first series would be unstable above degree 32 or so.
/// Precision: long double, rounded once.  Memory: O(L^3).  Threads: const after construction.
#pragma once

#include <vector>

namespace ansatz::equivariant {

template <class T>
class TorusTable {
public:
  /// Series of harmonics up to `degree`; `terms` is the largest k of series to come back from.
  TorusTable(int degree, int terms);
  /// p_k and Z_k of (l, m), k = 0..l and 0..terms.
  [[nodiscard]] const T* series(int l, int m) const { return &series_[at(l, m, degree_)]; }
  [[nodiscard]] const T* projection(int l, int m) const { return &projection_[at(l, m, terms_)]; }

private:
  [[nodiscard]] std::size_t at(int l, int m, int largest) const;

  int degree_, terms_;
  std::vector<T> series_, projection_;
};

} // namespace ansatz::equivariant
