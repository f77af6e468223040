// SPDX-License-Identifier: Apache-2.0
// The spectral reference, finite differences, the dense building blocks and the proposal of lines.
#include "support.hpp"

#include <ansatz/solvers/gp/chebyshev.hpp>
#include <ansatz/solvers/gp/finite_differences.hpp>
#include <ansatz/solvers/gp/lsqr.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace gp_tests;

namespace {

Matrix random_matrix(int rows, int cols, unsigned seed) {
  std::mt19937_64 engine(seed);
  Matrix a(rows, cols);
  for (double& value : a.values) value = static_cast<double>(engine() % 20001) / 10000.0 - 1.0;
  return a;
}

} // namespace

BOOST_AUTO_TEST_SUITE(gp_references)

BOOST_AUTO_TEST_CASE(regularised_least_squares) {
  for (const auto& [rows, cols] : std::vector<std::pair<int, int>>{{9, 5}, {5, 9}, {40, 35}, {3, 1}}) {
    const Matrix a = random_matrix(rows, cols, 1);
    const Matrix y = random_matrix(rows, 2, 2);
    const double s = 0.3;
    const RegularisedQr factor(a, s);
    const Matrix x = factor.solve(y);

    Matrix normal = product_tn(a, a);
    for (int i = 0; i < cols; ++i) normal(i, i) += s * s;
    BOOST_TEST(largest_difference(x, solve_general(normal, product_tn(a, y))) < 1e-11);
    BOOST_TEST(largest_difference(product_tn(factor.r(), factor.r()), normal) < 1e-12);
    BOOST_TEST(largest_difference(product(normal, inverse_gram(factor.r())), identity(cols)) < 1e-10);
    const Matrix l = cholesky(normal);
    double log_det = 0.0;
    for (int i = 0; i < cols; ++i) log_det += 2.0 * std::log(l(i, i));
    BOOST_TEST(std::abs(factor.log_det() - log_det) < 1e-11);
  }
}

BOOST_AUTO_TEST_CASE(lsqr_is_least_squares) {
  const Matrix a = random_matrix(30, 12, 3);
  const Matrix y = random_matrix(30, 1, 4);
  const auto times = [&](const std::vector<double>& v, Op op) {
    Matrix x(static_cast<int>(v.size()), 1);
    x.values = v;
    Matrix r;
    multiply(r, a, op, x, Op::plain);
    return r.values;
  };
  const LsqrResult result =
      lsqr([&](const auto& v) { return times(v, Op::plain); }, [&](const auto& v) { return times(v, Op::transpose); }, y.values, 1e-14, 200);

  const Matrix truth = solve_general(product_tn(a, a), product_tn(a, y));
  BOOST_TEST(result.converged);
  for (std::size_t i = 0; i < truth.size(); ++i) BOOST_TEST(std::abs(result.x[i] - truth.values[i]) < 1e-11);
}

BOOST_AUTO_TEST_CASE(sylvester) {
  const Matrix a = random_matrix(7, 7, 5);
  const Matrix b = random_matrix(5, 5, 6);
  const Matrix c = random_matrix(7, 5, 7);
  for (const Op op : {Op::plain, Op::transpose}) {
    const Matrix x = solve_sylvester(schur(a), schur(b), c, op);

    Matrix left;
    multiply(left, a, op, x, Op::plain);
    multiply(left, x, Op::plain, b, op == Op::plain ? Op::transpose : Op::plain, 1.0, 1.0);
    BOOST_TEST(largest_difference(left, c) < 1e-11);
  }
}

BOOST_AUTO_TEST_CASE(chebyshev_of_polynomials) {
  const ProblemText text{.box = {1, 2, 0, 1},
                         .terms = {"xx: x", "x: 1", "yy: 2", "u: 3"},
                         .source = "x*2*y + 2*x*y + 3*(x^2*y + y^2) + 4",
                         .boundary = "x^2*y + y^2",
                         .exact = "x^2*y + y^2"};
  const Problem problem = to_problem(text);
  const auto points = test_points(problem);
  BOOST_TEST(relative_error(solve_chebyshev(problem, {6, 7}).at(points.x, points.y), exact(text, problem, points)) < 1e-12);
}

// The errors are those recorded for two independent programs, with a factor of 10.
BOOST_AUTO_TEST_CASE(chebyshev_of_the_catalogue) {
  const auto error = [](const std::string& name, int count) {
    const ProblemText& text = find_problem(name);
    const Problem problem = to_problem(text);
    const auto points = test_points(problem);
    const ChebyshevResult result = solve_chebyshev(problem, {count, count});
    BOOST_TEST(result.converged);
    return relative_error(result.at(points.x, points.y), exact(text, problem, points));
  };
  BOOST_TEST(error("P2", 200) < 1e-11);
  BOOST_TEST(error("P3", 400) < 4e-10);
  BOOST_TEST(error("A1", 400) < 2e-10);
  BOOST_TEST(error("P8", 100) < 1e-12);
  BOOST_TEST(error("A4", 150) < 1e-11);
  BOOST_TEST(error("A4", 70) > 1e-4); // too few nodes a wave: it must be seen to fail
  BOOST_TEST(error("V1", 140) < 1e-9);
}

BOOST_AUTO_TEST_CASE(lines_are_found) {
  const auto lines = [](const std::string& name, int axis) {
    const ProblemText& text = find_problem(name);
    std::vector<double> found;
    const Proposal proposal = propose_lines(to_problem(text), {.points = text.points});
    for (const Line& line : proposal.models[static_cast<std::size_t>(axis)].lines) found.push_back(line.frequency);
    std::sort(found.begin(), found.end());
    return found;
  };
  const auto near = [](const std::vector<double>& found, const std::vector<double>& wanted, double tolerance) {
    BOOST_REQUIRE_MESSAGE(found.size() == wanted.size(), found.size() << " lines, not " << wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST(std::abs(found[i] - wanted[i]) < tolerance, found[i] << " " << wanted[i]);
  };
  near(lines("P1", 0), {0, 100}, 1e-3);
  near(lines("P2", 0), {0, 20, 100}, 0.1);
  near(lines("P3", 0), {0, 94, 106}, 0.01);
  near(lines("P5", 0), {0, 500}, 0.01);
  near(lines("V1", 0), {0}, 1e-9);
  near(lines("V1", 1), {0, 200}, 0.01);
  near(lines("P7", 1), {0, 14, 26}, 0.01);
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
