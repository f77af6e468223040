// SPDX-License-Identifier: Apache-2.0
/// Builds the operator of the next coarser level from a level (formulas in hierarchy.hpp).
/// MPI: `coarsen` and `make_level` are collective on the communicator.  Threads: one level at a time.  Cost: O(cells), plus a little per split coarse cell.
#pragma once

#include <ansatz/solvers/multigrid/cell_shapes.hpp>
#include <ansatz/solvers/multigrid/coarse_planes.hpp>
#include <ansatz/solvers/multigrid/level.hpp>

#include <mpi.h>

#include <cstdint>
#include <vector>

namespace ansatz::solvers::multigrid {

/// One directed coupling a_ij = -weight between unknowns named by global cell and sheet (0: structured, 1: extra), at least one of them an extra.
struct Coupling {
  std::int64_t row_cell, column_cell;
  std::int32_t row_sheet, column_sheet;
  float weight;
  std::int32_t unused = 0; // keeps the record free of padding, so it can be sent as bytes
};

/// An extra unknown and where its value arrives from the finer level.
struct ExtraUnknown {
  std::int64_t cell;
  std::int32_t rank;
  std::int32_t arriving; ///< index in the arriving layout on that rank
  float delta;
  std::int32_t unused = 0;
};

/// A coarse operator in the layout in which it is computed: every rank holds the parents of its own cells.
struct CoarseOperator {
  std::array<AlignedVector<float>, 3> weight;
  AlignedVector<float> delta;
  std::vector<std::uint8_t> children; ///< CoarsePlanes::children
  std::vector<ExtraUnknown> extras;   ///< own, by cell
  std::vector<Coupling> couplings;    ///< rows of own unknowns
  CellShapes shapes;                  ///< with extras behind; empty arrays without learned weights
};

/// Coarsens `fine` (number `depth` from the finest, `delta` its Dirichlet strengths, empty on the finest level) and fills its link to the coarser level.
[[nodiscard]] CoarseOperator coarsen(MPI_Comm comm, Level& fine, const AlignedVector<float>& delta, int depth);

/// What the coarsening of the new level needs beside the level itself.
struct Strengths {
  AlignedVector<float> delta; ///< Dirichlet strengths of unknowns; empty on the finest level
  CellShapes shapes;          ///< empty arrays on the finest level and without learned weights
};

/// The coarse level (number `depth` from the finest) of an operator, on `partition` (the arriving one, or everything gathered); writes what belongs to the
/// new level to `strengths`.
/// \param weights  learned ones; null: the classical operator
[[nodiscard]] Level make_level(MPI_Comm comm, Level& fine, CoarseOperator op, const Partition& partition, const CycleWeights* weights,
                               std::size_t depth, Strengths& strengths);

} // namespace ansatz::solvers::multigrid
