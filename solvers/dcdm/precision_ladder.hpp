// SPDX-License-Identifier: Apache-2.0
/// Which precision the next direction is proposed in, so that the work of a solve is at most 1.02 times that of float32.
///   1. A solve begins in f32. When the evaluations done have earned a trial, that is when the trial costs at most 2 % of them, all formats are tried once.
///   2. The format with the least c (1 + d^2) is taken if that is at most 0.95: c the cost of an evaluation in units of one in f32, d = |noise|_A / |direction|_A.
///      Noise that is no part of the error leaves the share cos^2 / (1 + d^2) of the error's energy to a step, so 1 + d^2 is what it costs in steps.
///   3. Back to f32 for the rest of the solve when log(|r_{k-5}| / |r_k|) is below 0.8 of the best five steps of it.
///   4. Back to f32 for good when what was spent is more than 1.02 times as many evaluations in f32.
/// A residual ten times the last one begins a new solve; what was found out in 2 and 4 stays.
/// Safe with any format, because the loop minimises the error along what it is given; the ladder decides about time alone.
/// MPI: local; ranks that are told the same numbers decide the same.  Threads: one.
#pragma once

#include <string>
#include <vector>

namespace ansatz::solvers {

class PrecisionLadder {
public:
  /// A format as the trial found it.
  struct Rung {
    std::string name;
    double cost = 1.0;  ///< of an evaluation; 1: as f32
    double noise = 0.0; ///< d; NaN: unknown, the format is not taken
  };

  /// \param residual  norm of the residual the direction is for; call once a direction
  [[nodiscard]] const std::string& precision(double residual);
  /// Whether a trial of this cost, in evaluations of f32, is to be made now; its result goes to judge().
  [[nodiscard]] bool trial_is_due(double cost) const;
  void judge(double trial_cost, const std::vector<Rung>& rungs);
  /// What the evaluation just done cost, in any unit, the same for all.
  void spent(double cost);

private:
  [[nodiscard]] bool in_debt() const;

  std::string chosen_ = "f32"; ///< by judge()
  std::string now_ = "f32";    ///< of the evaluation being done
  bool judged_ = false;
  bool tired_ = false;            ///< f32 until the next solve
  std::vector<double> residuals_; ///< since the solve began
  double best_ = 0.0;             ///< logarithmic reduction of five steps
  double f32_cost_ = 0.0;         ///< of all evaluations in f32
  double low_cost_ = 0.0;         ///< of all others
  double trial_cost_ = 0.0;       ///< in evaluations in f32
  double f32_count_ = 0.0;
  double low_count_ = 0.0;
};

} // namespace ansatz::solvers
