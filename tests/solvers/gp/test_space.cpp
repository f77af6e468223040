// SPDX-License-Identifier: Apache-2.0
// Three dimensions: modes, exact polynomials, promised errors, coefficients that vary, variance, and the same answer on any number of ranks.
#include "support.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/grid_block.hpp>
#include <ansatz/solvers/gp/kernel_basis.hpp>
#include <ansatz/solvers/gp/space.hpp>

#include <boost/test/unit_test.hpp>

using namespace gp_tests;

namespace {

using Grid = std::array<std::vector<double>, 3>;

Grid test_grid(const SpaceProblem& problem) {
  return {uniform_points(problem.box[0], 31), uniform_points(problem.box[1], 29), uniform_points(problem.box[2], 23)};
}

double error_of(const SpaceSolution& solution, const SpaceProblem& problem, const std::string& exact) {
  const Expression formula(exact, "exact", 3);
  const Grid grid = test_grid(problem);
  const Cube u = solution.mean(grid);
  double difference = 0.0;
  double size = 0.0;
  std::size_t n = 0;
  for (const double z : grid[2])
    for (const double y : grid[1])
      for (const double x : grid[0]) {
        const double truth = formula(x, y, z);
        difference += std::pow(u.values[n++] - truth, 2);
        size += truth * truth;
      }
  return std::sqrt(difference / size);
}

std::array<TensorAxis, 3> feature_axes(const SpaceProblem& problem, int points) {
  const SpaceLines lines = propose_space_lines(problem, {points, points, points});
  return {feature_axis(lines.models[0], points), feature_axis(lines.models[1], points), feature_axis(lines.models[2], points)};
}

std::array<TensorAxis, 3> chebyshev_axes(const SpaceProblem& problem, int points) {
  return {chebyshev_axis(problem.box[0], points), chebyshev_axis(problem.box[1], points), chebyshev_axis(problem.box[2], points)};
}

ProblemText polynomial() {
  return {.box = {1, 2, 0, 1, 0, 2},
          .terms = {"xx: x", "yy: 2", "zz: 1 + y", "x: 1", "u: -3"},
          .source = "2*x*y*z + 2*x*y*z - 2*(1+y)*x - 3*(x^2*y*z - x*z^2 + y^2) + 4 - z^2",
          .boundary = "x^2*y*z - x*z^2 + y^2",
          .faces = {"x_low", "x_high", "y_low", "y_high", "z_low", "z_high"},
          .exact = "x^2*y*z - x*z^2 + y^2"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(gp_space)

BOOST_AUTO_TEST_CASE(products_along_axes) {
  Cube u({2, 3, 4});
  for (std::size_t i = 0; i < u.size(); ++i) u.values[i] = std::sin(static_cast<double>(i) + 1.0);
  for (int axis = 0; axis < 3; ++axis) {
    Matrix a(5, u.shape[static_cast<std::size_t>(axis)]);
    for (std::size_t i = 0; i < a.size(); ++i) a.values[i] = std::cos(static_cast<double>(3 * i));
    const Cube v = along(axis, a, u);
    double adjoint = 0.0;
    for (int k = 0; k < v.shape[2]; ++k)
      for (int j = 0; j < v.shape[1]; ++j)
        for (int i = 0; i < v.shape[0]; ++i) {
          double sum = 0.0;
          std::array<int, 3> from{i, j, k};
          const int row = from[static_cast<std::size_t>(axis)];
          for (int m = 0; m < a.cols; ++m) {
            from[static_cast<std::size_t>(axis)] = m;
            sum += a(row, m) * u(from[0], from[1], from[2]);
          }
          BOOST_TEST(std::abs(v(i, j, k) - sum) < 1e-14);
          adjoint += v(i, j, k) * v(i, j, k);
        }
    BOOST_TEST(std::abs(dot(along(axis, a, v, Op::transpose).values, u.values) - adjoint) < 1e-12 * adjoint);
  }
}

BOOST_AUTO_TEST_CASE(blocks_tile_the_grid) {
  for (const std::array<int, 3>& points : {std::array<int, 3>{7, 5, 9}, {4, 6, 3}})
    for (const int ranks : {1, 2, 4, 6, 7, 12}) {
      std::vector<int> seen(static_cast<std::size_t>(points[1] * points[2]), 0);
      for (int rank = 0; rank < ranks; ++rank) {
        const GridBlock block = grid_block(points, rank, ranks);
        BOOST_TEST(block.count[0] == points[0]);
        for (int k = 0; k < block.count[2]; ++k)
          for (int j = 0; j < block.count[1]; ++j) ++seen[static_cast<std::size_t>(block.start[1] + j + points[1] * (block.start[2] + k))];
      }
      for (const int times : seen) BOOST_TEST(times == 1);
    }
}

// The Dirichlet modes of features are those of the interval where features span them: lambda_i = -(i pi/T)^2.
BOOST_AUTO_TEST_CASE(modes_of_an_interval) {
  const Interval interval{.low = 0.5, .length = 2.0};
  const TensorAxis axis = feature_axis({.interval = interval, .lines = {{.weight = 1.0, .rate = 0.5, .frequency = 0.0}}}, 60);
  const Matrix delta = product(axis.test, mode_values(axis, axis.points, 0));
  const Matrix second = product(axis.test, mode_values(axis, axis.points, 2));
  const auto first = static_cast<std::size_t>(axis.mode_count()) - 1;
  for (int i = 1; i <= 3; ++i) {
    const double law = -std::pow(i * 3.14159265358979323846 / 2.0, 2);
    const std::size_t from_top = first + 1 - static_cast<std::size_t>(i);
    const double lambda = std::min(axis.eigenvalues[from_top], axis.eigenvalues[static_cast<std::size_t>(i) - 1]);
    const double other = std::max(axis.eigenvalues[from_top], axis.eigenvalues[static_cast<std::size_t>(i) - 1]);
    BOOST_TEST(std::min(std::abs(lambda - law), std::abs(other - law)) < 1e-6 * std::abs(law));
  }
  for (int i = 0; i < delta.rows; ++i)
    for (int j = 0; j < delta.cols; ++j) {
      BOOST_TEST(std::abs(delta(i, j) - (i == j ? 1.0 : 0.0)) < 1e-3); // modes known to rounding over the cut of 1e-12
      BOOST_TEST(std::abs(second(i, j) - (i == j ? axis.eigenvalues[static_cast<std::size_t>(i)] : 0.0)) < 1e-2 * std::abs(axis.eigenvalues[0]));
    }
}

// Coefficients that vary, a first derivative and a term without: exact for polynomials, by Chebyshev and by features.
BOOST_AUTO_TEST_CASE(polynomials) {
  const ProblemText text = polynomial();
  const SpaceProblem problem = to_space_problem(text);
  const SpaceResult chebyshev = solve_space(MPI_COMM_WORLD, problem, chebyshev_axes(problem, 8), {});
  const SpaceResult features = solve_space(MPI_COMM_WORLD, problem, feature_axes(problem, 24), {});
  BOOST_TEST(error_of(chebyshev.solution, problem, text.exact) < 1e-11);
  BOOST_TEST(error_of(features.solution, problem, text.exact) < 1e-10);
  BOOST_TEST(features.converged);
}

BOOST_AUTO_TEST_CASE(promised_errors) {
  for (const auto& [name, points] : std::vector<std::pair<std::string, int>>{{"C1", 100}, {"C2", 40}, {"C2", 60}}) {
    const ProblemText& text = find_problem(name);
    const SpaceProblem problem = to_space_problem(text);
    const SpaceResult result = solve_space(MPI_COMM_WORLD, problem, feature_axes(problem, points), {});
    const double error = error_of(result.solution, problem, text.exact);
    BOOST_TEST(error < (points == 40 ? 1e-7 : 1e-10), name << " on " << points << ": " << error);
    BOOST_TEST(result.converged, name << ": " << result.reason << " " << result.relative_residual);
  }
}

BOOST_AUTO_TEST_CASE(functions_of_a_kernel) {
  for (const auto& [name, points] : std::vector<std::pair<std::string, int>>{{"C1", 60}, {"C2", 40}}) {
    const ProblemText& text = find_problem(name);
    const SpaceProblem problem = to_space_problem(text);
    const SpaceLines lines = propose_space_lines(problem, {points, points, points});
    std::array<TensorAxis, 3> axes;
    for (std::size_t d = 0; d < 3; ++d) axes[d] = feature_axis(with_kernel(lines.models[d], Envelope::gaussian, points), points);
    const SpaceResult result = solve_space(MPI_COMM_WORLD, problem, axes, {});
    const double error = error_of(result.solution, problem, text.exact);
    BOOST_TEST(error < (name == "C1" ? 1e-8 : 1e-6), name << " on " << points << ": " << error);
    BOOST_TEST(result.converged, name << ": " << result.reason << " " << result.relative_residual);
  }
}

BOOST_AUTO_TEST_CASE(chebyshev_reference) {
  const ProblemText& text = find_problem("C1");
  const SpaceProblem problem = to_space_problem(text);
  const auto error = [&](int points) {
    return error_of(solve_space(MPI_COMM_WORLD, problem, chebyshev_axes(problem, points), {}).solution, problem, text.exact);
  };
  BOOST_TEST(error(64) < 1e-11);
  BOOST_TEST(error(24) > 1e-4); // too few nodes a wave: it must be seen to fail
}

BOOST_AUTO_TEST_CASE(ranks_agree) {
  for (const std::string name : {"C1", "C2"}) {
    const SpaceProblem problem = to_space_problem(find_problem(name));
    const auto axes = feature_axes(problem, 60);
    const SpaceResult alone = solve_space(MPI_COMM_SELF, problem, axes, {});
    const SpaceResult together = solve_space(MPI_COMM_WORLD, problem, axes, {});
    const Grid grid = test_grid(problem);
    const Cube u = alone.solution.mean(grid);
    const Cube v = together.solution.mean(grid);
    double difference = 0.0;
    double size = 0.0;
    for (std::size_t i = 0; i < u.size(); ++i) {
      difference = std::max(difference, std::abs(u.values[i] - v.values[i]));
      size = std::max(size, std::abs(u.values[i]));
    }
    BOOST_TEST(difference <= 1e-12 * size, name << " differs by " << difference / size);
    BOOST_TEST(alone.iterations == together.iterations);
  }
}

// The more noise the equation has, the less it says; the faces are known.
BOOST_AUTO_TEST_CASE(variance_follows_the_noise) {
  const SpaceProblem problem = to_space_problem(find_problem("C1"));
  const auto axes = feature_axes(problem, 40);
  const Grid inside{std::vector<double>{0.0, 0.3, 0.7}, {0.4}, {0.5}};
  const Cube small = solve_space(MPI_COMM_WORLD, problem, axes, {.delta = 1e-10}).solution.variance(inside);
  const Cube large = solve_space(MPI_COMM_WORLD, problem, axes, {.delta = 1e-9}).solution.variance(inside);
  BOOST_TEST(small(0, 0, 0) < 1e-15 * small(1, 0, 0));
  for (int i = 1; i < 3; ++i) {
    BOOST_TEST(small(i, 0, 0) > 0.0);
    BOOST_TEST(large(i, 0, 0) > 30.0 * small(i, 0, 0));
    BOOST_TEST(large(i, 0, 0) < 110.0 * small(i, 0, 0));
  }
}

BOOST_AUTO_TEST_CASE(refused) {
  const auto message = [](ProblemText text) {
    try {
      (void)to_space_problem(text);
    } catch (const ansatz::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  ProblemText text = polynomial();
  text.terms = {"xx: 1", "yy: 1", "zz: -1"};
  BOOST_TEST(message(text).find("of one sign") != std::string::npos);
  text = polynomial();
  text.faces.pop_back();
  BOOST_TEST(message(text).find("z_high is missing") != std::string::npos);
  text = polynomial();
  text.terms = {"xxx: 1", "yy: 1", "zz: 1"};
  BOOST_TEST(message(text).find("second order") != std::string::npos);
  text = polynomial();
  text.box = {0, 1, 0, 1, 1, 0};
  BOOST_TEST(message(text).find("above the lower one") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
