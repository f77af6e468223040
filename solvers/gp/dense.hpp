// SPDX-License-Identifier: Apache-2.0
/// Column-major dense matrices and the LAPACK factorisations the Gaussian-process solver needs.
/// Errors: InternalError where a shape does not fit or LAPACK refuses; UsageError never.
/// Cost: that of the LAPACK routine named.  Threads: those of the BLAS.  MPI: none.  Ownership: values.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ansatz::solvers::gp {

struct Matrix {
  int rows = 0;
  int cols = 0;
  std::vector<double> values{}; ///< column after column

  Matrix() = default;
  Matrix(int m, int n, double value = 0.0) : rows(m), cols(n), values(static_cast<std::size_t>(m) * static_cast<std::size_t>(n), value) {}
  [[nodiscard]] double& operator()(int i, int j) { return values[index(i, j)]; }
  [[nodiscard]] double operator()(int i, int j) const { return values[index(i, j)]; }
  [[nodiscard]] double* column(int j) { return values.data() + index(0, j); }
  [[nodiscard]] const double* column(int j) const { return values.data() + index(0, j); }
  [[nodiscard]] std::size_t size() const { return values.size(); }

private:
  [[nodiscard]] std::size_t index(int i, int j) const {
    return static_cast<std::size_t>(j) * static_cast<std::size_t>(rows) + static_cast<std::size_t>(i);
  }
};

[[nodiscard]] Matrix identity(int n);
[[nodiscard]] Matrix transposed(const Matrix& a);
/// Columns begin..begin+count-1.
[[nodiscard]] Matrix columns(const Matrix& a, int begin, int count);
/// The rows named.
[[nodiscard]] Matrix rows_of(const Matrix& a, std::span<const int> which);

enum class Op : char { plain = 'N', transpose = 'T' };

/// c = alpha op(a) op(b) + beta c; c is made where it has no rows.
void multiply(Matrix& c, const Matrix& a, Op op_a, const Matrix& b, Op op_b, double alpha = 1.0, double beta = 0.0);
[[nodiscard]] Matrix product(const Matrix& a, const Matrix& b);                   ///< a b
[[nodiscard]] Matrix product_tn(const Matrix& a, const Matrix& b);                ///< a^T b
[[nodiscard]] Matrix product_nt(const Matrix& a, const Matrix& b);                ///< a b^T
[[nodiscard]] Matrix sandwich(const Matrix& a, const Matrix& x, const Matrix& b); ///< a x b^T
[[nodiscard]] double dot(std::span<const double> x, std::span<const double> y);
void axpy(double alpha, std::span<const double> x, std::span<double> y); ///< y += alpha x

/// a = Q R by Householder reflections (dgeqrf, dormqr, dorgqr): exact for badly scaled columns, since it treats each on its own scale.
class Qr {
public:
  Qr() = default;
  explicit Qr(Matrix a);
  [[nodiscard]] int rank_bound() const; ///< min(rows, cols)
  [[nodiscard]] Matrix r() const;       ///< rank_bound x cols, upper triangular
  [[nodiscard]] Matrix thin_q() const;  ///< rows x rank_bound
  [[nodiscard]] Matrix full_q() const;  ///< rows x rows
  void apply_qt(Matrix& b) const;       ///< b <- Q^T b, all rows

private:
  Matrix factor_;
  std::vector<double> tau_;
};

/// Upper triangular R with R^T R = R_0^T R_0 + s^2 I and Q^T of the stack [A; s I] (dtpqrt): regularised least squares at any s, without squaring A.
class RegularisedQr {
public:
  RegularisedQr() = default;
  /// \param a  rows x cols, any shape  \param s  >= 0; 0 needs rows >= cols and full rank
  RegularisedQr(Matrix a, double s);
  /// argmin_z |a z - y|^2 + s^2 |z|^2, one column of y at a time.
  [[nodiscard]] Matrix solve(const Matrix& y) const;
  [[nodiscard]] const Matrix& r() const { return r_; }
  /// log det(a^T a + s^2 I)
  [[nodiscard]] double log_det() const;

private:
  Qr qr_;
  int rows_ = 0;
  int cols_ = 0;
  Matrix r_;
  Matrix reflectors_; ///< of the rows s I
  Matrix blocks_;
};

/// b <- op(R)^-1 b for the upper triangle of r (dtrtrs).
void solve_upper(const Matrix& r, Op op, Matrix& b);
/// R^-1 R^-T from the upper triangle (dpotri), both triangles filled.
[[nodiscard]] Matrix inverse_gram(const Matrix& r);
/// Lower Cholesky factor; empty if `a` is not positive definite (dpotrf).
[[nodiscard]] Matrix cholesky(Matrix a);
/// x = a^-1 b by LU (dgesv); an empty matrix if `a` is singular.
[[nodiscard]] Matrix solve_general(Matrix a, Matrix b);

/// a = Q T Q^T (dgees): with it A X + X B^T = C costs two products on either side and one dtrsyl.
struct Schur {
  Matrix q;
  Matrix t;
};
[[nodiscard]] Schur schur(Matrix a);
/// X of op(A) X + X op(B)^T = C, op the same for both.
[[nodiscard]] Matrix solve_sylvester(const Schur& a, const Schur& b, const Matrix& c, Op op);

} // namespace ansatz::solvers::gp
