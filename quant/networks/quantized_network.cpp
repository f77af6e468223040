// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/layers/linear.hpp>
#include <ansatz/quant/networks/quantized_network.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::quant {

namespace {

constexpr double exact_limit = 1 << 24; ///< up to which float32 holds every integer

double largest_norm(std::span<const float> w, std::int64_t out) {
  const std::size_t length = w.size() / static_cast<std::size_t>(out);
  double most = 0;
  for (std::size_t at = 0; at < w.size(); at += length) {
    double sum = 0;
    for (std::size_t i = at; i < at + length; ++i) sum += std::abs(static_cast<double>(w[i]));
    most = std::max(most, sum);
  }
  return most;
}

} // namespace

ActivationCodes ActivationCodes::of(std::span<const float> x) const {
  if (!dynamic) return *this;
  float largest = 0;
  for (const float v : x) largest = std::max(largest, v);
  return up_to(largest, bits);
}

void ActivationCodes::encode(std::span<const float> x, std::span<float> code) const {
  const float top = most();
  // 1.5 2^23: adding and taking it off again rounds to the nearest even integer in every instruction set, at a vector's speed.
  constexpr float magic = 12582912.0F;
  for (std::size_t i = 0; i < x.size(); ++i) code[i] = (std::clamp(x[i] / scale, 0.0F, top) + magic) - magic;
}

int QuantizedLayer::integer_levels() const noexcept {
  const int most = (1 << (levels.bits - 1)) - 1;
  if (levels.kind == LevelShape::codebook) return 0;
  return levels.exponent == 1.0 ? most : levels.exponent == 0.5 ? most * most : 0;
}

void exact_sums(const learning::Patches& p, std::int64_t out, std::span<const float> code, float most, std::span<const float> w,
                learning::LinearKernels<float>& kernels, std::span<float> sums) {
  if (static_cast<double>(most) * largest_norm(w, out) < exact_limit) return kernels.forward(p, out, code.data(), w.data(), sums.data());
  std::vector<float> high(w.size()), low(w.size()), of_low(sums.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    high[i] = std::floor((w[i] + 8) / 16);
    low[i] = w[i] - 16 * high[i];
  }
  if (static_cast<double>(most) * std::max(largest_norm(high, out), largest_norm(low, out)) >= exact_limit)
    throw UsageError("bad_value",
                     "a layer of " + std::to_string(p.length()) + " weights a row sums beyond the integers that float32 holds; use fewer bits");
  kernels.forward(p, out, code.data(), high.data(), sums.data());
  kernels.forward(p, out, code.data(), low.data(), of_low.data());
  // Rounded once: 2^53 holds the exact sum.
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = static_cast<float>(16 * static_cast<double>(sums[i]) + static_cast<double>(of_low[i]));
}

void QuantizedNetwork::add(QuantizedLayer layer) {
  Integers integers;
  if (const int most = layer.integer_levels(); most > 0) {
    const std::size_t length = static_cast<std::size_t>(exact_.linear[layers_.size()].length());
    for (std::size_t i = 0; i < layer.weight.size(); ++i)
      integers.weight.push_back(std::nearbyint(layer.weight[i] / layer.levels.clip[i / length] * static_cast<float>(most)));
    for (const float clip : layer.levels.clip) integers.unit.push_back(clip / static_cast<float>(most));
  }
  integers_.push_back(std::move(integers));
  layers_.push_back(std::move(layer));
}

void QuantizedNetwork::apply(std::size_t number, const learning::Patches& p, std::span<const float> x, std::span<float> y) const {
  const LinearLayer& exact = exact_.linear[number];
  const QuantizedLayer& layer = layers_[number];
  const Integers& integers = integers_[number];
  const auto activation = exact.relu ? learning::Activation::relu : learning::Activation::identity;
  std::vector<float> code(x.size());
  const ActivationCodes codes = layer.activation.of(x);
  codes.encode(x, code);
  if (integers.weight.empty()) {
    for (float& c : code) c *= codes.scale;
    kernels_->forward(p, exact.out, code.data(), layer.weight.data(), y.data());
    return learning::add_bias(p.places(), exact.out, layer.bias.data(), activation, y.data());
  }
  exact_sums(p, exact.out, code, codes.most(), integers.weight, *kernels_, y);
  const auto out = static_cast<std::size_t>(exact.out);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = std::fma(y[i], codes.scale * integers.unit[i % out], layer.bias[i % out]);
  learning::activate(activation, static_cast<std::int64_t>(y.size()), y.data());
}

LinearMap QuantizedNetwork::map() const {
  return [this](std::size_t number, const learning::Patches& p, std::span<const float> x, std::span<float> y) {
    if (number < layers_.size())
      apply(number, p, x, y);
    else
      quant::apply(exact_.linear[number], p, x, y, *kernels_);
  };
}

double QuantizedNetwork::weight_bits() const {
  double bits = 0;
  for (const QuantizedLayer& l : layers_)
    bits += static_cast<double>(l.weight.size()) * l.levels.bits + 32.0 * static_cast<double>(l.levels.clip.size()) +
            (l.levels.kind == LevelShape::codebook ? 32.0 * static_cast<double>(l.levels.shape.size())
             : l.levels.kind == LevelShape::power  ? 32.0
                                                   : 0.0);
  return bits;
}

} // namespace ansatz::quant
