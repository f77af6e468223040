// SPDX-License-Identifier: Apache-2.0
/// Limited-memory BFGS by PETSc TAO (type lmvm, More-Thuente line search) on the parameters of an arena, for objectives that are functions: no
/// resampling, no dropout and no straight-through gradients between calls.
///   minimise(arena, objective, options): `objective(arena)` returns the value at the arena's parameters and leaves its gradient in the arena
///     (cleared before).
/// A float64 arena is TAO's own vector; float32 is converted each call. Blocks that are not trainable keep their values. The arena ends at the
/// solution, its gradient included.
/// Errors: InternalError with PETSc's text; exceptions of the objective pass through. Not converging is a reason.
/// Threads: one.  MPI: local to each rank; an objective that reduces its gradient over ranks (data_parallel.hpp) keeps all ranks in step. PETSc must
/// be initialised.
#pragma once

#include <ansatz/learning/arena.hpp>

#include <functional>
#include <string>

namespace ansatz::learning {

struct LbfgsOptions {
  std::int64_t iterations = 200;   ///< most iterations
  std::int64_t evaluations = 2000; ///< most calls of the objective
  double gradient_atol = 1e-8;     ///< stop when the 2-norm of the gradient is below this,
  double gradient_rtol = 0;        ///< below this times the value, or
  double gradient_drop = 0;        ///< below this times the first gradient; 0: not used
};

struct LbfgsResult {
  bool converged = false;
  std::string reason{}; ///< PETSc's name
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;
  double value = 0;
  double gradient_norm = 0;
};

template <class T>
LbfgsResult minimise(Arena<T>& arena, const std::function<double(Arena<T>&)>& objective, LbfgsOptions options = {});

} // namespace ansatz::learning
