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

/// Sets the clips and returns the squared error of the layer.
double choose_clips(const LinearLayer& layer, bool best, WeightLevels& levels) {
  constexpr int steps = 40;
  double total = 0;
  levels.clip.resize(static_cast<std::size_t>(layer.out));
  for (std::int64_t o = 0; o < layer.out; ++o) {
    const std::span<const float> w = layer.row(o);
    const float most = largest_magnitude(w);
    double least = std::numeric_limits<double>::infinity();
    for (int i = best ? 0 : steps; i <= steps; ++i) {
      const float clip = most * (0.3F + 0.7F * static_cast<float>(i) / steps);
      if (const double error = squared_error(w, levels.shape, clip); error < least) {
        least = error;
        levels.clip[static_cast<std::size_t>(o)] = clip;
      }
    }
    total += least;
  }
  return total;
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
  if (o.shape == LevelShape::codebook) {
    levels.shape = codebook_shape(layer, o.bits);
    (void)choose_clips(layer, false, levels);
    return levels;
  }
  const bool search = o.shape == LevelShape::power && o.exponent == 0;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < (search ? 29 : 1); ++i) {
    WeightLevels one = levels;
    one.exponent = search ? 0.4 + 0.025 * i : o.shape == LevelShape::power ? o.exponent : 1.0;
    one.shape = power_shape(o.bits, one.exponent);
    if (const double error = choose_clips(layer, o.best_clip, one); error < least) {
      least = error;
      levels = std::move(one);
    }
  }
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
