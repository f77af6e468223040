// SPDX-License-Identifier: Apache-2.0
// KSP "mgcg". One iteration on one rank, memory traffic a cell: cycle down (r, z, codes), cycle up with z'r on the way, p = z + beta p with p'A p one plane
// behind, and x += alpha p, r -= alpha A p with A p recomputed from p instead of stored.
#include <ansatz/solvers/multigrid/mgcg.hpp>

#include <ansatz/solvers/multigrid/voxmg.hpp>
#include <ansatz/solvers/multigrid/voxmg_state.hpp>
#include <ansatz/solvers/multigrid/wavefront.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petsc/private/kspimpl.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace ansatz::solvers::multigrid {
namespace {

struct MgcgData {
  PetscBool fmg = PETSC_TRUE;
  AlignedVector<double> x, r, p;
};

MgcgData& data_of(KSP ksp) { return *static_cast<MgcgData*>(ksp->data); }

/// The loop on one rank's arrays.
class Mgcg {
public:
  Mgcg(MgcgData& data, VoxmgState& state) : data_(data), state_(state), level_(state.finest()), kernels_(state.cycle->kernels()) {
    const std::size_t n = level_.box.size;
    for (auto* v : {&data.r, &data.p}) v->assign(n, 0.0); // ghosts are read
    data.x.resize(n);                                     // written before it is read
    krylov_ = {data.x.data(), data.r.data(), data.p.data()};
  }

  /// r = b on unknowns; returns ||r||.
  double load(std::span<const double> b) {
    state_.hierarchy->import(b, data_.r);
    double sum = 0.0;
    for (std::size_t i = 0; i < data_.r.size(); ++i) {
      if (level_.code[i] == 0) data_.r[i] = 0.0;
      sum += data_.r[i] * data_.r[i];
    }
    return root(sum);
  }
  /// x = guess, r -= A x; returns ||r||.
  double guess(std::span<const double> x) {
    clear();
    state_.hierarchy->import(x, data_.p);
    for (std::size_t i = 0; i < data_.p.size(); ++i) data_.p[i] = level_.code[i] > 0 ? data_.p[i] * state_.matrix->scale : 0.0;
    return update(1.0, 1.0);
  }
  /// x = 0.
  void clear() { std::fill(data_.x.begin(), data_.x.end(), 0.0); }
  /// x = full multigrid of r, r -= A x; returns ||r||.
  double full_multigrid(double norm) {
    copy_residual(1.0 / norm);
    state_.cycle->full_multigrid();
    level_.exchange(level_.z.data());
    return root(sum_bands([&](const LevelView& view, int k) { return kernels_.start(view, krylov_, norm, 1.0, k); }));
  }
  void copy_residual(double scale) {
    scale_ = scale;
    for (std::size_t i = 0; i < data_.r.size(); ++i) level_.r[i] = static_cast<float>(scale * data_.r[i]);
  }
  /// z = M r; returns r'z.
  double precondition() {
    double sum = 0.0;
    state_.cycle->apply([&](int k, int first, int last) { sum += kernels_.dot(level_.view(first, last), k); });
    return total(sum) / (scale_ * scale_);
  }
  /// p = z + beta p; returns p'A p.
  double direction(double beta) {
    const int planes = level_.box.n[2];
    double sum = 0.0;
    if (level_.distributed) {
      for (int k = 0; k < planes; ++k) kernels_.direction(level_.view(), krylov_, 1.0 / scale_, beta, k);
      level_.halo->exchange(MPI_DOUBLE, krylov_.p);
      for (int k = 0; k < planes; ++k) sum += kernels_.energy(level_.view(), krylov_, k);
    } else {
      const int band = band_rows(level_.box.row, 4, sizeof(double) + sizeof(float) + 1);
      wavefront(planes, level_.box.n[1], band, 2, [&](int h, int k, int first, int last) {
        if (h == 0)
          kernels_.direction(level_.view(first, last), krylov_, 1.0 / scale_, beta, k);
        else
          sum += kernels_.energy(level_.view(first, last), krylov_, k);
      });
    }
    return total(sum);
  }
  /// x += alpha p, r -= alpha A p, f32 copy of r times `scale`; returns ||r||.
  double update(double alpha, double scale) {
    if (level_.distributed && scale_ == 0.0)
      level_.halo->exchange(MPI_DOUBLE, krylov_.p); // the initial guess; later p has its ghosts from direction()
    scale_ = scale;
    return root(sum_bands([&](const LevelView& view, int k) { return kernels_.update(view, krylov_, alpha, scale, k); }));
  }
  /// Own cells of x; b on identity rows.
  static void store(const MgcgData& data, const VoxmgState& state, std::span<const double> b, std::span<double> x) {
    const VoxelMatrix& m = *state.matrix;
    state.hierarchy->export_to(data.x, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (m.codes[i] > 0)
        x[i] /= m.scale;
      else
        x[i] = m.identity.empty() ? b[i] : b[i] / m.identity[i];
    }
  }

private:
  /// Sum over the block, band by band, so that the three planes of the stencil stay in cache.
  template <class RowsSum>
  double sum_bands(RowsSum&& rows) const {
    double sum = 0.0;
    const int band = band_rows(level_.box.row, 4, 3 * sizeof(double));
    wavefront(level_.box.n[2], level_.box.n[1], band, 1, [&](int, int k, int first, int last) { sum += rows(level_.view(first, last), k); });
    return sum;
  }
  [[nodiscard]] double total(double sum) const {
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, state_.hierarchy->comm());
    return sum;
  }
  [[nodiscard]] double root(double sum) const { return std::sqrt(total(sum)); }

