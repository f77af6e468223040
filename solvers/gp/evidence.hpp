// SPDX-License-Identifier: Apache-2.0
/// The log evidence of all observations under a prior of spectral lines, in weight space, with its gradient. With whitened rows G = S^-1/2 [rows],
/// y = S^-1/2 targets, c ~ N(0, I):
///   J = -log p(y) = 1/2 (|y - G c|^2 + |c|^2 + log det(G^T G + I) + log det S + m log 2 pi),   c = argmin,   [G; I] = Q R,
///   dJ/dtheta = -(Q_o^T [y; 0]).(Q_o^T [dG c; 0]) + sum (Q_1 R^-T)_ij dG_ij,
/// Q_o what completes Q, Q_1 the upper rows of Q. Both factors of the first product are small where rows are weighted 1e12; y - G c formed directly
/// would leave nothing but rounding. H = (Q_o^T dG c)^T (Q_o^T dG c) is the projected Gauss-Newton matrix: H^-1 of coefficients is their covariance.
/// Cite: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, ch. 5; Golub and Pereyra, Inverse Problems 19 (2003) R1.
/// Accuracy: J to about 1e-4 where the equation has the noise 1e-12 of its source, to rounding at larger noise.
/// Cost: 4 (m + n) n^2 + p m n multiply-adds, p parameters.  Threads: those of the BLAS.  MPI: none.  Ownership: values; borrows nothing.
#pragma once

#include <ansatz/solvers/gp/row_set.hpp>

#include <vector>

namespace ansatz::solvers::gp {

/// All observations. Sets of small sd come first: Householder reflections then keep the light rows.
struct Observations {
  std::vector<RowSet> sets{};
  int sensors = -1; ///< index of the set whose sd is that of the hyperparameters; -1: none
  [[nodiscard]] int rows() const;
};

struct Evidence {
  double negative_log = 0.0;      ///< J
  Matrix coefficients{};          ///< c, n_1 x n_2
  Matrix r{};                     ///< R: the posterior covariance of c is (R^T R)^-1
  std::vector<double> gradient{}; ///< by the parameters asked for
  Matrix curvature{};             ///< H
  std::vector<double> misfit{};   ///< S^-1/2 (targets - rows c), set after set
};

/// \param parameters  to differentiate by; none: gradient and curvature stay empty
[[nodiscard]] Evidence evaluate_evidence(const Observations& observations, const Hyperparameters& theta, const std::vector<Parameter>& parameters);

} // namespace ansatz::solvers::gp
