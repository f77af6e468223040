// SPDX-License-Identifier: Apache-2.0
/// Multigrid hierarchy of a voxel domain: 2x2x2 aggregation, volume-weighted coarse face coefficients, one unknown per connected component of children.
///   w_F^{l+1} = 1/2 sum of the fine face weights on the coarse face F (area 4 over distance 2, in units of the fine cell; interior fine faces drop out)
///   delta_I^{l+1} = kappa_l sum of the children's delta,   kappa_l = (2^l + 1)/(2^{l+1} + 1)   (p = 0 at the centre of a fine air cell)
///   P = injection from the coarse unknown to its children, restriction = P' exactly.
/// Learned weights (cycle_weights.hpp) multiply w_F and delta_I by positive factors that depend on how the cells beside them are filled.
/// Every A_l is a symmetric M-matrix, singular only on closed components. The factor 1/2 makes constant transfers as good as linear ones under two red-black
/// sweeps: a prototype with V(2,2) took on S8W at 64^3 / 128^3 7 / 7 iterations with constant and 7 / 8 with reach-masked trilinear transfers.
/// Coarsening stops at 64 cells; there a dense factorisation solves exactly.
/// MPI: construction is collective; levels are distributed like the grid until blocks fall below 8 cells an edge, then gathered on rank 0.
/// Threads: one object per thread.  Cost: set-up reads the codes once and touches every coarse cell a few times.
#pragma once

#include <ansatz/solvers/multigrid/cycle_weights.hpp>
#include <ansatz/solvers/multigrid/level.hpp>

#include <mpi.h>

#include <span>
#include <vector>

namespace ansatz::solvers::multigrid {

class Hierarchy {
public:
  /// \param partition  how the finest grid's cells are spread over ranks (a DMDA's ownership)
  /// \param codes      a_ii (0..6) of this rank's own cells in that partition, x fastest; 0 where there is no unknown
  /// \param weights    learned ones, used during construction only; null: the classical operators
  Hierarchy(MPI_Comm comm, const Partition& partition, std::span<const std::uint8_t> codes, const CycleWeights* weights = nullptr);

  [[nodiscard]] std::vector<Level>& levels() noexcept { return levels_; }
  [[nodiscard]] const std::vector<Level>& levels() const noexcept { return levels_; }
  [[nodiscard]] MPI_Comm comm() const noexcept { return comm_; }

  /// Whether the finest level has the caller's partition, so that its cells are the caller's in another order.
  [[nodiscard]] bool natural() const noexcept { return !import_; }
  /// Own cells of a vector in the caller's partition (x fastest) to the finest level's layout, and back.
  void import(std::span<const double> own, std::span<double> split) const;
  void export_to(std::span<const double> split, std::span<double> own) const;

  /// Bytes held on this rank.
  [[nodiscard]] std::size_t bytes() const;

private:
  void add_finest(std::span<const std::uint8_t> codes);
  void add_coarse();

  MPI_Comm comm_;
  int rank_ = 0;
  int size_ = 1;
  int distributed_levels_ = 0;
  Partition given_;
  SplitBox given_box_; ///< own block of the caller's partition; only its cell counts are used
  SfHandle import_;    ///< caller's own cells -> finest level, null if the partitions agree
  std::vector<Level> levels_;
};

} // namespace ansatz::solvers::multigrid
