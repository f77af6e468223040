// SPDX-License-Identifier: Apache-2.0
/// Coefficients that face data fix: C = [C_ff C_fn; C_nf 0] in the rotated bases of both axes (solvers/gp/direct.hpp).
/// Cost: one regularised QR of M_d x n_d an axis.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <array>

namespace ansatz::solvers::gp {

/// Coordinates of the ends of an axis whose faces have data, low first.
[[nodiscard]] std::vector<double> given_ends(const Problem& problem, int axis);

/// \param nodes  where the face data are read along each axis
[[nodiscard]] Matrix lift_faces(const Problem& problem, const std::array<AxisBasis, 2>& bases, const std::array<std::vector<double>, 2>& nodes);

} // namespace ansatz::solvers::gp
