// SPDX-License-Identifier: Apache-2.0
// Functions made from a kernel: the Gram matrix they give back, their derivatives, the dense posterior, the promised errors, what is refused.
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/kernel_basis.hpp>
#include <ansatz/solvers/gp/toeplitz.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace gp_tests;

namespace {

constexpr std::array forms{Envelope::gaussian, Envelope::matern52, Envelope::matern72, Envelope::matern92};

AxisModel two_lines() {
  return {.interval = {-1.0, 2.0}, .lines = {{.weight = 2.0, .rate = 0.5, .frequency = 0.0}, {.weight = 1.0, .rate = 0.7, .frequency = 9.0}}};
}

DirectResult solve(const Problem& problem, std::array<int, 2> points, Envelope form) {
  Proposal proposal = propose_lines(problem, {.points = points});
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(problem.dimensions); ++axis)
    proposal.models[axis] = with_kernel(proposal.models[axis], form, points[axis]);
  return solve_direct(problem, {.points = points, .models = proposal.models, .most_unknowns = 1500});
}

void promise(const std::string& name, std::array<int, 2> points, Envelope form, double bound) {
  const ProblemText& text = find_problem(name);
  const Problem problem = to_problem(text);
  const DirectResult result = solve(problem, points, form);
  const auto at = test_points(problem);
  const double error = relative_error(result.solution.mean(at.x, at.y), exact(text, problem, at));
  BOOST_TEST(error < bound, name << " on " << points[0] << ": " << error);
  BOOST_TEST(result.converged, name << ": " << result.reason << " " << result.relative_residual);
}

Matrix corner(const Matrix& a, const std::vector<int>& rows, const std::vector<int>& cols) {
  return transposed(rows_of(transposed(rows_of(a, rows)), cols));
}

} // namespace

BOOST_AUTO_TEST_SUITE(gp_kernel_basis)

// Psi Psi^T = K on the grid up to the cut; more functions leave those before them as they are.
BOOST_AUTO_TEST_CASE(gives_the_gram_matrix_back) {
  constexpr int n = 30;
  const AxisModel model = two_lines();
  const auto grid = uniform_points(model.interval, n);
  for (const Envelope form : forms) {
    const KernelBasis basis(form, model, n);
    const Matrix k = toeplitz(form, model.lines, 2.0 / (n - 1), n, 0);
    BOOST_TEST(basis.count(1e-4) < basis.count(1e-13));
    for (const double cut : {1e-4, 1e-8, 1e-13}) {
      const Matrix psi = basis.at(grid, 0, basis.count(cut));
      BOOST_TEST(largest_difference(product_nt(psi, psi), k) <= 3.0 * cut + 1e-14, cut);
      BOOST_TEST(largest_difference(columns(basis.at(grid, 0, basis.count(1e-13)), 0, psi.cols), psi) < 1e-14);
    }
  }
}

// Psi'' Psi^T = K'' at any points: derivatives are those of the kernel.
BOOST_AUTO_TEST_CASE(derivatives_are_the_kernels) {
  constexpr int n = 24;
  const AxisModel model = two_lines();
  const auto grid = uniform_points(model.interval, n);
  const std::vector<double> x{-0.93, 0.0, 0.4321};
  for (const Envelope form : forms) {
    const KernelBasis basis(form, model, n);
    const int count = basis.count(1e-15);
    for (const int order : {0, 1, 2}) {
      const Matrix cross = product_nt(basis.at(x, order, count), basis.at(grid, 0, count));
      for (int i = 0; i < cross.rows; ++i)
        for (int j = 0; j < n; ++j) {
          const double truth = kernel(form, model.lines, x[static_cast<std::size_t>(i)] - grid[static_cast<std::size_t>(j)], order);
          // Where the rank is below the number of points, what is cut has derivatives too: 9^order sqrt(cut).
          BOOST_TEST(std::abs(cross(i, j) - truth) < 1e-8 * std::pow(9.0, order), order << " " << cross(i, j) << " " << truth);
        }
    }
  }
}

