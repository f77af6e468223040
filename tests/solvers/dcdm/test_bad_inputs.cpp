// SPDX-License-Identifier: Apache-2.0
// Foolish matrices, right-hand sides, directions and options: a defined reason or error, never a crash or a wrong answer.
#include "proposals.hpp"
#include "support.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>

using namespace dcdm_test;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

/// Plain and fused form.
OptionList form(int fused) { return {{{"-ksp_dcdm_fused", fused == 1 ? "1" : "0"}}}; }

const auto both_forms = boost::unit_test::data::xrange(2);

struct System {
  Array A = random_spd(30, 10.0, 31);
  Array b = random_array(30, 32);
  Matrix matrix = from_dense(PETSC_COMM_WORLD, A, 30);
};

/// The residual, except for what `spoil` makes of it in the calls from `first` to `last`.
Proposal spoiled(int first, int last, const std::function<Array(const Array&)>& spoil) {
  return [=](const Array& r, int call) { return call >= first && call <= last ? spoil(r) : r; };
}

Array one_nan(const Array& r) {
  Array q = r;
  q.front() = not_a_number;
  return q;
}

Array one_inf(const Array& r) {
  Array q = r;
  q.back() = -infinite;
  return q;
}

Array zero(const Array& r) { return Array(r.size(), 0.0); }

Array orthogonal(const Array& r) {
  Array q(r.size(), 0.0);
  q[0] = r[1];
  q[1] = -r[0];
  return q;
}

/// Random, then made orthogonal to r twice: <q, r> is rounding.
Array nearly_orthogonal(const Array& r) {
  Array q = random_array(r.size(), 61);
  for (int pass = 0; pass < 2; ++pass) {
    double qr = 0.0;
    for (std::size_t i = 0; i < r.size(); ++i) qr += q[i] * r[i] / (norm(r) * norm(r));
    for (std::size_t i = 0; i < r.size(); ++i) q[i] -= qr * r[i];
  }
  return q;
}

const std::vector<Array (*)(const Array&)> spoilers{one_nan, one_inf, zero, orthogonal, nearly_orthogonal};
const auto all_spoilers = boost::unit_test::data::xrange(5);

} // namespace

BOOST_AUTO_TEST_SUITE(bad_inputs)

BOOST_DATA_TEST_CASE(an_unusable_direction_is_replaced_by_the_residual, both_forms* all_spoilers, fused, kind) {
  const System s;
  const Case good{.rtol = 1e-10, .options = form(fused)};

  const Run spoilt =
      run(s.matrix, s.b, {.pc = "shell", .f = spoiled(3, 3, spoilers[static_cast<std::size_t>(kind)]), .rtol = 1e-10, .options = form(fused)});

  BOOST_TEST(spoilt.reason == KSP_CONVERGED_RTOL);
  BOOST_TEST(spoilt.fallbacks == 1);
  // The step taken instead is along the residual, its history forgotten.
  Array r = s.b;
  for (std::size_t i = 0; i < 30; ++i)
    for (std::size_t j = 0; j < 30; ++j) r[i] -= s.A[i * 30 + j] * spoilt.iterates[3][j];
  double along = 0.0, length = 0.0;
  for (std::size_t i = 0; i < 30; ++i) {
    const double step = spoilt.iterates[4][i] - spoilt.iterates[3][i];
    along += step * r[i];
    length += step * step;
  }
  BOOST_TEST(std::abs(along / (std::sqrt(length) * norm(r)) - 1.0) <= 1e-10);
  BOOST_TEST(relative_difference(spoilt.iterates.back(), run(s.matrix, s.b, good).iterates.back()) <= 1e-8);
}

BOOST_DATA_TEST_CASE(unusable_directions_now_and_then_are_no_breakdown, both_forms, fused) {
  const System s;
  const Proposal f = [](const Array& r, int call) { return call % 2 == 1 ? Array(r.size(), not_a_number) : r; };

  const Run result = run(s.matrix, s.b, {.pc = "shell", .f = f, .rtol = 1e-3, .options = form(fused)});

  BOOST_TEST(result.reason == KSP_CONVERGED_RTOL);
  BOOST_TEST(result.fallbacks == result.iterations / 2);
  BOOST_TEST(result.fallbacks >= 2);
}

