// SPDX-License-Identifier: Apache-2.0
// The direct method: equal to dense Gaussian-process formulas where those can be evaluated, and accurate as promised on the problems with known
// solutions.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <numbers>

using namespace gp_tests;

namespace {

struct Solved {
  double error = 0.0;
  DirectResult result{};
};

/// Lines searched, equation solved, error off the grid.
Solved solve(const ProblemText& text, std::array<int, 2> points) {
  const Problem problem = to_problem(text);
  const Proposal proposal = propose_lines(problem, {.points = points});
  Solved solved;
  solved.result = solve_direct(problem, {.points = points, .models = proposal.models});
  const auto at = test_points(problem);
  solved.error = relative_error(solved.result.solution.mean(at.x, at.y), exact(text, problem, at));
  return solved;
}

void promise(const std::string& name, std::array<int, 2> points, double error) {
  const Solved solved = solve(find_problem(name), points);
  BOOST_TEST(solved.error < error, name << " on " << points[0] << ": " << solved.error);
  BOOST_TEST(solved.result.converged, name << ": " << solved.result.reason << " " << solved.result.relative_residual);
}

/// Everything a dense Gaussian process says about u'' + 3 u = f with u given at both ends: data (g_0, g_1, f_1, ..., f_n).
class DenseProcess {
public:
  DenseProcess(std::vector<Line> lines, std::vector<double> ends, std::vector<double> nodes, double noise)
      : lines_(std::move(lines)), ends_(std::move(ends)), nodes_(std::move(nodes)), noise_(noise) {}

  [[nodiscard]] Matrix gram() const {
    const auto b = static_cast<int>(ends_.size());
    const int n = b + static_cast<int>(nodes_.size());
    Matrix k(n, n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) k(i, j) = covariance(i, j, i >= b, j >= b) + (i == j && i >= b ? noise_ * noise_ : 0.0);
    return k;
  }
  /// Covariance of u(x) with the data.
  [[nodiscard]] Matrix cross(double x) const {
    const auto b = static_cast<int>(ends_.size());
    Matrix k(b + static_cast<int>(nodes_.size()), 1);
    for (int j = 0; j < k.rows; ++j) {
      const double z = x - place(j);
      k(j, 0) = j < b ? at(z, 0) : at(z, 2) + 3.0 * at(z, 0);
    }
    return k;
  }
  [[nodiscard]] double at(double z, int order) const { return kernel(Envelope::gaussian, lines_, z, order); }

private:
  [[nodiscard]] double place(int i) const {
    const auto b = static_cast<int>(ends_.size());
    return i < b ? ends_[static_cast<std::size_t>(i)] : nodes_[static_cast<std::size_t>(i - b)];
  }
  [[nodiscard]] double covariance(int i, int j, bool left, bool right) const {
    const double z = place(i) - place(j);
    if (left && right) return at(z, 4) + 6.0 * at(z, 2) + 9.0 * at(z, 0);
    return left || right ? at(z, 2) + 3.0 * at(z, 0) : at(z, 0);
  }
  std::vector<Line> lines_;
  std::vector<double> ends_;
  std::vector<double> nodes_;
  double noise_;
};

double log_density(const Matrix& k, const Matrix& y) {
  const Matrix l = cholesky(k);
  double log_det = 0.0;
  for (int i = 0; i < l.rows; ++i) log_det += 2.0 * std::log(l(i, i));
  return -0.5 * (dot(y.values, solve_general(k, y).values) + log_det + y.rows * std::log(2.0 * std::numbers::pi));
}

} // namespace

BOOST_AUTO_TEST_SUITE(gp_direct)

