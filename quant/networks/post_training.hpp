// SPDX-License-Identifier: Apache-2.0
/// Post-training quantization of a sequence: equalize, choose clips of the activations, then layer by layer choose levels, round the weights (so that the
/// layer comes out right for what the quantized layers before it hand on) and correct the bias.
/// Clips of activations: by calibration/clip.hpp from the inputs of the layers in float32.
/// Errors: UsageError for options out of range, for a number of bits that is not one a layer, for no calibration images.
/// Cost: a run of the calibration images a layer, and what rounding_search.hpp says.
/// Threads: one.
#pragma once

#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/networks/quantized_network.hpp>
#include <ansatz/quant/networks/rounding_search.hpp>

namespace ansatz::quant {

struct PostTrainingOptions {
  LevelOptions levels{};                      ///< its bits are those of all layers unless `bits` says otherwise
  std::vector<int> bits{};                    ///< of each linear layer; empty: all equal
  int activation_bits = 8;                    ///< 2 to 8
  Calibration calibration = Calibration::mse; ///< of activations
  bool dynamic_activations = false;           ///< ranges of activations at run time, a tensor at a time, in place of the calibrated ones
  Search search = Search::nearest;
  bool with_data = true;     ///< moments of the calibration images; false: the weights alone count
  bool correct_bias = false; ///< needs data
  bool equalized = false;    ///< cross-layer equalization first
  int steps = 400;           ///< of searches by gradient
};

/// \param images  of calibration, the first `count` of the set
[[nodiscard]] QuantizedNetwork quantize(const Sequence& net, const LabelledImages& images, std::int64_t count, const PostTrainingOptions& options);

} // namespace ansatz::quant
