// SPDX-License-Identifier: Apache-2.0
/// A user's program: the pressure in an 8^3 box of fluid under one layer of air, driven by a source in the middle.
/// Exit 0 if the residual it asked for is reached.
#include <ansatz/data/version.hpp>
#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <cstdio>

namespace {

using ansatz::solvers::petsc_check;

bool solve_box() {
  namespace as = ansatz::solvers;
  const as::Grid grid{.cells = {8, 8, 8}, .spacing = 0.125};
  DM dm = as::create_dm(PETSC_COMM_WORLD, grid);
  Vec b = nullptr;
  Vec x = nullptr;
  petsc_check(DMCreateGlobalVector(dm, &b));
  petsc_check(VecDuplicate(b, &x));
  petsc_check(VecSetValue(b, 8 * 8 * 4 + 8 * 4 + 4, 1.0, INSERT_VALUES));
  petsc_check(VecAssemblyBegin(b));
  petsc_check(VecAssemblyEnd(b));
  as::SolveResult result;
  {
    const as::CellFlags flags(dm, grid, [](int, int, int k) { return k == 7 ? as::Cell::air : as::Cell::fluid; });
    const as::PressureOperator A(flags);
    result = as::solve(A, b, x, {.rtol = 1e-8});
  }
  petsc_check(VecDestroy(&x));
  petsc_check(VecDestroy(&b));
  petsc_check(DMDestroy(&dm));
  std::printf("ansatz %s: %s, %d iterations, residual %.1e\n", ansatz::version().data(), result.reason.c_str(), result.iterations,
              result.relative_residual);
  return result.converged && result.relative_residual <= 1e-8 && result.unknowns == 8 * 8 * 7;
}

} // namespace

int main(int argc, char** argv) {
  if (PetscInitialize(&argc, &argv, nullptr, nullptr) != 0) return 1;
  bool good = false;
  try {
    good = solve_box();
  } catch (const ansatz::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return PetscFinalize() == 0 && good ? 0 : 1;
}