BOOST_AUTO_TEST_CASE(equals_the_dense_process) {
  const ProblemText text{.terms = {"xx: 1", "u: 3"}, .source = "50*cos(9*x) + 8*x", .boundary = "0.2 - 0.3*x"};
  const Problem problem = to_problem(text);
  const std::vector<Line> lines{{.weight = 0.5, .rate = 2.0, .frequency = 0.0}, {.weight = 0.3, .rate = 2.0, .frequency = 9.0}};
  const DirectResult result = solve_direct(problem, {.points = {80, 1}, .models = {AxisModel{.lines = lines}}, .delta = 1e-2});

  auto nodes = uniform_points({0.0, 1.0}, 80);
  nodes.pop_back();
  nodes.erase(nodes.begin());
  const DenseProcess dense(lines, {0.0, 1.0}, nodes, result.noise);
  const Matrix k = dense.gram();
  Matrix y(80, 1);
  y(0, 0) = 0.2;
  y(1, 0) = -0.1;
  for (int i = 2; i < 80; ++i) y(i, 0) = problem.source(nodes[static_cast<std::size_t>(i) - 2]);
  const Matrix weights = solve_general(k, y);
  const auto x = uniform_points({0.0, 1.0}, 13);
  const std::vector<double> none{0.0};
  const Matrix mean = result.solution.mean(x, none);
  const Matrix variance = result.solution.variance(x, none);
  for (int i = 0; i < 13; ++i) {
    const Matrix cross = dense.cross(x[static_cast<std::size_t>(i)]);
    BOOST_TEST(std::abs(mean(i, 0) - dot(cross.values, weights.values)) < 1e-8);
    const double v = dense.at(0.0, 0) - dot(cross.values, solve_general(k, cross).values);
    BOOST_TEST(std::abs(variance(i, 0) - v) < 1e-8 * dense.at(0.0, 0), variance(i, 0) << " " << v);
  }
  const std::vector<int> ends{0, 1};
  Matrix k_ends(2, 2);
  Matrix y_ends(2, 1);
  for (const int i : ends) {
    y_ends(i, 0) = y(i, 0);
    for (const int j : ends) k_ends(i, j) = k(i, j);
  }
  const double evidence = log_density(k, y) - log_density(k_ends, y_ends);
  BOOST_TEST(std::abs(result.log_evidence - evidence) < 1e-6 * std::abs(evidence), result.log_evidence << " " << evidence);
}

