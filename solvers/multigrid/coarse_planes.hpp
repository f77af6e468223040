// SPDX-License-Identifier: Apache-2.0
/// The regular part of a coarsening: what every coarse cell gets if its children are one unknown. Sums run along rows, so that the compiler vectorises them;
/// on the finest level, whose operator is bytes, sixteen cells at a time.
/// Errors: none.  Threads: one level at a time.  MPI: none, codes and weights in ghosts must be there.  Cost: one pass over the fine level.
#pragma once

#include <ansatz/solvers/multigrid/level.hpp>

#include <cstdint>
#include <vector>

namespace ansatz::solvers::multigrid {

struct CoarsePlanes {
  std::array<AlignedVector<float>, 3> weight; ///< 1/2 sum of the fine weights on a coarse face, in the layout `arriving`
  AlignedVector<float> delta;                 ///< kappa times the sum over the children
  std::vector<std::uint8_t> one_component;    ///< per coarse cell, x fastest: 0 where walls may part its children
  std::vector<std::uint8_t> children;         ///< the same of the finest level's children: bit dx + 2 dy + 4 dz; empty on other levels
};

/// \param delta  Dirichlet strengths of `fine`, empty on the finest level
[[nodiscard]] CoarsePlanes coarsen_planes(const Level& fine, const AlignedVector<float>& delta, float kappa);

} // namespace ansatz::solvers::multigrid
