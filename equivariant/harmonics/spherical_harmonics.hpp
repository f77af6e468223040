// SPDX-License-Identifier: Apache-2.0
/// Real spherical harmonics of a direction, polar axis y, no Condon-Shortley sign, e3nn's order i = l^2 + l + m (m < 0 sine, m > 0 cosine):
///   Y_lm(n) = Q_l^|m|(cos theta) T_m(phi),  n = (x,y,z) = (sin theta sin phi, cos theta, sin theta cos phi),
///   T_0 = 1/sqrt(2 pi), T_m = cos(m phi)/sqrt(pi), T_{-m} = sin(m phi)/sqrt(pi).   Orthonormal: int Y_i Y_j dOmega = delta_ij.
///   Y_1 = sqrt(3/(4 pi)) (x,y,z).
/// Vectors r of any length are allowed; the value is that of r/|r|, the gradient that of r -> Y(r/|r|) and so perpendicular to r, of units 1/|r|.
/// Values and gradients are smooth at the poles too: nothing is divided by sin(theta).
/// Accuracy: values 4e-15 absolute up to degree 40 (tests/equivariant/test_harmonics.cpp).  Cost: O(L^2) a point.
/// Errors: UsageError (`bad_value`) for a bad degree, r = 0 or a component that is not finite; spans of the wrong size.  Threads: const, no shared state.
#pragma once

#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <array>
#include <span>

namespace ansatz::equivariant {

using Vector3 = std::array<double, 3>;

/// out[i] = Y_i(r/|r|), signal_size(degree) numbers.
void spherical_harmonics(int degree, const Vector3& r, std::span<double> out);

/// The same, and gradient[i] = dY_i(r/|r|)/dr.
void spherical_harmonics(int degree, const Vector3& r, std::span<double> out, std::span<Vector3> gradient);

} // namespace ansatz::equivariant
