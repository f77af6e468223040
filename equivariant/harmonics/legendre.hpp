// SPDX-License-Identifier: Apache-2.0
/// Associated Legendre functions normalised to int_{-1}^{1} (Q_l^m)^2 dt = 1, without the Condon-Shortley sign:
///   Q_l^m(t) = sqrt( (2l+1)/2 (l-m)!/(l+m)! ) (1-t^2)^{m/2} d^m P_l / dt^m,   t = cos(theta), s = sin(theta).
/// Recurrences: up the diagonal, Q_m^m = sqrt((2m+1)/(2m)) s Q_{m-1}^{m-1}, then in l,
///   Q_l^m = sqrt((4l^2-1)/(l^2-m^2)) ( t Q_{l-1}^m - sqrt(((l-1)^2-m^2)/(4(l-1)^2-1)) Q_{l-2}^m ).
/// Both grow with l, so rounding errors stay at a few units in the last place.
/// Shapes: triangular tables of triangle_size(L) numbers, (l,m) at triangle_index(l,m).
/// Cost: O(L^2).  Errors: UsageError for a bad degree.  Threads: functions without state.  Instances: double, long double.
#pragma once

#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <vector>

namespace ansatz::equivariant {

/// Q_l^m at one point; t = cos(theta), s = sin(theta) >= 0 (s negative: the continuation to theta in (pi, 2 pi), a factor (-1)^m).
template <class T>
[[nodiscard]] std::vector<T> legendre(int degree, T t, T s);

/// dQ_l^m/dtheta and m Q_l^m / sin(theta), both free of division by s, from `q = legendre(degree, t, s)`:
///   dQ_l^0 = -sqrt(l(l+1)) Q_l^1;   dQ_l^m = ( sqrt((l+m)(l-m+1)) Q_l^{m-1} - sqrt((l-m)(l+m+1)) Q_l^{m+1} ) / 2,
///   m Q_l^m / s = sqrt((2l+1)/(2l-1)) ( sqrt((l+m)(l+m-1)) Q_{l-1}^{m-1} + sqrt((l-m)(l-m-1)) Q_{l-1}^{m+1} ) / 2.
template <class T>
struct LegendreDerivatives {
  std::vector<T> theta; ///< dQ/dtheta
  std::vector<T> ratio; ///< m Q / s
};
template <class T>
[[nodiscard]] LegendreDerivatives<T> legendre_derivatives(int degree, const std::vector<T>& q);

} // namespace ansatz::equivariant
