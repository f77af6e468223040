// SPDX-License-Identifier: Apache-2.0
/// The published Gaussian-process solver as its authors wrote it, for comparison: values U on a grid, kernel parameters, boundary precision tau and
/// equation precision v are all unknowns of one Adam iteration that maximises the log joint density
///   -1/2 sum_d (M/M_d) log|K_d| - 1/2 <U, (x)K_d^-1 U> + lambda (N_b/2 log tau - tau/2 |u_b - g|^2) + M/2 log v - v/2 |R|^2,
///   R = sum_k a_k K_d^(n) K_d^-1 U + N(U) - f at all points, boundary included,   K_d = [k_d(x_i - x_j)] + 1e-6 I,
/// with Q lines an axis started at mu_q = F q/(Q-1) cycles, log w = log(1/Q), log rate = 0, and U = log tau = log v = 0.
/// Cite: Fang, Cooley, Long, Li, Kirby, Zhe, ICLR 2024, arXiv 2311.04465.
/// Second stage (`second_stage`): the first is frozen and a second array U_2 added, with one Matern line at frequency 0 (log w = log rate = 0), U_2 = 0,
/// log v = 0, log tau that of the first stage and a new Adam state; R and the boundary see U_1 + U_2, the prior U_2 alone.
/// Its published errors are the least of 20 errors against the exact solution; here the last iterate counts.
/// Order of the unknowns: U column after column, log tau, log v, then per axis log w, log rate, mu.
/// Errors: UsageError `bad_value` for mixed derivatives or coefficients that are not numbers, which the published model does not have; not
/// converging is a reason.
/// Cost per step: sum_d M_d^3 + 16 M sum_d M_d multiply-adds.  Threads: those of the BLAS.  MPI: none.
/// Ownership: borrows the problem.
#pragma once

#include <ansatz/solvers/gp/problem.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace ansatz::solvers::gp {

struct PublishedOptions {
  std::array<int, 2> points{200, 1};
  Envelope envelope = Envelope::matern52; ///< Student-t mixture; gaussian: Gaussian mixture
  int lines = 30;                         ///< Q >= 2, an axis; 1 in the second stage: the line at frequency 0
  double highest_frequency = 20.0;        ///< F, cycles per unit length; must exceed the solution's
  double boundary_weight = 200.0;         ///< lambda
  double learning_rate = 0.01;            ///< of Adam, with betas 0.9 and 0.999, epsilon 1e-8
  int steps = 1000;
  std::function<bool(int, double)> monitor{}; ///< called after every step with its index from 0 and rms(R)/rms(f); false stops
};

class PublishedModel {
public:
  PublishedModel(const Problem& problem, const PublishedOptions& options);
  /// The model that follows `first`, which it copies.
  [[nodiscard]] static PublishedModel second_stage(const PublishedModel& first);

  [[nodiscard]] const std::vector<double>& parameters() const { return parameters_; }
  /// Negative log joint and its gradient. NaN where a K_d is not positive definite.
  double objective(const std::vector<double>& parameters, std::vector<double>& gradient);
  /// One Adam step; false if it cannot go on.
  bool step();
  /// (x) k(x*, X) K^-1 U at all pairs.
  [[nodiscard]] Matrix at(std::span<const double> x, std::span<const double> y) const;
  /// U, of both stages
  [[nodiscard]] Matrix values() const;
  /// rms(R) / rms(f) of the last objective.
  [[nodiscard]] double relative_residual() const { return relative_residual_; }
  /// Lines of an axis, in radians.
  [[nodiscard]] std::vector<Line> lines(int axis) const;

private:
  struct AxisState;
  [[nodiscard]] std::vector<Line> lines_of(const std::vector<double>& parameters, int axis) const;
  [[nodiscard]] std::size_t first_of(int axis) const;
  [[nodiscard]] Matrix boundary_gradient(const Matrix& u, double& misfit, int& count) const;
  /// Factorises K of an axis; a <- K^-1 a along it, r gains its derivatives of u. False where K is not positive definite.
  bool enter_axis(AxisState& state, int axis, const std::vector<double>& parameters, const Matrix& u, Matrix& a, Matrix& r) const;
  /// Derivatives by K and K^(n) of an axis, into `state`; returns sum_n a_n K^-1 K^(n)T r along it.
  [[nodiscard]] Matrix leave_axis(AxisState& state, int axis, const Matrix& a, const Matrix& r, double v) const;
  void add_axis_gradient(const AxisState& state, int axis, std::vector<double>& gradient) const;

  /// sum_k a_k K^(k) K^-1 U at the nodes: the linear part of u.
  [[nodiscard]] Matrix linear_part() const;

  const Problem& problem_;
  PublishedOptions options_;
  std::shared_ptr<const PublishedModel> first_{}; ///< the frozen stage; none: this is the first
  Matrix frozen_;                                 ///< u of the frozen stage
  Matrix frozen_image_;                           ///< its linear part
  std::array<std::vector<double>, 2> grid_;
  Matrix source_;
  std::vector<double> parameters_;
  std::vector<double> first_moment_;
  std::vector<double> second_moment_;
  int steps_done_ = 0;
  double relative_residual_ = 0.0;
};

struct PublishedResult {
  std::string reason{}; ///< max_iterations: the method has no other end; indefinite, nan, stopped
  int iterations = 0;
  double relative_residual = 0.0;
  std::vector<double> history{};
  double least_error = 0.0; ///< ORACLE: the least of `true_error` at 20 checkpoints, chosen by looking at the exact solution; 0: none was asked for
};
/// Error against the exact solution, for `least_error` alone: no iteration depends on it.
using TrueError = std::function<double(const PublishedModel&)>;
/// `options.steps` steps of a fresh or half-run model.
PublishedResult run_published(PublishedModel& model, const PublishedOptions& options, const TrueError& true_error = {});

} // namespace ansatz::solvers::gp
