// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/cube.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>

extern "C" {
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*, const double*, const int*,
            const double*, double*, const int*);
}

namespace ansatz::solvers::gp {

namespace {

/// c (m x n, leading m) = op(a) op(b)
void product_of(char op_a, char op_b, int m, int n, int k, const double* a, int lda, const double* b, int ldb, double* c) {
  const double one = 1.0;
  const double zero = 0.0;
  if (m == 0 || n == 0) return;
  lda = std::max(1, lda);
  ldb = std::max(1, ldb);
  dgemm_(&op_a, &op_b, &m, &n, &k, &one, a, &lda, b, &ldb, &zero, c, &m);
}

} // namespace

Cube along(int axis, const Matrix& a, const Cube& u, Op op) {
  const auto d = static_cast<std::size_t>(axis);
  const bool plain = op == Op::plain;
  const int out = plain ? a.rows : a.cols;
  const int in = plain ? a.cols : a.rows;
  if (in != u.shape[d]) throw InternalError("internal", "product along an axis: shapes do not fit");
  std::array<int, 3> shape = u.shape;
  shape[d] = out;
  Cube v(shape);
  const char own = plain ? 'N' : 'T';
  const char other = plain ? 'T' : 'N';
  if (axis == 0) {
    product_of(own, 'N', out, shape[1] * shape[2], in, a.values.data(), a.rows, u.values.data(), in, v.values.data());
  } else if (axis == 2) {
    product_of('N', other, shape[0] * shape[1], out, in, u.values.data(), shape[0] * shape[1], a.values.data(), a.rows, v.values.data());
  } else {
    for (int k = 0; k < shape[2]; ++k)
      product_of('N', other, shape[0], out, in, u.values.data() + u.index(0, 0, k), shape[0], a.values.data(), a.rows,
                 v.values.data() + v.index(0, 0, k));
  }
  return v;
}

Cube along_all(const std::array<const Matrix*, 3>& a, const Cube& u, Op op) {
  std::array<int, 3> order{0, 1, 2};
  const auto growth = [&](int axis) {
    const Matrix* m = a[static_cast<std::size_t>(axis)];
    if (m == nullptr) return 1.0;
    const double ratio = static_cast<double>(m->rows) / std::max(1, m->cols);
    return op == Op::plain ? ratio : 1.0 / std::max(ratio, 1e-300);
  };
  std::stable_sort(order.begin(), order.end(), [&](int x, int y) { return growth(x) < growth(y); });
  Cube v = u;
  for (const int axis : order)
    if (a[static_cast<std::size_t>(axis)] != nullptr) v = along(axis, *a[static_cast<std::size_t>(axis)], v, op);
  return v;
}

} // namespace ansatz::solvers::gp
