// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/solver_table.hpp>

#include <ansatz/solvers/dcdm/dcdm.hpp>
#include <ansatz/solvers/dcdm/dcdmnet.hpp>
#include <ansatz/solvers/multigrid/voxmg.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petscksp.h>

namespace ansatz::solvers {
namespace {

OptionList pfmg(const char* sweeps, const char* smoother, const char* coarse) {
  return {{"-pc_pfmg_num_pre_relax", sweeps}, {"-pc_pfmg_num_post_relax", sweeps}, {"-pc_pfmg_relax_type", smoother}, {"-pc_pfmg_rap_type", coarse}};
}

} // namespace

std::span<const SolverEntry> solver_table() {
  static const std::vector<SolverEntry> table = {
      {"mgcg", "conjugate gradients with the voxel multigrid cycle, fused (ours)", mgcg_ksp_type, voxmg_pc_type, nullptr, {}, {}},
      {"dcdm",
       "conjugate direction loop around the voxel multigrid cycle or another --direction (ours)",
       dcdm_ksp_type,
       voxmg_pc_type,
       nullptr,
       {},
       {}},
      {"cg", "conjugate gradients without preconditioner (PETSc)", KSPCG, PCNONE, nullptr, {}, {}},
      {"icc",
       "conjugate gradients with incomplete Cholesky, block Jacobi over ranks (PETSc)",
       KSPCG,
       PCBJACOBI,
       MATAIJ,
       {{"-sub_ksp_type", "preonly"}, {"-sub_pc_type", "icc"}},
       {}},
      {"gamg", "conjugate gradients with smoothed aggregation (PETSc)", KSPCG, PCGAMG, MATAIJ, {}, {}},
      // The fastest of the settings tried on scenes of spheres and free surfaces; hypre's own defaults need a third of the iterations and twice the time.
      {"boomeramg",
       "conjugate gradients with classical algebraic multigrid (hypre)",
       KSPCG,
       PCHYPRE,
       MATAIJ,
       {{"-pc_hypre_type", "boomeramg"},
        {"-pc_hypre_boomeramg_strong_threshold", "0.5"},
        {"-pc_hypre_boomeramg_agg_nl", "1"},
        {"-pc_hypre_boomeramg_P_max", "4"},
        {"-pc_hypre_boomeramg_coarsen_type", "HMIS"},
        {"-pc_hypre_boomeramg_interp_type", "ext+i"},
        {"-pc_hypre_boomeramg_relax_type_all", "symmetric-SOR/Jacobi"}},
       {}},
      // Red-black sweeps divide by zero where a coarse cell has no unknown left, as in small closed pockets; hypre's own defaults do not.
      {"pfmg", "conjugate gradients with semicoarsening multigrid on structured grids (hypre)", KSPCG, PCPFMG, MATHYPRESTRUCT,
       pfmg("2", "symmetric-Red/Black-Gauss-Seidel", "non-Galerkin"), pfmg("1", "Weighted-Jacobi", "Galerkin")},
  };
  return table;
}

std::span<const DirectionEntry> direction_table() {
  // A network that has learned the start of a solve can come to a halt later; the loop must not.
  static const std::vector<DirectionEntry> table = {
      {"classical", "the voxel multigrid cycle", voxmg_pc_type, {}},
      {"learned", "the voxel multigrid cycle with learned weights; mgcg takes it too", voxmg_pc_type, {{"-pc_voxmg_weights", "shipped"}}},
      {"published", "the network of Kaneda et al. (2023), which sees the residual alone", dcdmnet_pc_type, {{"-ksp_dcdm_safeguard", "1"}}},
      {"none", "the residual itself", PCNONE, {}}};
  return table;
}

DefaultOptions::DefaultOptions(const OptionList& options) {
  for (const auto& [name, value] : options) {
    PetscBool given = PETSC_FALSE;
    petsc_check(PetscOptionsHasName(nullptr, nullptr, name.c_str(), &given));
    if (given) continue;
    petsc_check(PetscOptionsSetValue(nullptr, name.c_str(), value.c_str()));
    set_.push_back(name);
  }
}

DefaultOptions::~DefaultOptions() {
  for (const std::string& name : set_) PetscOptionsClearValue(nullptr, name.c_str());
}

} // namespace ansatz::solvers
