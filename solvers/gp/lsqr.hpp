// SPDX-License-Identifier: Apache-2.0
/// LSQR: argmin_x |A x - b|_2 from products with A and A^T alone, by Golub-Kahan bidiagonalisation.
/// Cite: Paige and Saunders, ACM TOMS 8 (1982) 43, doi:10.1145/355984.355989.
/// Stops when |A^T r| <= tolerance |A| |r| or |r| <= tolerance |b|, with |A| the Frobenius estimate of the recurrence, or after max_iterations.
/// Cost per step: one product with each.  Memory: 3 vectors of columns, 1 of rows.  Threads: none of its own.  MPI: none.  Ownership: values.
#pragma once

#include <functional>
#include <vector>

namespace ansatz::solvers::gp {

using Product = std::function<std::vector<double>(const std::vector<double>&)>;

struct LsqrResult {
  std::vector<double> x{};
  int iterations = 0;
  bool converged = false;
};

[[nodiscard]] LsqrResult lsqr(const Product& apply, const Product& apply_transposed, std::vector<double> b, double tolerance, int max_iterations);

} // namespace ansatz::solvers::gp