  MgcgData& data_;
  VoxmgState& state_;
  Level& level_;
  const Kernels& kernels_;
  KrylovView krylov_;
  double scale_ = 0.0;
};

/// Logs, monitors and tests ||r||; sets ksp->reason.
PetscErrorCode report(KSP ksp, double norm) {
  PetscFunctionBegin;
  ksp->rnorm = norm;
  PetscCall(KSPLogResidualHistory(ksp, norm));
  PetscCall(KSPMonitor(ksp, ksp->its, norm));
  if (!std::isfinite(norm))
    ksp->reason = KSP_DIVERGED_NANORINF;
  else
    PetscCall((*ksp->converged)(ksp, ksp->its, norm, &ksp->reason, ksp->cnvP));
  PetscFunctionReturn(0);
}

PetscErrorCode iterate(KSP ksp, Mgcg& cg, double norm) {
  double rz_before = 0.0;

  PetscFunctionBegin;
  PetscCall(report(ksp, norm));
  if (!ksp->reason) PetscCall(guarded([&] { cg.copy_residual(1.0 / norm); }));
  while (!ksp->reason && ksp->its < ksp->max_it) {
    double rz = 0.0;
    double energy = 0.0;
    PetscCall(guarded([&] { rz = cg.precondition(); }));
    if (!(rz > 0.0)) {
      ksp->reason = std::isfinite(rz) ? KSP_DIVERGED_INDEFINITE_PC : KSP_DIVERGED_NANORINF;
      break;
    }
    PetscCall(guarded([&] { energy = cg.direction(ksp->its == 0 ? 0.0 : rz / rz_before); }));
    if (!(energy > 0.0)) {
      ksp->reason = std::isfinite(energy) ? KSP_DIVERGED_INDEFINITE_MAT : KSP_DIVERGED_NANORINF;
      break;
    }
    rz_before = rz;
    PetscCall(guarded([&] { norm = cg.update(rz / energy, 1.0 / norm); }));
    ++ksp->its;
    PetscCall(report(ksp, norm));
  }
  if (!ksp->reason) ksp->reason = KSP_DIVERGED_ITS;
  PetscFunctionReturn(0);
}

PetscErrorCode solve(KSP ksp) {
  MgcgData& data = data_of(ksp);
  VoxmgState* state = voxmg_state(ksp->pc);
  Mat A = nullptr;
  Mat P = nullptr;
  PetscInt n = 0;
  const PetscScalar* b = nullptr;
  PetscScalar* x = nullptr;

  PetscFunctionBegin;
  PetscCheck(state, PetscObjectComm(reinterpret_cast<PetscObject>(ksp)), PETSC_ERR_SUP,
             "KSP mgcg runs the cycle of PC voxmg and no other: use -pc_type voxmg, or -ksp_type cg");
  PetscCall(PCGetOperators(ksp->pc, &A, &P));
  PetscCheck(A == P, PetscObjectComm(reinterpret_cast<PetscObject>(ksp)), PETSC_ERR_SUP,
             "KSP mgcg works on the matrix that PC voxmg was built from; with two different matrices use -ksp_type cg");
  PetscCall(VecGetLocalSize(ksp->vec_rhs, &n));
  PetscCall(VecGetArrayRead(ksp->vec_rhs, &b));
  PetscCall(VecGetArray(ksp->vec_sol, &x));
  const auto count = static_cast<std::size_t>(n);
  ksp->its = 0;
  ksp->reason = KSP_CONVERGED_ITERATING;
  std::unique_ptr<Mgcg> cg;
  double norm = 0.0;
  PetscCall(guarded([&] {
    cg = std::make_unique<Mgcg>(data, *state);
    norm = cg->load({b, count});
    if (!ksp->guess_zero)
      norm = cg->guess({x, count});
    else if (data.fmg && norm > 0.0 && std::isfinite(norm))
      norm = cg->full_multigrid(norm);
    else
      cg->clear();
  }));
  PetscCall(iterate(ksp, *cg, norm));
  PetscCall(guarded([&] { Mgcg::store(data, *state, {b, count}, {x, count}); }));
  PetscCall(VecRestoreArray(ksp->vec_sol, &x));
  PetscCall(VecRestoreArrayRead(ksp->vec_rhs, &b));
  PetscFunctionReturn(0);
}

