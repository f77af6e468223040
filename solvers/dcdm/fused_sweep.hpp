// SPDX-License-Identifier: Apache-2.0
/// The two memory sweeps of a fused conjugate direction iteration, on this rank's part of the vectors.
/// Shapes: every array holds n doubles, no alignment needed.
/// Accuracy: sums in blocks, error at most about (64 + n / 512) eps times the sum of absolute values.
/// Threads: reentrant.  MPI: none; the caller reduces.  Errors: none.
#pragma once

#include <cstddef>
#include <span>

namespace ansatz::solvers::dcdm {

/// Entry (i, j) of a packed lower triangle, j <= i.
[[nodiscard]] constexpr std::size_t packed(std::size_t i, std::size_t j) noexcept { return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i; }

/// Gram matrix g[packed(i, j)] = sum_l v_i[l] v_j[l] of all vectors v in one pass over memory; g holds v.size() (v.size() + 1) / 2 entries.
void gram(std::span<const double* const> v, std::size_t n, std::span<double> g);

/// A direction that stays in the history: p, A p and the coefficient c = <q, A p> / <p, A p>.
struct KeptDirection {
  const double* p = nullptr;
  const double* Ap = nullptr;
  double c = 0.0;
};

/// Operands of update(). The arrays of the slot, x and r are written; nothing may overlap.
struct UpdateOperands {
  const double* q = nullptr;
  const double* Aq = nullptr;
  std::span<const KeptDirection> kept;
  double* slot_p = nullptr;  ///< in: the oldest direction if `slot_is_direction`, else not read; out: the new p
  double* slot_Ap = nullptr; ///< likewise for A p
  bool slot_is_direction = false;
  double slot_c = 0.0; ///< coefficient of the oldest direction
  double alpha = 0.0;
  double* x = nullptr;
  double* r = nullptr;
};

/// p = q - sum c p_j,  A p = A q - sum c A p_j,  x += alpha p,  r -= alpha A p  in one pass over memory.
void update(const UpdateOperands& o, std::size_t n);

} // namespace ansatz::solvers::dcdm
