// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/networks/equalize.hpp>
#include <ansatz/quant/networks/post_training.hpp>

#include <algorithm>

namespace ansatz::quant {

namespace {

/// Inputs of one linear layer for the calibration images.
std::vector<float> inputs_of(const Sequence& net, const LabelledImages& images, std::int64_t count, std::size_t layer, const LinearMap& map) {
  std::vector<float> inputs;
  const LinearMap record = [&](std::size_t number, const learning::Patches& p, std::span<const float> x, std::span<float> y) {
    if (number == layer) inputs.insert(inputs.end(), x.begin(), x.end());
    if (number < layer)
      map(number, p, x, y);
    else
      std::fill(y.begin(), y.end(), 0.0F); // what comes later is not looked at
  };
  (void)logits_of(net, images, count, record);
  return inputs;
}

} // namespace

QuantizedNetwork quantize(const Sequence& net, const LabelledImages& images, std::int64_t count, const PostTrainingOptions& o) {
  if (!o.bits.empty() && o.bits.size() != net.linear.size())
    throw UsageError("bad_value", std::to_string(o.bits.size()) + " numbers of bits for " + std::to_string(net.linear.size()) + " layers");
  if (o.activation_bits < 2 || o.activation_bits > 8)
    throw UsageError("bad_value", "activations of " + std::to_string(o.activation_bits) + " bits; 2 to 8 can be chosen");
  Sequence exact = net;
  if (o.equalized) equalize(exact);
  QuantizedNetwork quantized(exact);
  const QuantizedNetwork none(exact);
  for (std::size_t l = 0; l < exact.linear.size(); ++l) {
    const LinearLayer& layer = exact.linear[l];
    const std::vector<float> x = inputs_of(exact, images, count, l, none.map());
    QuantizedLayer q;
    q.activation = ActivationCodes::up_to(calibrate(o.calibration, x, o.activation_bits, false).high, o.activation_bits);
    q.activation.dynamic = o.dynamic_activations;
    LevelOptions levels = o.levels;
    if (!o.bits.empty()) levels.bits = o.bits[l];
    q.levels = choose_levels(layer, levels);
    if (o.with_data && (o.correct_bias || o.search != Search::nearest)) {
      std::vector<float> given = inputs_of(exact, images, count, l, quantized.map());
      const ActivationCodes codes = q.activation.of(given);
      codes.encode(given, given);
      for (float& v : given) v *= codes.scale;
      const LayerError error(layer, count, x, given);
      q.weight = search_rounding(o.search, layer, error, q.levels, o.steps);
      q.bias = o.correct_bias ? error.corrected_bias(layer, q.weight) : layer.bias;
    } else {
      q.weight = search_rounding(o.search, layer, LayerError(layer), q.levels, o.steps);
      q.bias = layer.bias;
    }
    quantized.add(std::move(q));
  }
  return quantized;
}

} // namespace ansatz::quant
