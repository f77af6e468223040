// SPDX-License-Identifier: Apache-2.0
/// main() of every Boost.Test binary: PETSc and MPI live around the run, and a run that executed no case is a skip (77), not a pass.
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

#include <petscsys.h>

int main(int argc, char** argv) {
  int petsc_argc = 1;
  if (PetscInitialize(&petsc_argc, &argv, nullptr, nullptr) != 0) return 1;
  PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
  int code = boost::unit_test::unit_test_main([] { return true; }, argc, argv);
  const auto& all = boost::unit_test::results_collector.results(boost::unit_test::framework::master_test_suite().p_id);
  if (code == 0 && all.p_test_cases_passed == 0) code = 77;
  PetscFinalize();
  return code;
}
