// SPDX-License-Identifier: Apache-2.0
/// Explicit features of a Gaussian spectral mixture on an interval, the weight-space form of its prior: u = Phi c, c ~ N(0, I), Phi Phi^T = K, with
///   phi_{q,n}(y) = sqrt(w_q (2 b_q)^n / n!) y^n exp(-b_q y^2) {cos m_q y, sin m_q y},   y = x - centre,
/// kept while (b T^2/2)^n / n! >= cut: 13, 19, 32 terms for b T^2/2 = 0.25, 1, 4 at cut = 1e-16. No Gram matrix is formed, so there is no jitter.
/// The envelopes e_n obey e_n' = sqrt(2 b n) e_{n-1} - sqrt(2 b (n+1)) e_{n+1}: derivatives are exact and cost one more term an order.
/// Order of columns: line after line; of a line n = 0, 1, ...; of an n cos, then sin (a line of frequency 0 has no sin).
/// Shapes: a matrix has a row a point and a column a feature.  Cost: points x features x order.  Threads: functions without state.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/dense.hpp>
#include <ansatz/solvers/gp/kernel.hpp>

#include <span>
#include <vector>

namespace ansatz::solvers::gp {

struct Interval {
  double low = 0.0;
  double length = 1.0;
  [[nodiscard]] double high() const { return low + length; }
  [[nodiscard]] double centre() const { return low + length / 2.0; }
};

/// `points` >= 1 equidistant points, both ends among them; one point: the low end.
[[nodiscard]] std::vector<double> uniform_points(const Interval& interval, int points);

/// Terms a line keeps.
[[nodiscard]] int feature_terms(const Line& line, double length, double cut);
/// Columns of `features`.
[[nodiscard]] int feature_count(std::span<const Line> lines, double length, double cut);

/// Derivative of the order given (0, 1, 2, ...) of every feature at every point.  \param extra  further terms of every line: k of them span the k-th
/// derivatives
[[nodiscard]] Matrix features(std::span<const Line> lines, const Interval& interval, double cut, std::span<const double> points, int order,
                              int extra = 0);

/// What a line's parameters change in `features`: derivative by log b or by m; the columns of other lines are zero. By log w it is half the features
/// themselves.
enum class FeatureParameter { log_rate, frequency };
[[nodiscard]] Matrix feature_gradient(std::span<const Line> lines, std::size_t line, FeatureParameter by, const Interval& interval, double cut,
                                      std::span<const double> points, int order);

} // namespace ansatz::solvers::gp
