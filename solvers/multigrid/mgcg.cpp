// SPDX-License-Identifier: Apache-2.0
// KSP "mgcg". One iteration on one rank, memory traffic a cell: cycle down (r, z, codes), cycle up with z'r on the way, p = z + beta p with p'A p one plane
// behind, and r -= alpha A p with A p recomputed from p instead of stored. x is written once every four iterations.
#include <ansatz/solvers/multigrid/mgcg.hpp>

#include <ansatz/data/zeroed_array.hpp>
#include <ansatz/solvers/multigrid/voxmg.hpp>
#include <ansatz/solvers/multigrid/voxmg_state.hpp>
#include <ansatz/solvers/multigrid/wavefront.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petsc/private/kspimpl.h>

#include <array>
#include <cmath>
#include <memory>
#include <span>

namespace ansatz::solvers::multigrid {
namespace {

/// Directions wait here until their multiples are added to x, several in one pass.
struct MgcgData {
  PetscBool fmg = PETSC_TRUE;
  std::array<int, 3> cells{}; ///< of the block that the arrays below were made for
  ZeroedArray<double> r;
  std::array<ZeroedArray<float>, Combination::most> p;
  Combination waiting;
  std::size_t newest = 0; ///< slot of the last direction
  bool add = false;       ///< to what x holds
  bool running = false;
  std::span<const double> b;
  std::span<double> x;
};

MgcgData& data_of(KSP ksp) { return *static_cast<MgcgData*>(ksp->data); }

/// Adds what waits to x; in cells without an unknown x = b over the diagonal.
void flush(MgcgData& data, const VoxmgState& state) {
  const VoxelMatrix& m = *state.matrix;
  const Hierarchy& hierarchy = *state.hierarchy;
  Combination& c = data.waiting;
  for (double& factor : c.factor) factor /= m.scale;
  if (c.count == 0 && data.add) {
    // x is what it was
  } else if (hierarchy.natural()) {
    for (int k = 0; k < state.finest().box.n[2]; ++k) state.cycle->kernels().combine(state.finest().box, c, data.x.data(), data.add, k);
  } else {
    std::vector<double> split(data.r.size(), 0.0);
    if (data.add) hierarchy.import(data.x, split);
    for (std::size_t s = 0; s < static_cast<std::size_t>(c.count); ++s)
      for (std::size_t i = 0; i < split.size(); ++i) split[i] += c.factor[s] * static_cast<double>(c.p[s][i]);
    hierarchy.export_to(split, data.x);
  }
  for (std::size_t i = 0; i < data.x.size(); ++i)
    if (m.codes[i] == 0) data.x[i] = m.identity.empty() ? data.b[i] : data.b[i] / m.identity[i];
  c.count = 0;
  data.add = true;
}

/// The loop on one rank's arrays.
class Mgcg {
public:
  Mgcg(MgcgData& data, VoxmgState& state) : data_(data), state_(state), level_(state.finest()), kernels_(state.cycle->kernels()) {
    const std::size_t n = level_.box.size;
    data.waiting.count = 0;
    if (data.cells == level_.box.n && data.r.size() == n) return; // ghosts are 0, or come from the neighbour before they are read
    data.cells = level_.box.n;
    data.r = ZeroedArray<double>(n);
    for (auto& p : data.p) p = ZeroedArray<float>(n);
  }

