// SPDX-License-Identifier: Apache-2.0
/// The accuracy of a quantized classifier, method by method: what a table of ansatz-quantize and of the benchmark is made of.
/// A method is levels + search, as `NAME-SEARCH` (`uniform`, `uniform-clip`, `uniform-adaround`, `power-learned`, ...): post_training_methods() lists them.
/// Threads: one.
#pragma once

#include <ansatz/quant/networks/post_training.hpp>

#include <string>
#include <vector>

namespace ansatz::quant {

struct NamedMethod {
  std::string name{};
  std::string sentence{};
  PostTrainingOptions options{};
};

/// All methods for weights of so many bits; activations of 8.
[[nodiscard]] std::vector<NamedMethod> post_training_methods(int bits);
/// One of them. \throws UsageError with the nearest name
[[nodiscard]] NamedMethod post_training_method(const std::string& name, int bits);

struct AccuracyRow {
  double bits_per_weight = 0; ///< with levels and clips
  double exponent_low = 1;    ///< of the levels of all layers
  double exponent_high = 1;
  double accuracy = 0;       ///< share of the test images
  double agreement = 0;      ///< share that float32 gives the same class
  double logit_error = 0;    ///< |z' - z| / |z| over all logits
  std::vector<bool> right{}; ///< of each test image
  double seconds_to_quantize = 0;
  double seconds_to_run = 0;
};

struct Judged {
  const Sequence& net;
  const ImageSet& images;
  std::int64_t calibration = 512; ///< training images
  std::int64_t test = 10000;      ///< test images
  std::vector<float> logits{};    ///< of float32, by `judged`
};

/// Mean of right_a - right_b over the same images, and its standard error.
struct PairedDifference {
  double mean = 0;
  double standard_error = 0;
};
[[nodiscard]] PairedDifference paired_difference(const std::vector<bool>& a, const std::vector<bool>& b);

[[nodiscard]] Judged judged(const Sequence& net, const ImageSet& images, std::int64_t calibration, std::int64_t test);

[[nodiscard]] AccuracyRow measure_accuracy(const Judged& problem, const PostTrainingOptions& options);

} // namespace ansatz::quant