BOOST_DATA_TEST_CASE(unusable_directions_twice_in_a_row_are_a_breakdown, both_forms* all_spoilers, fused, kind) {
  const System s;

  const Run result = run(s.matrix, s.b, {.pc = "shell", .f = spoiled(2, 100, spoilers[static_cast<std::size_t>(kind)]), .options = form(fused)});

  BOOST_TEST(result.reason == KSP_DIVERGED_BREAKDOWN);
  BOOST_TEST(result.iterations == 3);
  BOOST_TEST(result.fallbacks == 1);
  for (double v : result.iterates.back()) BOOST_TEST(std::isfinite(v));
}

BOOST_DATA_TEST_CASE(without_fallback_the_first_unusable_direction_ends_the_solve, both_forms* all_spoilers, fused, kind) {
  const System s;
  auto options = form(fused);
  options.push_back({"-ksp_dcdm_fallback", "0"});

  const Run result = run(s.matrix, s.b, {.pc = "shell", .f = spoiled(2, 2, spoilers[static_cast<std::size_t>(kind)]), .options = options});

  BOOST_TEST(result.reason == (kind < 2 ? KSP_DIVERGED_NANORINF : KSP_DIVERGED_BREAKDOWN));
  BOOST_TEST(result.iterations == 2);
  BOOST_TEST(result.fallbacks == 0);
}

BOOST_DATA_TEST_CASE(indefinite_matrix_is_named, both_forms* boost::unit_test::data::xrange(2), fused, fallback) {
  const Matrix A = diagonal(PETSC_COMM_WORLD, {1.0, 2.0, -5.0});
  auto options = form(fused);
  options.push_back({"-ksp_dcdm_fallback", fallback == 1 ? "1" : "0"});

  const Run result = run(A, {1.0, 1.0, 1.0}, {.options = options});

  BOOST_TEST(result.reason == KSP_DIVERGED_INDEFINITE_MAT);
  BOOST_TEST(result.iterations == 0);
}

BOOST_DATA_TEST_CASE(indefinite_matrix_met_later_is_named, both_forms, fused) {
  Array d(20);
  for (std::size_t i = 0; i < d.size(); ++i) d[i] = 1.0 + static_cast<double>(i);
  d[0] = -0.5;
  const Matrix A = diagonal(PETSC_COMM_WORLD, d);

  const Run result = run(A, Array(20, 1.0), {.options = form(fused)});

  BOOST_TEST(result.reason == KSP_DIVERGED_INDEFINITE_MAT);
  BOOST_TEST(result.iterations > 0);
}

BOOST_DATA_TEST_CASE(zero_right_hand_side_gives_zero_at_once, both_forms, fused) {
  const System s;

  const Run result = run(s.matrix, Array(30, 0.0), {.options = form(fused)});

  BOOST_TEST(result.reason > 0);
  BOOST_TEST(result.iterations == 0);
  for (double v : result.iterates.back()) BOOST_TEST(v == 0.0);
}

BOOST_DATA_TEST_CASE(residual_that_vanishes_unseen_is_convergence, both_forms, fused) {
  const Matrix A = diagonal(PETSC_COMM_WORLD, {2.0, 2.0, 2.0, 2.0});
  auto options = form(fused);
  options.push_back({"-ksp_norm_type", "none"});

  const Run result = run(A, {4.0, 8.0, 0.0, 2.0}, {.options = options});

  BOOST_TEST(result.reason == KSP_CONVERGED_ATOL);
  BOOST_TEST(result.iterations == 1);
}

BOOST_DATA_TEST_CASE(nan_in_the_right_hand_side_is_named, both_forms* boost::unit_test::data::xrange(2), fused, seen) {
  const System s;
  Array b = s.b;
  b[17] = not_a_number;
  auto options = form(fused);
  options.push_back({"-ksp_norm_type", seen == 1 ? "unpreconditioned" : "none"});

  const Run result = run(s.matrix, b, {.options = options, .record = false});

  BOOST_TEST(result.reason == KSP_DIVERGED_NANORINF);
  BOOST_TEST(result.iterations == 0);
}

