// SPDX-License-Identifier: Apache-2.0
/// Training with rounding in the loop, as optics: forward sees the rounded numbers, backward passes straight through where nothing was clipped.
///   fixed     QFX: W bits, I = ceil(J) of them left of the binary point and J trained: s = 2^(I - W), q = clip(RNE(x / s), n, p), x' = s q;
///             dx'/dx = 1 inside, 0 outside; dx'/dJ = s ln2 (q - x / s) inside, s ln2 n or s ln2 p outside. J starts at 2 + floor(log2 max|x|), 1 less if unsigned.
///             With K > 0 codes have at most K non-zero signed digits, so a product is K shifts and additions (K-hot).
///   step      LSQ: the same without the ceiling, s = 2^(J - W) of the weights learned freely; dx'/dJ is divided by sqrt(N p), N the number of weights.
///             J starts where s = 2 mean|x| / sqrt(p). J in place of s keeps s positive whatever the optimiser does.
///   uniform   b bits between +- the largest magnitude
///   power     the same with levels q |q| (exponent 1/2)
/// `AwareLinear` is a layer of learning/layers/linear.hpp whose weights are rounded; `RoundedActivations` rounds what passes through (fixed, unsigned).
/// Cite: D. Dai et al., Trainable fixed-point quantization for deep learning acceleration on FPGAs (QFX), 2024, arXiv:2401.17544 (the idea; the rule is ours).
///   S. Esser et al., Learned step size quantization, ICLR 2020, arXiv:1902.08153.
/// Shapes: J [1] in the arena as NAME.integer_bits; of power and uniform nothing is learned.
/// Errors: UsageError for bits outside 2..8, K outside 0..bits.
/// Threads: as the kernels.
#pragma once

#include <ansatz/learning/layers/linear.hpp>
#include <ansatz/learning/networks/image_network.hpp>

#include <cstdint>
#include <vector>

namespace ansatz::quant {

enum class AwareFormat { fixed, step, uniform, power };

struct AwareOptions {
  AwareFormat format = AwareFormat::fixed;
  int bits = 8;
  int hot = 0; ///< K of fixed; 0: any digits
};

/// Rounds and differentiates one tensor.
class Rounder {
public:
  Rounder(AwareOptions options, bool is_signed);

  /// \param j  J, of fixed and step
  void forward(std::span<const float> x, float j, std::span<float> rounded) const;
  /// d[i] becomes d[i] dx'/dx; returns the sum of d[i] dx'/dJ.
  [[nodiscard]] float backward(std::span<const float> x, float j, std::span<float> d) const;
  /// J for these values.
  [[nodiscard]] float start(std::span<const float> x) const;
  [[nodiscard]] const AwareOptions& options() const noexcept { return options_; }

private:
  [[nodiscard]] bool learns() const { return options_.format == AwareFormat::fixed || options_.format == AwareFormat::step; }
  [[nodiscard]] float step(float j) const;
  [[nodiscard]] float code(float v) const;

  AwareOptions options_;
  float low_;
  float high_;
  std::vector<float> hot_; ///< by code - low: the nearest code of K digits
};

/// Codes low..high projected to the nearest sum of at most `hot` terms +-2^i within low..high + 1, which is a power of two and costs one digit; the smaller
/// magnitude of two at equal distance.
[[nodiscard]] std::vector<float> hot_codes(int low, int high, int hot);

/// A network of the plain sequences with rounded weights, and rounded activations after relu if the format is fixed. Initial J are set by `start_binary_points`.
[[nodiscard]] learning::Network<float>
aware_network(const std::string& model, const AwareOptions& options,
              const std::shared_ptr<learning::LinearKernels<float>>& kernels = learning::make_linear_kernels<float>());

/// Sets the J of all weights from the weights in the arena, those of activations from `largest_activation`.
void start_binary_points(learning::Arena<float>& arena, const AwareOptions& options, float largest_activation);

} // namespace ansatz::quant
