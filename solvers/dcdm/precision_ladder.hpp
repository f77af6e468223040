// SPDX-License-Identifier: Apache-2.0
/// Which precision the next direction is proposed in: as low as it goes while the residual falls as it did.
///   rungs int8, w8a16, dfp16, f32; one up when log(|r_{k-5}| / |r_k|) is below 0.8 of the best five steps of this solve
/// After a change five steps pass before the next judgement. A residual ten times the last one begins a new solve at the lowest rung.
/// Safe with any rung, because the loop minimises the error along what it is given; the ladder decides about time alone.
/// MPI: local; ranks that see the same norms decide the same.  Threads: one.
#pragma once

#include <string>
#include <vector>

namespace ansatz::solvers {

class PrecisionLadder {
public:
  /// \param residual  norm of the residual the direction is for; call once a direction
  [[nodiscard]] std::string precision(double residual);

private:
  std::vector<double> residuals_; ///< since the solve or the rung began
  double best_ = 0.0;             ///< logarithmic reduction of five steps
  std::size_t rung_ = 0;
};

} // namespace ansatz::solvers
