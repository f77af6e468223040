// SPDX-License-Identifier: Apache-2.0
/// Codes by rising thresholds t_0 <= t_1 <= ...: the code of x is the number of thresholds t <= x (of |x|, with the sign of x, if `odd`).
/// Up to 15 thresholds are counted; more are found through an index of intervals (by the leading bits of |x| if `odd`, else of equal width), which leaves a
/// comparison, or by bisection where thresholds lie so unevenly that many share an interval.
/// Errors: UsageError `bad_value` for more than 255 thresholds (127 if odd) or thresholds that fall.  Threads: const members from several.  MPI: local.
#pragma once

#include <ansatz/quant/formats/kernels.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace ansatz::quant {

class Thresholds {
public:
  Thresholds() = default;
  Thresholds(std::vector<float> thresholds, bool odd);

  /// odd: sgn(x) count(|x|); otherwise count(x) + base. \return the largest of the bits of |x|
  std::uint32_t encode(std::span<const float> x, std::int8_t base, std::span<std::int8_t> code) const;

private:
  void make_index();

  std::vector<float> thresholds_; ///< infinities behind them, as many as `steps` of the index
  std::size_t count_ = 0;
  bool odd_ = false;
  ThresholdIndex index_{};           ///< no intervals: none
  std::vector<std::uint8_t> before_; ///< thresholds in lower intervals
};

} // namespace ansatz::quant