BOOST_DATA_TEST_CASE(nan_in_the_matrix_is_named, both_forms, fused) {
  const Matrix A = diagonal(PETSC_COMM_WORLD, {1.0, not_a_number, 2.0});

  const Run result = run(A, {1.0, 1.0, 1.0}, {.options = form(fused)});

  BOOST_TEST(result.reason == KSP_DIVERGED_NANORINF);
}

BOOST_DATA_TEST_CASE(incompatible_singular_system_does_not_converge, both_forms, fused) {
  const Matrix A = diagonal(PETSC_COMM_WORLD, {1.0, 2.0, 0.0, 3.0});

  const Run result = run(A, {1.0, 1.0, 1.0, 1.0}, {.rtol = 1e-6, .max_iterations = 50, .options = form(fused)});

  BOOST_TEST(result.reason < 0);
}

BOOST_AUTO_TEST_CASE(tolerance_below_what_rounding_allows_is_not_reported_as_reached) {
  Array d(100);
  for (std::size_t i = 0; i < d.size(); ++i) d[i] = std::pow(10.0, -4.0 * static_cast<double>(i) / 99.0);
  // A rotation mixes large and small eigenvalues, so that the products round.
  Array A(100 * 100, 0.0), u = random_array(100, 5);
  const double square = norm(u) * norm(u);
  const auto h = [&](std::size_t i, std::size_t j) { return (i == j ? 1.0 : 0.0) - 2.0 * u[i] * u[j] / square; };
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t l = 0; l < 100; ++l) A[i * 100 + j] += h(i, l) * d[l] * h(j, l);
      A[j * 100 + i] = A[i * 100 + j];
    }
  const Matrix matrix = from_dense(PETSC_COMM_WORLD, A, 100);
  const Array b = random_array(100, 6);
  const auto true_residual = [&](const Array& x) {
    Array r = b;
    for (std::size_t i = 0; i < 100; ++i)
      for (std::size_t j = 0; j < 100; ++j) r[i] -= A[i * 100 + j] * x[j];
    return norm(r) / norm(b);
  };

  const Run cg = run(matrix, b, {.type = "cg", .rtol = 1e-14, .max_iterations = 3000, .options = {{{"-ksp_norm_type", "unpreconditioned"}}}});
  const Run ours = run(matrix, b, {.rtol = 1e-14, .max_iterations = 3000});

  BOOST_REQUIRE(cg.reason == KSP_CONVERGED_RTOL);
  BOOST_REQUIRE(true_residual(cg.iterates.back()) > 1e-13); // the recurrence promises what x does not keep
  BOOST_TEST((ours.reason < 0 || true_residual(ours.iterates.back()) <= 2e-14));
  BOOST_TEST(true_residual(ours.iterates.back()) <= 2.0 * true_residual(cg.iterates.back()));
}

BOOST_AUTO_TEST_CASE(error_in_the_preconditioner_reaches_the_caller) {
  const System s;
  ShellContext shell;
  const Solver ksp = make_solver(s.matrix, {.pc = "shell", .f = [](const Array& r, int) { return r; }}, shell);
  PC pc = nullptr;
  petsc_check(KSPGetPC(ksp.get(), &pc));
  petsc_check(PCShellSetApply(pc, [](PC, Vec, Vec) -> PetscErrorCode { return PETSC_ERR_LIB; }));
  const Vector b = vector_of(s.matrix, s.b), x = vector_of(s.matrix, Array(30, 0.0));

  BOOST_CHECK_THROW(petsc_check(KSPSolve(ksp.get(), b.get(), x.get())), ansatz::InternalError);
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
  const System s;
  for (const auto& option : OptionList{{"-ksp_dcdm_history", "0"}, {"-ksp_dcdm_history", "31"}, {"-ksp_dcdm_true_residual", "-1"}}) {
    ShellContext shell;
    BOOST_CHECK_THROW(make_solver(s.matrix, {.options = {option}}, shell), ansatz::InternalError);
  }
}

BOOST_AUTO_TEST_CASE(fallbacks_of_another_solver_are_refused) {
  const System s;
  ShellContext shell;
  const Solver ksp = make_solver(s.matrix, {.type = "cg"}, shell);

  BOOST_CHECK_THROW((void)ansatz::solvers::dcdm_fallbacks(ksp.get()), ansatz::InternalError);
}

BOOST_AUTO_TEST_SUITE_END()
