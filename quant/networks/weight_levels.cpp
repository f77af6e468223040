// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/codebook.hpp>
#include <ansatz/quant/networks/weight_levels.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::quant {

namespace {

std::size_t below_of(std::span<const float> shape, float v) {
  const auto above = std::upper_bound(shape.begin(), shape.end(), v) - shape.begin();
  return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(above - 1, 0, static_cast<std::ptrdiff_t>(shape.size()) - 2));
}

std::size_t nearest_of(std::span<const float> shape, float v) {
  const std::size_t j = below_of(shape, v);
  return v - shape[j] > shape[j + 1] - v ? j + 1 : j;
}

float largest_magnitude(std::span<const float> w) {
  float most = 0;
  for (const float v : w) most = std::max(most, std::abs(v));
  return most > 0 ? most : 1.0F;
}

double squared_error(std::span<const float> w, std::span<const float> shape, float clip) {
  double sum = 0;
  for (const float v : w) {
    const float d = v - clip * shape[nearest_of(shape, v / clip)];
    sum += static_cast<double>(d) * static_cast<double>(d);
  }
  return sum;
}

/// Sets the clips and returns the squared error of the layer. \param steps  clips tried a row, 1: the largest magnitude  \param stride  every so many weights count
double choose_clips(const LinearLayer& layer, int steps, std::size_t stride, WeightLevels& levels) {
  double total = 0;
  levels.clip.resize(static_cast<std::size_t>(layer.out));
  std::vector<float> some;
  for (std::int64_t o = 0; o < layer.out; ++o) {
    const std::span<const float> w = layer.row(o);
    const float most = largest_magnitude(w);
    some.clear();
    for (std::size_t i = 0; i < w.size(); i += stride) some.push_back(w[i]);
    double least = std::numeric_limits<double>::infinity();
    for (int i = 1; i <= steps; ++i) {
      const float clip = steps == 1 ? most : most * (0.3F + 0.7F * static_cast<float>(i) / static_cast<float>(steps));
      if (const double error = squared_error(some, levels.shape, clip); error < least) {
        least = error;
        levels.clip[static_cast<std::size_t>(o)] = clip;
      }
    }
    total += least;
  }
  return total;
}

/// The exponent with the least error when clips are chosen anew for each, by a part of the weights and a coarse grid of clips.
double choose_exponent(const LinearLayer& layer, const LevelOptions& o) {
  constexpr std::size_t enough = 16384; // weights that tell one exponent from the next
  const std::size_t stride = std::max<std::size_t>(layer.weight.size() / enough, 1);
  double least = std::numeric_limits<double>::infinity();
  double best = 1;
  for (int i = 0; i < 29; ++i) {
    const double exponent = 0.4 + 0.025 * i;
    WeightLevels one{.kind = LevelShape::power, .bits = o.bits, .exponent = exponent, .shape = power_shape(o.bits, exponent)};
    if (const double error = choose_clips(layer, o.best_clip ? 14 : 1, stride, one); error < least) {
      least = error;
      best = exponent;
    }
  }
  return best;
}

/// Lloyd's levels for the weights of a layer, rows divided by their largest magnitude.
std::vector<float> codebook_shape(const LinearLayer& layer, int bits) {
  std::vector<float> unit;
  for (std::int64_t o = 0; o < layer.out; ++o) {
    const float most = largest_magnitude(layer.row(o));
    for (const float v : layer.row(o)) unit.push_back(v / most);
  }
  return lloyd_max(unit, bits, 100);
}

} // namespace

std::size_t WeightLevels::nearest(std::int64_t row, float w) const { return nearest_of(shape, w / clip[static_cast<std::size_t>(row)]); }

std::size_t WeightLevels::below(std::int64_t row, float w) const { return below_of(shape, w / clip[static_cast<std::size_t>(row)]); }

std::vector<float> power_shape(int bits, double exponent) {
  const int most = (1 << (bits - 1)) - 1;
  std::vector<float> shape;
  for (int q = -most; q <= most; ++q) {
    const double magnitude = std::pow(std::abs(q) / static_cast<double>(most), 1 / exponent);
    shape.push_back(static_cast<float>(q < 0 ? -magnitude : magnitude));
  }
  return shape;
}

WeightLevels choose_levels(const LinearLayer& layer, const LevelOptions& o) {
  if (o.bits < 2 || o.bits > 8) throw UsageError("bad_value", "weights of " + std::to_string(o.bits) + " bits; 2 to 8 can be chosen");
  if (layer.weight.empty()) throw UsageError("bad_value", "the layer " + layer.name + " has no weights to quantize");
  WeightLevels levels{.kind = o.shape, .bits = o.bits};
  if (o.shape == LevelShape::power) levels.exponent = o.exponent == 0 ? choose_exponent(layer, o) : o.exponent;
  levels.shape = o.shape == LevelShape::codebook ? codebook_shape(layer, o.bits) : power_shape(o.bits, levels.exponent);
  (void)choose_clips(layer, o.best_clip && o.shape != LevelShape::codebook ? 40 : 1, 1, levels);
  return levels;
}

std::vector<float> round_to_nearest(const LinearLayer& layer, const WeightLevels& levels) {
  std::vector<float> rounded;
  rounded.reserve(layer.weight.size());
  for (std::int64_t o = 0; o < layer.out; ++o)
    for (const float w : layer.row(o)) rounded.push_back(levels.level(o, levels.nearest(o, w)));
  return rounded;
}

} // namespace ansatz::quant
