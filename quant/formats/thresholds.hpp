// SPDX-License-Identifier: Apache-2.0
/// Codes by rising thresholds t_0 <= t_1 <= ...: the code of x is the number of thresholds t <= x (of |x|, with the sign of x, if `odd`).
/// Up to 15 thresholds are counted; more are found through an index by the leading bits of the float, which leaves a comparison or two.
/// Errors: UsageError `bad_value` for more than 255 thresholds (127 if odd) or thresholds that fall.  Threads: const members from several.  MPI: local.
#pragma once

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
  [[nodiscard]] std::int32_t count(float x) const;
  [[nodiscard]] const std::vector<float>& values() const { return thresholds_; }

private:
  void make_index();

  std::vector<float> thresholds_;
  bool odd_ = false;
  std::int32_t first_ = 0; ///< ordered bits of the lowest threshold
  int shift_ = 0;
  std::vector<std::uint8_t> index_; ///< thresholds at or below the lower end of each bucket
};

} // namespace ansatz::quant
