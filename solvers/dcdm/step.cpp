// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/fused_sweep.hpp>
#include <ansatz/solvers/dcdm/step.hpp>

#include <petsc/private/kspimpl.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace ansatz::solvers::dcdm {

namespace {

// <p, A p> below this share of |p| |A p| carries no sign: 45 eps, a few roundings of a seven-point product.
constexpr double flat_bound = 1e-14;
// Below this share of <q, A q> the recurrence for <p, A p> has lost three digits: project twice and multiply by A instead.
constexpr double cancellation_bound = 1e-3;
// The predicted |r|^2 carries a rounding error of about eps times the sum of its terms: 2e-10 relative at this bound.
constexpr double prediction_bound = 1e-6;

/// Inner products of a direction v: <v, A v>, <v, r> and the squares of |v|, |A v|, |r|.
struct Products {
  double vAv, vr, vv, AvAv, rr;
};

Verdict judge(const Products& g) {
  if (!std::isfinite(g.rr)) return Verdict::residual_not_finite;
  if (!std::isfinite(g.vAv) || !std::isfinite(g.vr) || !std::isfinite(g.vv) || !std::isfinite(g.AvAv)) return Verdict::direction_not_finite;
  if (std::abs(g.vr) <= PETSC_MACHINE_EPSILON * std::sqrt(g.vv) * std::sqrt(g.rr)) return Verdict::orthogonal;
  const double threshold = flat_bound * std::sqrt(g.vv) * std::sqrt(g.AvAv);
  if (g.vAv > threshold) return Verdict::good;
  return g.vAv < -threshold ? Verdict::negative : Verdict::flat;
}

/// Starts the record of a step along v.
Step examine(State& s, const Products& g) {
  Step step;
  step.verdict = judge(g);
  step.rr = g.rr;
  if (g.vv > 0.0 && std::isfinite(g.vv) && std::isfinite(g.AvAv)) {
    step.curvature = g.vAv / g.vv;
    s.A_norm = std::max(s.A_norm, std::sqrt(g.AvAv / g.vv));
  }
  return step;
}

/// q -= sum c_j p_j with c_j = <q, A p_j> / <p_j, A p_j>.
PetscErrorCode orthogonalise(State& s) {
  PetscFunctionBegin;
  if (s.stored == 0) PetscFunctionReturn(0);
  for (PetscInt j = 0; j < s.stored; ++j) s.handles[static_cast<std::size_t>(j)] = s.previous(j).Ap;
  PetscCall(VecMDot(s.q, s.stored, s.handles.data(), s.c.data()));
  for (PetscInt j = 0; j < s.stored; ++j) {
    s.handles[static_cast<std::size_t>(j)] = s.previous(j).p;
    s.c[static_cast<std::size_t>(j)] /= -s.previous(j).d;
  }
  PetscCall(VecMAXPY(s.q, s.stored, s.c.data(), s.handles.data()));
  PetscFunctionReturn(0);
}

/// Gram matrix of q, A q, r and the stored A p_j, newest first, summed over the ranks: the one reduction of a fused iteration.
PetscErrorCode reduce_gram(Loop& l) {
  State& s = l.s;
  const std::size_t count = static_cast<std::size_t>(s.stored) + 3;
  PetscInt n = 0;

  PetscFunctionBegin;
  s.handles[0] = s.q;
  s.handles[1] = s.Aq;
  s.handles[2] = s.r;
  for (PetscInt j = 0; j < s.stored; ++j) s.handles[static_cast<std::size_t>(j) + 3] = s.previous(j).Ap;
  PetscCall(VecGetLocalSize(s.q, &n));
  for (std::size_t i = 0; i < count; ++i) PetscCall(VecGetArrayRead(s.handles[i], &s.arrays[i]));
  const std::size_t entries = count * (count + 1) / 2;
  gram({s.arrays.data(), count}, static_cast<std::size_t>(n), {s.gram.data(), entries});
  for (std::size_t i = 0; i < count; ++i) PetscCall(VecRestoreArrayRead(s.handles[i], &s.arrays[i]));
  PetscCall(MPIU_Allreduce(MPI_IN_PLACE, s.gram.data(), static_cast<PetscMPIInt>(entries), MPIU_REAL, MPIU_SUM,
                           PetscObjectComm(reinterpret_cast<PetscObject>(l.ksp))));
  PetscFunctionReturn(0);
}

/// |r - alpha A p| from the Gram matrix, with A p = A q - sum c_j A p_j; trusted unless it cancels.
void predict_norm(const State& s, double alpha, Step* step) {
  const auto g = [&s](std::size_t i, std::size_t j) { return s.gram[packed(i, j)]; };
  const std::size_t m = static_cast<std::size_t>(s.stored);
  double rAp = g(2, 1), ApAp = g(1, 1);
  double rAp_size = std::abs(rAp), ApAp_size = ApAp;
  const auto take = [](double& sum, double& size, double term) {
    sum += term;
    size += std::abs(term);
  };
  for (std::size_t i = 0; i < m; ++i) {
    take(rAp, rAp_size, -s.c[i] * g(3 + i, 2));
    take(ApAp, ApAp_size, -2.0 * s.c[i] * g(3 + i, 1));
    for (std::size_t j = 0; j < m; ++j) take(ApAp, ApAp_size, s.c[i] * s.c[j] * g(3 + i, 3 + j));
  }
  const double square = g(2, 2) - 2.0 * alpha * rAp + alpha * alpha * ApAp;
  const double size = g(2, 2) + 2.0 * std::abs(alpha) * rAp_size + alpha * alpha * ApAp_size;
  step->norm_known = square > prediction_bound * size;
  step->norm = step->norm_known ? std::sqrt(square) : 0.0;
}

/// The update sweep on this rank's arrays: p, A p into the oldest slot, x and r.
PetscErrorCode apply_update(Loop& l, double alpha) {
  State& s = l.s;
  Direction& slot = s.next();
  const bool full = s.stored == s.history;
  const PetscInt kept_count = full ? s.stored - 1 : s.stored; // the oldest of a full ring is the slot itself
  std::vector<KeptDirection>& kept = s.kept;
  UpdateOperands o;
  PetscInt n = 0;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < kept_count; ++j) {
    KeptDirection& k = kept[static_cast<std::size_t>(j)];
    k.c = s.c[static_cast<std::size_t>(j)];
    PetscCall(VecGetArrayRead(s.previous(j).p, &k.p));
    PetscCall(VecGetArrayRead(s.previous(j).Ap, &k.Ap));
  }
  o.kept = {kept.data(), static_cast<std::size_t>(kept_count)};
  o.slot_is_direction = full;
  o.slot_c = full ? s.c[static_cast<std::size_t>(s.stored - 1)] : 0.0;
  o.alpha = alpha;
  PetscCall(VecGetLocalSize(l.x, &n));
  PetscCall(VecGetArrayRead(s.q, &o.q));
  PetscCall(VecGetArrayRead(s.Aq, &o.Aq));
  PetscCall(VecGetArray(slot.p, &o.slot_p));
  PetscCall(VecGetArray(slot.Ap, &o.slot_Ap));
  PetscCall(VecGetArray(l.x, &o.x));
  PetscCall(VecGetArray(s.r, &o.r));
  update(o, static_cast<std::size_t>(n));
  PetscCall(VecRestoreArray(s.r, &o.r));
  PetscCall(VecRestoreArray(l.x, &o.x));
  PetscCall(VecRestoreArray(slot.Ap, &o.slot_Ap));
  PetscCall(VecRestoreArray(slot.p, &o.slot_p));
  PetscCall(VecRestoreArrayRead(s.Aq, &o.Aq));
  PetscCall(VecRestoreArrayRead(s.q, &o.q));
  for (PetscInt j = 0; j < kept_count; ++j) {
    KeptDirection& k = kept[static_cast<std::size_t>(j)];
    PetscCall(VecRestoreArrayRead(s.previous(j).p, &k.p));
    PetscCall(VecRestoreArrayRead(s.previous(j).Ap, &k.Ap));
  }
  PetscFunctionReturn(0);
}

} // namespace

