// SPDX-License-Identifier: Apache-2.0
/// Pressure Poisson operator on a voxel grid, matrix-free; assembled on request for library preconditioners.
///   (A p)_i = sum_j w_ij (p_i - p_j) + delta_i p_i   over the six face neighbours j of a fluid cell i,
///   w_ij = 1 if i and j are both fluid, else 0;  delta_i = number of air neighbours (p = 0 at the air cell's centre).
/// Rows of cells that are not fluid, and of fluid cells with neither fluid nor air neighbours ("isolated"), are identity rows.
/// Only the number a_ii = sum_j w_ij + delta_i is stored, one byte a cell: entries of vectors in non-fluid cells are 0, so neighbours need no mask.
/// A is symmetric; positive definite up to one indicator null vector for every connected fluid component without air ("closed").
/// Cost: one product reads 17 and writes 8 bytes a cell (f64).  MPI: apply is collective (one ghost exchange).  Threads: one object per thread.
#pragma once

#include <ansatz/solvers/poisson/cell_flags.hpp>

#include <petscmat.h>

#include <cstdint>
#include <span>
#include <vector>

namespace ansatz::solvers {

class PressureOperator {
public:
  /// Borrows `flags`, which must outlive the operator.
  explicit PressureOperator(const CellFlags& flags);
  PressureOperator(const PressureOperator&) = delete;
  PressureOperator& operator=(const PressureOperator&) = delete;
  ~PressureOperator();

  [[nodiscard]] const CellFlags& flags() const noexcept { return *flags_; }
  /// a_ii of every fluid cell in the padded layout of flags().box(); 0 marks identity rows (non-fluid and isolated cells) and everything outside the box.
  [[nodiscard]] std::span<const std::uint8_t> diagonal() const noexcept { return diagonal_; }
  /// Unknowns on all ranks: fluid cells that are not isolated.
  [[nodiscard]] std::int64_t unknowns() const noexcept { return unknowns_; }
  [[nodiscard]] std::int64_t isolated_cells() const noexcept { return isolated_; }

  /// y = A x for vectors of flags().dm(). Collective.
  void apply(Vec x, Vec y) const;
  /// y = A x on one rank's padded arrays (layout of flags().box(), ghosts of x filled by the caller, x = 0 where diagonal() is 0); writes own cells of y only. Local.
  void apply_padded(std::span<const double> x, std::span<double> y) const;
  void apply_padded(std::span<const float> x, std::span<float> y) const;

  /// MatShell around apply(), with this operator attached; `from_mat` finds it again. Valid while the operator lives. Borrowed by the caller.
  [[nodiscard]] Mat shell() const;
  [[nodiscard]] static const PressureOperator* from_mat(Mat A);
  /// Assembled copy of type MATAIJ or MATHYPRESTRUCT (`type` is PETSc's name). The caller owns it. Same rows as apply(), entry by entry.
  /// Errors: UsageError for MATHYPRESTRUCT where x or y has a single cell and a later axis has more (PETSc's interface cannot tell the neighbours apart).
  [[nodiscard]] Mat assemble(const char* type) const;

private:
  const CellFlags* flags_;
  std::vector<std::uint8_t> diagonal_;
  std::int64_t unknowns_ = 0;
  std::int64_t isolated_ = 0;
  mutable Vec ghosted_ = nullptr;      // several ranks: x with its ghosts
  mutable std::vector<double> planes_; // three padded planes of x
  Mat shell_ = nullptr;
};

} // namespace ansatz::solvers
