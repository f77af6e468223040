// SPDX-License-Identifier: Apache-2.0
/// Multiplication by a signal as a matrix of PETSc: adjoint, symmetric, positive definite, and solved with conjugate gradients for a known signal.
#include "signals.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/equivariant/operators/product_operator.hpp>

#include <boost/test/unit_test.hpp>

#include <petscksp.h>

#include <numbers>

namespace {

using namespace equivariant_test;

/// Stops the case on a failing call of PETSc.
void check(PetscErrorCode code) { BOOST_REQUIRE_EQUAL(static_cast<int>(code), 0); }

/// x = 2 sqrt(4 pi) e_0 + noise, `batch` times: positive on the sphere, near 2.
std::vector<double> positive_signals(std::mt19937& random, int degree, std::size_t batch, double noise) {
  std::normal_distribution<double> normal;
  std::vector<double> x(batch * signal_size(degree));
  for (double& v : x) v = noise * normal(random);
  for (std::size_t b = 0; b < batch; ++b) x[b * signal_size(degree)] += 2.0 * std::sqrt(4.0 * std::numbers::pi);
  return x;
}

void fill(Vec v, std::mt19937& random) {
  std::normal_distribution<double> normal;
  PetscInt n = 0;
  double* values = nullptr;
  check(VecGetLocalSize(v, &n));
  check(VecGetArrayWrite(v, &values));
  for (PetscInt i = 0; i < n; ++i) values[i] = normal(random);
  check(VecRestoreArrayWrite(v, &values));
}

/// A_x with two vectors of either side.
struct System {
  Mat A = nullptr;
  Vec y = nullptr, u = nullptr, z = nullptr, g = nullptr;
  System(const GauntOptions& o, const std::vector<double>& x) {
    A = create_product_operator(MPI_COMM_WORLD, o, x);
    check(MatCreateVecs(A, &y, &z));
    check(VecDuplicate(y, &u));
    check(VecDuplicate(z, &g));
  }
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  ~System() {
    for (Vec* v : {&y, &u, &z, &g}) (void)VecDestroy(v);
    (void)MatDestroy(&A);
  }
};

double inner(Vec a, Vec b) {
  double value = 0.0;
  check(VecDot(a, b, &value));
  return value;
}
double length(Vec a) { return std::sqrt(inner(a, a)); }

std::mt19937 generator() { return std::mt19937(static_cast<unsigned>(11 + ansatz::rank_of(MPI_COMM_WORLD))); }

} // namespace

BOOST_AUTO_TEST_SUITE(product_operator)

BOOST_AUTO_TEST_CASE(the_product_is_the_plans) {
  auto random = generator();
  const auto x = positive_signals(random, 3, 1, 0.3);
  System s({.degree1 = 3, .degree2 = 2, .degree3 = 4, .method = "estimate"}, x);
  fill(s.y, random);
  check(MatMult(s.A, s.y, s.z));

  const double *y = nullptr, *z = nullptr;
  check(VecGetArrayRead(s.y, &y));
  check(VecGetArrayRead(s.z, &z));
  const auto truth = product_by_definition(gaunt_table(3, 2, 4), x, {y, y + signal_size(2)}, 4);
  const double error = distance({z, z + signal_size(4)}, truth) / norm(truth);
  check(VecRestoreArrayRead(s.z, &z));
  check(VecRestoreArrayRead(s.y, &y));
  BOOST_TEST(error < 2e-15); // 2 eps sqrt(3 + 2 + 4 + 4)
}

BOOST_AUTO_TEST_CASE(the_transpose_is_the_adjoint) {
  auto random = generator();
  const auto x = positive_signals(random, 3, 5, 0.3);
  System s({.degree1 = 3, .degree2 = 2, .degree3 = 4, .method = "estimate"}, x);
  fill(s.y, random);
  fill(s.g, random);
  check(MatMult(s.A, s.y, s.z));
  check(MatMultTranspose(s.A, s.g, s.u));

  BOOST_TEST(std::abs(inner(s.z, s.g) - inner(s.y, s.u)) < 4e-15 * length(s.z) * length(s.g));
}

BOOST_AUTO_TEST_CASE(square_operators_are_symmetric_and_positive) {
  auto random = generator();
  const auto x = positive_signals(random, 4, 3, 0.05);
  System s({.degree1 = 4, .degree2 = 4, .degree3 = 4, .method = "estimate", .threads = 2}, x);
  PetscBool known = PETSC_FALSE, symmetric = PETSC_FALSE;
  check(MatIsSymmetricKnown(s.A, &known, &symmetric));
  fill(s.y, random);
  fill(s.g, random);
  check(MatMult(s.A, s.y, s.z));
  check(MatMult(s.A, s.g, s.u));

  BOOST_TEST((known && symmetric));
  BOOST_TEST(std::abs(inner(s.z, s.g) - inner(s.y, s.u)) < 4e-15 * length(s.z) * length(s.g));
  // <y, A y> = int x y^2 > 0, and x lies between 1 and 3 here.
  BOOST_TEST(inner(s.y, s.z) > inner(s.y, s.y));
  BOOST_TEST(inner(s.y, s.z) < 3.0 * inner(s.y, s.y));
}

BOOST_AUTO_TEST_CASE(a_known_factor_is_found_again) {
  auto random = generator();
  const auto x = positive_signals(random, 4, 3, 0.05);
  System s({.degree1 = 4, .degree2 = 6, .degree3 = 6, .method = "estimate"}, x);
  fill(s.y, random);
  check(MatMult(s.A, s.y, s.z));
  KSP ksp = nullptr;
  PC pc = nullptr;
  check(KSPCreate(MPI_COMM_WORLD, &ksp));
  check(KSPSetOperators(ksp, s.A, s.A));
  check(KSPSetType(ksp, KSPCG));
  check(KSPGetPC(ksp, &pc));
  check(PCSetType(pc, PCNONE));
  check(KSPSetTolerances(ksp, 1e-13, PETSC_DEFAULT, PETSC_DEFAULT, 100));
  check(KSPSolve(ksp, s.z, s.u));

  PetscInt iterations = 0;
  KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
  check(KSPGetIterationNumber(ksp, &iterations));
  check(KSPGetConvergedReason(ksp, &reason));
  check(VecAXPY(s.u, -1.0, s.y));
  const double error = length(s.u) / length(s.y);
  check(KSPDestroy(&ksp));

  BOOST_TEST(static_cast<int>(reason) > 0);
  // x lies between 1 and 3: ((sqrt 3 - 1) / (sqrt 3 + 1))^k < 1e-13 / 2 at k = 24.
  BOOST_TEST(iterations <= 24);
  BOOST_TEST(error < 3e-13);
}

BOOST_AUTO_TEST_CASE(signals_of_a_wrong_size_are_refused) {
  const std::vector<double> x(17);

  BOOST_CHECK_THROW((void)create_product_operator(MPI_COMM_WORLD, {.degree1 = 3, .degree2 = 3, .method = "estimate"}, x), ansatz::UsageError);
}

BOOST_AUTO_TEST_SUITE_END()