PetscErrorCode plain_step(Loop& l, int passes, Step* step) {
  State& s = l.s;
  double d = 0.0, pr = 0.0, p_norm = 0.0, Ap_norm = 0.0, r_norm = 0.0;

  PetscFunctionBegin;
  for (int pass = 0; pass < passes; ++pass) PetscCall(orthogonalise(s));
  PetscCall(KSP_MatMult(l.ksp, l.A, s.q, s.Aq));
  PetscCall(VecDotBegin(s.q, s.Aq, &d));
  PetscCall(VecDotBegin(s.q, s.r, &pr));
  PetscCall(VecNormBegin(s.q, NORM_2, &p_norm));
  PetscCall(VecNormBegin(s.Aq, NORM_2, &Ap_norm));
  PetscCall(VecNormBegin(s.r, NORM_2, &r_norm));
  PetscCall(VecDotEnd(s.q, s.Aq, &d));
  PetscCall(VecDotEnd(s.q, s.r, &pr));
  PetscCall(VecNormEnd(s.q, NORM_2, &p_norm));
  PetscCall(VecNormEnd(s.Aq, NORM_2, &Ap_norm));
  PetscCall(VecNormEnd(s.r, NORM_2, &r_norm));
  *step = examine(s, {d, pr, p_norm * p_norm, Ap_norm * Ap_norm, r_norm * r_norm});
  if (step->verdict != Verdict::good) PetscFunctionReturn(0);
  step->gain = pr * pr / d;
  PetscCall(VecAXPY(l.x, pr / d, s.q));
  PetscCall(VecAXPY(s.r, -pr / d, s.Aq));
  std::swap(s.q, s.next().p);
  std::swap(s.Aq, s.next().Ap);
  s.push(d);
  PetscFunctionReturn(0);
}

