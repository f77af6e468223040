// SPDX-License-Identifier: Apache-2.0
/// The equation solved exactly under a Gaussian-process prior given by spectral lines, in weight space.
///   u = Psi_1 C Psi_2^T, C ~ N(0, I);  faces hold exactly;  min over the free part Z of |A Z + N(u) - f|^2 + s^2 |Z|^2,  s = delta rms(f).
/// Faces (hard, in Kronecker form): with the rotation of axis_basis.hpp the blocks of C at an axis' fixed rows or columns follow from the face data,
/// corners exactly, along the face by least squares in the other axis' features; Z is the block free in both.
/// Linear, constant coefficients: each axis is projected on the span of its derivatives, so that the dense QR does not grow with the grid. Otherwise
/// Gauss-Newton, each step by LSQR preconditioned with the R of the linear part with its mean coefficients. The start is the solution without the
/// powers of u above one. At scattered points the QR has a row a point and the coefficients as they are.
/// delta = 1e-12 is rounding control, not a fitted noise: neither evidence nor residual may choose it.
/// Functions by a kernel (AxisModel::kernel): the cut becomes coarser until the unknowns are at most `most_unknowns` and the rows.
/// Accuracy: measured in docs/gp.md.  Cost: QR of q_1 q_2 x n_1 n_2, q_d about n_d + 4 per line (scattered: of points x n_1 n_2); a Newton step some
/// tens of products.
/// Errors: UsageError `bad_value` for grids of fewer than 4 points, unusable lines, or more unknowns than `most_unknowns`; not converging is a
/// reason.
/// Threads: those of the BLAS.  MPI: none, all local.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/feature_solution.hpp>
#include <ansatz/solvers/gp/point_set.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <functional>
#include <string>

namespace ansatz::solvers::gp {

struct DirectOptions {
  std::array<int, 2> points{200, 1};          ///< of the collocation grid, ends included; the second is 1 in one dimension
  PointSet scattered{};                       ///< points to ask for the equation instead of the grid, which then only says where faces are read
  std::array<AxisModel, 2> models{};          ///< lines of each axis; intervals are taken from the problem
  double delta = 1e-12;                       ///< > 0: noise of the equation, relative to the rms of f
  double rtol = 1e-4;                         ///< of the residual between the nodes, relative to f: what `converged` means
  int max_iterations = 50;                    ///< >= 0: Newton steps
  int most_unknowns = 6000;                   ///< features free after the faces; the dense factor takes 8 n^2 bytes
  std::function<bool(int, double)> monitor{}; ///< called with step and relative residual; false stops
};

struct DirectResult {
  FeatureSolution solution{};
  std::string reason{}; ///< converged_rtol, max_iterations, stagnated, nan, stopped
  bool converged = false;
  int iterations = 0;             ///< Newton steps; 0: a linear equation, solved at once
  int inner_iterations = 0;       ///< of LSQR, together
  std::array<int, 2> features{};  ///< of each axis
  int unknowns = 0;               ///< free coefficients
  int rows = 0;                   ///< collocation equations
  double cut = 0.0;               ///< of the feature expansion after it was fitted to the rows
  double noise = 0.0;             ///< s
  double node_residual = 0.0;     ///< |A u + N(u) - f| / |f| at the nodes
  double relative_residual = 0.0; ///< the same at points between the nodes, none of which the solver has used
  double log_evidence = 0.0; ///< log density of f at the nodes under prior and noise, given the faces (Laplace's approximation where N is not linear)
  std::vector<double> history{}; ///< node residual before each Newton step and at the end
};

/// Terms are left out, weakest first, until unknowns are at most 0.9 of the rows: more features than rows amplify rounding.
[[nodiscard]] DirectResult solve_direct(const Problem& problem, DirectOptions options);

} // namespace ansatz::solvers::gp
