// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/conjugate_directions.hpp>
#include <ansatz/solvers/dcdm/dcdm.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petsc/private/kspimpl.h>

#include <exception>
#include <memory>

#if defined(PETSC_USE_COMPLEX) || !defined(PETSC_USE_REAL_DOUBLE)
#error "KSP dcdm needs a PETSc of real double-precision scalars"
#endif

namespace ansatz::solvers {

namespace {

using dcdm::Direction;
using dcdm::State;

constexpr PetscInt max_history = 30;
constexpr const char* fallbacks_method = "KSPDCDMGetFallbacks_C";

State& state(KSP ksp) { return *static_cast<State*>(ksp->data); }

/// Runs a callback body; an exception becomes a PETSc error, because PETSc's frames are C.
template <class Body>
PetscErrorCode guarded(KSP ksp, Body body) {
  try {
    return body();
  } catch (const std::exception& e) {
    SETERRQ(PetscObjectComm(reinterpret_cast<PetscObject>(ksp)), PETSC_ERR_LIB, "KSP dcdm: %s", e.what());
  }
}

PetscErrorCode reset(KSP ksp) {
  State& s = state(ksp);

  PetscFunctionBegin;
  PetscCall(VecDestroyVecs(s.allocated, &s.work));
  s.allocated = 0;
  s.r = s.q = s.Aq = nullptr;
  s.ring.clear();
  s.forget();
  PetscFunctionReturn(0);
}

PetscErrorCode allocate(KSP ksp) {
  State& s = state(ksp);
  const PetscInt count = 2 * s.history + 3;
  const auto k = static_cast<std::size_t>(s.history);

  PetscFunctionBegin;
  if (s.allocated == count) PetscFunctionReturn(0);
  PetscCall(reset(ksp));
  s.ring.resize(k);
  s.c.resize(k);
  s.kept.resize(k);
  s.handles.resize(k + 3);
  s.arrays.resize(k + 3);
  s.gram.resize((k + 3) * (k + 4) / 2);
  PetscCall(KSPCreateVecs(ksp, count, &s.work, 0, nullptr));
  s.allocated = count;
  Vec* next = s.work;
  s.r = *next++;
  s.q = *next++;
  s.Aq = *next++;
  for (Direction& slot : s.ring) {
    slot.p = *next++;
    slot.Ap = *next++;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode set_up(KSP ksp) {
  return guarded(ksp, [ksp] { return allocate(ksp); });
}

PetscErrorCode solve(KSP ksp) {
  return guarded(ksp, [ksp] { return dcdm::iterate(ksp); });
}

PetscErrorCode destroy(KSP ksp) {
  PetscFunctionBegin;
  PetscCall(reset(ksp));
  PetscCall(PetscObjectComposeFunction(reinterpret_cast<PetscObject>(ksp), fallbacks_method, nullptr));
  delete static_cast<State*>(ksp->data);
  ksp->data = nullptr;
  PetscFunctionReturn(0);
}

PetscErrorCode set_from_options(KSP ksp, PetscOptionItems* PetscOptionsObject) {
  State& s = state(ksp);
  const PetscInt before = s.history;

  PetscFunctionBegin;
  PetscOptionsHeadBegin(PetscOptionsObject, "KSP dcdm options");
  PetscCall(PetscOptionsRangeInt("-ksp_dcdm_history", "previous directions a new one is made A-orthogonal to", "", s.history, &s.history, nullptr, 1,
                                 max_history));
  PetscCall(PetscOptionsRangeInt("-ksp_dcdm_true_residual", "recompute r = b - A x every so many iterations (0: only to confirm convergence)", "",
                                 s.true_residual, &s.true_residual, nullptr, 0, PETSC_MAX_INT));
  PetscCall(PetscOptionsBool("-ksp_dcdm_fused", "one product and one reduction an iteration", "", s.fused, &s.fused, nullptr));
  PetscCall(PetscOptionsBool("-ksp_dcdm_fallback", "use the residual when a proposed direction is unusable", "", s.fallback, &s.fallback, nullptr));
  PetscCall(
      PetscOptionsBool("-ksp_dcdm_safeguard", "let the residual stand in for a proposer that gains less", "", s.safeguard, &s.safeguard, nullptr));
  PetscOptionsHeadEnd();
  if (s.history != before) ksp->setupstage = KSP_SETUP_NEW;
  PetscFunctionReturn(0);
}

PetscErrorCode view(KSP ksp, PetscViewer viewer) {
  const State& s = state(ksp);
  PetscBool ascii = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(viewer), PETSCVIEWERASCII, &ascii));
  if (ascii == PETSC_FALSE) PetscFunctionReturn(0);
  PetscCall(PetscViewerASCIIPrintf(viewer, "  directions kept: %" PetscInt_FMT ", %s form\n", s.history, s.fused != PETSC_FALSE ? "fused" : "plain"));
  if (s.true_residual > 0)
    PetscCall(PetscViewerASCIIPrintf(viewer, "  residual recomputed every %" PetscInt_FMT " iterations\n", s.true_residual));
  else
    PetscCall(PetscViewerASCIIPrintf(viewer, "  residual recomputed before convergence is reported\n"));
  PetscCall(PetscViewerASCIIPrintf(viewer,
                                   "  fallback to the residual: %s, used %" PetscInt_FMT " times in the last solve, %" PetscInt_FMT " in all\n",
                                   s.fallback != PETSC_FALSE ? "on" : "off", s.fallbacks, s.total_fallbacks));
  PetscFunctionReturn(0);
}

PetscErrorCode get_fallbacks(KSP ksp, PetscInt* count) {
  PetscFunctionBegin;
  *count = state(ksp).fallbacks;
  PetscFunctionReturn(0);
}

PetscErrorCode make(KSP ksp) {
  PetscFunctionBegin;
  auto owned = std::make_unique<State>();
  PetscCall(KSPSetSupportedNorm(ksp, KSP_NORM_UNPRECONDITIONED, PC_LEFT, 3));
  PetscCall(KSPSetSupportedNorm(ksp, KSP_NORM_NONE, PC_LEFT, 1));
  PetscCall(PetscObjectComposeFunction(reinterpret_cast<PetscObject>(ksp), fallbacks_method, get_fallbacks));
  ksp->data = owned.release();
  ksp->ops->setup = set_up;
  ksp->ops->solve = solve;
  ksp->ops->reset = reset;
  ksp->ops->destroy = destroy;
  ksp->ops->setfromoptions = set_from_options;
  ksp->ops->view = view;
  ksp->ops->buildsolution = KSPBuildSolutionDefault;
  ksp->ops->buildresidual = KSPBuildResidualDefault;
  PetscFunctionReturn(0);
}

PetscErrorCode create(KSP ksp) {
  return guarded(ksp, [ksp] { return make(ksp); });
}

} // namespace

void register_dcdm() { petsc_check(KSPRegister(dcdm_ksp_type, create)); }

int dcdm_fallbacks(KSP ksp) {
  PetscErrorCode (*method)(KSP, PetscInt*) = nullptr;
  PetscInt count = 0;
  petsc_check(PetscObjectQueryFunction(reinterpret_cast<PetscObject>(ksp), fallbacks_method, &method));
  if (method == nullptr) throw InternalError("internal", "dcdm_fallbacks: the KSP is not of type \"dcdm\"; call KSPSetType(ksp, \"dcdm\") first");
  petsc_check(method(ksp, &count));
  return static_cast<int>(count);
}

} // namespace ansatz::solvers
