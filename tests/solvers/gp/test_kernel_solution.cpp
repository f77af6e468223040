// SPDX-License-Identifier: Apache-2.0
// The kernel representation: equal to the dense posterior on a small grid, the promised errors, what it refuses. Finite differences: their order.
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/finite_differences.hpp>
#include <ansatz/solvers/gp/kernel_solution.hpp>
#include <ansatz/solvers/gp/toeplitz.hpp>

#include <boost/test/unit_test.hpp>

using namespace gp_tests;

namespace {

KernelResult solve(const Problem& problem, int points, Envelope form) {
  const Proposal proposal = propose_lines(problem, {.points = {points, 1}});
  return solve_kernel(problem, {.points = points, .model = proposal.models[0], .envelope = form});
}

Matrix corner(const Matrix& a, const std::vector<int>& rows, const std::vector<int>& cols) {
  return transposed(rows_of(transposed(rows_of(a, rows)), cols));
}

} // namespace

BOOST_AUTO_TEST_SUITE(gp_kernel_solution)

// u'' - 2 u = f with both ends given: the mean of U given f = A U + e and the ends, by the dense formulas.
BOOST_AUTO_TEST_CASE(dense_posterior) {
  const ProblemText text{.terms = {"xx: 1", "u: -2"}, .source = "cos(7*x) + x", .boundary = "1 + 2*x"};
  const Problem problem = to_problem(text);
  const int n = 8;
  for (const Envelope form : {Envelope::matern52, Envelope::matern72}) {
    const AxisModel model{.interval = problem.box[0],
                          .lines = {{.weight = 2.0, .rate = 1.0, .frequency = 0.0}, {.weight = 1.0, .rate = 1.0, .frequency = 7.0}}};
    const KernelResult result = solve_kernel(problem, {.points = n, .model = model, .envelope = form, .delta = 1e-2});

    const auto lines = with_rates_of(form, model);
    const Matrix k = toeplitz(form, lines, 1.0 / (n - 1), n, 0);
    const Matrix k2 = toeplitz(form, lines, 1.0 / (n - 1), n, 2);
    const std::vector<int> ends{0, n - 1};
    std::vector<int> inner;
    for (int i = 1; i + 1 < n; ++i) inner.push_back(i);
    const auto conditioned = [&](const Matrix& a) {
      Matrix c = corner(a, inner, inner);
      multiply(c, corner(a, inner, ends), Op::plain, solve_general(corner(k, ends, ends), corner(k, ends, inner)), Op::plain, -1.0, 1.0);
      return c;
    };
    const Matrix g = [&] {
      Matrix values(2, 1);
      values(0, 0) = 1.0;
      values(1, 0) = 3.0;
      return solve_general(corner(k, ends, ends), values);
    }();
    Matrix k0 = conditioned(k);
    for (int i = 0; i < k0.rows; ++i) k0(i, i) += 1e-12 * 3.0; // the jitter
    Matrix a0 = conditioned(k2);                               // A K_0
    axpy(-2.0, k0.values, a0.values);
    std::vector<double> x;
    for (const int i : inner) x.push_back(i / (n - 1.0));
    Matrix r = problem.source.at(x, std::vector<double>{0.0});
    const double s2 = 1e-4 * dot(r.values, r.values) / static_cast<double>(r.size());
    axpy(-1.0, product(corner(k2, inner, ends), g).values, r.values);
    axpy(2.0, product(corner(k, inner, ends), g).values, r.values);
    Matrix gram = product(a0, solve_general(k0, transposed(a0))); // A K_0 A^T
    for (int i = 0; i < gram.rows; ++i) gram(i, i) += s2;
    Matrix u = product(corner(k, inner, ends), g);
    axpy(1.0, product_tn(a0, solve_general(gram, r)).values, u.values);

    BOOST_TEST(largest_difference(result.mean(x), u) < 1e-6);
    BOOST_TEST(std::abs(result.mean(std::vector<double>{1.0})(0, 0) - 3.0) < 1e-7);
  }
}

BOOST_AUTO_TEST_CASE(promised_errors) {
  const auto promise = [](const std::string& name, int points, double bound) {
    const ProblemText& text = find_problem(name);
    const Problem problem = to_problem(text);
    const KernelResult result = solve(problem, points, Envelope::matern52);
    const auto at = test_points(problem);
    const double error = relative_error(result.mean(at.x), exact(text, problem, at));
    BOOST_TEST(error < bound, name << ": " << error << " " << result.reason);
    BOOST_TEST(result.converged, name << ": " << result.reason << " " << result.relative_residual);
  };
  promise("P1", 400, 2e-6);
  promise("P2", 200, 1e-6);
  promise("P3", 400, 2e-6);
  promise("P5", 200, 3e-4);
  promise("A1", 400, 2e-6);
}

BOOST_AUTO_TEST_CASE(refused) {
  const auto message = [](const ProblemText& text, int points) {
    try {
      (void)solve(to_problem(text), points, Envelope::matern52);
    } catch (const ansatz::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(message(find_problem("A4"), 20).find("one dimension") != std::string::npos);
  BOOST_TEST(message({}, 3).find("at least 4") != std::string::npos);
  BOOST_TEST(message({.terms = {"xxx: 1"}}, 8).find("matern52 has two") != std::string::npos);
}

// Second order on equations of both kinds, with a power of u, and with an axis that has one end only.
BOOST_AUTO_TEST_CASE(finite_differences_have_their_order) {
  const std::vector<ProblemText> statements{
      {.terms = {"xx: 1 + x", "x: 1", "u: -3"}, .source = "-(1+x)*sin(x) + cos(x) - 3*sin(x)", .boundary = "sin(x)", .exact = "sin(x)"},
      {.box = {0, 1, 0, 2},
       .terms = {"xx: 1", "yy: 2"},
       .powers = {0, -1, 0, 1},
       .source = "-9*sin(x+2*y) + (sin(x+2*y))^3 - sin(x+2*y)",
       .boundary = "sin(x+2*y)",
       .exact = "sin(x+2*y)"},
      {.box = {0, 1, 0, 1}, .terms = {"x: 2", "t: 1"}, .boundary = "sin(x-2*t)", .faces = {"x_low", "y_low"}, .exact = "sin(x-2*t)"}};
  for (const ProblemText& text : statements) {
    const Problem problem = to_problem(text);
    const auto at = test_points(problem);
    const auto error = [&](int points) {
      const auto result = solve_finite_differences(problem, {points, points});
      BOOST_TEST(result.converged);
      return relative_error(result.at(at.x, at.y), exact(text, problem, at));
    };
    const double order = std::log2(error(25) / error(49));
    BOOST_TEST(order > 1.7, text.boundary << ": " << order);
    BOOST_TEST(order < 2.4, text.boundary << ": " << order);
  }
}

BOOST_AUTO_TEST_SUITE_END()
