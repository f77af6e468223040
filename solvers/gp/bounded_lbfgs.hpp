// SPDX-License-Identifier: Apache-2.0
/// min F(z) in a box by PETSc TAO's limited-memory BFGS with projected gradients (type blmvm, More-Thuente line search).
/// The answer is the last accepted iterate, never the best or the last one tried.
/// Cite: Benson and More, A limited memory variable metric method in subspaces and bound constrained optimization problems, ANL/MCS-P909-0901, 2001.
/// Errors: InternalError with PETSc's text; exceptions of the objective pass through. Not converging is a reason.
/// Threads: one.  MPI: local; PETSc must be initialised.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ansatz::solvers::gp {

/// Returns F at z and fills its gradient.
using Objective = std::function<double(std::span<const double> z, std::span<double> gradient)>;

struct BoundedLbfgsOptions {
  int iterations = 50;
  double gradient_atol = 0.05; ///< 2-norm of the projected gradient
  double value_atol = 0.0;     ///< of what the last four iterations together have gained
  /// Called with every accepted iterate, the start included; false stops.
  std::function<bool(std::span<const double> z, double value)> monitor{};
};

struct BoundedLbfgsResult {
  bool converged = false;
  std::string reason{}; ///< PETSc's name
  int iterations = 0;
};

/// \param z  the start, inside the box; at the end the answer
BoundedLbfgsResult minimise_bounded(std::vector<double>& z, const std::vector<double>& low, const std::vector<double>& high,
                                    const Objective& objective, const BoundedLbfgsOptions& options);

} // namespace ansatz::solvers::gp
