// SPDX-License-Identifier: Apache-2.0
/// Arrays of three axes, the first running fastest, and products with a matrix along each of them:
///   (A x_1 B x_2 C x_3 u)_abc = sum_ijk A_ai B_bj C_ck u_ijk.
/// Errors: InternalError where shapes do not fit.  Cost: one dgemm an axis.  Threads: those of the BLAS.  MPI: none.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/dense.hpp>

#include <array>

namespace ansatz::solvers::gp {

struct Cube {
  std::array<int, 3> shape{};
  std::vector<double> values{};

  Cube() = default;
  explicit Cube(std::array<int, 3> n, double value = 0.0)
      : shape(n), values(static_cast<std::size_t>(n[0]) * static_cast<std::size_t>(n[1]) * static_cast<std::size_t>(n[2]), value) {}
  [[nodiscard]] std::size_t index(int i, int j, int k) const {
    return static_cast<std::size_t>(i) +
           static_cast<std::size_t>(shape[0]) * (static_cast<std::size_t>(j) + static_cast<std::size_t>(shape[1]) * static_cast<std::size_t>(k));
  }
  [[nodiscard]] double& operator()(int i, int j, int k) { return values[index(i, j, k)]; }
  [[nodiscard]] double operator()(int i, int j, int k) const { return values[index(i, j, k)]; }
  [[nodiscard]] std::size_t size() const { return values.size(); }
};

/// op(a) along one axis.
[[nodiscard]] Cube along(int axis, const Matrix& a, const Cube& u, Op op = Op::plain);
/// One matrix an axis, in the order that makes the intermediate arrays smallest; a null pointer leaves its axis alone.
[[nodiscard]] Cube along_all(const std::array<const Matrix*, 3>& a, const Cube& u, Op op = Op::plain);

} // namespace ansatz::solvers::gp
