// SPDX-License-Identifier: Apache-2.0
/// rms(A u + N(u) - f) at the midpoints of a uniform grid, where a solver that uses the grid has not looked.
/// Units: those of f.  Threads: as Expression.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/feature_solution.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <array>

namespace ansatz::solvers::gp {

/// \param points  of the grid, ends included; 1 along an axis that is not there
[[nodiscard]] double residual_between(const Problem& problem, const FeatureSolution& solution, std::array<int, 2> points);

} // namespace ansatz::solvers::gp
