// SPDX-License-Identifier: Apache-2.0
/// One step of the conjugate direction loop: make the proposal in State::q A-orthogonal to the history, search along it, remember it.
/// Two forms of the same step, equal up to rounding. Internal to this folder. Functions return PETSc error codes and are collective.
#pragma once

#include <ansatz/solvers/dcdm/conjugate_directions.hpp>

namespace ansatz::solvers::dcdm {

/// What a solve works on.
struct Loop {
  KSP ksp;
  State& s;
  Mat A;
  Vec x;
  Vec b;
};

/// What a proposed direction is good for.
enum class Verdict { good, residual_not_finite, direction_not_finite, orthogonal, flat, negative };

/// What a step found and did.
struct Step {
  Verdict verdict = Verdict::good;
  double rr = 0.0;        ///< |r|^2 before the step
  double gain = 0.0;      ///< decrease of |x* - x|_A^2
  double curvature = 0.0; ///< <v, A v> / |v|^2 of the direction judged
  double norm = 0.0;      ///< |r| after the step, if known
  bool norm_known = false;
};

/// The published form with PETSc's vector operations: project q `passes` times, multiply by A, search along p = q.
PetscErrorCode plain_step(Loop& l, int passes, Step* step);

/// One product, one reduction and one update sweep: A p, <p, A p> and <p, r> follow from those of q by recurrences.
/// Goes over to plain_step with two passes when the recurrences cancel.
PetscErrorCode fused_step(Loop& l, Step* step);

/// r = b - A x.
PetscErrorCode refresh_residual(Loop& l);

} // namespace ansatz::solvers::dcdm
