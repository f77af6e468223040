// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/voxmg.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/solvers/multigrid/mgcg.hpp>
#include <ansatz/solvers/multigrid/voxmg_state.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petsc/private/pcimpl.h>

#include <cmath>
#include <cstring>
#include <span>

namespace ansatz::solvers {
namespace multigrid {
namespace {

VoxmgState& state_of(PC pc) { return *static_cast<VoxmgState*>(pc->data); }

/// Levels and cycle of a matrix that has been recognised.
void build_levels(PC pc, VoxmgState& s) {
  s.cycle.reset();
  s.hierarchy.reset();
  s.hierarchy =
      std::make_unique<Hierarchy>(PetscObjectComm(reinterpret_cast<PetscObject>(pc)), s.matrix->partition, s.matrix->codes, s.options.weights.get());
  s.cycle = std::make_unique<Cycle>(*s.hierarchy, s.options);
}

PetscErrorCode set_up(PC pc) {
  PetscFunctionBegin;
  PetscCall(guarded([pc] {
    VoxmgState& s = state_of(pc);
    s.cycle.reset();
    s.hierarchy.reset();
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(pc));
    s.matrix = std::make_unique<VoxelMatrix>(recognise(pc->pmat, pc->dm));
    agree(comm, [&s] {
      if (!s.options.weights && !s.weights.empty()) s.options.weights = std::make_shared<const CycleWeights>(CycleWeights::read(s.weights));
    });
    build_levels(pc, s);
  }));
  PetscFunctionReturn(0);
}

/// z = M r on own cells, r given with its norm.
void apply_cycle(VoxmgState& s, std::span<const double> r, double norm, std::span<double> z) {
  Level& level = s.finest();
  s.split.resize(level.box.size, 0.0);
  s.hierarchy->import(r, s.split);
  const double scale = 1.0 / norm; // f32 has no room for residuals of 1e-40, and the cycle is linear
  for (std::size_t i = 0; i < level.box.size; ++i) level.r[i] = level.code[i] > 0 ? static_cast<float>(scale * s.split[i]) : 0.0F;
  s.cycle->apply();
  const double back = norm / s.matrix->scale;
  for (std::size_t i = 0; i < level.box.size; ++i) s.split[i] = back * static_cast<double>(level.z[i]);
  s.hierarchy->export_to(s.split, z);
  for (std::size_t i = 0; i < z.size(); ++i)
    if (s.matrix->codes[i] == 0) z[i] = s.matrix->identity.empty() ? r[i] : r[i] / s.matrix->identity[i];
}

PetscErrorCode apply(PC pc, Vec r, Vec z) {
  PetscReal norm = 0.0;
  PetscInt n = 0;
  const PetscScalar* from = nullptr;
  PetscScalar* to = nullptr;

  PetscFunctionBegin;
  PetscCall(VecNorm(r, NORM_2, &norm));
  if (norm == 0.0 || !std::isfinite(norm)) { // nothing to do, or nothing to be done: the Krylov method sees the NaN
    PetscCall(VecCopy(r, z));
    PetscFunctionReturn(0);
  }
  PetscCall(VecGetLocalSize(r, &n));
  PetscCall(VecGetArrayRead(r, &from));
  PetscCall(VecGetArrayWrite(z, &to));
  const auto count = static_cast<std::size_t>(n);
  PetscCall(guarded([&] { apply_cycle(state_of(pc), {from, count}, norm, {to, count}); }));
  PetscCall(VecRestoreArrayWrite(z, &to));
  PetscCall(VecRestoreArrayRead(r, &from));
  PetscFunctionReturn(0);
}

constexpr const char* smoothers[] = {"redblack", "chebyshev", "jacobi"};
constexpr const char* cycles[] = {"v", "w", "f"};

PetscErrorCode set_from_options(PC pc, PetscOptionItems* PetscOptionsObject) {
  CycleOptions& o = state_of(pc).options;
  auto smoother = static_cast<PetscInt>(o.smoother);
  auto type = static_cast<PetscInt>(o.type);
  PetscInt sweeps = o.sweeps;
  PetscBool fused = o.fused ? PETSC_TRUE : PETSC_FALSE;
  char kernels[16] = "";
  char weights[PETSC_MAX_PATH_LEN] = "";
  PetscBool set = PETSC_FALSE;
  PetscBool named = PETSC_FALSE;

  PetscFunctionBegin;
  PetscOptionsHeadBegin(PetscOptionsObject, "voxel multigrid");
  PetscCall(PetscOptionsEList("-pc_voxmg_smoother", "smoother", "", smoothers, 3, smoothers[smoother], &smoother, nullptr));
  PetscCall(PetscOptionsEList("-pc_voxmg_cycle", "cycle type", "", cycles, 3, cycles[type], &type, nullptr));
  PetscCall(PetscOptionsInt("-pc_voxmg_sweeps", "smoothing sweeps before and after", "", sweeps, &sweeps, nullptr));
  PetscCall(PetscOptionsBool("-pc_voxmg_fused", "sweep through memory once", "", fused, &fused, nullptr));
  PetscCall(PetscOptionsString("-pc_voxmg_kernels", "instruction set", "", kernels, kernels, sizeof kernels, &set));
  PetscCall(PetscOptionsString("-pc_voxmg_weights", "model file of learned weights, or shipped", "", weights, weights, sizeof weights, &named));
  PetscOptionsHeadEnd();
  PetscCheck(sweeps >= 1 && sweeps <= 8, PetscObjectComm(reinterpret_cast<PetscObject>(pc)), PETSC_ERR_ARG_OUTOFRANGE,
             "-pc_voxmg_sweeps %" PetscInt_FMT " is not in 1..8", sweeps);
  o.smoother = static_cast<Smoother>(smoother);
  o.type = static_cast<CycleType>(type);
  o.sweeps = static_cast<int>(sweeps);
  o.fused = fused == PETSC_TRUE;
  if (set) PetscCall(guarded([&] { o.kernels = kernels; }));
  if (named) PetscCall(guarded([&] { state_of(pc).weights = weights; }));
  if (named) o.weights.reset();
  PetscFunctionReturn(0);
}

PetscErrorCode view(PC pc, PetscViewer viewer) {
  const VoxmgState& s = state_of(pc);
  PetscBool ascii = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(viewer), PETSCVIEWERASCII, &ascii));
  if (!ascii) PetscFunctionReturn(0);
  PetscCall(PetscViewerASCIIPrintf(viewer, "  %s(%d,%d) cycle, %s smoother, f32%s, %s weights\n", cycles[static_cast<int>(s.options.type)],
                                   s.options.sweeps, s.options.sweeps, smoothers[static_cast<int>(s.options.smoother)],
                                   s.options.fused ? ", fused" : "", s.options.weights || !s.weights.empty() ? "learned" : "classical"));
  if (s.hierarchy) {
    const auto& levels = s.hierarchy->levels();
    PetscCall(PetscViewerASCIIPrintf(viewer, "  %d levels, kernels %.*s, bytes on this rank %zu\n", static_cast<int>(levels.size()),
                                     static_cast<int>(s.cycle->kernels().name.size()), s.cycle->kernels().name.data(), voxmg_bytes(pc)));
    for (const Level& level : levels) {
      const auto cells = level.partition.cells();
      PetscCall(PetscViewerASCIIPrintf(viewer, "    %d x %d x %d cells in %d blocks, %d extra unknowns on this rank\n", cells[0], cells[1], cells[2],
                                       level.partition.blocks(0) * level.partition.blocks(1) * level.partition.blocks(2), level.extras));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode reset(PC pc) {
  PetscFunctionBegin;
  VoxmgState& s = state_of(pc);
  s.cycle.reset();
  s.hierarchy.reset();
  s.matrix.reset();
  s.split = {};
  PetscFunctionReturn(0);
}

PetscErrorCode destroy(PC pc) {
  PetscFunctionBegin;
  delete static_cast<VoxmgState*>(pc->data);
  pc->data = nullptr;
  PetscFunctionReturn(0);
}

PetscErrorCode create(PC pc) {
  PetscFunctionBegin;
  PetscCall(guarded([pc] { pc->data = new VoxmgState; })); // owned by the PC, freed in destroy()
  pc->ops->setup = set_up;
  pc->ops->apply = apply;
  pc->ops->setfromoptions = set_from_options;
  pc->ops->view = view;
  pc->ops->reset = reset;
  pc->ops->destroy = destroy;
  PetscFunctionReturn(0);
}

} // namespace

VoxmgState* voxmg_state(PC pc) {
  PetscBool is_voxmg = PETSC_FALSE;
  if (PetscObjectTypeCompare(reinterpret_cast<PetscObject>(pc), voxmg_pc_type, &is_voxmg) != 0 || !is_voxmg) return nullptr;
  auto* s = static_cast<VoxmgState*>(pc->data);
  return s && s->cycle ? s : nullptr;
}

PetscErrorCode register_voxmg() {
  PetscFunctionBegin;
  PetscCall(PCRegister(voxmg_pc_type, create));
  PetscFunctionReturn(0);
}

} // namespace multigrid

void register_multigrid() {
  petsc_check(multigrid::register_voxmg());
  petsc_check(multigrid::register_mgcg());
}

void set_voxmg_weights(PC pc, std::shared_ptr<const multigrid::CycleWeights> weights) {
  PetscBool is_voxmg = PETSC_FALSE;
  petsc_check(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(pc), voxmg_pc_type, &is_voxmg));
  if (!is_voxmg) throw UsageError("bad_value", "set_voxmg_weights: the PC is not of type voxmg; call PCSetType first");
  auto& s = *static_cast<multigrid::VoxmgState*>(pc->data);
  s.options.weights = std::move(weights);
  s.weights.clear();
  if (s.matrix) multigrid::build_levels(pc, s); // PETSc repeats a set-up for a new matrix only
}

std::size_t voxmg_bytes(PC pc) {
  const multigrid::VoxmgState* s = multigrid::voxmg_state(pc);
  if (!s) return 0;
  return s->hierarchy->bytes() + s->split.size() * sizeof(double) + s->matrix->codes.size() + s->matrix->identity.size() * sizeof(double);
}

double mgcg_bytes_per_cell(int nx, int ny, int nz) {
  const double cells = static_cast<double>(nx) * ny * nz;
  constexpr double finest = 1 + 2 * sizeof(float) + 3 * sizeof(double); // code, z and r, Krylov vectors
  // Three faces, diagonal and inverse, z and r; of the stencils about half are like others.
  constexpr double coarse = (7 + 0.5 * static_cast<double>(multigrid::Stencils::entries)) * sizeof(float) + 0.5;
  double bytes = cells; // codes in natural order
  std::array<int, 3> n = {nx, ny, nz};
  for (double each = finest;; each = coarse) {
    const multigrid::SplitBox box(n, {0, 0, 0});
    bytes += each * static_cast<double>(box.size);
    if (static_cast<long>(n[0]) * n[1] * n[2] <= 64) break;
    for (int& a : n) a = (a + 1) / 2;
  }
  return bytes / cells;
}

} // namespace ansatz::solvers
