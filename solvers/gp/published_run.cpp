// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/published.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

constexpr int checkpoints = 20; // of the published errors: after steps 0, 5 %, ..., 95 %

} // namespace

PublishedModel PublishedModel::second_stage(const PublishedModel& first) {
  PublishedOptions options = first.options_;
  options.envelope = Envelope::matern52;
  options.lines = 1;
  PublishedModel second(first.problem_, options);
  second.first_ = std::make_shared<PublishedModel>(first);
  second.frozen_ = first.values();
  second.frozen_image_ = first.linear_part();
  const std::size_t tau = first.source_.size();
  second.parameters_[tau] = first.parameters_[tau];
  return second;
}

bool PublishedModel::step() {
  constexpr double beta_1 = 0.9;
  constexpr double beta_2 = 0.999;
  constexpr double epsilon = 1e-8;
  std::vector<double> gradient;
  if (!std::isfinite(objective(parameters_, gradient))) return false;
  ++steps_done_;
  const double correction_1 = 1.0 - std::pow(beta_1, steps_done_);
  const double correction_2 = 1.0 - std::pow(beta_2, steps_done_);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    first_moment_[i] = beta_1 * first_moment_[i] + (1.0 - beta_1) * gradient[i];
    second_moment_[i] = beta_2 * second_moment_[i] + (1.0 - beta_2) * gradient[i] * gradient[i];
    parameters_[i] -= options_.learning_rate * (first_moment_[i] / correction_1) / (std::sqrt(second_moment_[i] / correction_2) + epsilon);
  }
  return true;
}

PublishedResult run_published(PublishedModel& model, const PublishedOptions& options, const TrueError& true_error) {
  PublishedResult result{.reason = "max_iterations"};
  const int between = std::max(1, options.steps / checkpoints);
  for (; result.iterations < options.steps; ++result.iterations) {
    if (!model.step()) {
      result.reason = "indefinite";
      break;
    }
    if (true_error && result.iterations % between == 0) {
      const double error = true_error(model);
      if (result.iterations == 0 || error < result.least_error) result.least_error = error;
    }
    result.relative_residual = model.relative_residual();
    result.history.push_back(result.relative_residual);
    if (!std::isfinite(result.relative_residual)) result.reason = "nan";
    if (options.monitor && !options.monitor(result.iterations, result.relative_residual)) result.reason = "stopped";
    if (result.reason != "max_iterations") {
      ++result.iterations;
      break;
    }
  }
  return result;
}

} // namespace ansatz::solvers::gp