  /// r = b on unknowns; returns ||r||.
  double load(std::span<const double> b) {
    double sum = 0.0;
    if (state_.hierarchy->natural()) {
      for (int k = 0; k < level_.box.n[2]; ++k) sum += kernels_.take(level_.view(), b.data(), data_.r.data(), k);
    } else {
      state_.hierarchy->import(b, data_.r);
      for (std::size_t i = 0; i < data_.r.size(); ++i) {
        if (level_.code[i] == 0) data_.r[i] = 0.0;
        sum += data_.r[i] * data_.r[i];
      }
    }
    return root(sum);
  }
  /// f32 copy of r for the cycle, times `scale`.
  void copy_residual(double scale) {
    scale_ = scale;
    for (std::size_t i = 0; i < data_.r.size(); ++i) level_.r[i] = static_cast<float>(scale * data_.r[i]);
  }
  /// x = full multigrid of r, r -= A x; returns ||r||.
  double full_multigrid() {
    state_.cycle->full_multigrid();
    const KrylovView w = next_direction();
    if (level_.distributed) {
      for (int k = 0; k < level_.box.n[2]; ++k) kernels_.direction(level_.view(), w, 0.0F, k);
      level_.halo->exchange(MPI_FLOAT, w.p);
      return update(w, 1.0 / scale_, scale_);
    }
    wait_for(w, 1.0 / scale_);
    double sum = 0.0;
    in_bands(2, [&](int h, int k, const LevelView& view) {
      if (h == 0)
        kernels_.direction(view, w, 0.0F, k);
      else
        sum += kernels_.update(view, w, 1.0 / scale_, scale_, k);
    });
    return root(sum);
  }
  /// z = M r; returns r'z.
  double precondition() {
    double sum = 0.0;
    state_.cycle->apply([&](int k, int first, int last) { sum += kernels_.dot(level_.view(first, last), k); });
    return total(sum) / (scale_ * scale_);
  }
  /// One step along p = z + beta p, rz = r'z; the next cycle's r is scaled by `scale`. Returns ||r||, or p'A p in `energy` if that is not positive.
  /// p is kept as scale_ p, which is of the size of a unit residual's, whatever r's.
  double step(double rz, double beta, double scale, double& energy) {
    const KrylovView w = next_direction();
    energy = direction(w, static_cast<float>(beta * scale_ / scale_of_p_)) / (scale_ * scale_);
    scale_of_p_ = scale_;
    if (!(energy > 0.0)) return 0.0;
    return update(w, rz / energy / scale_, scale);
  }

private:
  /// A slot for the next direction; x takes up what waits when there is none.
  KrylovView next_direction() {
    if (data_.waiting.count == Combination::most) flush(data_, state_);
    const float* previous = data_.p[data_.newest].data();
    data_.newest = static_cast<std::size_t>(data_.waiting.count);
    return {data_.r.data(), data_.p[data_.newest].data(), previous};
  }
  void wait_for(const KrylovView& w, double factor) {
    Combination& c = data_.waiting;
    c.p[static_cast<std::size_t>(c.count)] = w.p;
    c.factor[static_cast<std::size_t>(c.count)] = factor;
    ++c.count;
  }
  /// p = z + beta p; returns p'A p.
  double direction(const KrylovView& w, float beta) {
    double sum = 0.0;
    if (level_.distributed) {
      for (int k = 0; k < level_.box.n[2]; ++k) kernels_.direction(level_.view(), w, beta, k);
      level_.halo->exchange(MPI_FLOAT, w.p);
      for (int k = 0; k < level_.box.n[2]; ++k) sum += kernels_.energy(level_.view(), w, k);
    } else {
      in_bands(2, [&](int h, int k, const LevelView& view) {
        if (h == 0)
          kernels_.direction(view, w, beta, k);
        else
          sum += kernels_.energy(view, w, k);
      });
    }
    return total(sum);
  }
  /// x += alpha p, r -= alpha A p, f32 copy of r times `scale`; returns ||r||.
  double update(const KrylovView& w, double alpha, double scale) {
    wait_for(w, alpha);
    scale_ = scale;
    double sum = 0.0;
    in_bands(1, [&](int, int k, const LevelView& view) { sum += kernels_.update(view, w, alpha, scale, k); });
    return root(sum);
  }
  /// stage(h, plane, rows) band by band, so that the planes of the stencil stay in cache.
  template <class Stage>
  void in_bands(int stages, Stage&& stage) const {
    const int band = band_rows(level_.box.row, stages + 3, 2 * sizeof(double));
    wavefront(level_.box.n[2], level_.box.n[1], band, stages, [&](int h, int k, int first, int last) { stage(h, k, level_.view(first, last)); });
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
  double scale_ = 1.0;
  double scale_of_p_ = 1.0;
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
  while (!ksp->reason && ksp->its < ksp->max_it) {
    double rz = 0.0;
    double energy = 0.0;
    double next = 0.0;
    PetscCall(guarded([&] { rz = cg.precondition(); }));
    if (!(rz > 0.0)) {
      ksp->reason = std::isfinite(rz) ? KSP_DIVERGED_INDEFINITE_PC : KSP_DIVERGED_NANORINF;
      break;
    }
    PetscCall(guarded([&] { next = cg.step(rz, ksp->its == 0 ? 0.0 : rz / rz_before, 1.0 / norm, energy); }));
    if (!(energy > 0.0)) {
      ksp->reason = std::isfinite(energy) ? KSP_DIVERGED_INDEFINITE_MAT : KSP_DIVERGED_NANORINF;
      break;
    }
    rz_before = rz;
    norm = next;
    ++ksp->its;
    PetscCall(report(ksp, norm));
  }
  if (!ksp->reason) ksp->reason = KSP_DIVERGED_ITS;
  PetscFunctionReturn(0);
}

/// b - A x for a guess x, by the caller's matrix: in double, and once.
PetscErrorCode residual_of_guess(KSP ksp, Mat A, Vec* r) {
  PetscFunctionBegin;
  if (!ksp->work) PetscCall(KSPSetWorkVecs(ksp, 1));
  *r = ksp->work[0];
  PetscCall(KSP_MatMult(ksp, A, ksp->vec_sol, *r));
  PetscCall(VecAYPX(*r, -1.0, ksp->vec_rhs));
  PetscFunctionReturn(0);
}

PetscErrorCode solve(KSP ksp) {
  MgcgData& data = data_of(ksp);
  VoxmgState* state = voxmg_state(ksp->pc);
  Mat A = nullptr;
  Mat P = nullptr;
  Vec r = ksp->vec_rhs;
  PetscInt n = 0;
  const PetscScalar* b = nullptr;
  const PetscScalar* residual = nullptr;
  PetscScalar* x = nullptr;

  PetscFunctionBegin;
  PetscCheck(state, PetscObjectComm(reinterpret_cast<PetscObject>(ksp)), PETSC_ERR_SUP,
             "KSP mgcg runs the cycle of PC voxmg and no other: use -pc_type voxmg, or -ksp_type cg");
  PetscCall(PCGetOperators(ksp->pc, &A, &P));
  PetscCheck(A == P, PetscObjectComm(reinterpret_cast<PetscObject>(ksp)), PETSC_ERR_SUP,
             "KSP mgcg works on the matrix that PC voxmg was built from; with two different matrices use -ksp_type cg");
  if (!ksp->guess_zero) PetscCall(residual_of_guess(ksp, A, &r));
  PetscCall(VecGetLocalSize(ksp->vec_rhs, &n));
  const auto count = static_cast<std::size_t>(n);
  ksp->its = 0;
  ksp->reason = KSP_CONVERGED_ITERATING;
  std::unique_ptr<Mgcg> cg;
  double norm = 0.0;
  PetscCall(VecGetArrayRead(r, &residual));
  PetscCall(guarded([&] {
    cg = std::make_unique<Mgcg>(data, *state);
    norm = cg->load({residual, count});
  }));
  PetscCall(VecRestoreArrayRead(r, &residual));
  PetscCall(VecGetArrayRead(ksp->vec_rhs, &b));
  PetscCall(VecGetArray(ksp->vec_sol, &x));
  data.b = {b, count};
  data.x = {x, count};
  data.add = !ksp->guess_zero;
  data.running = true;
  PetscCall(guarded([&] {
    if (!(norm > 0.0) || !std::isfinite(norm)) return;
    cg->copy_residual(1.0 / norm);
    if (ksp->guess_zero && data.fmg) norm = cg->full_multigrid();
  }));
  PetscCall(iterate(ksp, *cg, norm));
  PetscCall(guarded([&] { flush(data, *state); }));
  PetscCall(VecRestoreArray(ksp->vec_sol, &x));
  PetscCall(VecRestoreArrayRead(ksp->vec_rhs, &b));
  data.running = false;
  PetscFunctionReturn(0);
}

/// The iterate of a running solve, for monitors; part of it may still wait.
PetscErrorCode build_solution(KSP ksp, Vec v, Vec* V) {
  MgcgData& data = data_of(ksp);
  const VoxmgState* state = voxmg_state(ksp->pc);

  PetscFunctionBegin;
  PetscCheck(state && !data.r.empty(), PetscObjectComm(reinterpret_cast<PetscObject>(ksp)), PETSC_ERR_ARG_WRONGSTATE,
             "KSP mgcg has no iterate before KSPSolve");
  if (data.running) PetscCall(guarded([&] { flush(data, *state); }));
  if (v && v != ksp->vec_sol) PetscCall(VecCopy(ksp->vec_sol, v));
  *V = v ? v : ksp->vec_sol;
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
  data_of(ksp).r = {};
  for (auto& p : data_of(ksp).p) p = {};
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
