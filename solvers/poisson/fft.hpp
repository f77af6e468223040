// SPDX-License-Identifier: Apache-2.0
/// Direct solver for pure boxes (pure_box.hpp).
/// x and y are diagonalised by FFTW's real transforms plane by plane, z is a tridiagonal system for every pair of modes (Thomas), fused so that the vector passes
/// through memory twice. Eigenpairs of n fluid cells, k = 0..n-1, lambda = 2 - 2 cos(theta):
///   wall-wall  cos(k pi (i+1/2)/n), theta = k pi/n                              (DCT-II)
///   air-air    sin(pi (k+1)(i+1)/(n+1)), theta = pi (k+1)/(n+1)                 (DST-I)
///   wall-air   cos((k+1/2) pi (i+1/2)/(n+1/2)), theta = pi (k+1/2)/(n+1/2)      (DCT-II of the odd extension to 2n+1 cells)
/// Plans are estimated, not measured, so that equal runs give equal bits. In a closed box the constant mode of x is set to 0.
/// Cost: O(N log N); beyond b and x 8 bytes a cell (16, and twice that for each wall-air axis, where x or y has air or x times y is odd).
/// MPI: collective; on several ranks b is gathered on rank 0, solved there and scattered back.
/// Threads: planning is not thread-safe (FFTW's planner is global).
#pragma once

#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <cstddef>
#include <memory>

namespace ansatz::solvers {

class FftSolver {
public:
  /// Plans the transforms. Throws UsageError (`bad_value`) off a pure box, naming the first cell in the way.
  explicit FftSolver(const PressureOperator& A);
  ~FftSolver();
  FftSolver(const FftSolver&) = delete;
  FftSolver& operator=(const FftSolver&) = delete;

  /// x = A^-1 b on fluid cells, 0 elsewhere. On a closed box the mean of b is ignored.
  void solve(Vec b, Vec x);
  /// Bytes held on this rank.
  [[nodiscard]] std::size_t bytes() const;

private:
  class Transforms;
  struct Gather;

  const PressureOperator& A_;
  std::unique_ptr<Transforms> transforms_; ///< on rank 0
  std::unique_ptr<Gather> gather_;         ///< on several ranks
};

} // namespace ansatz::solvers
