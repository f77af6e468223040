// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/toeplitz.hpp>

namespace ansatz::solvers::gp {

Matrix toeplitz(Envelope form, std::span<const Line> lines, double spacing, int count, int order) {
  Matrix k(count, count);
  for (int lag = 0; lag < count; ++lag) {
    const double value = kernel(form, lines, lag * spacing, order);
    for (int i = lag; i < count; ++i) {
      k(i, i - lag) = value;
      k(i - lag, i) = order % 2 == 0 ? value : -value;
    }
  }
  return k;
}

Matrix cross_kernel(Envelope form, std::span<const Line> lines, std::span<const double> x, std::span<const double> y, int order) {
  Matrix k(static_cast<int>(x.size()), static_cast<int>(y.size()));
  for (int j = 0; j < k.cols; ++j)
    for (int i = 0; i < k.rows; ++i) k(i, j) = kernel(form, lines, x[static_cast<std::size_t>(i)] - y[static_cast<std::size_t>(j)], order);
  return k;
}

} // namespace ansatz::solvers::gp
