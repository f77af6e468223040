// SPDX-License-Identifier: Apache-2.0
/// Normalisations of coefficient vectors. A signal is f = sum c_i s_l Y_i with orthonormal Y_i (spherical_harmonics.hpp):
///   integral  s_l = 1;   component  s_l = sqrt(4 pi);   norm  s_l = sqrt(4 pi / (2l+1)).
/// `integral` is what products work in: c_integral = s_l c. Gradients transform with the transpose: g_integral = g / s_l, result s_l x.
#pragma once

#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <cmath>
#include <numbers>

namespace ansatz::equivariant {

enum class Normalisation { integral, component, norm };

/// s_l.
[[nodiscard]] inline double normalisation_scale(Normalisation n, int l) {
  switch (n) {
    case Normalisation::component: return std::sqrt(4.0 * std::numbers::pi);
    case Normalisation::norm: return std::sqrt(4.0 * std::numbers::pi / (2 * l + 1));
    case Normalisation::integral: break;
  }
  return 1.0;
}

} // namespace ansatz::equivariant
