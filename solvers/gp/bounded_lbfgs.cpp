// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/optimisers/petsc_owned.hpp>
#include <ansatz/solvers/gp/bounded_lbfgs.hpp>

#include <petsctao.h>

#include <exception>

namespace ansatz::solvers::gp {

namespace {

using learning::check;
using learning::Owned;

constexpr std::size_t window = 4; // iterations

struct Context {
  std::size_t size = 0;
  const Objective& objective;
  const BoundedLbfgsOptions& options;
  std::exception_ptr failure{};
  std::vector<double> values{}; ///< of the accepted iterates
};

PetscErrorCode evaluate(Tao, Vec z, PetscReal* value, Vec gradient, void* opaque) {
  auto& context = *static_cast<Context*>(opaque);
  const PetscScalar* at = nullptr;
  PetscScalar* to = nullptr;
  PetscCall(VecGetArrayRead(z, &at));
  PetscCall(VecGetArrayWrite(gradient, &to));
  try {
    *value = context.objective({at, context.size}, {to, context.size});
  } catch (...) {
    context.failure = std::current_exception(); // no exception may pass through PETSc
  }
  PetscCall(VecRestoreArrayWrite(gradient, &to));
  PetscCall(VecRestoreArrayRead(z, &at));
  return context.failure ? PETSC_ERR_USER : 0;
}

PetscErrorCode watch(Tao tao, void* opaque) {
  auto& context = *static_cast<Context*>(opaque);
  Vec z = nullptr;
  PetscReal value = 0.0;
  PetscCall(TaoGetSolution(tao, &z));
  PetscCall(TaoGetSolutionStatus(tao, nullptr, &value, nullptr, nullptr, nullptr, nullptr));
  const PetscScalar* at = nullptr;
  PetscCall(VecGetArrayRead(z, &at));
  bool go_on = true;
  try {
    if (context.options.monitor) go_on = context.options.monitor({at, context.size}, value);
    context.values.push_back(value);
  } catch (...) {
    context.failure = std::current_exception();
  }
  PetscCall(VecRestoreArrayRead(z, &at));
  const std::size_t count = context.values.size();
  if (count > window && context.values[count - 1 - window] - value < context.options.value_atol)
    PetscCall(TaoSetConvergedReason(tao, TAO_CONVERGED_GATOL));
  if (!go_on) PetscCall(TaoSetConvergedReason(tao, TAO_CONVERGED_USER));
  return context.failure ? PETSC_ERR_USER : 0;
}

} // namespace

BoundedLbfgsResult minimise_bounded(std::vector<double>& z, const std::vector<double>& low, const std::vector<double>& high,
                                    const Objective& objective, const BoundedLbfgsOptions& options) {
  using OwnedVec = Owned<Vec, VecDestroy>;
  Context context{z.size(), objective, options};
  const auto n = static_cast<PetscInt>(z.size());
  OwnedVec solution;
  OwnedVec lower;
  OwnedVec upper;
  Owned<Tao, TaoDestroy> tao;
  check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, n, z.data(), solution.out()));
  check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, n, low.data(), lower.out()));
  check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, n, high.data(), upper.out()));
  check(TaoCreate(PETSC_COMM_SELF, tao.out()));
  check(TaoSetType(tao.get(), TAOBLMVM));
  check(TaoSetSolution(tao.get(), solution.get()));
  check(TaoSetVariableBounds(tao.get(), lower.get(), upper.get()));
  check(TaoSetObjectiveAndGradient(tao.get(), nullptr, evaluate, &context));
  check(TaoSetTolerances(tao.get(), options.gradient_atol, 0.0, 0.0));
  check(TaoSetMaximumIterations(tao.get(), options.iterations));
  check(TaoSetMonitor(tao.get(), watch, &context, nullptr));
  const PetscErrorCode code = TaoSolve(tao.get());
  if (context.failure) std::rethrow_exception(context.failure);
  check(code);
  PetscInt iterations = 0;
  TaoConvergedReason reason = TAO_CONTINUE_ITERATING;
  check(TaoGetSolutionStatus(tao.get(), &iterations, nullptr, nullptr, nullptr, nullptr, &reason));
  return {.converged = reason > 0, .reason = TaoConvergedReasons[reason], .iterations = static_cast<int>(iterations)};
}

} // namespace ansatz::solvers::gp
