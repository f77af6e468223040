// SPDX-License-Identifier: Apache-2.0
/// The deep conjugate direction loop as published, on dense arrays: the truth that KSP "dcdm" is tested against.
///   r = b - A x;  repeat  q = f(r);  c_j = <q, A p_{k-j}> / <p_{k-j}, A p_{k-j}>;  p = q - sum c_j p_{k-j};
///   x += (<p, r> / <p, A p>) p;  r = b - A x.
/// Shapes: A is n x n row-major, b and x hold n entries.  Cost: O(n^2) an iteration.  No breakdown test, no stopping test, no MPI.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace ansatz::solvers::reference {

using Array = std::vector<double>;
using Proposal = std::function<Array(const Array&)>;

inline double inner(const Array& a, const Array& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline Array product(const Array& A, const Array& x) {
  Array y(x.size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += A[i * x.size() + j] * x[j];
  return y;
}

inline Array residual(const Array& A, const Array& x, const Array& b) {
  Array r = product(A, x);
  for (std::size_t i = 0; i < r.size(); ++i) r[i] = b[i] - r[i];
  return r;
}

/// The iterates x_0, x_1, ..., x_iterations.
inline std::vector<Array> dcdm(const Array& A, const Array& b, Array x, const Proposal& f, std::size_t history, std::size_t iterations) {
  std::vector<Array> iterates{x};
  std::vector<Array> directions;
  for (std::size_t k = 0; k < iterations; ++k) {
    const Array r = residual(A, x, b);
    const Array q = f(r);
    Array p = q;
    for (std::size_t j = 1; j <= history && j <= directions.size(); ++j) {
      const Array& previous = directions[directions.size() - j];
      const Array A_previous = product(A, previous);
      const double c = inner(q, A_previous) / inner(previous, A_previous);
      for (std::size_t i = 0; i < p.size(); ++i) p[i] -= c * previous[i];
    }
    const double alpha = inner(p, r) / inner(p, product(A, p));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += alpha * p[i];
    directions.push_back(p);
    iterates.push_back(x);
  }
  return iterates;
}

} // namespace ansatz::solvers::reference
