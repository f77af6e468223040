// SPDX-License-Identifier: Apache-2.0
#include "stored_answer.hpp"

#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::apps {

using solvers::petsc_check;

double residual_tolerance(const RunContext& run, const Problem& problem) {
  PetscReal norm = 0;
  petsc_check(VecNorm(problem.b(), NORM_2, &norm));
  return std::max(run.config.get_real("solver.rtol") * norm, run.config.get_real("solver.atol"));
}

std::optional<Compression> with_bound(const std::optional<Compression>& wanted, double tolerance, std::int64_t unknowns, bool of_answer) {
  if (!wanted || wanted->kind != Compression::Bound::residual) return wanted;
  constexpr double operator_norm = 12;
  Compression c = *wanted;
  c.kind = Compression::Bound::absolute;
  c.bound = wanted->bound * tolerance / std::sqrt(std::max(1.0, static_cast<double>(unknowns))) / (of_answer ? operator_norm : 1.0);
  c.bound = std::max(c.bound, std::numeric_limits<double>::min()); // b = 0
  return c;
}

double residual_change(const Problem& problem, std::span<const double> stored) {
  const solvers::LocalBox& box = problem.flags().box();
  Vec e = nullptr;
  Vec Ae = nullptr;
  petsc_check(VecDuplicate(problem.x(), &e));
  petsc_check(VecDuplicate(e, &Ae));
  petsc_check(VecCopy(problem.x(), e));
  double* values = nullptr;
  petsc_check(VecGetArray(e, &values));
  std::size_t p = 0;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++p) values[p] = problem.flags().at(i, j, k) == solvers::Cell::fluid ? values[p] - stored[p] : 0.0;
  petsc_check(VecRestoreArray(e, &values));
  problem.A().apply(e, Ae);
  PetscReal change = 0;
  petsc_check(VecNorm(Ae, NORM_2, &change));
  petsc_check(VecDestroy(&e));
  petsc_check(VecDestroy(&Ae));
  return change;
}

} // namespace ansatz::apps
