// SPDX-License-Identifier: Apache-2.0
/// State and loop of KSP "dcdm" (dcdm.hpp states the method). Internal to this folder: PETSc calls it through the KSP's operations.
/// Functions return PETSc error codes and are collective on the KSP's communicator.
#pragma once

#include <ansatz/solvers/dcdm/fused_sweep.hpp>

#include <petscksp.h>

#include <cstddef>
#include <vector>

namespace ansatz::solvers::dcdm {

/// One stored direction.
struct Direction {
  Vec p = nullptr;
  Vec Ap = nullptr;
  double d = 0.0;  ///< <p, A p> > 0
  double pr = 0.0; ///< <p, r> for the current r; 0 unless r was replaced since p was made
};

/// What `ksp->data` points to.
struct State {
  PetscInt history = 2;            ///< K >= 1: directions kept
  PetscInt true_residual = 0;      ///< P >= 0: recompute r = b - A x every P iterations; 0: only before convergence is reported
  PetscBool fused = PETSC_TRUE;    ///< recurrences for A p and <p, A p>, one reduction; PETSC_FALSE: the published form
  PetscBool fallback = PETSC_TRUE; ///< take r itself when a proposed direction is unusable

  PetscBool safeguard = PETSC_FALSE; ///< let the residual stand in for a proposer that gains less

  PetscInt allocated = 0; ///< length of `work`: 2K + 3
  Vec* work = nullptr;    ///< owner of all vectors below, which trade places
  Vec r = nullptr, q = nullptr, Aq = nullptr;
  std::vector<Direction> ring; ///< K slots
  PetscInt stored = 0;         ///< slots in use
  PetscInt newest = -1;        ///< slot of p_{k-1}

  PetscInt fallbacks = 0;       ///< in the last solve
  PetscInt total_fallbacks = 0; ///< since creation
  bool fell_back = false;       ///< in the last iteration
  PetscInt pause = 0;           ///< iterations for which the residual still stands in
  PetscInt next_pause = 1;      ///< how many the next time
  double residual_worth = 0.0;  ///< gain / |r|^2 when it last stood in
  double denied = 0.0;          ///< true residual norm that last denied convergence; infinite before
  double A_norm = 0.0;          ///< largest |A v| / |v| met in this solve: a lower bound of |A|

  std::vector<double> gram, c; ///< scratch of a step, sized at set-up so that the loop allocates nothing
  std::vector<const double*> arrays;
  std::vector<KeptDirection> kept;
  std::vector<Vec> handles;

  /// Slot of p_{k-1-age}.
  [[nodiscard]] Direction& previous(PetscInt age) { return ring[static_cast<std::size_t>((newest - age + history) % history)]; }
  /// Slot the next direction goes to: the oldest one once the ring is full.
  [[nodiscard]] Direction& next() { return ring[static_cast<std::size_t>((newest + 1) % history)]; }
  /// Makes next() the newest direction.
  void push(double d) {
    next().d = d;
    next().pr = 0.0;
    newest = (newest + 1) % history;
    if (stored < history) ++stored;
  }
  void forget() {
    stored = 0;
    newest = -1;
  }
};

/// Runs the iteration on `ksp`, whose data is a State with its vectors allocated. Sets reason, its and rnorm.
PetscErrorCode iterate(KSP ksp);

} // namespace ansatz::solvers::dcdm
