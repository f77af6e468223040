// SPDX-License-Identifier: Apache-2.0
/// Linear observations of u = Psi_1 C Psi_2^T at scattered points, one kind at a time, as rows of a matrix over the coefficients:
///   g_i = sum_k a_k(i) beta_k psi_1^(i_k)(x_i) (x) psi_2^(j_k)(y_i),   target_i = g_i . c + e_i,  e_i ~ N(0, sd^2),
/// beta_k a number to be estimated or 1. Equations, boundary values and sensors are all of this form. Also what a row's derivatives by frequencies,
/// rates, weights and beta need.
/// Shapes: a row a point; columns a + n_1 b, a of axis 1 fastest.  Cost: points x n_1 x n_2 a term.  Threads: one an object.  MPI: none.
/// Ownership: RowFeatures borrows its set.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>
#include <ansatz/solvers/gp/point_set.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace ansatz::solvers::gp {

struct RowTerm {
  std::array<int, 2> order{};
  std::vector<double> factor{}; ///< a_k, one a point
  int unknown = -1;             ///< index of beta; -1: 1
};

struct RowSet {
  PointSet points{};
  std::vector<RowTerm> terms{};
  std::vector<double> target{};
  double sd = 1.0;
  [[nodiscard]] int size() const { return points.size(); }
};

/// What the evidence depends on: the prior, the coefficients of the equation, the noise of the sensors.
struct Hyperparameters {
  std::array<AxisModel, 2> models{};
  std::vector<double> coefficients{};
  double sensor_noise = 1.0;
};

/// One of them as an unknown of the outer loop: log w, log rate, m of a line, a coefficient, or the log of the sensors' standard deviation.
struct Parameter {
  enum class Kind { log_weight, log_rate, frequency, coefficient, log_noise };
  Kind kind = Kind::frequency;
  int axis = 0;
  int index = 0; ///< of the line or the coefficient
};
[[nodiscard]] double value_of(const Hyperparameters& theta, const Parameter& parameter);
void set_value(Hyperparameters& theta, const Parameter& parameter, double value);
/// "x line 2 frequency", "coefficient 1", "log noise"
[[nodiscard]] std::string name_of(const Parameter& parameter);

/// Features of both axes at the points of a set, as the terms need them.
class RowFeatures {
public:
  RowFeatures(const RowSet& set, const std::array<AxisModel, 2>& models);
  [[nodiscard]] std::array<int, 2> features() const { return count_; }
  /// The rows g_i times `scale`, below `first` in `stack`.
  void assemble(const std::vector<double>& beta, double scale, Matrix& stack, int first) const;
  /// dG c by the parameter, where C is n_1 x n_2.
  [[nodiscard]] std::vector<double> change(const Matrix& c, const std::vector<double>& beta, const Parameter& parameter) const;
  /// sum_ij M_ij dG_ij by each parameter, M a row a point.
  [[nodiscard]] std::vector<double> contract(const Matrix& m, const std::vector<double>& beta, const std::vector<Parameter>& parameters) const;

private:
  using Partial = std::array<std::vector<Matrix>, 2>; ///< of an axis: one matrix a term, what multiplies its features
  [[nodiscard]] const Matrix& factor(int axis, int order) const { return factors_[static_cast<std::size_t>(axis)][static_cast<std::size_t>(order)]; }
  [[nodiscard]] double weight(const RowTerm& term, const std::vector<double>& beta, int i) const;
  /// Derivative of an axis' features, of the order given, by the parameter: the columns of its line alone.
  [[nodiscard]] const Matrix& slope(const Parameter& parameter, int order) const;
  [[nodiscard]] std::vector<double> by_point(const Partial& partial, const std::vector<double>& beta, const Parameter& parameter) const;

  const RowSet& set_;
  std::array<AxisModel, 2> models_;
  std::array<int, 2> count_{1, 1};
  std::array<std::vector<Matrix>, 2> factors_;            ///< by order
  mutable std::map<std::array<int, 4>, Matrix> slopes_{}; ///< by axis, line, kind and order; made when first asked for
};

} // namespace ansatz::solvers::gp
