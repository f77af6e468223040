// SPDX-License-Identifier: Apache-2.0
/// The values that the weights of a layer may take, and how they are chosen from the weights alone. A row (an output channel) has a clip m of its own; the
/// shape of the levels is the layer's, with L = 2^(b-1) - 1:
///   uniform   m q / L,                       q = -L .. L
///   power     m sgn(q) (|q| / L)^(1/a),      a = 1 is uniform; a = 1/2 has integer levels q |q|
///   codebook  m t_j,                         2^b levels t_j of Lloyd and Max for the weights of the layer, each row divided by its largest magnitude
/// Clips: the largest magnitude of the row, or the one of least squared error, the best of 40 from 0.3 to 1 times it. The exponent is the best of a grid 0.4, 0.425,
/// .., 1.1 with the clip chosen anew for each (jointly), or given.
/// Cite: E. Yvinec et al., PowerQuant, ICLR 2023, arXiv:2301.09858.
/// Errors: UsageError for bits outside 2..8 and layers without weights.
/// Threads: values.
#pragma once

#include <ansatz/quant/networks/sequence.hpp>

#include <cstdint>
#include <vector>

namespace ansatz::quant {

enum class LevelShape { uniform, power, codebook };

struct LevelOptions {
  LevelShape shape = LevelShape::uniform;
  int bits = 4;           ///< 2 to 8
  bool best_clip = false; ///< of least squared error; otherwise the largest magnitude
  double exponent = 0;    ///< of power; 0: the best
};

/// The levels of a layer: of row o they are clip[o] * shape[j].
struct WeightLevels {
  LevelShape kind = LevelShape::uniform;
  int bits = 4;
  double exponent = 1;        ///< of power and uniform
  std::vector<float> shape{}; ///< rising
  std::vector<float> clip{};  ///< of each row

  [[nodiscard]] float level(std::int64_t row, std::size_t j) const { return clip[static_cast<std::size_t>(row)] * shape[j]; }
  /// The nearest level, the lower one at the middle.
  [[nodiscard]] std::size_t nearest(std::int64_t row, float w) const;
  /// The last level at or below w, but not the very last: w lies between it and the next one, or outside.
  [[nodiscard]] std::size_t below(std::int64_t row, float w) const;
};

/// Levels of the magnitudes 0..1, both signs.
[[nodiscard]] std::vector<float> power_shape(int bits, double exponent);

[[nodiscard]] WeightLevels choose_levels(const LinearLayer& layer, const LevelOptions& options);

/// Every weight at its nearest level.
[[nodiscard]] std::vector<float> round_to_nearest(const LinearLayer& layer, const WeightLevels& levels);

} // namespace ansatz::quant
