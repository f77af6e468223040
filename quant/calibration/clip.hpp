// SPDX-License-Identifier: Apache-2.0
/// The range of a tensor that its codes should cover, by a method with a name; what lies outside is clipped.
///   minmax          least and largest value
///   moving_average  of least and largest over batches, r <- 0.9 r + 0.1 new, from the first batch on
///   percentile      99.99 % of |x|
///   mse             least mean squared error of the codes: 100 clips in [0.1, 1] max|x|, then golden section (the curve is not unimodal)
///   entropy         2048 bins of |x|; the threshold at which the distribution merged to 2^(b-1) levels has the least Kullback-Leibler divergence
///   pact            the clip a that PACT's gradient d/da clip(x) = [|x| >= a] with L2 decay settles at: least E[(|x|-a)+^2] + a^2 / (12 L^2), whose
///                   decay is the noise of rounding to L levels
/// Cite: R. Krishnamoorthi, arXiv:1806.08342 (moving average); S. Migacz, 8-bit inference with TensorRT, GTC 2017 (entropy); J. Choi et al., PACT, 2018,
/// arXiv:1805.06085.
/// mse, entropy, percentile and pact look at up to 65,536 values spread evenly over the tensor.
/// Errors: UsageError `bad_value` for NaN, infinity (with index) and unknown names.  Threads: functions without state.  MPI: local.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ansatz::quant {

enum class Calibration : int { minmax, moving_average, percentile, mse, entropy, pact };

[[nodiscard]] std::string_view name(Calibration calibration);
[[nodiscard]] Calibration calibration_of(const std::string& text);
[[nodiscard]] std::vector<std::string> calibration_names();

struct Range {
  float low = 0.0F;  ///< at most 0
  float high = 0.0F; ///< at least 0

  [[nodiscard]] float magnitude() const { return -low > high ? -low : high; }
};

/// Least and largest value, 0 included.
[[nodiscard]] Range extremes(std::span<const float> x);

/// The range of x for codes of `bits` bits, symmetric (L = 2^(bits-1) - 1) or not.
[[nodiscard]] Range calibrate(Calibration calibration, std::span<const float> x, int bits, bool symmetric);

/// Moving average of extremes over batches.
class MovingRange {
public:
  explicit MovingRange(float momentum = 0.9F) : momentum_(momentum) {}
  void observe(std::span<const float> batch);
  [[nodiscard]] Range range() const { return range_; }

private:
  float momentum_;
  bool empty_ = true;
  Range range_;
};

/// At most `most` values of x at even distances.
[[nodiscard]] std::vector<float> spread_sample(std::span<const float> x, std::size_t most);

} // namespace ansatz::quant
