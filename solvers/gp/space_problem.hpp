// SPDX-License-Identifier: Apache-2.0
/// A partial differential equation on a box of three dimensions with data on all six faces:
///   sum_k a_k(x, y, z) d^i/dx^i d^j/dy^j d^l/dz^l u + N(u) = f,   N(u) = sum_n c_n u^n,   u = g on the boundary.
/// As everywhere, the exact solution is in no problem.
/// Errors: UsageError `bad_value` naming the configuration key.  Threads: as Expression.  MPI: none.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/problem.hpp>

#include <array>

namespace ansatz::solvers::gp {

struct SpaceTerm {
  std::array<int, 3> order{};
  Expression coefficient{};
};

struct SpaceProblem {
  std::array<Interval, 3> box{};
  std::vector<SpaceTerm> terms{};
  std::vector<double> powers{}; ///< c_0, c_1, ... of N; c_1 is 0, since c_1 u is one of the terms
  Expression source{};
  Expression boundary{};

  [[nodiscard]] double reaction(double u) const;
  [[nodiscard]] double reaction_slope(double u) const;
  [[nodiscard]] bool nonlinear() const;
  [[nodiscard]] bool constant_coefficients() const;
  /// The problem of two dimensions seen on the plane where the axis that follows the two given ones is at `rest`: its data, and the terms that do not
  /// differentiate across it. For the search of spectral lines, not to be solved.
  [[nodiscard]] Problem on_plane(std::array<int, 2> axes, double rest) const;
};

[[nodiscard]] bool is_spatial(const ProblemText& text);
[[nodiscard]] SpaceProblem to_space_problem(const ProblemText& text);

/// Test problems of three dimensions: C1, C2 (docs/gp.md).
[[nodiscard]] const std::vector<ProblemText>& space_catalogue();

} // namespace ansatz::solvers::gp
