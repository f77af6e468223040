// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/convergence_watch.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <cmath>

namespace ansatz::solvers {
namespace {

Vec current_iterate(KSP ksp) {
  Vec x = nullptr;
  petsc_check(KSPBuildSolution(ksp, nullptr, &x));
  return x;
}

} // namespace

PetscErrorCode watch_convergence(KSP ksp, PetscInt it, PetscReal norm, KSPConvergedReason* reason, void* context) {
  auto& watch = *static_cast<ConvergenceWatch*>(context);
  PetscFunctionBegin;
  *reason = KSP_CONVERGED_ITERATING;
  if (!std::isfinite(norm))
    *reason = KSP_DIVERGED_NANORINF;
  else if (norm <= watch.target)
    *reason = KSP_CONVERGED_RTOL;
  else if (norm > watch.divergence)
    *reason = KSP_DIVERGED_DTOL;
  const int iteration = watch.done + static_cast<int>(it);
  if (iteration == watch.shown) PetscFunctionReturn(0);
  watch.shown = iteration;
  try {
    if (*watch.monitor && !(*watch.monitor)(iteration, norm / watch.b_norm) && *reason == KSP_CONVERGED_ITERATING) {
      watch.stopped = true;
      *reason = KSP_DIVERGED_BREAKDOWN;
    }
    if (*watch.observer) (*watch.observer)(iteration, [ksp] { return current_iterate(ksp); });
  } catch (const std::exception& e) {
    SETERRQ(PETSC_COMM_SELF, PETSC_ERR_USER, "%s", e.what());
  }
  PetscFunctionReturn(0);
}

const char* reason_name(KSPConvergedReason reason) {
  switch (reason) {
    case KSP_CONVERGED_ATOL: return "converged_atol";
    case KSP_DIVERGED_ITS: return "max_iterations";
    case KSP_DIVERGED_DTOL: return "diverged";
    case KSP_DIVERGED_INDEFINITE_MAT:
    case KSP_DIVERGED_INDEFINITE_PC: return "indefinite";
    case KSP_DIVERGED_NANORINF: return "nan";
    default: return reason > 0 ? "converged_rtol" : "breakdown";
  }
}

} // namespace ansatz::solvers
