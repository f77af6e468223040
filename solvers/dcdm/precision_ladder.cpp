// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/precision_ladder.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers {

namespace {

constexpr double allowance = 0.02; // of the work in f32
constexpr double worthwhile = 0.95;
constexpr std::size_t steps = 5;
constexpr double share = 0.8;

} // namespace

const std::string& PrecisionLadder::precision(double residual) {
  static const std::string f32 = "f32";
  if (!residuals_.empty() && residual > 10.0 * residuals_.back()) {
    residuals_.clear();
    best_ = 0.0;
    tired_ = false;
  }
  residuals_.push_back(residual);
  if (residuals_.size() > steps) {
    const double reduction = std::log(residuals_[residuals_.size() - 1 - steps] / residual);
    if (now_ != f32 && reduction < share * best_) tired_ = true;
    best_ = std::max(best_, reduction);
  }
  if (chosen_ != f32 && in_debt()) chosen_ = f32;
  now_ = tired_ ? f32 : chosen_;
  return now_;
}

bool PrecisionLadder::trial_is_due(double cost) const { return !judged_ && cost <= allowance * f32_count_; }

void PrecisionLadder::judge(double trial_cost, const std::vector<Rung>& rungs) {
  judged_ = true;
  trial_cost_ = trial_cost;
  double least = worthwhile;
  for (const Rung& rung : rungs)
    if (const double cost = rung.cost * (1.0 + rung.noise * rung.noise); cost <= least) { // false for NaN
      least = cost;
      chosen_ = rung.name;
    }
}

void PrecisionLadder::spent(double cost) {
  const bool low = now_ != "f32";
  (low ? low_cost_ : f32_cost_) += cost;
  (low ? low_count_ : f32_count_) += 1.0;
}

bool PrecisionLadder::in_debt() const {
  const double unit = f32_cost_ / f32_count_; // a trial needs evaluations in f32 before it
  return trial_cost_ * unit + low_cost_ > (low_count_ + allowance * (f32_count_ + low_count_)) * unit;
}

} // namespace ansatz::solvers
