// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/equivariant/potential/cholesky.hpp>

// OpenBLAS ships LAPACK without its C header.
extern "C" {
void dpotrf_(const char*, const int*, double*, const int*, int*);
void dpotrs_(const char*, const int*, const int*, const double*, const int*, double*, const int*, int*);
}

namespace ansatz::equivariant {

bool solve_cholesky(std::span<double> matrix, std::span<double> right) {
  if (matrix.size() != right.size() * right.size())
    throw UsageError("bad_value",
                     "Cholesky: a matrix of " + std::to_string(matrix.size()) + " numbers for a right-hand side of " + std::to_string(right.size()));
  const auto n = static_cast<int>(right.size());
  const int one = 1;
  int info = 0;
  dpotrf_("U", &n, matrix.data(), &n, &info);
  if (info == 0) dpotrs_("U", &n, &one, matrix.data(), &n, right.data(), &n, &info);
  return info == 0;
}

} // namespace ansatz::equivariant
