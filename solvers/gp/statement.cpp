// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/statement.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr double face_noise = 1e-10;     // relative: the cap of the boundary's precision
constexpr double least_datum = 1e-3;     // of the prior's standard deviation: data that vanish say nothing about their own rounding
constexpr double step_tolerance = 1e-12; // of a Gauss-Newton step relative to u

std::vector<double> values_of(const Expression& f, const PointSet& points) {
  std::vector<double> values(points.x.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = f(points.x[i], points.y[i]);
  return values;
}

double largest(const std::vector<double>& values) {
  double size = 0.0;
  for (const double value : values) size = std::max(size, std::abs(value));
  return size;
}

double rms(const std::vector<double>& values) { return values.empty() ? 0.0 : std::sqrt(dot(values, values) / static_cast<double>(values.size())); }

RowSet of_values(PointSet points, std::vector<double> target, double sd) {
  const auto count = points.x.size();
  return {
      .points = std::move(points), .terms = {{.order = {0, 0}, .factor = std::vector<double>(count, 1.0)}}, .target = std::move(target), .sd = sd};
}

RowSet faces_of(const Statement& statement, double sd) {
  const Problem& problem = statement.problem;
  PointSet points;
  std::vector<double> values;
  for (int axis = 0; axis < problem.dimensions; ++axis)
    for (const Side side : {Side::low, Side::high}) {
      if (!problem.faces.given({axis, side})) continue;
      const auto other = static_cast<std::size_t>(1 - axis);
      const Interval& own = problem.box[static_cast<std::size_t>(axis)];
      const double across = side == Side::low ? own.low : own.high();
      const auto along = problem.dimensions == 1 ? std::vector<double>{0.0} : uniform_points(problem.box[other], statement.face_points[other]);
      for (const double place : along) {
        points.x.push_back(axis == 0 ? across : place);
        points.y.push_back(axis == 0 ? place : across);
        values.push_back(problem.faces({axis, side}, place));
      }
    }
  return of_values(std::move(points), std::move(values), sd);
}

RowSet equation_of(const Statement& statement, double sd, const std::vector<double>& v) {
  const Problem& problem = statement.problem;
  RowSet set{.points = statement.collocation, .sd = sd};
  for (const Term& term : problem.terms)
    set.terms.push_back({.order = term.order, .factor = values_of(term.coefficient, set.points), .unknown = term.unknown});
  set.target = values_of(problem.source, set.points);
  for (double& value : set.target) value -= problem.reaction(0.0);
  if (v.empty()) return set;
  RowTerm slope{.order = {0, 0}};
  for (std::size_t i = 0; i < v.size(); ++i) {
    slope.factor.push_back(problem.reaction_slope(v[i]));
    set.target[i] += slope.factor[i] * v[i] - (problem.reaction(v[i]) - problem.reaction(0.0));
  }
  set.terms.push_back(std::move(slope));
  return set;
}

void check(const Statement& statement) {
  const Sensors& sensors = statement.sensors;
  if (sensors.points.x.size() != sensors.values.size() || sensors.points.y.size() != sensors.values.size())
    throw UsageError("bad_value", "sensors: " + std::to_string(sensors.size()) + " places and " + std::to_string(sensors.values.size()) +
                                      " values; each place needs one value");
  for (const auto* list : {&sensors.points.x, &sensors.points.y, &sensors.values})
    for (const double value : *list)
      if (!std::isfinite(value)) throw UsageError("bad_value", "sensors: " + std::to_string(value) + " among places and values; all must be finite");
  if (!(sensors.noise >= 0.0) || !std::isfinite(sensors.noise))
    throw UsageError("bad_value", "data.noise: " + std::to_string(sensors.noise) + "; a standard deviation, 0 where it is to be estimated");
  if (!(statement.delta > 0.0)) throw UsageError("bad_value", "gp.delta: " + std::to_string(statement.delta) + "; must be positive");
}

/// Of the term's largest value on functions as large as the data with the highest of the lines.
double size_of(const Term& term, const Statement& statement, const Hyperparameters& theta, double data) {
  double size = data * largest(values_of(term.coefficient, statement.collocation));
  if (term.unknown >= 0) size *= std::abs(theta.coefficients[static_cast<std::size_t>(term.unknown)]);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    double highest = 2.0 * std::numbers::pi / statement.problem.box[axis].length;
    for (const Line& line : theta.models[axis].lines) highest = std::max(highest, line.frequency);
    size *= std::pow(highest, term.order[axis]);
  }
  return size;
}

} // namespace

