// SPDX-License-Identifier: Apache-2.0
/// Which part of a coarse cell its unknown fills: what learned weights see of the geometry.
///   f_P = sum f_i / 8,   m_P = sum (m_i / 2 + f_i o_i) / 8 over the children i of P, o_i = +-1/4 the place of a child; f = 1, m = 0 on the finest level.
/// Cost: one pass over the codes, then an eighth of that a level.  Memory: 16 bytes a coarse cell during set-up.
/// Threads: no state.  MPI: local.
#pragma once

#include <ansatz/solvers/multigrid/cycle_weights.hpp>
#include <ansatz/solvers/multigrid/level.hpp>

namespace ansatz::solvers::multigrid {

/// Fill and moments, one array each: indices of a level, or of the arriving layout of the next one with its extras.
using CellShapes = std::array<AlignedVector<float>, 4>;

[[nodiscard]] inline CellShape shape_at(const CellShapes& shapes, std::size_t i) { return {shapes[0][i], shapes[1][i], shapes[2][i], shapes[3][i]}; }

/// Shapes in the arriving layout of the next coarser level, after coarsen() has filled the link to it.
/// \param shapes    those of `fine`; empty arrays on the finest level
/// \param children  of the finest level (CoarsePlanes::children); unused on others
[[nodiscard]] CellShapes coarsen_shapes(const Level& fine, const CellShapes& shapes, const std::vector<std::uint8_t>& children);

} // namespace ansatz::solvers::multigrid
