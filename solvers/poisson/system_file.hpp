// SPDX-License-Identifier: Apache-2.0
/// A pressure system out of a result file, such as one frame of a flow simulation: grid and cells, and the right-hand side on any grid of that size.
/// Errors: FileError of ResultReader, `file_format` if a field is missing or stands elsewhere than in cells; UsageError `bad_value` for a grid that is not of
/// cubic cells, an unknown kind of cell (naming the cell), no fluid, a right-hand side on another grid, NaN or Inf. All ranks throw alike.
/// MPI: collective on the communicator the file was opened with.  Threads: one.
#pragma once

#include <ansatz/data/result_reader.hpp>
#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <memory>

namespace ansatz::solvers {

/// The grid whose cell centres are /grid/x, y and z. An axis of one cell has the spacing of the others; a single cell is 1 m long.
[[nodiscard]] Grid read_grid(const ResultReader& file);

/// The field `flags`. \param grid  of read_grid  \param dm  of that grid
[[nodiscard]] std::unique_ptr<CellFlags> read_flags(const ResultReader& file, const Grid& grid, DM dm);

/// The field `rhs` into b; 0 on identity rows, whatever the file says.
void read_rhs(const ResultReader& file, const PressureOperator& A, Vec b);

} // namespace ansatz::solvers
