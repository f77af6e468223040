// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/optimisers/lbfgs.hpp>
#include <ansatz/learning/optimisers/petsc_owned.hpp>

#include <petsctao.h>

#include <exception>
#include <utility>

namespace ansatz::learning {

namespace {

template <class T>
struct Context {
  Arena<T>& arena;
  const std::function<double(Arena<T>&)>& objective;
  std::int64_t evaluations = 0;
  std::exception_ptr failure{};
};

template <class T>
double evaluate_at(Context<T>& context, std::span<const double> x, std::span<double> g) {
  Arena<T>& arena = context.arena;
  for (const Block& b : arena.layout().blocks())
    if (b.trainable)
      for (std::size_t i = 0; i < arena.parameters(b).size(); ++i) arena.parameters(b)[i] = static_cast<T>(x[static_cast<std::size_t>(b.offset) + i]);
  arena.clear_gradients();
  ++context.evaluations;
  const double value = context.objective(arena);
  std::fill(g.begin(), g.end(), 0.0);
  for (const Block& b : arena.layout().blocks())
    if (b.trainable) std::copy(arena.gradients(b).begin(), arena.gradients(b).end(), g.begin() + b.offset);
  return value;
}

template <class T>
PetscErrorCode callback(Tao, Vec x, PetscReal* value, Vec g, void* opaque) {
  auto& context = *static_cast<Context<T>*>(opaque);
  const PetscScalar* at = nullptr;
  PetscScalar* to = nullptr;
  PetscCall(VecGetArrayRead(x, &at));
  PetscCall(VecGetArrayWrite(g, &to));
  try {
    const std::size_t n = context.arena.parameters().size();
    *value = evaluate_at(context, {at, n}, {to, n});
  } catch (...) {
    context.failure = std::current_exception(); // no exception may pass through PETSc
  }
  PetscCall(VecRestoreArrayWrite(g, &to));
  PetscCall(VecRestoreArrayRead(x, &at));
  return context.failure ? PETSC_ERR_USER : 0;
}

PetscInt to_petsc(std::int64_t value) { return static_cast<PetscInt>(std::min<std::int64_t>(value, PETSC_MAX_INT)); }

} // namespace

template <class T>
LbfgsResult minimise(Arena<T>& arena, const std::function<double(Arena<T>&)>& objective, LbfgsOptions options) {
  const std::span<const T> start = std::as_const(arena).parameters();
  std::vector<double> values(start.begin(), start.end());
  Context<T> context{arena, objective};
  Owned<Vec, VecDestroy> x;
  Owned<Tao, TaoDestroy> tao;
  check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, to_petsc(static_cast<std::int64_t>(values.size())), values.data(), x.out()));
  check(TaoCreate(PETSC_COMM_SELF, tao.out()));
  check(TaoSetType(tao.get(), TAOLMVM));
  check(TaoSetSolution(tao.get(), x.get()));
  check(TaoSetObjectiveAndGradient(tao.get(), nullptr, callback<T>, &context));
  check(TaoSetTolerances(tao.get(), options.gradient_atol, options.gradient_rtol, options.gradient_drop));
  check(TaoSetMaximumIterations(tao.get(), to_petsc(options.iterations)));
  check(TaoSetMaximumFunctionEvaluations(tao.get(), to_petsc(options.evaluations)));
  const PetscErrorCode code = TaoSolve(tao.get());
  if (context.failure) std::rethrow_exception(context.failure);
  check(code);
  std::vector<double> gradient(values.size());
  LbfgsResult result{.evaluations = context.evaluations};
  result.value = evaluate_at(context, values, gradient); // the last call of the line search need not be the best one
  PetscInt iterations = 0;
  TaoConvergedReason reason = TAO_CONTINUE_ITERATING;
  check(TaoGetSolutionStatus(tao.get(), &iterations, nullptr, nullptr, nullptr, nullptr, &reason));
  result.iterations = iterations;
  result.converged = reason > 0;
  result.reason = TaoConvergedReasons[reason];
  for (const double g : gradient) result.gradient_norm += g * g;
  result.gradient_norm = std::sqrt(result.gradient_norm);
  return result;
}

template LbfgsResult minimise(Arena<float>&, const std::function<double(Arena<float>&)>&, LbfgsOptions);
template LbfgsResult minimise(Arena<double>&, const std::function<double(Arena<double>&)>&, LbfgsOptions);

} // namespace ansatz::learning
