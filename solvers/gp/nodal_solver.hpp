// SPDX-License-Identifier: Apache-2.0
/// Square collocation: values of u at the nodes of a tensor grid such that the equation holds at every node without data, given the matrices that
/// differentiate along each axis.
/// Terms that separate into L_1(x) + L_2(y) give A X + X B^T = F, solved by real Schur forms and dtrsyl, in one dimension by LU. Powers of u above
/// one: Newton, in two dimensions each step by LSQR preconditioned with that solve; the start is the solution without them.
/// Errors: UsageError `bad_value` where the equation with its faces is singular.  Cost: about 25 N^3 an axis.  Threads: those of the BLAS.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/problem.hpp>

#include <array>
#include <functional>

namespace ansatz::solvers::gp {

struct NodalAxis {
  std::vector<double> nodes{};             ///< ascending, both ends among them; one node: an axis that is not there
  std::function<Matrix(int)> derivative{}; ///< of order 1, 2, ...: values at the nodes to values at the nodes
};

struct NodalResult {
  Matrix values{};
  bool converged = false; ///< Newton has settled; a linear problem is solved at once
  int iterations = 0;     ///< Newton steps
};

/// The problem must separate.
[[nodiscard]] NodalResult solve_on_nodes(const Problem& problem, const std::array<NodalAxis, 2>& axes);

/// True where every coefficient belongs to one axis, which is what collocation in two dimensions can do.
[[nodiscard]] bool separates(const Problem& problem);

} // namespace ansatz::solvers::gp
