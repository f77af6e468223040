// SPDX-License-Identifier: Apache-2.0
// What PETSc expects of a KSP: guesses, repeated and changed solves, null spaces, norms, histories, the view; and the promised number of
// products and reductions.
#include "count_reductions.hpp"
#include "proposals.hpp"
#include "support.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace dcdm_test;

namespace {

int products = 0;

PetscErrorCode counted_product(Mat shell, Vec x, Vec y) {
  Mat inner = nullptr;
  PetscFunctionBegin;
  PetscCall(MatShellGetContext(shell, &inner));
  ++products;
  PetscCall(MatMult(inner, x, y));
  PetscFunctionReturn(0);
}

/// A shell around `inner` that counts products.
Matrix counting(const Matrix& inner) {
  Mat shell = nullptr;
  PetscInt n = 0, N = 0;
  petsc_check(MatGetLocalSize(inner.get(), &n, nullptr));
  petsc_check(MatGetSize(inner.get(), &N, nullptr));
  petsc_check(MatCreateShell(PetscObjectComm(reinterpret_cast<PetscObject>(inner.get())), n, n, N, N, inner.get(), &shell));
  petsc_check(MatShellSetOperation(shell, MATOP_MULT, reinterpret_cast<void (*)()>(counted_product)));
  return Matrix(shell);
}

/// -u'' with u' = 0 at both ends: constants are its null space.
Matrix neumann(PetscInt n) {
  return sparse(PETSC_COMM_WORLD, n, 3, [n](PetscInt i, std::vector<PetscInt>& columns, Array& values) {
    double centre = 0.0;
    for (const PetscInt j : {i - 1, i + 1}) {
      if (j < 0 || j >= n) continue;
      columns.push_back(j);
      values.push_back(-1.0);
      centre += 1.0;
    }
    columns.push_back(i);
    values.push_back(centre);
  });
}

struct System {
  Array A = random_spd(50, 20.0, 41);
  Array b = random_array(50, 42);
  Matrix matrix = from_dense(PETSC_COMM_WORLD, A, 50);