// Two dimensions with zero faces: weighted least squares over the whole Kronecker product, faces as rows of large weight.
BOOST_AUTO_TEST_CASE(equals_dense_least_squares) {
  const ProblemText text{
      .box = {0, 1, 0, 1.5}, .terms = {"xx: 1", "yy: 1", "xy: 0.5", "x: 2"}, .source = "sin(7*x)*exp(y) + 1", .faces = {"x_low", "y_high"}};
  const Problem problem = to_problem(text);
  const std::vector<Line> lines{{.weight = 1.0, .rate = 2.0, .frequency = 0.0}, {.weight = 0.5, .rate = 0.5, .frequency = 7.0}};
  const AxisModel model{.lines = lines, .cut = 1e-3};
  const DirectResult result = solve_direct(problem, {.points = {20, 21}, .models = {model, model}, .delta = 1e-2});

  const auto x = uniform_points(problem.box[0], 20);
  const auto y = uniform_points(problem.box[1], 21);
  const auto phi = [&](std::size_t axis, const std::vector<double>& at, int order) { return features(lines, problem.box[axis], 1e-3, at, order); };
  std::vector<std::vector<double>> rows;
  std::vector<double> right;
  const auto add = [&](double px, double py, const std::vector<std::tuple<double, int, int>>& terms, double weight, double value) {
    std::vector<double> row;
    std::vector<double> sum;
    for (const auto& [a, i, j] : terms) {
      const Matrix left = phi(0, {px}, i);
      const Matrix top = phi(1, {py}, j);
      if (sum.empty()) sum.assign(left.size() * top.size(), 0.0);
      for (int d = 0; d < top.cols; ++d)
        for (int c = 0; c < left.cols; ++c) sum[static_cast<std::size_t>(c + left.cols * d)] += a * left(0, c) * top(0, d) * weight;
    }
    rows.push_back(sum);
    right.push_back(weight * value);
  };
  for (std::size_t i = 1; i < x.size(); ++i)
    for (std::size_t j = 0; j + 1 < y.size(); ++j) add(x[i], y[j], {{1, 2, 0}, {1, 0, 2}, {0.5, 1, 1}, {2, 1, 0}}, 1.0, problem.source(x[i], y[j]));
  for (const double t : uniform_points({0.0, 1.0}, 40)) {
    add(0.0, 1.5 * t, {{1, 0, 0}}, 1e6, 0.0);
    add(t, 1.5, {{1, 0, 0}}, 1e6, 0.0);
  }
  Matrix a(static_cast<int>(rows.size()), static_cast<int>(rows[0].size()));
  Matrix b(a.rows, 1);
  for (int i = 0; i < a.rows; ++i) {
    for (int j = 0; j < a.cols; ++j) a(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    b(i, 0) = right[static_cast<std::size_t>(i)];
  }
  const Matrix c = RegularisedQr(a, result.noise).solve(b);
  Matrix coefficients(phi(0, {0.0}, 0).cols, phi(1, {0.0}, 0).cols);
  coefficients.values = c.values;
  const Matrix truth = sandwich(phi(0, x, 0), coefficients, phi(1, y, 0));
  BOOST_TEST(relative_error(result.solution.mean(x, y), truth) < 1e-6);
}

BOOST_AUTO_TEST_CASE(faces_hold) {
  const ProblemText& text = find_problem("A4");
  const Problem problem = to_problem(text);
  const Proposal proposal = propose_lines(problem, {.points = {60, 60}});
  const DirectResult result = solve_direct(problem, {.points = {60, 60}, .models = proposal.models});

  const auto along = uniform_points({0.0, 1.0}, 41);
  const Expression truth(text.exact, "exact", 2);
  const std::vector<double> low{0.0};
  BOOST_TEST(largest_difference(result.solution.mean(low, along), truth.at(low, along)) < 1e-10);
  BOOST_TEST(largest_difference(result.solution.mean(along, low), truth.at(along, low)) < 1e-10);
  const Matrix variance = result.solution.variance(low, along);
  BOOST_TEST(*std::max_element(variance.values.begin(), variance.values.end()) < 1e-20);
}

// Exact data leave a variance many digits below the prior's, but none inside the box.
BOOST_AUTO_TEST_CASE(variance_is_positive_inside) {
  for (const char* name : {"P2", "A4"}) {
    const Problem problem = to_problem(find_problem(name));
    const bool plane = problem.dimensions == 2;
    const Proposal proposal = propose_lines(problem, {.points = {plane ? 40 : 200, plane ? 40 : 1}});
    const DirectResult result = solve_direct(problem, {.points = {plane ? 40 : 200, plane ? 40 : 1}, .models = proposal.models});
    auto inside = uniform_points({0.0, 1.0}, 301);
    inside.pop_back();
    inside.erase(inside.begin());
    const std::vector<double> other{plane ? 0.37 : 0.0};
    const Matrix variance = result.solution.variance(inside, other);
    BOOST_TEST(*std::min_element(variance.values.begin(), variance.values.end()) > 0.0, name);
  }
}

BOOST_AUTO_TEST_CASE(one_dimension) {
  for (const char* name : {"P1", "P3", "A1", "A2"}) promise(name, {400, 1}, 1e-9);
  for (const char* name : {"P2", "P2c", "P5"}) promise(name, {200, 1}, 1e-9);
  promise("P4", {900, 1}, 1e-9);
}

BOOST_AUTO_TEST_CASE(two_dimensions) {
  promise("P6", {400, 400}, 1e-8);
  promise("P7", {200, 200}, 1e-8);
  promise("P8", {200, 200}, 1e-8);
  promise("A3", {60, 60}, 1e-7);
  promise("V1", {40, 200}, 1e-9);
}

// Below the Nyquist rate of 41 points: lines come from the finer samples of the source.
BOOST_AUTO_TEST_CASE(few_points) {
  promise("A4", {80, 80}, 1e-8);
  promise("A4", {35, 35}, 1e-8);
  promise("A4", {25, 25}, 1e-5);
}

// Random points, as many as the grid has: below the best errors printed for TGPS, and those promised on a grid.
BOOST_AUTO_TEST_CASE(random_points) {
  for (const auto& [name, count, bound] :
       {std::tuple{"A4", 25, 1e-4}, {"A4", 35, 1e-8}, {"A4", 49, 1e-8}, {"A4a15", 25, 1e-6}, {"A4a15", 35, 1e-8}}) {
    const ProblemText& text = find_problem(name);
    const Problem problem = to_problem(text);
    const Proposal proposal = propose_lines(problem, {.points = {count, count}});
    const PointSet scattered = latin_hypercube(problem.box, 2, count * count, 42);
    const DirectResult result = solve_direct(problem, {.points = {count, count}, .scattered = scattered, .models = proposal.models});
    const auto at = test_points(problem);
    const double error = relative_error(result.solution.mean(at.x, at.y), exact(text, problem, at));
    BOOST_TEST(error < bound, name << " on " << count << "^2 random points: " << error);
    BOOST_TEST(result.converged);
  }
}

ProblemText with_variable_coefficients() {
  const std::string u = "sin(3*x)*cos(2*y)";
  return {.name = "variable",
          .box = {0, 1, 0, 1},
          .terms = {"xx: 1 + x*y", "yy: 2", "x: sin(y)"},
          .powers = {0, -1, 0, 1},
          .source = "-(17 + 9*x*y)*" + u + " + sin(y)*3*cos(3*x)*cos(2*y) + (" + u + ")^3 - " + u,
          .boundary = u,
          .exact = u};
}

BOOST_AUTO_TEST_CASE(variable_coefficients) {
  const Solved solved = solve(with_variable_coefficients(), {30, 30});
  BOOST_TEST(solved.error < 1e-9);
  BOOST_TEST(solved.result.converged);
}

// The nodes of a grid given one by one are the same equations.
BOOST_AUTO_TEST_CASE(scattered_nodes_of_a_grid) {
  const ProblemText text = with_variable_coefficients();
  const Problem problem = to_problem(text);
  const Proposal proposal = propose_lines(problem, {.points = {30, 30}});
  auto x = uniform_points(problem.box[0], 30);
  x.pop_back();
  x.erase(x.begin());
  const DirectOptions options{.points = {30, 30}, .models = proposal.models, .delta = 1e-6};
  DirectOptions one_by_one = options;
  one_by_one.scattered = pairs_of(x, x);
  const DirectResult grid = solve_direct(problem, options);
  const DirectResult nodes = solve_direct(problem, one_by_one);
  const auto at = test_points(problem);
  BOOST_TEST(nodes.rows == grid.rows);
  BOOST_TEST(relative_error(nodes.solution.mean(at.x, at.y), grid.solution.mean(at.x, at.y)) < 1e-9);
}

// A residual between the nodes tells that lines are missing: the answer is not called one.
BOOST_AUTO_TEST_CASE(missing_lines_are_noticed) {
  const Problem problem = to_problem(find_problem("P1"));
  const AxisModel wrong{.lines = {{.weight = 1.0, .rate = 0.05, .frequency = 0.0}, {.weight = 1.0, .rate = 0.05, .frequency = 60.0}}};
  const DirectResult result = solve_direct(problem, {.points = {400, 1}, .models = {wrong}});

  BOOST_TEST(!result.converged);
  BOOST_TEST(result.reason == "stagnated");
  BOOST_TEST(result.relative_residual > 0.1);
}

BOOST_AUTO_TEST_SUITE_END()
