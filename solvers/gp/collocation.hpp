// SPDX-License-Identifier: Apache-2.0
/// The linear part of an equation at nodes, acting on an array of feature coefficients without its matrix ever being formed:
///   (A C) = sum_k a_k * (Psi_1^(i_k) C Psi_2^(j_k)T),   a_k a number or one value a node, * elementwise,
/// on a tensor grid; at scattered nodes the diagonal of that product alone.
/// Shapes: C is columns_1 x columns_2, a value a node is nodes_1 x nodes_2, or nodes x 1 where they are scattered.
/// Cost of a product: terms x (M_1 n_1 n_2 + M_1 M_2 n_2) multiply-adds; scattered terms x M n_1 n_2.
/// Threads: const members may run at once.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <array>

namespace ansatz::solvers::gp {

/// Where an equation is asked for: all pairs of x[0] and x[1], or their equal entries taken together.
struct Nodes {
  std::array<std::vector<double>, 2> x{};
  bool scattered = false;
  [[nodiscard]] std::size_t size() const { return scattered ? x[0].size() : x[0].size() * x[1].size(); }
  [[nodiscard]] Matrix values_of(const Expression& formula) const;
};

/// Which columns of the rotated features an operator acts on.
enum class Columns { all, free };

class Collocation {
public:
  Collocation(const Problem& problem, const std::array<AxisBasis, 2>& bases, const Nodes& nodes, Columns which);

  struct PlacedTerm {
    std::array<int, 2> order{};
    double mean = 0.0; ///< of the coefficient over the nodes
    Matrix values{};   ///< of the coefficient; empty: it is `mean` everywhere
  };

  [[nodiscard]] Matrix apply(const Matrix& c) const;
  [[nodiscard]] Matrix transposed_apply(const Matrix& r) const;
  /// u itself, and the transposed map.
  [[nodiscard]] Matrix values(const Matrix& c) const { return spread({0, 0}, c); }
  [[nodiscard]] Matrix transposed_values(const Matrix& r) const { return gather({0, 0}, r); }
  /// One term alone.
  [[nodiscard]] Matrix apply_term(const PlacedTerm& term, const Matrix& c) const;
  [[nodiscard]] const std::vector<PlacedTerm>& terms() const { return terms_; }
  /// Psi of an axis of the order given; those of the terms and of order 0 are there.
  [[nodiscard]] const Matrix& factor(int axis, int order) const;

private:
  [[nodiscard]] Matrix spread(std::array<int, 2> order, const Matrix& c) const; ///< coefficients to nodes
  [[nodiscard]] Matrix gather(std::array<int, 2> order, const Matrix& r) const; ///< nodes to coefficients

  bool scattered_ = false;
  std::array<std::vector<Matrix>, 2> factors_; ///< by order; empty where not used
  std::vector<PlacedTerm> terms_;
};

} // namespace ansatz::solvers::gp
