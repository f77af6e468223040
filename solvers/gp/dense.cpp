// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/dense.hpp>

#include <ansatz/solvers/gp/lapack.hpp>

#include <algorithm>

// The Fortran interface; hidden lengths of character arguments are 1 and may be left out with every compiler of Debian 12.
extern "C" {
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*, const double*, const int*,
            const double*, double*, const int*);
void dtrtrs_(const char*, const char*, const char*, const int*, const int*, const double*, const int*, double*, const int*, int*);
void dpotri_(const char*, const int*, double*, const int*, int*);
void dpotrf_(const char*, const int*, double*, const int*, int*);
void dgesv_(const int*, const int*, double*, const int*, int*, double*, const int*, int*);
void dgees_(const char*, const char*, int (*)(const double*, const double*), const int*, double*, const int*, int*, double*, double*, double*,
            const int*, double*, const int*, int*, int*);
void dtrsyl_(const char*, const char*, const int*, const int*, const int*, const double*, const int*, const double*, const int*, double*, const int*,
             double*, int*);
}

namespace ansatz::solvers::gp {

using namespace lapack;

Matrix identity(int n) {
  Matrix a(n, n);
  for (int i = 0; i < n; ++i) a(i, i) = 1.0;
  return a;
}

Matrix transposed(const Matrix& a) {
  Matrix t(a.cols, a.rows);
  for (int j = 0; j < a.cols; ++j)
    for (int i = 0; i < a.rows; ++i) t(j, i) = a(i, j);
  return t;
}

Matrix columns(const Matrix& a, int begin, int count) {
  require_shape(begin >= 0 && begin + count <= a.cols, "columns");
  Matrix part(a.rows, count);
  std::copy_n(a.values.begin() + static_cast<std::ptrdiff_t>(a.rows) * begin, part.values.size(), part.values.begin());
  return part;
}

Matrix rows_of(const Matrix& a, std::span<const int> which) {
  Matrix part(static_cast<int>(which.size()), a.cols);
  for (int j = 0; j < a.cols; ++j)
    for (int i = 0; i < part.rows; ++i) part(i, j) = a(which[static_cast<std::size_t>(i)], j);
  return part;
}

void multiply(Matrix& c, const Matrix& a, Op op_a, const Matrix& b, Op op_b, double alpha, double beta) {
  const int m = op_a == Op::plain ? a.rows : a.cols;
  const int k = op_a == Op::plain ? a.cols : a.rows;
  const int n = op_b == Op::plain ? b.cols : b.rows;
  require_shape(k == (op_b == Op::plain ? b.rows : b.cols), "multiply");
  if (c.values.empty()) c = Matrix(m, n);
  require_shape(c.rows == m && c.cols == n, "multiply");
  if (m == 0 || n == 0) return;
  const char ta = letter(op_a);
  const char tb = letter(op_b);
  const int lda = leading(a);
  const int ldb = leading(b);
  const int ldc = leading(c);
  dgemm_(&ta, &tb, &m, &n, &k, &alpha, a.values.data(), &lda, b.values.data(), &ldb, &beta, c.values.data(), &ldc);
}

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c;
  multiply(c, a, Op::plain, b, Op::plain);
  return c;
}

Matrix product_tn(const Matrix& a, const Matrix& b) {
  Matrix c;
  multiply(c, a, Op::transpose, b, Op::plain);
  return c;
}

Matrix product_nt(const Matrix& a, const Matrix& b) {
  Matrix c;
  multiply(c, a, Op::plain, b, Op::transpose);
  return c;
}

Matrix sandwich(const Matrix& a, const Matrix& x, const Matrix& b) { return product_nt(product(a, x), b); }

double dot(std::span<const double> x, std::span<const double> y) {
  require_shape(x.size() == y.size(), "dot");
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

void axpy(double alpha, std::span<const double> x, std::span<double> y) {
  require_shape(x.size() == y.size(), "axpy");
  for (std::size_t i = 0; i < x.size(); ++i) y[i] += alpha * x[i];
}

void solve_upper(const Matrix& r, Op op, Matrix& b) {
  require_shape(r.rows == r.cols && b.rows == r.rows, "solve_upper");
  const char t = letter(op);
  const int ld = leading(r);
  int info = 0;
  if (r.rows == 0 || b.cols == 0) return;
  dtrtrs_("U", &t, "N", &r.rows, &b.cols, r.values.data(), &ld, b.values.data(), &ld, &info);
  require(info, "dtrtrs");
}

Matrix inverse_gram(const Matrix& r) {
  Matrix inverse = r;
  const int ld = leading(r);
  int info = 0;
  dpotri_("U", &r.rows, inverse.values.data(), &ld, &info);
  require(info, "dpotri");
  for (int j = 0; j < r.cols; ++j)
    for (int i = j + 1; i < r.rows; ++i) inverse(i, j) = inverse(j, i);
  return inverse;
}

Matrix cholesky(Matrix a) {
  const int ld = leading(a);
  int info = 0;
  dpotrf_("L", &a.rows, a.values.data(), &ld, &info);
  if (info > 0) return {};
  require(info, "dpotrf");
  for (int j = 1; j < a.cols; ++j) std::fill_n(a.column(j), j, 0.0);
  return a;
}

Matrix solve_general(Matrix a, Matrix b) {
  const int ld = leading(a);
  std::vector<int> pivots(static_cast<std::size_t>(a.rows));
  int info = 0;
  dgesv_(&a.rows, &b.cols, a.values.data(), &ld, pivots.data(), b.values.data(), &ld, &info);
  if (info > 0) return {};
  require(info, "dgesv");
  return b;
}

Schur schur(Matrix a) {
  const int n = a.rows;
  const int ld = leading(a);
  Schur result;
  result.q = Matrix(n, n);
  std::vector<double> real(static_cast<std::size_t>(n));
  std::vector<double> imaginary(real.size());
  std::vector<double> work(64 * std::max<std::size_t>(1, real.size()));
  const int length = static_cast<int>(work.size());
  int sorted = 0;
  int info = 0;
  dgees_("V", "N", nullptr, &n, a.values.data(), &ld, &sorted, real.data(), imaginary.data(), result.q.values.data(), &ld, work.data(), &length,
         nullptr, &info);
  require(info, "dgees");
  result.t = std::move(a);
  return result;
}

Matrix solve_sylvester(const Schur& a, const Schur& b, const Matrix& c, Op op) {
  Matrix x = product(product_tn(a.q, c), b.q);
  // op(A) X + X op(B)^T: dtrsyl's own transposes are (op, not op).
  const char ta = letter(op);
  const char tb = op == Op::plain ? 'T' : 'N';
  const int sign = 1;
  const int lda = leading(a.t);
  const int ldb = leading(b.t);
  double scale = 1.0;
  int info = 0;
  dtrsyl_(&ta, &tb, &sign, &x.rows, &x.cols, a.t.values.data(), &lda, b.t.values.data(), &ldb, x.values.data(), &lda, &scale, &info);
  if (info != 1) require(info, "dtrsyl"); // 1: common eigenvalues were perturbed; the residual will tell
  for (double& value : x.values) value /= scale;
  return sandwich(a.q, x, b.q);
}

} // namespace ansatz::solvers::gp
