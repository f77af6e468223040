// SPDX-License-Identifier: Apache-2.0
/// Recognises the voxel pressure operator behind a PETSc matrix.
/// MPI: collective on the matrix's communicator; all ranks agree on failure.  Errors: UsageError (`bad_value`) that names the first offending row.
#pragma once

#include <ansatz/solvers/multigrid/partition.hpp>

#include <petscdm.h>
#include <petscmat.h>

#include <cstdint>
#include <vector>

namespace ansatz::solvers::multigrid {

struct VoxelMatrix {
  Partition partition;             ///< ownership of the DMDA
  std::vector<std::uint8_t> codes; ///< a_ii / scale of own cells, x fastest; 0 on identity rows
  double scale = 1.0;              ///< A = scale * (voxel operator) on rows with an unknown
  std::vector<double> identity;    ///< a_ii of identity rows by own cell (1 if the matrix has 0 there); empty: all 1
};

/// \param dm  the DMDA if the matrix does not know it, else null
[[nodiscard]] VoxelMatrix recognise(Mat A, DM dm);

} // namespace ansatz::solvers::multigrid
