// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/precision_ladder.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace ansatz::solvers {

std::string PrecisionLadder::precision(double residual) {
  constexpr std::array<const char*, 4> rungs{"int8", "w8a16", "dfp16", "f32"};
  constexpr std::size_t steps = 5;
  constexpr double share = 0.8;
  if (!residuals_.empty() && residual > 10.0 * residuals_.back()) {
    residuals_.clear();
    best_ = 0.0;
    rung_ = 0;
  }
  residuals_.push_back(residual);
  if (residuals_.size() > steps) {
    const double reduction = std::log(residuals_[residuals_.size() - 1 - steps] / residual);
    if (reduction < share * best_ && rung_ + 1 < rungs.size()) {
      ++rung_;
      residuals_ = {residual};
    }
    best_ = std::max(best_, reduction);
  }
  return rungs[rung_];
}

} // namespace ansatz::solvers
