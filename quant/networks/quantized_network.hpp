// SPDX-License-Identifier: Apache-2.0
/// A sequence (sequence.hpp) whose weights lie on levels and whose activations are unsigned integers:
///   q = clamp(RNE(x / S), 0, 2^b - 1),   y = a(fma(float(sum of q k), S u, bias))   for integer levels u k of the weights (uniform; power with a = 1/2),
///   y = a(sum of (S q) v + bias) in float32                                           for other levels v
/// The integer sums are exact, whatever the kernels: float32 products of integers whose partial sums stay below 2^24 by the 1-norm of the weights, split as
/// k = 16 high + low where that bound fails. So the simulation has the bits of an integer kernel.
/// With a dynamic range S is the largest value of the tensor at hand over 2^b - 1.
/// All inputs of layers must be >= 0, as pixels and rectified values are; negative ones become 0.
/// Cost: as float32, twice that where weights are split.
/// Errors: UsageError for sums that no split can hold.
/// Threads: one per network (it keeps kernels).
#pragma once

#include <ansatz/quant/networks/sequence.hpp>
#include <ansatz/quant/networks/weight_levels.hpp>

#include <memory>

namespace ansatz::quant {

/// Codes 0 .. 2^bits - 1 of activations.
struct ActivationCodes {
  int bits = 8;
  float scale = 1;      ///< S
  bool dynamic = false; ///< S from every tensor anew

  [[nodiscard]] float most() const noexcept { return static_cast<float>((1 << bits) - 1); }
  [[nodiscard]] static ActivationCodes up_to(float clip, int bits) { return {bits, clip > 0 ? clip / static_cast<float>((1 << bits) - 1) : 1.0F}; }
  /// Those for x.
  [[nodiscard]] ActivationCodes of(std::span<const float> x) const;
  /// Codes as float32.
  void encode(std::span<const float> x, std::span<float> code) const;
};

struct QuantizedLayer {
  WeightLevels levels{};
  ActivationCodes activation{};
  std::vector<float> weight{}; ///< on the levels
  std::vector<float> bias{};

  /// Largest integer of the levels, m q / L or m q |q| / L^2; 0 if they are no integers.
  [[nodiscard]] int integer_levels() const noexcept;
};

/// sums[place][o] = sum of code w, exactly. \param w  integers [out][length]  \param most  largest code
void exact_sums(const learning::Patches& p, std::int64_t out, std::span<const float> code, float most, std::span<const float> w,
                learning::LinearKernels<float>& kernels, std::span<float> sums);

class QuantizedNetwork {
public:
  explicit QuantizedNetwork(Sequence exact) : exact_(std::move(exact)) {}

  /// Layers are given one by one, from the first on.
  void add(QuantizedLayer layer);
  [[nodiscard]] const std::vector<QuantizedLayer>& layers() const noexcept { return layers_; }
  [[nodiscard]] const Sequence& exact() const noexcept { return exact_; }
  /// Layers that are not there yet run in float32.
  [[nodiscard]] LinearMap map() const;
  /// Bits of all weights, levels and clips included.
  [[nodiscard]] double weight_bits() const;

private:
  void apply(std::size_t number, const learning::Patches& p, std::span<const float> x, std::span<float> y) const;

  struct Integers {
    std::vector<float> weight; ///< empty: the levels are no integers
    std::vector<float> unit;   ///< u, of each row
  };
  Sequence exact_;
  std::vector<QuantizedLayer> layers_;
  std::vector<Integers> integers_;
  std::shared_ptr<learning::LinearKernels<float>> kernels_ = learning::make_linear_kernels<float>();
};

} // namespace ansatz::quant
