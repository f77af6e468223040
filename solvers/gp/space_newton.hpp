// SPDX-License-Identifier: Apache-2.0
/// Newton's method for the system of space_operator.hpp: PETSc SNES with a line search, each step by GMRES preconditioned with the diagonal of the
/// operator in its modes plus the mean slope of N. Every rank repeats the same iteration on its own copy; only the operator communicates.
/// Ends at rounding: when the residual, or the step, is 1e-14 of where it started, or no step makes the residual smaller.
/// Errors: InternalError for a PETSc call that fails; not converging is a reason.  Threads: one.  MPI: collective through the operator.
#pragma once

#include <ansatz/solvers/gp/space_operator.hpp>

#include <functional>
#include <string>

namespace ansatz::solvers::gp {

struct NewtonResult {
  std::string reason{}; ///< empty: settled; max_iterations, nan, stopped
  int iterations = 0;
  int inner_iterations = 0;
  std::vector<double> history{};
};

/// \param a  start, then answer  \param monitor  may be empty
[[nodiscard]] NewtonResult space_newton(SpaceOperator& system, Cube& a, int max_iterations, const std::function<bool(int, double)>& monitor);

} // namespace ansatz::solvers::gp
