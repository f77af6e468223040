// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/feature_solution.hpp>

#include <algorithm>

namespace ansatz::solvers::gp {

Matrix FeatureSolution::mean(std::span<const double> x, std::span<const double> y, std::array<int, 2> order) const {
  return sandwich(bases_[0].at(x, order[0]), coefficients_, bases_[1].at(y, order[1]));
}

Matrix FeatureSolution::variance(std::span<const double> x, std::span<const double> y) const {
  const Matrix left = columns(bases_[0].at(x, 0), bases_[0].fixed(), bases_[0].free());
  const Matrix right = columns(bases_[1].at(y, 0), bases_[1].fixed(), bases_[1].free());
  Matrix roots = identity(r_.cols);
  solve_upper(r_, Op::plain, roots);
  Matrix variance(left.rows, right.rows);
  Matrix root(left.cols, right.cols);
  for (int k = 0; k < roots.cols; ++k) {
    std::copy_n(roots.column(k), root.size(), root.values.begin());
    const Matrix deviation = sandwich(left, root, right);
    for (std::size_t i = 0; i < variance.size(); ++i) variance.values[i] += deviation.values[i] * deviation.values[i];
  }
  for (double& value : variance.values) value *= noise_ * noise_;
  return variance;
}

FeatureSolution FeatureSolution::sample(std::mt19937_64& random) const {
  std::normal_distribution<double> normal;
  Matrix deviation(r_.cols, 1);
  for (double& value : deviation.values) value = noise_ * normal(random);
  solve_upper(r_, Op::plain, deviation);
  FeatureSolution drawn = *this;
  const int n1 = bases_[0].free();
  for (int j = 0; j < bases_[1].free(); ++j)
    for (int i = 0; i < n1; ++i) drawn.coefficients_(bases_[0].fixed() + i, bases_[1].fixed() + j) += deviation(i + n1 * j, 0);
  return drawn;
}

} // namespace ansatz::solvers::gp