/// The iterate of a running solve, for monitors; it lies in arrays of our own until the end.
PetscErrorCode build_solution(KSP ksp, Vec v, Vec* V) {
  const MgcgData& data = data_of(ksp);
  const VoxmgState* state = voxmg_state(ksp->pc);
  Vec out = v ? v : ksp->vec_sol;
  const PetscScalar* b = nullptr;
  PetscScalar* x = nullptr;
  PetscInt n = 0;

  PetscFunctionBegin;
  PetscCheck(state && !data.x.empty(), PetscObjectComm(reinterpret_cast<PetscObject>(ksp)), PETSC_ERR_ARG_WRONGSTATE,
             "KSP mgcg has no iterate before KSPSolve");
  PetscCall(VecGetLocalSize(out, &n));
  PetscCall(VecGetArrayRead(ksp->vec_rhs, &b));
  PetscCall(VecGetArray(out, &x));
  const auto count = static_cast<std::size_t>(n);
  PetscCall(guarded([&] { Mgcg::store(data, *state, {b, count}, {x, count}); }));
  PetscCall(VecRestoreArray(out, &x));
  PetscCall(VecRestoreArrayRead(ksp->vec_rhs, &b));
  *V = out;
  PetscFunctionReturn(0);
}

PetscErrorCode set_up(KSP) { return 0; }

PetscErrorCode set_from_options(KSP ksp, PetscOptionItems* PetscOptionsObject) {
  PetscFunctionBegin;
  PetscOptionsHeadBegin(PetscOptionsObject, "fused multigrid conjugate gradients");
  PetscCall(PetscOptionsBool("-ksp_mgcg_fmg", "full multigrid start for a zero initial guess", "", data_of(ksp).fmg, &data_of(ksp).fmg, nullptr));
  PetscOptionsHeadEnd();
  PetscFunctionReturn(0);
}

PetscErrorCode reset(KSP ksp) {
  PetscFunctionBegin;
  for (auto* v : {&data_of(ksp).x, &data_of(ksp).r, &data_of(ksp).p}) *v = {};
  PetscFunctionReturn(0);
}

PetscErrorCode destroy(KSP ksp) {
  PetscFunctionBegin;
  delete static_cast<MgcgData*>(ksp->data);
  ksp->data = nullptr;
  PetscFunctionReturn(0);
}

PetscErrorCode create(KSP ksp) {
  PetscFunctionBegin;
  PetscCall(guarded([ksp] { ksp->data = new MgcgData; })); // owned by the KSP, freed in destroy()
  PetscCall(KSPSetSupportedNorm(ksp, KSP_NORM_UNPRECONDITIONED, PC_LEFT, 3));
  PetscCall(KSPSetSupportedNorm(ksp, KSP_NORM_NONE, PC_LEFT, 1));
  ksp->ops->setup = set_up;
  ksp->ops->solve = solve;
  ksp->ops->setfromoptions = set_from_options;
  ksp->ops->reset = reset;
  ksp->ops->destroy = destroy;
  ksp->ops->buildsolution = build_solution;
  ksp->ops->buildresidual = KSPBuildResidualDefault;
  PetscFunctionReturn(0);
}

} // namespace

PetscErrorCode register_mgcg() {
  PetscFunctionBegin;
  PetscCall(KSPRegister(mgcg_ksp_type, create));
  PetscFunctionReturn(0);
}

} // namespace ansatz::solvers::multigrid
