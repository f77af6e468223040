// SPDX-License-Identifier: Apache-2.0
/// Scattered points of a box of one or two dimensions; in one dimension y is 0.
/// Threads: functions without state.  MPI: none.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/features.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace ansatz::solvers::gp {

struct PointSet {
  std::vector<double> x{};
  std::vector<double> y{};
  [[nodiscard]] int size() const { return static_cast<int>(x.size()); }
};

/// All pairs, x fastest.
[[nodiscard]] PointSet pairs_of(const std::vector<double>& x, const std::vector<double>& y);

/// `count` points of a Latin hypercube: of the `count` equal slices of every axis each holds one point, at a random place in it (McKay, Beckman,
/// Conover, Technometrics 21 (1979) 239). Equal seeds give equal points.
[[nodiscard]] PointSet latin_hypercube(const std::array<Interval, 2>& box, int dimensions, int count, std::uint64_t seed);

} // namespace ansatz::solvers::gp
