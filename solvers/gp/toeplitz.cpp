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

} // namespace ansatz::solvers::gp
