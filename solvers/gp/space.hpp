// SPDX-License-Identifier: Apache-2.0
/// Equations on boxes of three dimensions solved by tensor products of one basis an axis (tensor_axis.hpp): features of spectral lines or Chebyshev
/// polynomials, both by this one program.
/// Linear with constant coefficients and nodal modes: one division. Otherwise Newton (PETSc SNES), each step by GMRES preconditioned with the part of
/// the operator that is diagonal in the modes; the start is that part's solution. With features this also repairs the rounding of the modes.
/// Variance, with features: the coefficient of a mode with eigenvalue l and prior variance p has 1/(l^2/q + 1/p), q the power of white noise of the
/// equation with standard deviation s = delta rms(f) at a node.
/// Cite: Lynch, Rice, Thomas, Numer. Math. 6 (1964) 185.
/// Errors: those of the axes and the operator; not converging is a reason.
/// Cost: an evaluation of f at every node, then space_operator.hpp.  Threads: those of the BLAS.  MPI: collective on `comm`, the answer is whole on
/// every rank; all ranks must be of one kind of processor, since they repeat the same iteration.
/// Ownership: values.
#pragma once

#include <ansatz/solvers/gp/space_problem.hpp>
#include <ansatz/solvers/gp/space_solution.hpp>

#include <mpi.h>

#include <functional>
#include <string>

namespace ansatz::solvers::gp {

struct SpaceOptions {
  double delta = 1e-12;                       ///< > 0: noise of the equation, relative to the rms of f; only the variance depends on it
  double rtol = 1e-4;                         ///< of the residual between the nodes, relative to f: what `converged` means
  int max_iterations = 50;                    ///< >= 1: Newton steps
  std::function<bool(int, double)> monitor{}; ///< called on every rank with step and relative residual; false stops
};

struct SpaceResult {
  SpaceSolution solution{};
  std::string reason{}; ///< converged_rtol, max_iterations, stagnated, nan, stopped
  bool converged = false;
  int iterations = 0;             ///< Newton steps; 0: one division
  int inner_iterations = 0;       ///< of GMRES, together
  std::int64_t unknowns = 0;      ///< modes
  double relative_residual = 0.0; ///< |A u + N(u) - f| / |f| at up to 40 midpoints an axis, none of which the solver has used
  std::vector<double> history{};  ///< of the projected equation, relative, before each Newton step and at the end
};

[[nodiscard]] SpaceResult solve_space(MPI_Comm comm, const SpaceProblem& problem, const std::array<TensorAxis, 3>& axes, const SpaceOptions& options);

/// Lines of each axis, searched on planes of the box (proposal.hpp), and samples taken along each axis.
struct SpaceLines {
  std::array<AxisModel, 3> models{};
  std::array<int, 3> samples{};
};
[[nodiscard]] SpaceLines propose_space_lines(const SpaceProblem& problem, std::array<int, 3> points, int oversampling = 4, int most_lines = 0,
                                             double threshold = 0.0);

} // namespace ansatz::solvers::gp
