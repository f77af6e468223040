// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/potential/cholesky.hpp>
#include <ansatz/equivariant/potential/normal_equations.hpp>

#include <cblas.h>

#include <algorithm>
#include <cmath>

namespace ansatz::equivariant {
namespace {

/// Rows that are kept back: enough for BLAS to work from its caches.
constexpr std::size_t batch_rows = 512;

blasint blas(std::size_t n) { return static_cast<blasint>(n); }

} // namespace

NormalEquations::NormalEquations(std::size_t elements, std::size_t features)
    : features_(features), columns_(elements * features), gram_(columns_ * columns_), right_(columns_) {}

void NormalEquations::add(const DesignRows& rows, std::span<const double> targets) {
  if (targets.size() != rows.rows || rows.values.size() != rows.rows * rows.present.size() * features_)
    throw UsageError("bad_value", "NormalEquations: " + std::to_string(targets.size()) + " targets and " + std::to_string(rows.values.size()) +
                                      " values for " + std::to_string(rows.rows) + " rows");
  if (rows.present != present_ || kept_targets_.size() + rows.rows > batch_rows) flush();
  present_ = rows.present;
  kept_.insert(kept_.end(), rows.values.begin(), rows.values.end());
  kept_targets_.insert(kept_targets_.end(), targets.begin(), targets.end());
}

void NormalEquations::flush() {
  const std::size_t rows = kept_targets_.size();
  if (rows == 0) return;
  const blasint m = blas(features_);
  const blasint k = blas(rows);
  const blasint ld = blas(present_.size() * features_);
  const blasint ldg = blas(columns_);
  // The rows, row-major, are the transposed matrix in the column-major order of the sums.
  for (std::size_t t = 0; t < present_.size(); ++t) {
    const double* xt = kept_.data() + t * features_;
    double* column = gram_.data() + present_[t] * features_ * columns_;
    for (std::size_t s = 0; s < t; ++s)
      cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, m, m, k, 1.0, kept_.data() + s * features_, ld, xt, ld, 1.0,
                  column + present_[s] * features_, ldg);
    cblas_dsyrk(CblasColMajor, CblasUpper, CblasNoTrans, m, k, 1.0, xt, ld, 1.0, column + present_[t] * features_, ldg);
    cblas_dgemv(CblasColMajor, CblasNoTrans, m, k, 1.0, xt, ld, kept_targets_.data(), 1, 1.0, right_.data() + present_[t] * features_, 1);
  }
  for (const double y : kept_targets_) square_ += y * y;
  total_rows_ += rows;
  kept_.clear();
  kept_targets_.clear();
}

bool NormalEquations::solve(double ridge, std::span<double> coefficients) const {
  if (!(ridge > 0) || coefficients.size() != columns_)
    throw UsageError("bad_value", "NormalEquations: ridge " + std::to_string(ridge) + " and " + std::to_string(coefficients.size()) +
                                      " coefficients; must be positive and " + std::to_string(columns_));
  std::vector<double> scale(columns_);
  for (std::size_t i = 0; i < columns_; ++i) {
    const double square = gram_[i * columns_ + i];
    scale[i] = square > 0 ? 1 / std::sqrt(square) : 0;
  }
  std::vector<double> matrix(gram_.size());
  for (std::size_t j = 0; j < columns_; ++j) {
    for (std::size_t i = 0; i < j; ++i) matrix[j * columns_ + i] = scale[i] * gram_[j * columns_ + i] * scale[j];
    matrix[j * columns_ + j] = 1 + ridge;
    coefficients[j] = scale[j] * right_[j];
  }
  if (!solve_cholesky(matrix, coefficients)) return false;
  for (std::size_t j = 0; j < columns_; ++j) coefficients[j] *= scale[j];
  return true;
}

double NormalEquations::residual(std::span<const double> coefficients) const {
  double sum = square_;
  for (std::size_t j = 0; j < columns_; ++j) {
    const double* column = gram_.data() + j * columns_;
    double above = 0;
    for (std::size_t i = 0; i < j; ++i) above += column[i] * coefficients[i];
    sum += coefficients[j] * (2 * above + column[j] * coefficients[j] - 2 * right_[j]);
  }
  return sum;
}

} // namespace ansatz::equivariant
