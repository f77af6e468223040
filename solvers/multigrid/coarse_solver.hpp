// SPDX-License-Identifier: Apache-2.0
/// Exact solve on the coarsest level: dense L D L' in double, formed once. A singular A (closed components) is solved by pinning one unknown of each:
/// a pivot that vanishes is given the inverse 0, so z = L^-T D^+ L^-1 r is a symmetric positive semidefinite generalised inverse, exact for compatible r.
/// Cost: n^3/6 once, n^2 a solve; n <= about 64.  MPI: acts on the rank that holds the level, does nothing on others.  Threads: one object per thread.
#pragma once

#include <ansatz/solvers/multigrid/level.hpp>

#include <cstdint>
#include <vector>

namespace ansatz::solvers::multigrid {

class CoarseSolver {
public:
  explicit CoarseSolver(const Level& level);
  /// level.z = A^+ level.r.
  void solve(Level& level);

private:
  std::vector<std::int32_t> unknown_; ///< position in the level's arrays
  std::vector<double> factor_;        ///< strict lower triangle of L, row by row
  std::vector<double> inverse_pivot_;
  std::vector<double> value_;
};

} // namespace ansatz::solvers::multigrid
