// SPDX-License-Identifier: Apache-2.0
/// Rotations of signals. D^l(R) with Y_l(R n) = D^l(R) Y_l(n); the signal n -> f(R^-1 n) has the coefficients D c. D^1(R) = R in the order (x,y,z).
/// D^l is built from the matrix R and D^(l-1) (Ivanic and Ruedenberg, J. Phys. Chem. 100 (1996) 6342 and 102 (1998) 9099): there are no Euler angles and so no
/// gimbal lock; rotations about an axis and those that move a direction to a pole are like any other.
/// Accuracy: computed in long double after R is made orthonormal to that precision; |D^T D - 1| < 4e-15 up to degree 40.
/// Shapes: `wigner_d` gives one row-major (2l+1) x (2l+1) matrix a degree, rows and columns m = -l..l.
/// Cost: O(L^3).  Errors: UsageError (`bad_value`) if R is not a proper rotation to 1e-6 or a vector is 0.  Threads: no state.
#pragma once

#include <ansatz/equivariant/harmonics/spherical_harmonics.hpp>

#include <vector>

namespace ansatz::equivariant {

using Matrix3 = std::array<Vector3, 3>; ///< rows

/// Rotation by `angle` (radians, right-handed) about `axis` of any length.
[[nodiscard]] Matrix3 rotation_about(const Vector3& axis, double angle);

/// A rotation that takes r/|r| to the pole (0,1,0).
[[nodiscard]] Matrix3 rotation_to_pole(const Vector3& r);

/// D^0 .. D^degree of R.
[[nodiscard]] std::vector<std::vector<double>> wigner_d(int degree, const Matrix3& R);

/// out = D c for one signal of degree L; `inverse`: D^T c. `out` may be `signal`.
void rotate_signal(const std::vector<std::vector<double>>& d, std::span<const double> signal, std::span<double> out, bool inverse = false);

} // namespace ansatz::equivariant
