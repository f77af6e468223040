// SPDX-License-Identifier: Apache-2.0
/// An equation on a box of three dimensions as a square system for the coefficients a of tensor products of modes (tensor_axis.hpp):
///   T [A (lift + E a) + N(lift + E a) - f] = 0,   T = t_1 (x) t_2 (x) t_3,   E = e_1 (x) e_2 (x) e_3.
/// Terms with constant coefficients act on a alone; powers of u and coefficients that vary are evaluated on the grid.
/// The part of the operator diagonal in the modes, sum_k a_k lambda_k with mean coefficients, is its preconditioner.
/// MPI: collective on `comm`. The grid is cut into blocks (grid_block.hpp); a is small and whole on every rank, equal to the last bit: sums over the
/// grid are reduced to rank 0 and broadcast. No array of the grid ever moves.
/// Cost: of a product, terms x 6 r^4, and on the grid (M/P) x 2 r for each evaluation and projection.  Memory: a few arrays of M/P, some of r^3.
/// Errors: UsageError where f or g is not finite, agreed on by all ranks.  Threads: those of the BLAS.
/// Ownership: borrows problem and axes.
#pragma once

#include <ansatz/solvers/gp/grid_block.hpp>
#include <ansatz/solvers/gp/space_problem.hpp>
#include <ansatz/solvers/gp/space_solution.hpp>

#include <mpi.h>

namespace ansatz::solvers::gp {

class SpaceOperator {
public:
  SpaceOperator(MPI_Comm comm, const SpaceProblem& problem, const std::array<TensorAxis, 3>& axes);

  [[nodiscard]] std::array<int, 3> shape() const;
  /// Without the powers of u above one and with mean coefficients.
  [[nodiscard]] const Cube& diagonal() const { return diagonal_; }
  /// T [f - A lift] for terms with constant coefficients, less the constant of N.
  [[nodiscard]] const Cube& right_side() const { return right_side_; }
  /// True where nothing has to be evaluated on the grid.
  [[nodiscard]] bool on_modes_alone() const { return on_modes_alone_; }
  /// True where the modes make the operator diagonal up to rounding.
  [[nodiscard]] bool diagonal_is_exact() const;
  /// rms of f over the grid, or of its largest operator term on the lift where f is 0.
  [[nodiscard]] double scale() const { return scale_; }
  [[nodiscard]] const FaceCoefficients& faces() const { return faces_; }

  /// T [A u + N(u) - f]
  [[nodiscard]] Cube residual(const Cube& a);
  /// Takes the slope of N at the u of these coefficients for `derivative`.
  void linearise(const Cube& a);
  /// Mean over the grid of that slope.
  [[nodiscard]] double mean_slope() const { return mean_slope_; }
  /// Of the residual in direction d.
  [[nodiscard]] Cube derivative(const Cube& d) const;

private:
  struct PlacedTerm {
    std::array<int, 3> order{};
    double mean = 0.0;
    Cube values{}; ///< of the coefficient on this rank's block; empty: it is `mean` everywhere
  };

  void prepare_axes();
  void place_terms();
  void lift_faces();
  void build_diagonal();
  void build_right_side();
  [[nodiscard]] Cube on_block(const Expression& formula) const;
  [[nodiscard]] Cube evaluated(const Cube& a, std::array<int, 3> order) const; ///< modes at this rank's block
  [[nodiscard]] Cube lifted(std::array<int, 3> order) const;
  [[nodiscard]] Cube projected(const Cube& values) const; ///< T values, summed over the ranks
  [[nodiscard]] Cube by_constant_terms(const Cube& a) const;
  [[nodiscard]] double mean_over_grid(double sum) const;

  MPI_Comm comm_;
  const SpaceProblem& problem_;
  const std::array<TensorAxis, 3>& axes_;
  GridBlock block_;
  std::array<std::array<Matrix, 3>, 3> modes_at_; ///< by axis and order, at this rank's block
  std::array<std::array<Matrix, 3>, 3> small_;    ///< by axis and order: t_i(e_j^(order))
  std::array<Matrix, 3> tests_;                   ///< columns of this rank's block
  std::vector<PlacedTerm> terms_;
  FaceCoefficients faces_;
  Cube lift_;
  Cube slope_;
  Cube diagonal_;
  Cube right_side_;
  bool on_modes_alone_ = true;
  double mean_slope_ = 0.0;
  double scale_ = 1.0;
};

} // namespace ansatz::solvers::gp
