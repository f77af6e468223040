// SPDX-License-Identifier: Apache-2.0
/// What ends a Krylov loop of a pressure solver, and what the caller sees of it on the way.
/// MPI: as the KSP.  Threads: one object per solve.
#pragma once

#include <ansatz/solvers/poisson/solve.hpp>

#include <petscksp.h>

namespace ansatz::solvers {

/// The convergence test: the norm against a fixed target, so that neither the start nor a restart moves it; the caller's monitor on the way.
struct ConvergenceWatch {
  const Monitor* monitor;
  const Observer* observer;
  double b_norm;
  double target = 0.0;
  double divergence = 0.0;
  int done = 0;   ///< iterations of earlier runs
  int shown = -1; ///< last iteration the monitor saw: some loops test an iteration twice, and a restart tests its first one again
  bool stopped = false;
};

/// For KSPSetConvergenceTest; the context is a ConvergenceWatch. What monitor or observer throw becomes a PETSc error.
PetscErrorCode watch_convergence(KSP ksp, PetscInt it, PetscReal norm, KSPConvergedReason* reason, void* context);

/// Name in docs/errors.md.
[[nodiscard]] const char* reason_name(KSPConvergedReason reason);

} // namespace ansatz::solvers
