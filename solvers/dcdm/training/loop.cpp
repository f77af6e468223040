// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/training/loop.hpp>

#include <ansatz/solvers/dcdm/dcdm.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petscksp.h>

#include <algorithm>
#include <memory>

namespace ansatz::solvers::training {

namespace {

PetscErrorCode propose(PC pc, Vec r, Vec z) {
  void* context = nullptr;
  PetscInt n = 0;
  const double* from = nullptr;
  double* to = nullptr;

  PetscFunctionBegin;
  PetscCall(PCShellGetContext(pc, &context));
  PetscCall(VecGetLocalSize(r, &n));
  PetscCall(VecGetArrayRead(r, &from));
  PetscCall(VecGetArrayWrite(z, &to));
  const auto count = static_cast<std::size_t>(n);
  PetscCall(guarded([&] { (*static_cast<const Proposal*>(context))({from, count}, {to, count}); }));
  PetscCall(VecRestoreArrayWrite(z, &to));
  PetscCall(VecRestoreArrayRead(r, &from));
  PetscFunctionReturn(0);
}

struct KspDelete {
  void operator()(KSP k) const noexcept { KSPDestroy(&k); }
};
struct VecDelete {
  void operator()(Vec v) const noexcept { VecDestroy(&v); }
};
using Vector = std::unique_ptr<_p_Vec, VecDelete>;

Vector like(Vec v) {
  Vec copy = nullptr;
  petsc_check(VecDuplicate(v, &copy));
  petsc_check(VecSet(copy, 0.0));
  return Vector(copy);
}

} // namespace

Proposal network_proposal(const Problem& problem, const learning::Network<float>& network, std::span<const float> parameters) {
  const auto& n = problem.grid().cells;
  const multigrid::Partition whole{{{{0, n[0]}, {0, n[1]}, {0, n[2]}}}};
  const auto direction = std::make_shared<NetworkDirection>(PETSC_COMM_SELF, whole, problem.codes(), network);
  return [direction, parameters](std::span<const double> r, std::span<double> z) { direction->apply(parameters, r, z); };
}

std::vector<double> residual_after(const Problem& problem, const Proposal& proposal, std::span<const double> b, int iterations) {
  register_dcdm();
  const Vector rhs = like(problem.work());
  const Vector x = like(problem.work());
  double* values = nullptr;
  petsc_check(VecGetArrayWrite(rhs.get(), &values));
  std::copy(b.begin(), b.end(), values);
  petsc_check(VecRestoreArrayWrite(rhs.get(), &values));
  KSP ksp = nullptr;
  PC pc = nullptr;
  petsc_check(KSPCreate(PETSC_COMM_SELF, &ksp));
  const std::unique_ptr<_p_KSP, KspDelete> owner(ksp);
  petsc_check(KSPSetOperators(ksp, problem.A().shell(), problem.A().shell()));
  petsc_check(KSPSetType(ksp, dcdm_ksp_type));
  petsc_check(KSPSetTolerances(ksp, 1e-12, 0.0, PETSC_DEFAULT, iterations));
  petsc_check(KSPGetPC(ksp, &pc));
  petsc_check(PCSetType(pc, PCSHELL));
  petsc_check(PCShellSetContext(pc, const_cast<Proposal*>(&proposal))); // PETSc knows no const
  petsc_check(PCShellSetApply(pc, propose));
  petsc_check(KSPSolve(ksp, rhs.get(), x.get()));
  std::vector<double> solution(b.size());
  std::vector<double> r(b.size());
  petsc_check(VecGetArrayWrite(x.get(), &values));
  std::copy_n(values, solution.size(), solution.begin());
  petsc_check(VecRestoreArrayWrite(x.get(), &values));
  problem.apply(solution, r);
  for (std::size_t i = 0; i < r.size(); ++i) r[i] = b[i] - r[i];
  return r;
}

} // namespace ansatz::solvers::training
