// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/conjugate_directions.hpp>
#include <ansatz/solvers/dcdm/step.hpp>

#include <petsc/private/kspimpl.h>

#include <algorithm>

namespace ansatz::solvers::dcdm {

namespace {

// <v, A v> < -1e-6 |A| |v|^2 is no rounding, not even that of an operator that works in single precision.
constexpr double indefinite_bound = 1e-6;

/// Whether the direction has shown A to be indefinite beyond any rounding. |A| is known only once an iteration has been made.
bool proves_indefinite(const Loop& l, const Step& step) {
  return step.verdict == Verdict::negative && l.ksp->its > 0 && step.curvature < -indefinite_bound * l.s.A_norm;
}

KSPConvergedReason give_up(Verdict verdict) {
  switch (verdict) {
    case Verdict::residual_not_finite:
    case Verdict::direction_not_finite: return KSP_DIVERGED_NANORINF;
    case Verdict::negative: return KSP_DIVERGED_INDEFINITE_MAT;
    default: return KSP_DIVERGED_BREAKDOWN;
  }
}

PetscErrorCode try_step(Loop& l, Step* step) {
  PetscFunctionBegin;
  if (l.s.fused != PETSC_FALSE)
    PetscCall(fused_step(l, step));
  else
    PetscCall(plain_step(l, 1, step));
  PetscFunctionReturn(0);
}

/// The residual as the proposal.
PetscErrorCode propose_residual(Loop& l) {
  PetscFunctionBegin;
  ++l.s.fallbacks;
  ++l.s.total_fallbacks;
  PetscCall(VecCopy(l.s.r, l.s.q));
  PetscCall(KSP_RemoveNullSpace(l.ksp, l.s.q));
  PetscFunctionReturn(0);
}

/// Decides who proposes next. Along r alone a step gains at least |r|^2 / |A|, as part of a sequence more: what it gained last.
void weigh(State& s, const Step& step, bool stood_in) {
  constexpr PetscInt longest_pause = 1 << 20;
  const double worth = step.gain / step.rr;
  if (stood_in) {
    s.residual_worth = worth;
  } else if (worth < std::max(s.residual_worth, 1.0 / s.A_norm)) { // pauses only grow: interrupted too often, the residual does no better
    s.pause = s.next_pause;
    s.next_pause = std::min(2 * s.next_pause, longest_pause);
  }
}

/// One direction and one line search; takes r itself when the proposal is unusable. Sets ksp->reason if no step could be made.
PetscErrorCode advance(Loop& l, Step* step) {
  State& s = l.s;

  PetscFunctionBegin;
  const bool stands_in = s.pause > 0;
  if (stands_in) {
    --s.pause;
    PetscCall(propose_residual(l));
  } else {
    PetscCall(KSP_PCApply(l.ksp, s.r, s.q));
  }
  PetscCall(try_step(l, step));
  if (step->verdict == Verdict::good) {
    s.fell_back = false;
    if (s.safeguard != PETSC_FALSE) weigh(s, *step, stands_in);
    PetscFunctionReturn(0);
  }
  if (step->rr == 0.0) {
    l.ksp->reason = KSP_CONVERGED_ATOL;
    PetscFunctionReturn(0);
  }
  if (step->verdict == Verdict::residual_not_finite || s.fallback == PETSC_FALSE || proves_indefinite(l, *step)) {
    l.ksp->reason = give_up(step->verdict);
    PetscFunctionReturn(0);
  }
  if (s.fell_back) { // twice in a row: the proposals are worthless, and steepest descent is no answer
    l.ksp->reason = KSP_DIVERGED_BREAKDOWN;
    PetscFunctionReturn(0);
  }
  s.fell_back = true;
  s.forget();
  PetscCall(propose_residual(l));
  PetscCall(try_step(l, step));
  if (step->verdict != Verdict::good) l.ksp->reason = give_up(step->verdict);
  PetscFunctionReturn(0);
}

/// Norm, convergence test (passed only if the true residual passes too), history and monitors of the iterate ksp->its.
PetscErrorCode finish_iteration(Loop& l, const Step& step) {
  KSP ksp = l.ksp;
  State& s = l.s;
  const bool wants_norm = ksp->normtype != KSP_NORM_NONE;
  bool is_true = s.true_residual > 0 && ksp->its % s.true_residual == 0;

  PetscFunctionBegin;
  ksp->rnorm = wants_norm ? step.norm : 0.0;
  if (is_true) PetscCall(refresh_residual(l));
  if (wants_norm && (is_true || !step.norm_known)) PetscCall(VecNorm(s.r, NORM_2, &ksp->rnorm));
  PetscCall((*ksp->converged)(ksp, ksp->its, ksp->rnorm, &ksp->reason, ksp->cnvP));
  if (wants_norm && !is_true && ksp->reason > 0 && ksp->reason != KSP_CONVERGED_ITS) {
    PetscCall(refresh_residual(l));
    PetscCall(VecNorm(s.r, NORM_2, &ksp->rnorm));
    ksp->reason = KSP_CONVERGED_ITERATING;
    PetscCall((*ksp->converged)(ksp, ksp->its, ksp->rnorm, &ksp->reason, ksp->cnvP));
    // Denied twice with nothing gained in between: rounding of x is all that is left of the residual.
    if (ksp->reason == KSP_CONVERGED_ITERATING && ksp->rnorm > 0.5 * s.denied) ksp->reason = KSP_DIVERGED_BREAKDOWN;
    s.denied = ksp->rnorm;
  }
  PetscCall(KSPLogResidualHistory(ksp, ksp->rnorm));
  PetscCall(KSPMonitor(ksp, ksp->its, ksp->rnorm));
  PetscFunctionReturn(0);
}

/// r_0 = b - A x_0, logged, shown and tested before the first direction is asked for.
PetscErrorCode begin(Loop& l) {
  KSP ksp = l.ksp;
  State& s = l.s;

  PetscFunctionBegin;
  s.forget();
  s.fallbacks = 0;
  s.fell_back = false;
  s.pause = 0;
  s.next_pause = 1;
  s.residual_worth = 0.0;
  s.A_norm = 0.0;
  s.denied = PETSC_INFINITY;
  ksp->its = 0;
  ksp->rnorm = 0.0;
  ksp->reason = KSP_CONVERGED_ITERATING;
  if (ksp->guess_zero)
    PetscCall(VecCopy(l.b, s.r));
  else
    PetscCall(refresh_residual(l));
  if (ksp->normtype != KSP_NORM_NONE) {
    PetscCall(VecNorm(s.r, NORM_2, &ksp->rnorm));
    KSPCheckNorm(ksp, ksp->rnorm);
  }
  PetscCall(KSPLogResidualHistory(ksp, ksp->rnorm));
  PetscCall(KSPMonitor(ksp, 0, ksp->rnorm));
  PetscCall((*ksp->converged)(ksp, 0, ksp->rnorm, &ksp->reason, ksp->cnvP));
  PetscFunctionReturn(0);
}

} // namespace

PetscErrorCode iterate(KSP ksp) {
  Loop l{ksp, *static_cast<State*>(ksp->data), nullptr, ksp->vec_sol, ksp->vec_rhs};
  Step step;
  PetscBool scaled = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PCGetDiagonalScale(ksp->pc, &scaled));
  PetscCheck(!scaled, PetscObjectComm(reinterpret_cast<PetscObject>(ksp)), PETSC_ERR_SUP, "KSP dcdm does not support diagonal scaling");
  PetscCall(PCGetOperators(ksp->pc, &l.A, nullptr));
  PetscCall(begin(l));
  while (ksp->reason == KSP_CONVERGED_ITERATING && ksp->its < ksp->max_it) {
    PetscCall(advance(l, &step));
    if (ksp->reason != KSP_CONVERGED_ITERATING) break;
    PetscCall(PetscObjectSAWsTakeAccess(reinterpret_cast<PetscObject>(ksp)));
    ++ksp->its;
    PetscCall(PetscObjectSAWsGrantAccess(reinterpret_cast<PetscObject>(ksp)));
    PetscCall(finish_iteration(l, step));
  }
  if (ksp->reason == KSP_CONVERGED_ITERATING) ksp->reason = KSP_DIVERGED_ITS;
  PetscFunctionReturn(0);
}

} // namespace ansatz::solvers::dcdm
