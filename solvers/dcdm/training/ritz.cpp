// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/training/ritz.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ansatz::solvers::training {

namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

/// w += factor v
void add(std::vector<double>& w, double factor, const std::vector<double>& v) {
  for (std::size_t i = 0; i < w.size(); ++i) w[i] += factor * v[i];
}

/// One Jacobi rotation that makes t_pq zero (Golub and Van Loan, Matrix Computations, section 8.5); rows of y become eigenvectors. False if it is zero already.
bool rotate(std::vector<double>& t, std::vector<double>& y, std::size_t m, std::size_t p, std::size_t q) {
  const double tpq = t[p * m + q];
  if (std::abs(tpq) <= 1e-15 * std::sqrt(std::abs(t[p * m + p] * t[q * m + q])) || std::abs(tpq) < 1e-300) return false;
  const double tau = (t[q * m + q] - t[p * m + p]) / (2.0 * tpq);
  const double tangent = (tau >= 0.0 ? 1.0 : -1.0) / (std::abs(tau) + std::sqrt(1.0 + tau * tau));
  const double c = 1.0 / std::sqrt(1.0 + tangent * tangent);
  const double s = tangent * c;
  const auto turn = [c, s](double& a, double& b) {
    const double before = a;
    a = c * before - s * b;
    b = s * before + c * b;
  };
  for (std::size_t k = 0; k < m; ++k) turn(t[k * m + p], t[k * m + q]);
  for (std::size_t k = 0; k < m; ++k) turn(t[p * m + k], t[q * m + k]);
  for (std::size_t k = 0; k < m; ++k) turn(y[p * m + k], y[q * m + k]);
  return true;
}

} // namespace

RitzPairs::RitzPairs(const Problem& problem, Stream& stream, int steps) {
  std::vector<double> w(problem.cells());
  {
    std::vector<double> noise(problem.cells());
    for (double& v : noise) v = stream.normal();
    problem.project(noise);
    problem.apply(noise, w);
  }
  std::vector<double> off_diagonal;
  double size = normalise(w);
  while (static_cast<int>(basis_.size()) < steps && size > 1e-10) { // below, w is rounding: the space is invariant
    if (!basis_.empty()) off_diagonal.push_back(size);
    basis_.push_back(w);
    problem.apply(basis_.back(), w);
    values_.push_back(dot(w, basis_.back()));
    for (int pass = 0; pass < 2; ++pass) // twice is enough (Parlett, section 6-9)
      for (const std::vector<double>& v : basis_) add(w, -dot(w, v), v);
    size = normalise(w);
  }
  decompose(off_diagonal);
}

void RitzPairs::decompose(const std::vector<double>& off_diagonal) {
  const std::size_t m = basis_.size();
  std::vector<double> t(m * m), y(m * m);
  for (std::size_t i = 0; i < m; ++i) {
    t[i * m + i] = values_[i];
    y[i * m + i] = 1.0;
    if (i + 1 < m) t[i * m + i + 1] = t[(i + 1) * m + i] = off_diagonal[i];
  }
  for (bool turned = true; turned;) {
    turned = false;
    for (std::size_t p = 0; p < m; ++p)
      for (std::size_t q = p + 1; q < m; ++q) turned = rotate(t, y, m, p, q) || turned;
  }
  std::vector<std::size_t> order(m);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return t[a * m + a] < t[b * m + b]; });
  vectors_.resize(m * m);
  for (std::size_t j = 0; j < m; ++j) {
    values_[j] = t[order[j] * m + order[j]];
    std::copy_n(y.begin() + static_cast<std::ptrdiff_t>(order[j] * m), m, vectors_.begin() + static_cast<std::ptrdiff_t>(j * m));
  }
}

std::vector<double> RitzPairs::combine(std::span<const double> c) const {
  const std::size_t m = basis_.size();
  std::vector<double> sum(m > 0 ? basis_.front().size() : 0);
  for (std::size_t i = 0; i < m; ++i) {
    double weight = 0.0;
    for (std::size_t j = 0; j < m; ++j) weight += c[j] * vectors_[j * m + i];
    add(sum, weight, basis_[i]);
  }
  return sum;
}

} // namespace ansatz::solvers::training
