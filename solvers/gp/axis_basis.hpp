// SPDX-License-Identifier: Apache-2.0
/// Features of one axis, rotated so that hard boundary data separate: Psi = Phi T with T orthogonal and Psi(B) = [Psi_B 0]. The first `fixed`
/// coefficients follow from the data at the end points B, the others are free; the prior stays N(0, I). With T = [Q_B N] from the QR factorisation
/// of Phi(B)^T, N spans its null space.
/// An axis without lines has the one feature 1 on its one point: the second axis of a problem of one dimension.
/// Errors: UsageError `bad_value` for no line, a weight or rate that is not positive, two equal lines.  Threads: const members may run at once.
/// MPI: none.
#pragma once

#include <ansatz/solvers/gp/features.hpp>

#include <memory>

namespace ansatz::solvers::gp {

class KernelBasis;

/// What functions an axis has.
struct AxisModel {
  Interval interval{};
  std::vector<Line> lines{};                   ///< Gaussian lines; empty: the trivial axis
  double cut = 1e-16;                          ///< of `feature_terms`, or of the kernel's rank
  std::shared_ptr<const KernelBasis> kernel{}; ///< its functions (kernel_basis.hpp) instead of features of the lines
};

class AxisBasis {
public:
  /// \param ends  coordinates with hard data, 0 to 2
  AxisBasis(AxisModel model, const std::vector<double>& ends);

  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] int fixed() const { return fixed_; }
  [[nodiscard]] int free() const { return size_ - fixed_; }
  [[nodiscard]] const AxisModel& model() const { return model_; }
  /// Rotated features, or their derivative: points x size.
  [[nodiscard]] Matrix at(std::span<const double> points, int order) const;
  /// Columns, not rotated, whose span holds all derivatives up to `order`.
  [[nodiscard]] Matrix wider(std::span<const double> points, int order) const;
  /// Orthonormal columns that span all derivatives up to `order` of all features at these points: points x at most (size + a few).
  [[nodiscard]] Matrix span(std::span<const double> points, int order) const;

private:
  [[nodiscard]] Matrix plain(std::span<const double> points, int order) const;

  AxisModel model_;
  Matrix rotation_;
  int size_ = 1;
  int fixed_ = 0;
};

} // namespace ansatz::solvers::gp
