// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/feature_solution.hpp>

#include <algorithm>

namespace ansatz::solvers::gp {

namespace {

/// Column p: all products psi_a(x_p) psi_b(x_p), a fastest.
Matrix squared(const Matrix& psi) {
  const int n = psi.cols;
  Matrix pairs(n * n, psi.rows);
  for (int p = 0; p < psi.rows; ++p)
    for (int b = 0; b < n; ++b)
      for (int a = 0; a < n; ++a) pairs(a + n * b, p) = psi(p, a) * psi(p, b);
  return pairs;
}

/// P(a + n1 c, b + n1 d) seen as a matrix with the row (a, b) and the column (c, d).
Matrix regrouped(const Matrix& p, int n1, int n2) {
  Matrix q(n1 * n1, n2 * n2);
  for (int d = 0; d < n2; ++d)
    for (int c = 0; c < n2; ++c)
      for (int b = 0; b < n1; ++b)
        for (int a = 0; a < n1; ++a) q(a + n1 * b, c + n2 * d) = p(a + n1 * c, b + n1 * d);
  return q;
}

} // namespace

Matrix FeatureSolution::mean(std::span<const double> x, std::span<const double> y, std::array<int, 2> order) const {
  return sandwich(bases_[0].at(x, order[0]), coefficients_, bases_[1].at(y, order[1]));
}

Matrix FeatureSolution::variance(std::span<const double> x, std::span<const double> y) const {
  const int n1 = bases_[0].free();
  const int n2 = bases_[1].free();
  const Matrix covariance = regrouped(inverse_gram(r_), n1, n2);
  const Matrix right = squared(columns(bases_[1].at(y, 0), bases_[1].fixed(), n2));
  const Matrix left = squared(columns(bases_[0].at(x, 0), bases_[0].fixed(), n1));
  Matrix variance = product_tn(left, product(covariance, right));
  // Cancellation between large entries can leave a tiny negative number.
  for (double& value : variance.values) value = std::max(0.0, noise_ * noise_ * value);
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
