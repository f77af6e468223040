// SPDX-License-Identifier: Apache-2.0
/// What can be learned of the voxel multigrid cycle, 30 numbers for all grids and geometries; all 0 is the classical cycle, bit for bit.
///   face     w_PQ    = tau_PQ / 2 sum w_ij,           ln tau = bound(c . (1, -ln(1 + d), 1 - (f_P + f_Q)/2, |f_P - f_Q|))
///   surface  delta_P = eta_P kappa_l sum delta_i,     ln eta = bound(c . (1, 1 - f_P, (1 - f_P)^2, |s_P|_1))
///   relax    z_i += omega ((r_i + sum_j w_ij z_j)/a_ii - z_i),   omega = 2/(1 + exp(-v)), one v a half sweep before the last one, mirrored after
/// f is the part of a coarse cell that its unknown fills, s the offset of that part's centroid from the cell's centre in cells, d = s_Q - s_P along the face's
/// normal, so that 1 + d is the distance of the two centroids; bound(x) = x / sqrt(1 + x^2/4). Coefficients c are those of level 1, of level 2, and of all coarser
/// ones; omega is one of the finest level or one of the others. A cell surrounded by full ones has the constant tau exp(bound(c_0)).
/// tau is at least 1 and eta at least 1/(2 kappa_l), below which they are cut off; both are symmetric in P and Q, and 0 < omega < 2. So whatever the numbers,
/// A_l is a symmetric M-matrix not below P'A_{l-1}P / 2, which the second visit of a W cycle needs, and the smoother contracts: the cycle stays symmetric and
/// positive semidefinite (docs/multigrid.md). The last half sweep keeps omega = 1: its colour has no residual to restrict.
/// Errors: FileError of read_model (another model, version, shape or precision) and for numbers that are not finite.
/// Cost: features are taken once a geometry, at cells that are not full; a solve does not see them.
/// Threads: const members any.  MPI: none.
#pragma once

#include <ansatz/learning/arena.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace ansatz::solvers::multigrid {

/// The part of a coarse cell that an unknown fills, in (0, 1], and its first moments: fill times centroid, the centre of the cell being 0 and its edge 1.
using CellShape = std::array<float, 4>;

class CycleWeights {
public:
  static constexpr const char* model = "cycle"; ///< name in model files
  static constexpr int sweeps = 2;              ///< smoothing sweeps they belong to
  static constexpr int half_sweeps = 2 * sweeps;

  CycleWeights();
  /// Those of models/cycle.h5, compiled in: a set-up takes a hundredth of the time of opening a file.
  [[nodiscard]] static CycleWeights shipped();
  /// \param path  model file of ansatz-train; `shipped`: those compiled in
  [[nodiscard]] static CycleWeights read(const std::string& path);

  /// omega of half sweep h = 0 .. half_sweeps - 1 before the coarse correction.
  [[nodiscard]] float relaxation(bool finest, int half_sweep) const;
  /// tau of a face of level `level` >= 1 between a cell and its upper neighbour along `axis`.
  [[nodiscard]] float face(std::size_t level, std::size_t axis, const CellShape& lower, const CellShape& upper) const;
  /// eta of an unknown of level `level` >= 1.
  [[nodiscard]] float surface(std::size_t level, const CellShape& shape) const;

  [[nodiscard]] learning::Arena<double>& arena() noexcept { return arena_; }
  [[nodiscard]] const learning::Arena<double>& arena() const noexcept { return arena_; }

private:
  [[nodiscard]] double factor(std::size_t block, std::size_t level, const std::array<double, 4>& features) const;
  [[nodiscard]] double parameter(std::size_t block, std::size_t row, std::size_t column) const;

  learning::Arena<double> arena_;
};

} // namespace ansatz::solvers::multigrid
