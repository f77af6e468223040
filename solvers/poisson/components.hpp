// SPDX-License-Identifier: Apache-2.0
/// Connected fluid components without air ("closed"): each adds its indicator to the null space of the pressure operator.
///   A x = b has a solution iff b sums to 0 on every closed component; x is unique up to a constant on each.
/// MPI: construction and members are collective; one reduction for all components together.  Threads: const members from one thread at a time per communicator.
/// Cost: union-find over runs of cells along x, a few bytes a cell only where closed components exist; nothing to do afterwards if there is none.
#pragma once

#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <petscmat.h>

#include <cstdint>
#include <vector>

namespace ansatz::solvers {

class ClosedComponents {
public:
  explicit ClosedComponents(const PressureOperator& A);

  /// Closed components on all ranks (isolated cells are not counted: their rows are identity rows).
  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  /// v minus its mean on every closed component.
  void project(Vec v) const;
  /// 2-norm of what project() would remove.
  [[nodiscard]] double incompatibility(Vec v) const;
  /// A null space object that calls project(); null if there is no closed component. Valid while this lives; the caller destroys it.
  [[nodiscard]] MatNullSpace null_space() const;

private:
  [[nodiscard]] std::vector<double> means(Vec v) const;

  MPI_Comm comm_;
  std::int64_t count_ = 0;
  std::vector<std::int32_t> label_; ///< per own cell (x fastest): closed component on all ranks, or -1; empty if there is none
  std::vector<double> size_;        ///< cells of every closed component
};

} // namespace ansatz::solvers
