// SPDX-License-Identifier: Apache-2.0
// Exact laws of the conjugate direction loop, for directions that are anything but good.
#include "proposals.hpp"
#include "support.hpp"

#include <ansatz/solvers/dcdm/reference/dcdm.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace reference = ansatz::solvers::reference;
using namespace dcdm_test;

namespace {

constexpr std::size_t n = 60;
// 60 unknowns, condition number about 10: differences of iterates keep 12 digits, of which the products below may lose one.
constexpr double tolerance = 1e-11;

struct System {
  Array A = random_spd(n, 30.0, 1);
  Array b = random_array(n, 2);
  Matrix matrix = from_dense(PETSC_COMM_WORLD, A, static_cast<PetscInt>(n));
  Array exact;

  System() {
    Array x(n, 0.0);
    exact = reference::dcdm(
                A, b, x, [](const Array& r) { return r; }, 2, 200)
                .back();
  }
};

Array minus(const Array& a, const Array& c) {
  Array d(a);
  for (std::size_t i = 0; i < d.size(); ++i) d[i] -= c[i];
  return d;
}

double energy(const Array& A, const Array& e) { return reference::inner(e, reference::product(A, e)); }

Proposal make(int kind) {
  switch (kind) {
    case 0: return relu_network(n, 11);
    case 1: return rescaled(relu_network(n, 12), 5);
    case 2: return noisy_residual(n, 13);
    default: return noise(n, 14);
  }
}

/// The published form, the fused form, both with and without the recomputed residual.
const std::vector<OptionList> forms{
    {{{"-ksp_dcdm_fused", "0"}}, {{"-ksp_dcdm_true_residual", "1"}}}, {{{"-ksp_dcdm_fused", "0"}}, {{"-ksp_dcdm_true_residual", "0"}}},
    {{{"-ksp_dcdm_fused", "1"}}, {{"-ksp_dcdm_true_residual", "1"}}}, {{{"-ksp_dcdm_fused", "1"}}, {{"-ksp_dcdm_true_residual", "0"}}},
    {{{"-ksp_dcdm_fused", "1"}}, {{"-ksp_dcdm_history", "5"}}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(laws)

BOOST_DATA_TEST_CASE(residuals_and_directions_are_orthogonal, boost::unit_test::data::xrange(4) * boost::unit_test::data::xrange(5), kind, form) {
  const System s;

  const Run result = run(s.matrix, s.b, {.pc = "shell", .f = make(kind), .max_iterations = 20, .options = forms[static_cast<std::size_t>(form)]});

  BOOST_REQUIRE_EQUAL(result.iterates.size(), 21U);
  BOOST_TEST(result.fallbacks == 0);
  const std::size_t window = form == 4 ? 5 : 2;
  for (std::size_t k = 0; k < 20; ++k) {
    const Array step = minus(result.iterates[k + 1], result.iterates[k]);
    const Array r = reference::residual(s.A, result.iterates[k + 1], s.b);
    for (std::size_t j = 0; j <= std::min(k, window); ++j) {
      const Array earlier = minus(result.iterates[k + 1 - j], result.iterates[k - j]);
      BOOST_TEST(std::abs(reference::inner(r, earlier)) <= tolerance * norm(s.b) * norm(earlier));
      if (j > 0) {
        const double scale = std::sqrt(energy(s.A, step) * energy(s.A, earlier));
        BOOST_TEST(std::abs(reference::inner(step, reference::product(s.A, earlier))) <= 1e2 * tolerance * scale);
      }
    }
  }
}

BOOST_DATA_TEST_CASE(energy_falls_by_the_exact_amount, boost::unit_test::data::xrange(4) * boost::unit_test::data::xrange(5), kind, form) {
  const System s;

  const Run result = run(s.matrix, s.b, {.pc = "shell", .f = make(kind), .max_iterations = 20, .options = forms[static_cast<std::size_t>(form)]});

  BOOST_REQUIRE_EQUAL(result.iterates.size(), 21U);
  const double start = energy(s.A, minus(s.exact, result.iterates[0]));
  for (std::size_t k = 0; k < 20; ++k) {
    const double before = energy(s.A, minus(s.exact, result.iterates[k]));
    const double after = energy(s.A, minus(s.exact, result.iterates[k + 1]));
    const Array step = minus(result.iterates[k + 1], result.iterates[k]);
    const double pr = reference::inner(step, reference::residual(s.A, result.iterates[k], s.b));
    BOOST_TEST(after <= before);
    BOOST_TEST(std::abs(before - after - pr * pr / energy(s.A, step)) <= tolerance * start);
  }
}

BOOST_DATA_TEST_CASE(scale_and_sign_of_a_direction_do_not_matter, boost::unit_test::data::xrange(5), form) {
  const System s;
  const auto& options = forms[static_cast<std::size_t>(form)];

  const Run once = run(s.matrix, s.b, {.pc = "shell", .f = relu_network(n, 21), .max_iterations = 20, .options = options});
  const Run again = run(s.matrix, s.b, {.pc = "shell", .f = rescaled(relu_network(n, 21), 9), .max_iterations = 20, .options = options});

  BOOST_REQUIRE_EQUAL(once.iterates.size(), again.iterates.size());
  for (std::size_t k = 0; k < once.iterates.size(); ++k) BOOST_TEST(relative_difference(again.iterates[k], once.iterates[k]) <= tolerance);
}

/// Moves x behind the solver's back at iteration 6, as a stand-in for a recursive residual that has drifted away from b - A x.
PetscErrorCode move_solution(KSP ksp, PetscInt iteration, PetscReal, void*) {
  Vec x = nullptr;
  PetscFunctionBegin;
  if (iteration != 6) PetscFunctionReturn(0);
  PetscCall(KSPBuildSolution(ksp, nullptr, &x));
  PetscCall(VecShift(x, 0.01));
  PetscFunctionReturn(0);
}

BOOST_DATA_TEST_CASE(line_searches_are_exact_after_the_residual_was_replaced, boost::unit_test::data::xrange(2), fused) {
  const System s;
  ShellContext shell;
  Run result;
  const Solver ksp = make_solver(s.matrix,
                                 {.pc = "shell",
                                  .f = relu_network(n, 31),
                                  .max_iterations = 12,
                                  .options = {{{"-ksp_dcdm_fused", fused == 1 ? "1" : "0"}}, {{"-ksp_dcdm_true_residual", "1"}}}},
                                 shell);
  const Vector b = vector_of(s.matrix, s.b), x = vector_of(s.matrix, Array(n, 0.0));
  petsc_check(KSPMonitorSet(ksp.get(), move_solution, nullptr, nullptr));
  petsc_check(KSPMonitorSet(ksp.get(), record, &result, nullptr));

  petsc_check(KSPSolve(ksp.get(), b.get(), x.get()));

  // Iteration 7 still searched with the old residual; from then on b - A x of the moved x counts.
  for (std::size_t k = 7; k < 12; ++k) {
    const Array step = minus(result.iterates[k + 1], result.iterates[k]);
    const Array r = reference::residual(s.A, result.iterates[k + 1], s.b);
    BOOST_TEST(std::abs(reference::inner(r, step)) <= tolerance * norm(s.b) * norm(step));
  }
}

BOOST_DATA_TEST_CASE(all_forms_are_the_published_loop, boost::unit_test::data::xrange(3) * boost::unit_test::data::xrange(5), kind, form) {
  const System s;
  const Proposal f = make(kind);
  int call = 0;
  const std::size_t window = form == 4 ? 5 : 2;
  const auto truth = reference::dcdm(
      s.A, s.b, Array(n, 0.0), [&](const Array& r) { return f(r, call++); }, window, 20);

  const Run result = run(s.matrix, s.b, {.pc = "shell", .f = f, .max_iterations = 20, .options = forms[static_cast<std::size_t>(form)]});

  BOOST_REQUIRE_EQUAL(result.iterates.size(), truth.size());
  for (std::size_t k = 0; k < truth.size(); ++k) {
    BOOST_TEST(relative_difference(result.iterates[k], truth[k]) <= tolerance);
    const double r = norm(reference::residual(s.A, truth[k], s.b));
    BOOST_TEST(std::abs(result.norms[k] - r) <= tolerance * norm(s.b));
  }
}

BOOST_AUTO_TEST_CASE(exact_inverse_needs_one_iteration) {
  const System s;
  const auto inverse = [&](const Array& r, int) {
    return reference::dcdm(
               s.A, r, Array(n, 0.0), [](const Array& v) { return v; }, 2, 100)
        .back();
  };

  const Run result = run(s.matrix, s.b, {.pc = "shell", .f = inverse, .rtol = 1e-10});

  BOOST_TEST(result.iterations == 1);
  BOOST_TEST(result.reason == KSP_CONVERGED_RTOL);
}

BOOST_AUTO_TEST_CASE(eigenvector_needs_one_iteration) {
  const Matrix A = diagonal(PETSC_COMM_WORLD, {2.0, 3.0, 5.0, 7.0, 11.0, 13.0});

  const Run result = run(A, {0.0, 0.0, 4.0, 0.0, 0.0, 0.0}, {});

  BOOST_TEST(result.iterations == 1);
  BOOST_TEST(result.reason > 0);
}

BOOST_DATA_TEST_CASE(m_distinct_eigenvalues_need_m_iterations, boost::unit_test::data::xrange(1, 7), m) {
  Array d(40), b = random_array(40, 3);
  for (std::size_t i = 0; i < d.size(); ++i) d[i] = 1.0 + 2.0 * static_cast<double>(i % static_cast<std::size_t>(m));
  const Matrix A = diagonal(PETSC_COMM_WORLD, d);

  const Run result = run(A, b, {.rtol = 1e-11});

  BOOST_TEST(result.iterations == m);
  BOOST_TEST(result.reason > 0);
}

BOOST_AUTO_TEST_SUITE_END()
