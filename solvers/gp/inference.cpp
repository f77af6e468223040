// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/inference.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/equation_residual.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr double row_share = 0.9;
constexpr double coarsest_cut = 1e-3;

std::string in_words(const char* format, double value) {
  std::array<char, 300> text{};
  (void)std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

int features_of(const AxisModel& model) { return model.lines.empty() ? 1 : feature_count(model.lines, model.interval.length, model.cut); }

int unknowns_of(const Hyperparameters& theta) { return features_of(theta.models[0]) * features_of(theta.models[1]); }

void check(const Statement& statement, const Hyperparameters& theta, const InferenceOptions& options) {
  const Problem& problem = statement.problem;
  if (statement.collocation.size() == 0 && statement.sensors.size() == 0 && !problem.faces.any())
    throw UsageError("bad_value", "nothing is known about u: no collocation point, no face with data, no sensor; give one of them");
  for (int axis = 0; axis < problem.dimensions; ++axis) {
    const Interval& interval = problem.box[static_cast<std::size_t>(axis)];
    for (const PointSet* set : {&statement.collocation, &statement.sensors.points})
      for (const double place : axis == 0 ? set->x : set->y)
        if (!(place >= interval.low - 1e-12 * interval.length) || place > interval.high() + 1e-12 * interval.length)
          throw UsageError("bad_value", in_words("a point at %.9g", place) + (axis == 0 ? " along x" : " along y") + " is outside the box");
    if (theta.models[static_cast<std::size_t>(axis)].lines.empty())
      throw UsageError("bad_value", std::string("no spectral line along ") + (axis == 0 ? "x" : "y"));
  }
  if (const int unknowns = unknowns_of(theta); unknowns > options.most_unknowns)
    throw UsageError("bad_value", std::to_string(unknowns) + " unknown coefficients; at most " + std::to_string(options.most_unknowns) +
                                      " are factorised: give fewer lines or smaller rates");
}

std::array<AxisBasis, 2> bases_of(const Hyperparameters& theta) { return {AxisBasis(theta.models[0], {}), AxisBasis(theta.models[1], {})}; }

/// Covariance of coefficients, and below them of frequencies, u integrated out. A frequency is known beforehand to half a bin.
Matrix coefficient_covariance(const Statement& statement, const Settled& settled, const Hyperparameters& theta) {
  std::vector<Parameter> parameters;
  for (const auto kind : {Parameter::Kind::coefficient, Parameter::Kind::frequency})
    for (const Parameter& parameter : free_parameters(statement, theta))
      if (parameter.kind == kind) parameters.push_back(parameter);
  Matrix curvature = evaluate_evidence(settled.observations, theta, parameters).curvature;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const int d = static_cast<int>(p);
    if (parameters[p].kind == Parameter::Kind::frequency)
      curvature(d, d) += std::pow(theta.models[static_cast<std::size_t>(parameters[p].axis)].interval.length / std::numbers::pi, 2);
  }
  return solve_general(curvature, identity(curvature.rows));
}

/// Values and standard deviations of the equation's coefficients.
std::vector<Estimate> estimates_of(const Statement& statement, const Settled& settled, const Hyperparameters& theta,
                                   std::vector<std::string>& warnings) {
  const Problem& problem = statement.problem;
  if (problem.unknowns.empty()) return {};
  const Matrix covariance = coefficient_covariance(statement, settled, theta);
  std::vector<Estimate> list;
  for (std::size_t i = 0; i < problem.unknowns.size(); ++i) {
    const Unknown& unknown = problem.unknowns[i];
    const int d = static_cast<int>(i);
    const double variance = covariance.values.empty() ? -1.0 : covariance(d, d);
    Estimate estimate{.name = unknown.name, .value = theta.coefficients[i], .sd = std::numeric_limits<double>::infinity()};
    if (variance > 0.0 && std::isfinite(variance)) estimate.sd = std::sqrt(variance);
    const double range = unknown.high - unknown.low;
    if (!(estimate.sd < range / 2.0))
      warnings.push_back("the data say next to nothing about " + unknown.name + in_words(": standard deviation %.3g", estimate.sd) +
                         in_words(" in a range of %.3g", range));
    if (estimate.value <= unknown.low + 1e-9 * range || estimate.value >= unknown.high - 1e-9 * range)
      warnings.push_back(unknown.name + in_words(" is at the end of its range, %.6g: widen the range in problem.unknowns", estimate.value));
    list.push_back(std::move(estimate));
  }
  return list;
}

