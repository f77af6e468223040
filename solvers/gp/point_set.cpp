// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/point_set.hpp>

#include <numeric>
#include <random>

namespace ansatz::solvers::gp {

PointSet pairs_of(const std::vector<double>& x, const std::vector<double>& y) {
  PointSet points;
  for (const double b : y)
    for (const double a : x) {
      points.x.push_back(a);
      points.y.push_back(b);
    }
  return points;
}

PointSet latin_hypercube(const std::array<Interval, 2>& box, int dimensions, int count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  // Of the generator alone, so that the points are the same with every standard library.
  const auto uniform = [&random] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
  PointSet points{.x = std::vector<double>(static_cast<std::size_t>(count)), .y = std::vector<double>(static_cast<std::size_t>(count))};
  for (int axis = 0; axis < dimensions; ++axis) {
    std::vector<int> slice(static_cast<std::size_t>(count));
    std::iota(slice.begin(), slice.end(), 0);
    for (std::size_t i = slice.size(); i-- > 1;) std::swap(slice[i], slice[static_cast<std::size_t>(uniform() * static_cast<double>(i + 1))]);
    auto& along = axis == 0 ? points.x : points.y;
    const Interval& interval = box[static_cast<std::size_t>(axis)];
    for (std::size_t i = 0; i < slice.size(); ++i) along[i] = interval.low + interval.length * (slice[i] + uniform()) / count;
  }
  return points;
}

} // namespace ansatz::solvers::gp
