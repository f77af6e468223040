// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/cycle_weights.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/learning/training_state.hpp>
#include <ansatz/solvers/multigrid/shipped_weights.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ansatz::solvers::multigrid {

namespace {

enum BlockNumber : std::size_t { relax_block, face_block, surface_block };

learning::Layout layout() {
  learning::Layout l;
  l.add({.name = "relax", .shape = {2, CycleWeights::half_sweeps - 1}});
  l.add({.name = "face", .shape = {3, 4}});
  l.add({.name = "surface", .shape = {3, 4}});
  return l;
}

/// Offset of the centroid along an axis; 0 for an unknown without cells of the finest grid.
double centroid(const CellShape& s, std::size_t axis) { return s[0] > 0.0F ? static_cast<double>(s[axis + 1]) / static_cast<double>(s[0]) : 0.0; }

} // namespace

CycleWeights::CycleWeights() : arena_(layout()) {}

CycleWeights CycleWeights::shipped() {
  CycleWeights weights;
  const double* next = shipped_weights.data();
  for (const learning::Block& b : weights.arena_.layout().blocks()) {
    const auto to = weights.arena_.parameters(b);
    std::copy_n(next, to.size(), to.begin());
    next += to.size();
  }
  return weights;
}

CycleWeights CycleWeights::read(const std::string& path) {
  if (path == "shipped") return shipped();
  CycleWeights weights;
  learning::load_model(path, model, weights.arena_);
  const auto values = std::as_const(weights.arena_).parameters();
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
    throw FileError("file_format", path + ": holds parameters that are NaN or infinite; train it again");
  return weights;
}

double CycleWeights::parameter(std::size_t block, std::size_t row, std::size_t column) const {
  const learning::Block& b = arena_.layout().blocks()[block];
  return arena_.parameters(b)[row * static_cast<std::size_t>(b.shape[1]) + column];
}

float CycleWeights::relaxation(bool finest, int half_sweep) const {
  if (half_sweep + 1 == half_sweeps) return 1.0F;
  return static_cast<float>(2.0 / (1.0 + std::exp(-parameter(relax_block, finest ? 0 : 1, static_cast<std::size_t>(half_sweep)))));
}

double CycleWeights::factor(std::size_t block, std::size_t level, const std::array<double, 4>& features) const {
  double sum = 0.0;
  for (std::size_t f = 0; f < features.size(); ++f) sum += parameter(block, std::min<std::size_t>(level, 3) - 1, f) * features[f];
  return std::exp(sum / std::sqrt(1.0 + 0.25 * sum * sum));
}

float CycleWeights::face(std::size_t level, std::size_t axis, const CellShape& lower, const CellShape& upper) const {
  const double below = static_cast<double>(lower[0]);
  const double above = static_cast<double>(upper[0]);
  const double distance = 1.0 + centroid(upper, axis) - centroid(lower, axis); // at least 2^-level
  const double tau = factor(face_block, level, {1.0, -std::log(std::max(distance, 0.01)), 1.0 - 0.5 * (below + above), std::abs(above - below)});
  return static_cast<float>(std::max(tau, 1.0));
}

float CycleWeights::surface(std::size_t level, const CellShape& shape) const {
  const double empty = 1.0 - static_cast<double>(shape[0]);
  const double offset = std::abs(centroid(shape, 0)) + std::abs(centroid(shape, 1)) + std::abs(centroid(shape, 2));
  const double edge = std::exp2(static_cast<double>(level)); // 1/(2 kappa) = (2^level + 1)/(2^level + 2)
  return static_cast<float>(std::max(factor(surface_block, level, {1.0, empty, empty * empty, offset}), (edge + 1.0) / (edge + 2.0)));
}

} // namespace ansatz::solvers::multigrid