double sensor_misfit(const Settled& settled) {
  if (settled.observations.sensors < 0) return 0.0;
  const auto count = static_cast<std::size_t>(settled.observations.sets[static_cast<std::size_t>(settled.observations.sensors)].size());
  const std::span<const double> own = std::span(settled.evidence.misfit).last(count); // sensors are the last set
  return std::sqrt(dot(own, own) / static_cast<double>(count));
}

void add_warnings(const Statement& statement, const InferenceOptions& options, InferenceResult& result) {
  if (!statement.problem.faces.any() && statement.sensors.size() == 0)
    result.warnings.emplace_back("no boundary values and no observations: of all solutions of the equation the answer is the one the prior prefers; "
                                 "only its variance says how many "
                                 "there are");
  if (result.unknowns > result.rows)
    result.warnings.push_back(std::to_string(result.unknowns) + " features but only " + std::to_string(result.rows) +
                              " observations: where they do not reach, the answer is the prior's; with exact equations rounding grows");
  const int sensors = statement.sensors.size();
  if (sensors > 0 && statement.sensors.noise > 0.0 && result.sensor_misfit > 1.0 + 4.0 / std::sqrt(2.0 * sensors))
    result.warnings.push_back(
        in_words("sensors are off by %.3g times their stated noise (rms): the model or data.noise is wrong", result.sensor_misfit));
  if (options.optimise && result.reason != "stopped" && !result.outer.finished)
    result.warnings.push_back("the outer loop was still gaining after " + std::to_string(result.outer.round) + " rounds: give more (gp.rounds)");
  if (result.relative_residual > options.rtol)
    result.warnings.push_back(
        in_words("the equation is not met between its points: relative residual %.3g; the variance does not cover this", result.relative_residual));
}

} // namespace

OuterState start_of(const Statement& statement, const std::array<AxisModel, 2>& models) {
  OuterState state{.theta = {.models = models}};
  Hyperparameters& theta = state.theta;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    theta.models[axis].interval = statement.problem.box[axis];
    theta.models[axis].cut = std::min(theta.models[axis].cut, statement.delta * statement.delta);
  }
  theta.coefficients = starts_of(statement.problem);
  state.scales = scales_of(statement, theta);
  const double data = state.scales.data;
  theta.sensor_noise = statement.sensors.noise > 0.0 ? statement.sensors.noise : 0.1 * data;
  if (!statement.problem.faces.any() && !theta.models[0].lines.empty()) {
    double across = statement.problem.dimensions == 1 ? 1.0 : 0.0;
    for (const Line& line : theta.models[1].lines) across += line.weight;
    theta.models[0].lines.front().weight = 100.0 * data * data / across;
  }
  if (statement.sensors.size() > 0) return state;
  const int rows = observe(statement, Scales{}, {}).rows();
  while (unknowns_of(theta) > row_share * rows && theta.models[0].cut < coarsest_cut)
    for (AxisModel& model : theta.models) model.cut *= 10.0;
  return state;
}

InferenceResult infer(const Statement& statement, const InferenceOptions& options, OuterState state) {
  check(statement, state.theta, options);
  InferenceResult result;
  bool went_on = true;
  if (options.optimise) went_on = improve(statement, options.outer, state);
  const Settled settled = settle(statement, state.scales, state.theta, options.outer.newton_iterations);
  result.iterations = static_cast<int>(state.history.size());
  result.unknowns = static_cast<int>(settled.evidence.coefficients.size());
  result.rows = settled.observations.rows();
  result.sensor_noise = state.theta.sensor_noise;
  result.sensor_misfit = sensor_misfit(settled);
  result.log_evidence = -settled.evidence.negative_log;
  result.coefficients = estimates_of(statement, settled, state.theta, result.warnings);
  result.solution = FeatureSolution(bases_of(state.theta), settled.evidence.coefficients, settled.evidence.r, 1.0);
  result.relative_residual = -1.0;
  if (statement.collocation.size() > 0)
    result.relative_residual =
        residual_between(at_coefficients(statement.problem, state.theta.coefficients), result.solution, options.check_points) / state.scales.equation;
  result.outer = std::move(state);
  if (!std::isfinite(result.log_evidence))
    result.reason = "nan";
  else if (!went_on)
    result.reason = "stopped";
  else if (!settled.converged)
    result.reason = "max_iterations";
  else
    result.reason = result.relative_residual <= options.rtol ? "converged_rtol" : "stagnated";
  result.converged = result.reason == "converged_rtol";
  add_warnings(statement, options, result);
  return result;
}

} // namespace ansatz::solvers::gp
