// SPDX-License-Identifier: Apache-2.0
/// What a layer loses when its weights W become V and its input x becomes x', up to a constant that does not depend on V:
///   D(V) = E |V x' - W x|^2 - E |W x' - W x|^2 = sum over the rows of V of  v H v - 2 v t - (w H w - 2 w t),   H = cov(x'), t = cov(x', x) w
/// with the means taken off, since the bias of the layer makes up for them: b' = b + W E[x] - V E[x'] (bias correction). So everything that is chosen from data
/// needs these moments only, once, and the gradient dD/dV = 2 (V H - t) is exact, not a sample of it.
/// Without data H is the identity and t = w: D is the squared error of the weights.
/// Shapes: patches of the layer as rows of length K; H is K x K, t and V are [out][K].
/// Cost: moments 4 places K^2 flops, a gradient 2 out K^2.
/// Errors: UsageError for a layer of another shape.
/// Threads: one thread per object (it keeps kernels).  Ownership: owns the moments.
#pragma once

#include <ansatz/quant/networks/sequence.hpp>

#include <memory>
#include <span>
#include <vector>

namespace ansatz::quant {

class LayerError {
public:
  /// Of the weights alone. \param layer  borrowed for the constructor
  explicit LayerError(const LinearLayer& layer);
  /// From inputs of the layer, [image][row][column][feature]. \param exact  in float32  \param given  as the quantized layers before hand it on
  LayerError(const LinearLayer& layer, std::int64_t images, std::span<const float> exact, std::span<const float> given);

  /// D(V), relative to the energy of the layer's output, sum of w H w.
  [[nodiscard]] double value(std::span<const float> v) const;
  /// g = V H - t, half the gradient of D times the energy; returns value(v).
  double gradient(std::span<const float> v, std::span<float> g) const;
  /// H, row-major; empty without data.
  [[nodiscard]] std::span<const float> curvature() const noexcept { return h_; }
  [[nodiscard]] std::span<const float> target() const noexcept { return t_; }
  /// Sum of w H w.
  [[nodiscard]] double energy() const noexcept { return energy_; }
  [[nodiscard]] std::int64_t rows() const noexcept { return out_; }
  [[nodiscard]] std::int64_t length() const noexcept { return length_; }
  /// b' for the weights V; b itself without data.
  [[nodiscard]] std::vector<float> corrected_bias(const LinearLayer& layer, std::span<const float> v) const;

private:
  void add_moments(const LinearLayer& layer, std::int64_t images, std::span<const float> exact, std::span<const float> given);

  std::int64_t out_;
  std::int64_t length_;
  std::vector<float> h_;
  std::vector<float> t_;
  std::vector<double> mean_exact_;
  std::vector<double> mean_given_;
  double energy_ = 0;
  double offset_ = 0; ///< sum of w H w - 2 w t
  std::shared_ptr<learning::LinearKernels<float>> kernels_ = learning::make_linear_kernels<float>();
};

} // namespace ansatz::quant