// u'' - 2 u = f with both ends given: the mean of U given f = A U + e and the ends, by the dense formulas.
BOOST_AUTO_TEST_CASE(dense_posterior) {
  const ProblemText text{.terms = {"xx: 1", "u: -2"}, .source = "cos(7*x) + x", .boundary = "1 + 2*x"};
  const Problem problem = to_problem(text);
  constexpr int n = 8;
  for (const Envelope form : {Envelope::matern52, Envelope::matern72}) {
    const AxisModel model = with_kernel(
        {.interval = problem.box[0], .lines = {{.weight = 2.0, .rate = 1.0, .frequency = 0.0}, {.weight = 1.0, .rate = 1.0, .frequency = 7.0}}}, form,
        n);
    const DirectResult result = solve_direct(problem, {.points = {n, 1}, .models = {model, AxisModel{}}, .delta = 1e-2});

    const Matrix k = toeplitz(form, model.lines, 1.0 / (n - 1), n, 0);
    const Matrix k2 = toeplitz(form, model.lines, 1.0 / (n - 1), n, 2);
    const std::vector<int> ends{0, n - 1};
    std::vector<int> inner(n - 2);
    std::iota(inner.begin(), inner.end(), 1);
    const auto conditioned = [&](const Matrix& a) {
      Matrix c = corner(a, inner, inner);
      multiply(c, corner(a, inner, ends), Op::plain, solve_general(corner(k, ends, ends), corner(k, ends, inner)), Op::plain, -1.0, 1.0);
      return c;
    };
    Matrix end_values(2, 1);
    end_values(0, 0) = 1.0;
    end_values(1, 0) = 3.0;
    const Matrix g = solve_general(corner(k, ends, ends), end_values);
    const Matrix k0 = conditioned(k);
    Matrix a0 = conditioned(k2); // A K_0
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
    const Matrix explained = product_tn(a0, solve_general(gram, a0));

    const std::vector<double> none{0.0};
    BOOST_TEST(largest_difference(result.solution.mean(x, none), u) < 1e-6);
    BOOST_TEST(std::abs(result.solution.mean(std::vector<double>{1.0}, none)(0, 0) - 3.0) < 1e-10);
    const Matrix variance = result.solution.variance(x, none);
    for (int i = 0; i < n - 2; ++i) BOOST_TEST(std::abs(variance(i, 0) - (k0(i, i) - explained(i, i))) < 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(one_dimension) {
  for (const char* name : {"P1", "P3", "A1", "A2"}) promise(name, {400, 1}, Envelope::gaussian, 2e-6);
  promise("P2", {200, 1}, Envelope::gaussian, 1e-6);
  promise("P5", {200, 1}, Envelope::gaussian, 3e-4);
  promise("P4", {900, 1}, Envelope::gaussian, 1e-5);
  promise("P2", {200, 1}, Envelope::matern52, 1e-6);
  promise("P5", {200, 1}, Envelope::matern52, 3e-4);
}

BOOST_AUTO_TEST_CASE(two_dimensions) {
  promise("P6", {400, 400}, Envelope::gaussian, 1e-6);
  promise("P7", {200, 200}, Envelope::gaussian, 1e-6);
  promise("P8", {200, 200}, Envelope::gaussian, 1e-6);
  promise("A3", {60, 60}, Envelope::gaussian, 1e-5);
  promise("V1", {40, 200}, Envelope::gaussian, 1e-6);
  promise("A4", {80, 80}, Envelope::gaussian, 1e-6);
  promise("A4", {35, 35}, Envelope::gaussian, 5e-6);
  promise("A3", {40, 40}, Envelope::matern92, 1e-5);
}

BOOST_AUTO_TEST_CASE(refused) {
  const auto message = [](const ProblemText& text, int points) {
    try {
      (void)solve(to_problem(text), {points, 1}, Envelope::matern52);
    } catch (const ansatz::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(message({}, 3).find("at least 4") != std::string::npos);
  BOOST_TEST(message({.terms = {"xxx: 1"}}, 8).find("of this smoothness have 2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