PetscErrorCode fused_step(Loop& l, Step* step) {
  State& s = l.s;
  const auto g = [&s](std::size_t i, std::size_t j) { return s.gram[packed(i, j)]; };

  PetscFunctionBegin;
  PetscCall(KSP_MatMult(l.ksp, l.A, s.q, s.Aq));
  PetscCall(reduce_gram(l));
  const double qAq = g(1, 0);
  *step = examine(s, {qAq, g(2, 0), g(0, 0), g(1, 1), g(2, 2)});
  if (step->verdict != Verdict::good) PetscFunctionReturn(0);
  double d = qAq, pr = g(2, 0);
  for (PetscInt j = 0; j < s.stored; ++j) {
    const Direction& previous = s.previous(j);
    const double c = g(static_cast<std::size_t>(j) + 3, 0) / previous.d;
    s.c[static_cast<std::size_t>(j)] = c;
    d -= c * c * previous.d;
    pr -= c * previous.pr;
  }
  if (!(d >= cancellation_bound * qAq)) {
    PetscCall(plain_step(l, 2, step));
    PetscFunctionReturn(0);
  }
  const double alpha = pr / d;
  step->gain = alpha * pr;
  predict_norm(s, alpha, step);
  PetscCall(apply_update(l, alpha));
  s.push(d);
  PetscFunctionReturn(0);
}

PetscErrorCode refresh_residual(Loop& l) {
  State& s = l.s;

  PetscFunctionBegin;
  PetscCall(KSP_MatMult(l.ksp, l.A, l.x, s.r));
  PetscCall(VecAYPX(s.r, -1.0, l.b));
  // The stored directions need not be orthogonal to the new r, so the line searches to come take <p_j, r> into account.
  if (s.fused == PETSC_FALSE || s.stored == 0) PetscFunctionReturn(0);
  for (PetscInt j = 0; j < s.stored; ++j) s.handles[static_cast<std::size_t>(j)] = s.previous(j).p;
  PetscCall(VecMDot(s.r, s.stored, s.handles.data(), s.c.data()));
  for (PetscInt j = 0; j < s.stored; ++j) s.previous(j).pr = s.c[static_cast<std::size_t>(j)];
  PetscFunctionReturn(0);
}

} // namespace ansatz::solvers::dcdm
