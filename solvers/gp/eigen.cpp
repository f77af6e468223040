// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/eigen.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

extern "C" {
void dsyev_(const char*, const char*, const int*, double*, const int*, double*, double*, const int*, int*);
void dgeev_(const char*, const char*, const int*, double*, const int*, double*, double*, double*, const int*, double*, const int*, double*,
            const int*, int*);
void dgesvd_(const char*, const char*, const int*, const int*, double*, const int*, double*, double*, const int*, double*, const int*, double*,
             const int*, int*);
}

namespace ansatz::solvers::gp {

namespace {

void require(int info, const char* routine) {
  if (info != 0) throw InternalError("internal", std::string("LAPACK ") + routine + " returned " + std::to_string(info));
}

double norm(const Matrix& a) { return std::sqrt(dot(a.values, a.values)); }

/// Legendre's polynomial of degree n at x, and its derivative.
std::array<double, 2> legendre(int n, double x) {
  double before = 1.0;
  double value = x;
  for (int k = 2; k <= n; ++k) {
    const double next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
    before = value;
    value = next;
  }
  return {value, n * (x * value - before) / (x * x - 1.0)};
}

} // namespace

SymmetricEigen symmetric_eigen(Matrix a) {
  SymmetricEigen result;
  result.values.resize(static_cast<std::size_t>(a.rows));
  std::vector<double> work(64 * std::max<std::size_t>(1, result.values.size()));
  const int length = static_cast<int>(work.size());
  const int lda = std::max(1, a.rows);
  int info = 0;
  dsyev_("V", "L", &a.rows, a.values.data(), &lda, result.values.data(), work.data(), &length, &info);
  require(info, "dsyev");
  result.vectors = std::move(a);
  return result;
}

RealEigen real_eigen(Matrix a) {
  const int n = a.rows;
  const int lda = std::max(1, n);
  RealEigen result;
  result.values.resize(static_cast<std::size_t>(n));
  result.vectors = Matrix(n, n);
  std::vector<double> imaginary(result.values.size());
  std::vector<double> work(64 * std::max<std::size_t>(1, result.values.size()));
  const int length = static_cast<int>(work.size());
  int info = 0;
  dgeev_("N", "V", &n, a.values.data(), &lda, result.values.data(), imaginary.data(), nullptr, &lda, result.vectors.values.data(), &lda, work.data(),
         &length, &info);
  require(info, "dgeev");
  result.real = std::all_of(imaginary.begin(), imaginary.end(), [](double value) { return value == 0.0; });
  result.inverse = result.real ? solve_general(result.vectors, identity(n)) : Matrix();
  result.real = result.real && (n == 0 || !result.inverse.values.empty());
  if (result.real) result.condition = norm(result.vectors) * norm(result.inverse);
  return result;
}

Svd svd(Matrix a) {
  if (a.rows < a.cols) throw InternalError("internal", "svd: fewer rows than columns");
  Svd result;
  result.values.resize(static_cast<std::size_t>(a.cols));
  result.u = Matrix(a.rows, a.cols);
  Matrix vt(a.cols, a.cols);
  const int lda = std::max(1, a.rows);
  const int ldv = std::max(1, a.cols);
  std::vector<double> work(static_cast<std::size_t>(64 * std::max(1, a.cols) + a.rows));
  const int length = static_cast<int>(work.size());
  int info = 0;
  dgesvd_("S", "S", &a.rows, &a.cols, a.values.data(), &lda, result.values.data(), result.u.values.data(), &lda, vt.values.data(), &ldv, work.data(),
          &length, &info);
  require(info, "dgesvd");
  result.v = transposed(vt);
  return result;
}

Quadrature gauss_legendre(int count, double low, double length) {
  Quadrature rule;
  for (int i = count - 1; i >= 0; --i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (count + 0.5));
    for (int step = 0; step < 8; ++step) {
      const auto [value, slope] = legendre(count, x);
      x -= value / slope;
    }
    const double slope = legendre(count, x)[1];
    rule.nodes.push_back(low + length * (1.0 + x) / 2.0);
    rule.weights.push_back(length / ((1.0 - x * x) * slope * slope));
  }
  return rule;
}

} // namespace ansatz::solvers::gp
