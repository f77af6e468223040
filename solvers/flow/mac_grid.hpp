// SPDX-License-Identifier: Apache-2.0
/// The marker-and-cell grid: velocities on faces, scalars in cells, every field with a ghost layer several cells wide, on a DMDA with the blocks of the
/// pressure system's.
///   place 0, 1, 2: component x, y, z on the low face of its axis of cell (i,j,k);  place 3: the centre of the cell.
/// The face of the last cell at a high wall is the first ghost entry.
/// Cite: Harlow and Welch, Numerical calculation of time-dependent viscous incompressible flow of fluid with free surface, Phys. Fluids 8 (1965).
/// Threads: one object per thread.  MPI: construction, destruction and exchange() are collective.
#pragma once

#include <ansatz/data/aligned.hpp>
#include <ansatz/solvers/poisson/grid.hpp>

#include <petscdmda.h>

#include <array>
#include <cstddef>
#include <span>

namespace ansatz::solvers::flow {

using Field = AlignedVector<double>;
using Velocity = std::array<Field, 3>;

/// Where the values of a field lie: 0, 1, 2 on faces, or in the centres of cells.
inline constexpr int centre_place = 3;

/// One rank's block with `ghost` layers on every side: index(i,j,k) = base + i + row j + plane k.
struct FieldBox {
  std::array<int, 3> n{};     ///< own cells
  std::array<int, 3> start{}; ///< global index of own cell (0,0,0)
  int ghost = 0;
  std::array<std::ptrdiff_t, 3> stride{}; ///< 1, row, plane
  std::ptrdiff_t base = 0;
  std::size_t size = 0;

  [[nodiscard]] std::ptrdiff_t index(int i, int j, int k) const noexcept { return base + i + stride[1] * j + stride[2] * k; }
};

class MacGrid {
public:
  /// \param pressure_dm  of create_dm(); its blocks are taken over  \param ghost  layers, >= 3
  /// Errors: UsageError if a rank's block is thinner than the ghost layer.
  MacGrid(DM pressure_dm, const Grid& grid, int ghost);
  MacGrid(const MacGrid&) = delete;
  MacGrid& operator=(const MacGrid&) = delete;
  ~MacGrid();

  [[nodiscard]] MPI_Comm comm() const { return comm_; }
  [[nodiscard]] DM pressure_dm() const noexcept { return pressure_dm_; }
  [[nodiscard]] const Grid& grid() const noexcept { return grid_; }
  [[nodiscard]] const FieldBox& box() const noexcept { return box_; }
  /// Whether this rank's block ends at a wall of the domain.
  [[nodiscard]] bool at_wall(int axis, int side) const noexcept;
  /// Position of an entry of a field, local index.
  [[nodiscard]] std::array<double, 3> position(int place, int i, int j, int k) const noexcept;

  [[nodiscard]] Field make() const { return Field(box_.size, 0.0); }
  /// Fills the ghosts that neighbours own.
  void exchange(Field& f) const;
  /// Own cells to and from an array without ghosts, x fastest.
  void pack(const Field& f, std::span<double> own) const;
  void unpack(std::span<const double> own, Field& f) const;

  [[nodiscard]] double sum(double value) const;
  [[nodiscard]] double largest(double value) const;

private:
  MPI_Comm comm_;
  DM pressure_dm_;
  DM dm_ = nullptr;
  Vec shell_ = nullptr; // local vector without memory, wraps a field during an exchange
  Grid grid_;
  FieldBox box_;
  int ranks_ = 1;
};

} // namespace ansatz::solvers::flow