  [[nodiscard]] double residual(const Array& x) const {
    Array r = b;
    for (std::size_t i = 0; i < r.size(); ++i)
      for (std::size_t j = 0; j < r.size(); ++j) r[i] -= A[i * r.size() + j] * x[j];
    return norm(r) / norm(b);
  }
};

std::string view_of(KSP ksp) {
  PetscViewer viewer = nullptr;
  char path[] = "/tmp/ansatz_dcdm_view_XXXXXX";
  const int file = mkstemp(path);
  if (file >= 0) close(file);
  petsc_check(PetscViewerASCIIOpen(PETSC_COMM_SELF, path, &viewer));
  petsc_check(KSPView(ksp, viewer));
  petsc_check(PetscViewerDestroy(&viewer));
  std::ifstream in(path);
  std::string text(std::istreambuf_iterator<char>(in), {});
  std::remove(path);
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ksp)

BOOST_AUTO_TEST_CASE(reported_convergence_is_true) {
  const System s;
  for (const double rtol : {1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12}) {
    const Run result = run(s.matrix, s.b, {.rtol = rtol});
    BOOST_TEST(result.reason == KSP_CONVERGED_RTOL);
    BOOST_TEST(s.residual(result.iterates.back()) <= rtol * (1.0 + 1e-3));
    BOOST_TEST(std::abs(result.norms.back() / norm(s.b) - s.residual(result.iterates.back())) <= 1e-3 * rtol + 1e-15);
  }
}

BOOST_AUTO_TEST_CASE(a_guess_is_used) {
  const System s;
  const Vector b = vector_of(s.matrix, s.b), x = vector_of(s.matrix, Array(50, 0.0));
  const Run cold = run(s.matrix, b.get(), x.get(), {.rtol = 1e-12});

  const Run warm = run(s.matrix, b.get(), x.get(), {.rtol = 1e-11, .zero_guess = false});
  petsc_check(VecShift(x.get(), 1e-6));
  const Run near = run(s.matrix, b.get(), x.get(), {.rtol = 1e-11, .zero_guess = false});

  BOOST_TEST(warm.iterations == 0);
  BOOST_TEST(near.iterations > 0);
  BOOST_TEST(near.iterations < cold.iterations);
  BOOST_TEST(s.residual(near.iterates.back()) <= 1e-11);
}

BOOST_AUTO_TEST_CASE(an_object_solves_again_after_changes_and_reset) {
  const System s;
  ShellContext shell;
  const Solver ksp = make_solver(s.matrix, {.pc = "none", .rtol = 1e-11}, shell);
  const Vector b = vector_of(s.matrix, s.b), x = vector_of(s.matrix, Array(50, 0.0));
  const auto solve = [&](const Vector& rhs, const Vector& solution) {
    KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
    petsc_check(KSPSolve(ksp.get(), rhs.get(), solution.get()));
    petsc_check(KSPGetConvergedReason(ksp.get(), &reason));
    BOOST_TEST(reason > 0);
    return gather(solution.get());
  };

  const Array first = solve(b, x);
  const Array second = solve(b, x);
  petsc_check(VecScale(b.get(), -2.0));
  const Array scaled = solve(b, x);
  petsc_check(VecScale(b.get(), -0.5));
  {
    const Options options(OptionList{{"-ksp_dcdm_history", "6"}});
    petsc_check(KSPSetFromOptions(ksp.get()));
  }
  const Array longer = solve(b, x);
  petsc_check(KSPReset(ksp.get()));
  const Matrix small = diagonal(PETSC_COMM_WORLD, {1.0, 2.0, 3.0});
  petsc_check(KSPSetOperators(ksp.get(), small.get(), small.get()));
  const Array other = solve(vector_of(small, {1.0, 4.0, 9.0}), vector_of(small, Array(3, 0.0)));

  BOOST_TEST(first == second, boost::test_tools::per_element());
  for (std::size_t i = 0; i < first.size(); ++i) BOOST_TEST(std::abs(scaled[i] + 2.0 * first[i]) <= 1e-14 * std::abs(first[i]) + 1e-300);
  BOOST_TEST(relative_difference(longer, first) <= 1e-9);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(std::abs(other[i] - static_cast<double>(i + 1)) <= 1e-10);
}

BOOST_DATA_TEST_CASE(an_attached_null_space_is_kept_out, boost::unit_test::data::xrange(2), fused) {
  constexpr PetscInt n = 40;
  const Matrix A = neumann(n);
  MatNullSpace constants = nullptr;
  petsc_check(MatNullSpaceCreate(PETSC_COMM_WORLD, PETSC_TRUE, 0, nullptr, &constants));
  petsc_check(MatSetNullSpace(A.get(), constants));
  petsc_check(MatNullSpaceDestroy(&constants));
  Array b = random_array(n, 51);
  double mean = 0.0;
  for (double v : b) mean += v / n;
  for (double& v : b) v -= mean;
  // Adds a constant to every direction: without the projection the iterates would wander along the null space.
  const Proposal shifted = [](const Array& r, int call) {
    Array q = r;
    for (double& v : q) v += 1e3 * (1.0 + call);
    return q;
  };

  const Run result = run(A, b, {.pc = "shell", .f = shifted, .rtol = 1e-8, .options = {{{"-ksp_dcdm_fused", fused == 1 ? "1" : "0"}}}});

  BOOST_TEST(result.reason == KSP_CONVERGED_RTOL);
  double sum = 0.0;
  for (double v : result.iterates.back()) sum += v;
  BOOST_TEST(std::abs(sum) <= 1e-8 * norm(result.iterates.back()));
}

BOOST_DATA_TEST_CASE(the_residual_as_direction_is_kept_out_of_the_null_space_too, boost::unit_test::data::xrange(2), fused) {
  constexpr PetscInt n = 40;
  const Matrix A = neumann(n);
  MatNullSpace constants = nullptr;
  petsc_check(MatNullSpaceCreate(PETSC_COMM_WORLD, PETSC_TRUE, 0, nullptr, &constants));
  petsc_check(MatSetNullSpace(A.get(), constants));
  petsc_check(MatNullSpaceDestroy(&constants));
  Array b = random_array(n, 52);
  for (double& v : b) v += 1.0; // incompatible: b has a share in the null space
  const Proposal nothing = [](const Array& r, int) { return Array(r.size(), 0.0); };

  const Run result = run(A, b, {.pc = "shell", .f = nothing, .options = {{{"-ksp_dcdm_fused", fused == 1 ? "1" : "0"}}}});

  BOOST_TEST(result.reason == KSP_DIVERGED_BREAKDOWN);
  BOOST_REQUIRE_EQUAL(result.iterates.size(), 2U);
  double sum = 0.0;
  for (double v : result.iterates.back()) sum += v;
  BOOST_TEST(norm(result.iterates.back()) > 0.1);
  BOOST_TEST(std::abs(sum) <= 1e-13 * norm(result.iterates.back()));
}

BOOST_AUTO_TEST_CASE(one_product_and_one_reduction_an_iteration) {
  const System s;
  const Matrix A = counting(s.matrix);
  const auto cost = [&](int iterations, const char* fused, const char* period) {
    reductions = products = 0;
    const Run result = run(
        A, s.b, {.max_iterations = iterations, .options = {{{"-ksp_dcdm_fused", fused}}, {{"-ksp_dcdm_true_residual", period}}}, .record = false});
    BOOST_REQUIRE_EQUAL(result.iterations, iterations);
    return std::array<int, 2>{products, reductions};
  };

  cost(1, "1", "0"); // what PETSc does once for a new matrix
  const auto fused_5 = cost(5, "1", "0"), fused_15 = cost(15, "1", "0");
  const auto published_5 = cost(5, "0", "1"), published_15 = cost(15, "0", "1");

  BOOST_TEST(fused_15[0] - fused_5[0] == 10);
  BOOST_TEST(fused_15[1] - fused_5[1] == 10);
  BOOST_TEST(published_15[0] - published_5[0] == 20);
}

BOOST_AUTO_TEST_CASE(a_direction_almost_in_the_history_is_projected_twice_and_multiplied) {
  const System s;
  const Matrix A = counting(s.matrix);
  auto first = std::make_shared<Array>();
  const Proposal dependent = [first](const Array& r, int call) {
    Array q = r;
    if (call == 0) *first = r;
    if (call == 1)
      for (std::size_t i = 0; i < q.size(); ++i) q[i] += 1e7 * (*first)[i];
    return q;
  };
  const Run cg = run(s.matrix, s.b, {.max_iterations = 2});

  products = 0;
  const Run result = run(A, s.b, {.pc = "shell", .f = dependent, .max_iterations = 2});

  BOOST_TEST(products == 3);
  BOOST_TEST(result.fallbacks == 0);
  BOOST_TEST(relative_difference(result.iterates[2], cg.iterates[2]) <= 1e-8); // q lost 7 of 16 digits before it came here
  Array first_step = result.iterates[1], second_step = result.iterates[2];
  for (std::size_t i = 0; i < second_step.size(); ++i) second_step[i] -= first_step[i]; // x_0 = 0
  double product = 0.0;
  for (std::size_t i = 0; i < second_step.size(); ++i)
    for (std::size_t j = 0; j < second_step.size(); ++j) product += second_step[i] * s.A[i * second_step.size() + j] * first_step[j];
  BOOST_TEST(std::abs(product) <= 1e-12 * norm(first_step) * norm(second_step)); // one projection alone leaves 1e-9
  BOOST_TEST(std::abs(s.residual(result.iterates[2]) - result.norms[2] / norm(s.b)) <= 1e-14);
}

BOOST_AUTO_TEST_CASE(norm_type_none_runs_all_iterations) {
  const System s;

  const Run result = run(s.matrix, s.b, {.max_iterations = 7, .options = {{{"-ksp_norm_type", "none"}}, {{"-ksp_convergence_test", "skip"}}}});
  const Run with_norm = run(s.matrix, s.b, {.max_iterations = 7});

  BOOST_TEST(result.reason == KSP_CONVERGED_ITS);
  BOOST_TEST(result.iterations == 7);
  BOOST_TEST(result.iterates.back() == with_norm.iterates.back(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(residual_history_and_view_tell_the_run) {
  const System s;
  ShellContext shell;
  const Solver ksp =
      make_solver(s.matrix, {.pc = "shell", .f = [](const Array& r, int call) { return call == 2 ? Array(r.size(), 0.0) : r; }, .rtol = 1e-6}, shell);
  const Vector b = vector_of(s.matrix, s.b), x = vector_of(s.matrix, Array(50, 0.0));
  Array history(100, -1.0);
  petsc_check(KSPSetResidualHistory(ksp.get(), history.data(), 100, PETSC_TRUE));

  petsc_check(KSPSolve(ksp.get(), b.get(), x.get()));

  PetscInt its = 0;
  petsc_check(KSPGetIterationNumber(ksp.get(), &its));
  BOOST_TEST(std::abs(history[0] - norm(s.b)) <= 1e-13 * norm(s.b));
  BOOST_TEST(std::abs(history[static_cast<std::size_t>(its)] / norm(s.b) - s.residual(gather(x.get()))) <= 1e-9);
  BOOST_TEST(history[static_cast<std::size_t>(its) + 1] == -1.0);
  PetscMPIInt size = 1;
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  if (size > 1) return;
  const std::string text = view_of(ksp.get());
  BOOST_TEST(text.find("type: dcdm") != std::string::npos);
  BOOST_TEST(text.find("directions kept: 2, fused form") != std::string::npos);
  BOOST_TEST(text.find("used 1 times in the last solve, 1 in all") != std::string::npos);
  BOOST_TEST(text.find("using UNPRECONDITIONED norm type") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