Scales scales_of(const Statement& statement, const Hyperparameters& theta) {
  check(statement);
  Scales scales;
  scales.data = std::max(largest(faces_of(statement, 1.0).target), largest(statement.sensors.values));
  double prior = 1.0;
  for (int axis = 0; axis < statement.problem.dimensions; ++axis) {
    double sum = 0.0;
    for (const Line& line : theta.models[static_cast<std::size_t>(axis)].lines) sum += line.weight;
    prior *= sum;
  }
  scales.data = std::max(scales.data, least_datum * std::sqrt(prior));
  scales.equation = rms(values_of(statement.problem.source, statement.collocation));
  if (scales.equation == 0.0)
    for (const Term& term : statement.problem.terms) scales.equation = std::max(scales.equation, size_of(term, statement, theta, scales.data));
  if (scales.equation == 0.0) scales.equation = 1.0;
  return scales;
}

Observations observe(const Statement& statement, const Scales& scales, const std::vector<double>& v) {
  Observations all;
  if (statement.collocation.size() > 0) all.sets.push_back(equation_of(statement, statement.delta * scales.equation, v));
  if (statement.problem.faces.any()) all.sets.push_back(faces_of(statement, face_noise * scales.data));
  if (statement.sensors.size() > 0) {
    all.sensors = static_cast<int>(all.sets.size());
    all.sets.push_back(of_values(statement.sensors.points, statement.sensors.values, 1.0));
  }
  return all;
}

std::vector<double> values_at(const PointSet& points, const std::array<AxisModel, 2>& models, const Matrix& coefficients) {
  const RowSet set = of_values(points, std::vector<double>(points.x.size()), 1.0);
  const RowFeatures features(set, models);
  Matrix rows(points.size(), static_cast<int>(coefficients.size()));
  features.assemble({}, 1.0, rows, 0);
  Matrix c = coefficients;
  c.rows = static_cast<int>(c.size());
  c.cols = 1;
  return std::move(product(rows, c).values);
}

Settled settle(const Statement& statement, const Scales& scales, const Hyperparameters& theta, int most_iterations) {
  Settled settled;
  settled.observations = observe(statement, scales, {});
  settled.evidence = evaluate_evidence(settled.observations, theta, {});
  if (!statement.problem.nonlinear()) return settled;
  double last_change = std::numeric_limits<double>::infinity();
  settled.converged = false;
  std::vector<double> v = values_at(statement.collocation, theta.models, settled.evidence.coefficients);
  while (settled.iterations < most_iterations && !settled.converged) {
    settled.observations = observe(statement, scales, v);
    settled.evidence = evaluate_evidence(settled.observations, theta, {});
    std::vector<double> next = values_at(statement.collocation, theta.models, settled.evidence.coefficients);
    axpy(-1.0, next, v);
    const double change = rms(v) / std::max(rms(next), 1e-300);
    v = std::move(next);
    ++settled.iterations;
    if (!std::isfinite(change)) break;
    // Near the end steps are rounding: they stop getting smaller before they vanish.
    settled.converged = change < step_tolerance || (change < 1e-8 && change > 0.5 * last_change);
    last_change = change;
  }
  return settled;
}

} // namespace ansatz::solvers::gp
