// SPDX-License-Identifier: Apache-2.0
/// What the solver said about a random statement, and what is true.
#pragma once

#include "statements.hpp"

namespace gp_sweep {

struct Verdict {
  bool converged = false;
  bool warned = false;    ///< beside the answer
  double error = 0.0;     ///< rms over the box, relative to u
  double predicted = 0.0; ///< the greater of residual / coercivity and the posterior standard deviation (rms), likewise
  bool in_band = false;   ///< one random place: within 1.96 standard deviations and the residual's share
  std::string reason{};
  /// An answer without a word of doubt whose error is above three times what it says.
  [[nodiscard]] bool missed() const { return off() && !warned; }
  [[nodiscard]] bool off() const { return converged && !(error <= 3.0 * predicted); }
};

[[nodiscard]] Verdict judge(const RandomStatement& one, Dice& dice);

} // namespace gp_sweep
