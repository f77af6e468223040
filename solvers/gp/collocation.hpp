// SPDX-License-Identifier: Apache-2.0
/// The linear part of an equation at a tensor grid of nodes, acting on an array of feature coefficients without its matrix ever being formed:
///   (A C) = sum_k a_k * (Psi_1^(i_k) C Psi_2^(j_k)T),   a_k a number or one value a node, * elementwise.
/// Shapes: C is columns_1 x columns_2, a value a node is nodes_1 x nodes_2.  Cost of a product: terms x (M_1 n_1 n_2 + M_1 M_2 n_2) multiply-adds.
/// Threads: const members may run at once.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <array>

namespace ansatz::solvers::gp {

/// Which columns of the rotated features an operator acts on.
enum class Columns { all, free };

class Collocation {
public:
  Collocation(const Problem& problem, const std::array<AxisBasis, 2>& bases, const std::array<std::vector<double>, 2>& nodes, Columns which);

  struct PlacedTerm {
    std::array<int, 2> order{};
    double mean = 0.0; ///< of the coefficient over the nodes
    Matrix values{};   ///< of the coefficient; empty: it is `mean` everywhere
  };

  [[nodiscard]] Matrix apply(const Matrix& c) const;
  [[nodiscard]] Matrix transposed_apply(const Matrix& r) const;
  /// One term alone.
  [[nodiscard]] Matrix apply_term(const PlacedTerm& term, const Matrix& c) const;
  [[nodiscard]] const std::vector<PlacedTerm>& terms() const { return terms_; }
  /// Psi of an axis of the order given; those of the terms and of order 0 are there.
  [[nodiscard]] const Matrix& factor(int axis, int order) const;

private:
  std::array<std::vector<Matrix>, 2> factors_; ///< by order; empty where not used
  std::vector<PlacedTerm> terms_;
};

} // namespace ansatz::solvers::gp
