// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/lapack.hpp>

#include <algorithm>
#include <cmath>

extern "C" {
void dgeqrf_(const int*, const int*, double*, const int*, double*, double*, const int*, int*);
void dorgqr_(const int*, const int*, const int*, double*, const int*, const double*, double*, const int*, int*);
void dormqr_(const char*, const char*, const int*, const int*, const int*, const double*, const int*, const double*, double*, const int*, double*,
             const int*, int*);
void dtpqrt_(const int*, const int*, const int*, const int*, double*, const int*, double*, const int*, double*, const int*, double*, int*);
void dtpmqrt_(const char*, const char*, const int*, const int*, const int*, const int*, const int*, const double*, const int*, const double*,
              const int*, double*, const int*, double*, const int*, double*, int*);
}

namespace ansatz::solvers::gp {

using namespace lapack;

namespace {

constexpr int block_size = 32; // of dtpqrt

void apply_reflectors(const Matrix& factor, const std::vector<double>& tau, char transposed, Matrix& b) {
  require_shape(b.rows == factor.rows, "Qr");
  const int k = static_cast<int>(tau.size());
  const int lda = leading(factor);
  const int ldb = leading(b);
  const int query = -1;
  double size = 0.0;
  int info = 0;
  if (k == 0 || b.cols == 0) return;
  dormqr_("L", &transposed, &b.rows, &b.cols, &k, factor.values.data(), &lda, tau.data(), b.values.data(), &ldb, &size, &query, &info);
  std::vector<double> work = workspace(size);
  const int length = static_cast<int>(work.size());
  dormqr_("L", &transposed, &b.rows, &b.cols, &k, factor.values.data(), &lda, tau.data(), b.values.data(), &ldb, work.data(), &length, &info);
  require(info, "dormqr");
}

} // namespace

Qr::Qr(Matrix a) : factor_(std::move(a)), tau_(static_cast<std::size_t>(std::min(factor_.rows, factor_.cols))) {
  if (tau_.empty()) return;
  const int lda = leading(factor_);
  const int query = -1;
  double size = 0.0;
  int info = 0;
  dgeqrf_(&factor_.rows, &factor_.cols, factor_.values.data(), &lda, tau_.data(), &size, &query, &info);
  std::vector<double> work = workspace(size);
  const int length = static_cast<int>(work.size());
  dgeqrf_(&factor_.rows, &factor_.cols, factor_.values.data(), &lda, tau_.data(), work.data(), &length, &info);
  require(info, "dgeqrf");
}

int Qr::rank_bound() const { return static_cast<int>(tau_.size()); }

Matrix Qr::r() const {
  Matrix upper(rank_bound(), factor_.cols);
  for (int j = 0; j < upper.cols; ++j)
    for (int i = 0; i <= std::min(j, upper.rows - 1); ++i) upper(i, j) = factor_(i, j);
  return upper;
}

Matrix Qr::thin_q() const {
  const int k = rank_bound();
  Matrix q = columns(factor_, 0, k);
  if (k == 0) return q;
  const int ldq = leading(q);
  const int query = -1;
  double size = 0.0;
  int info = 0;
  dorgqr_(&q.rows, &k, &k, q.values.data(), &ldq, tau_.data(), &size, &query, &info);
  std::vector<double> work = workspace(size);
  const int length = static_cast<int>(work.size());
  dorgqr_(&q.rows, &k, &k, q.values.data(), &ldq, tau_.data(), work.data(), &length, &info);
  require(info, "dorgqr");
  return q;
}

Matrix Qr::full_q() const {
  Matrix q = identity(factor_.rows);
  apply_reflectors(factor_, tau_, 'N', q);
  return q;
}

void Qr::apply_qt(Matrix& b) const { apply_reflectors(factor_, tau_, 'T', b); }

RegularisedQr::RegularisedQr(Matrix a, double s) : rows_(a.rows), cols_(a.cols) {
  qr_ = Qr(std::move(a));
  const Matrix top = qr_.r();
  r_ = Matrix(cols_, cols_);
  for (int j = 0; j < cols_; ++j) std::copy_n(top.column(j), top.rows, r_.column(j));
  if (s == 0.0 || cols_ == 0) return;
  reflectors_ = Matrix(cols_, cols_);
  for (int i = 0; i < cols_; ++i) reflectors_(i, i) = s;
  const int block = std::min(block_size, cols_);
  blocks_ = Matrix(block, cols_);
  std::vector<double> work(static_cast<std::size_t>(block) * static_cast<std::size_t>(cols_));
  int info = 0;
  dtpqrt_(&cols_, &cols_, &cols_, &block, r_.values.data(), &cols_, reflectors_.values.data(), &cols_, blocks_.values.data(), &block, work.data(),
          &info);
  require(info, "dtpqrt");
}

Matrix RegularisedQr::solve(const Matrix& y) const {
  require_shape(y.rows == rows_, "RegularisedQr::solve");
  Matrix projected = y;
  qr_.apply_qt(projected);
  Matrix top(cols_, y.cols);
  for (int j = 0; j < y.cols; ++j) std::copy_n(projected.column(j), std::min(cols_, rows_), top.column(j));
  if (blocks_.rows > 0) {
    Matrix bottom(cols_, y.cols);
    const int block = blocks_.rows;
    std::vector<double> work(static_cast<std::size_t>(block) * static_cast<std::size_t>(y.cols));
    int info = 0;
    dtpmqrt_("L", "T", &cols_, &y.cols, &cols_, &cols_, &block, reflectors_.values.data(), &cols_, blocks_.values.data(), &block, top.values.data(),
             &cols_, bottom.values.data(), &cols_, work.data(), &info);
    require(info, "dtpmqrt");
  }
  solve_upper(r_, Op::plain, top);
  return top;
}

double RegularisedQr::log_det() const {
  double sum = 0.0;
  for (int i = 0; i < cols_; ++i) sum += 2.0 * std::log(std::abs(r_(i, i)));
  return sum;
}

} // namespace ansatz::solvers::gp
