// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/outer_loop.hpp>

#include <ansatz/solvers/gp/bounded_lbfgs.hpp>
#include <ansatz/solvers/gp/missing_line.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

using Kind = Parameter::Kind;

constexpr double least_ratio = 1e-4; // b T^2/2
constexpr double most_ratio = 4.0;

double bin_half(const Hyperparameters& theta, int axis) { return std::numbers::pi / theta.models[static_cast<std::size_t>(axis)].interval.length; }

/// Rate with b T^2/2 = ratio.
double rate_of(const AxisModel& model, double ratio) { return 2.0 * ratio / (model.interval.length * model.interval.length); }

/// Fixes the number of features of every line.
void freeze(Hyperparameters& theta) {
  for (AxisModel& model : theta.models)
    for (Line& line : model.lines) {
      line.terms = 0;
      line.terms = feature_terms(line, model.interval.length, model.cut);
    }
}

std::string in_words(const char* what, int axis, double frequency, double gain) {
  std::array<char, 120> text{};
  (void)std::snprintf(text.data(), text.size(), "%s the line at %.6g along %s: log evidence +%.4g", what, frequency, axis == 0 ? "x" : "y", gain);
  return text.data();
}

struct Bounds {
  double low = 0.0;
  double high = 0.0;
};

Bounds bounds_of(const Statement& statement, const Scales& scales, const Hyperparameters& theta, const Parameter& p) {
  const double value = value_of(theta, p);
  const AxisModel& model = theta.models[static_cast<std::size_t>(p.axis)];
  switch (p.kind) {
    case Kind::log_weight: return {value - std::log(1e6), value + std::log(1e6)};
    case Kind::log_rate: {
      const double low = std::log(rate_of(model, least_ratio));
      const double high = std::log(rate_of(model, most_ratio));
      return {std::clamp(value - std::log(16.0), std::min(low, value), value), std::clamp(value + std::log(16.0), value, std::max(high, value))};
    }
    case Kind::frequency: {
      const double half = bin_half(theta, p.axis);
      return {std::max(value - half, std::min(value, half / 4.0)), value + half};
    }
    case Kind::coefficient: {
      const Unknown& unknown = statement.problem.unknowns[static_cast<std::size_t>(p.index)];
      return {unknown.low, unknown.high};
    }
    case Kind::log_noise: break;
  }
  return {std::log(1e-10 * scales.data), std::log(10.0 * scales.data)};
}

/// How far a parameter moves before the evidence changes by about one.
double scale_of(const Parameter& p, const Bounds& bounds, double curvature) {
  const double range = p.kind == Kind::frequency || p.kind == Kind::coefficient ? bounds.high - bounds.low : 1.0;
  return 1.0 / std::sqrt(std::max(curvature, 1.0 / (range * range)));
}

class OuterLoop {
public:
  OuterLoop(const Statement& statement, const OuterOptions& options, OuterState& state) : statement_(statement), options_(options), state_(state) {}

  bool operator()() {
    while (!state_.finished && state_.round < options_.most_rounds) {
      const OuterState before = state_;
      if (!round()) {
        state_ = before;
        return false;
      }
      ++state_.round;
      if (options_.round_done) options_.round_done(state_);
    }
    return true;
  }

private:
  /// False if the monitor stopped it.
  bool round() {
    const std::size_t changes = state_.changes.size();
    freeze(state_.theta);
    settle_down();
    for (int axis = 0; axis < statement_.problem.dimensions; ++axis)
      if (add_line(axis)) settle_down();
    for (int axis = 0; axis < statement_.problem.dimensions; ++axis) drop_lines(axis);
    const double first = -evaluate_evidence(settled_.observations, state_.theta, {}).negative_log;
    double last = first;
    if (!optimise(last)) return false;
    state_.finished = state_.changes.size() == changes && last - first < 0.2 * options_.least_gain;
    return true;
  }

  void settle_down() { settled_ = settle(statement_, state_.scales, state_.theta, options_.newton_iterations); }

  /// Tries one line more; true if it stays.
  bool add_line(int axis) {
    AxisModel& model = state_.theta.models[static_cast<std::size_t>(axis)];
    if (static_cast<int>(model.lines.size()) > options_.most_lines) return false;
    const auto frequency = missing_frequency(settled_.observations, state_.theta, settled_.evidence.misfit, axis,
                                             options_.highest_frequency[static_cast<std::size_t>(axis)]);
    if (!frequency) return false;
    double top = 0.0;
    for (const Line& line : model.lines) top = std::max(top, line.weight);
    const bool plane = statement_.problem.dimensions == 2;
    double best = settled_.evidence.negative_log - options_.least_gain;
    Hyperparameters chosen;
    for (const double weight : {1.0, 1e-3, 1e-6})
      for (const double ratio : {plane ? 0.003 : 0.01, plane ? 0.1 : 1.0}) {
        Hyperparameters trial = state_.theta;
        trial.models[static_cast<std::size_t>(axis)].lines.push_back(
            {.weight = weight * top, .rate = rate_of(model, ratio), .frequency = *frequency});
        freeze(trial);
        const double value = evaluate_evidence(settled_.observations, trial, {}).negative_log;
        if (!(value < best)) continue;
        best = value;
        chosen = std::move(trial);
      }
    if (chosen.models[0].lines.empty()) return false;
    state_.changes.push_back(in_words("added", axis, *frequency, settled_.evidence.negative_log - best));
    state_.theta = std::move(chosen);
    return true;
  }

  void drop_lines(int axis) {
    double with = evaluate_evidence(settled_.observations, state_.theta, {}).negative_log;
    auto& lines = state_.theta.models[static_cast<std::size_t>(axis)].lines;
    for (std::size_t q = lines.size(); q-- > 1;) {
      Hyperparameters trial = state_.theta;
      auto& fewer = trial.models[static_cast<std::size_t>(axis)].lines;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(q));
      const double without = evaluate_evidence(settled_.observations, trial, {}).negative_log;
      if (!(without < with)) continue;
      state_.changes.push_back(in_words("dropped", axis, lines[q].frequency, with - without));
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(q));
      with = without;
    }
  }

  /// L-BFGS on the linearised observations of this round.
  bool optimise(double& log_evidence) {
    const auto parameters = free_parameters(statement_, state_.theta);
    if (parameters.empty()) return true;
    const Evidence start = evaluate_evidence(settled_.observations, state_.theta, parameters);
    std::vector<double> origin;
    std::vector<double> scale;
    std::vector<double> low;
    std::vector<double> high;
    std::vector<std::string> names;
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      const Bounds bounds = bounds_of(statement_, state_.scales, state_.theta, parameters[p]);
      const int diagonal = static_cast<int>(p);
      origin.push_back(value_of(state_.theta, parameters[p]));
      scale.push_back(scale_of(parameters[p], bounds, start.curvature(diagonal, diagonal)));
      low.push_back((bounds.low - origin[p]) / scale[p]);
      high.push_back((bounds.high - origin[p]) / scale[p]);
      names.push_back(name_of(parameters[p]));
    }
    const auto place = [&](std::span<const double> z) {
      Hyperparameters theta = state_.theta;
      for (std::size_t p = 0; p < parameters.size(); ++p) set_value(theta, parameters[p], origin[p] + scale[p] * z[p]);
      return theta;
    };
    const Objective objective = [&](std::span<const double> z, std::span<double> gradient) {
      const Evidence evidence = evaluate_evidence(settled_.observations, place(z), parameters);
      for (std::size_t p = 0; p < parameters.size(); ++p) gradient[p] = scale[p] * evidence.gradient[p];
      return evidence.negative_log;
    };
    bool stopped = false;
    const auto monitor = [&](std::span<const double> z, double value) {
      OuterStep step{.round = state_.round, .log_evidence = -value, .names = names};
      for (std::size_t p = 0; p < parameters.size(); ++p) step.values.push_back(origin[p] + scale[p] * z[p]);
      stopped = options_.monitor && !options_.monitor(step);
      log_evidence = -value;
      state_.history.push_back(std::move(step));
      return !stopped;
    };
    std::vector<double> z(parameters.size());
    (void)minimise_bounded(z, low, high, objective,
                           {.iterations = options_.iterations, .value_atol = 0.03 * options_.least_gain, .monitor = monitor});
    if (!stopped) state_.theta = place(z);
    return !stopped;
  }

  const Statement& statement_;
  const OuterOptions& options_;
  OuterState& state_;
  Settled settled_;
};

} // namespace

std::vector<Parameter> free_parameters(const Statement& statement, const Hyperparameters& theta) {
  const Problem& problem = statement.problem;
  std::vector<Parameter> list;
  for (int axis = 0; axis < problem.dimensions; ++axis) {
    const auto& lines = theta.models[static_cast<std::size_t>(axis)].lines;
    const bool bounded = problem.faces.given({axis, Side::low}) || problem.faces.given({axis, Side::high});
    for (std::size_t q = 0; q < lines.size(); ++q) {
      const int index = static_cast<int>(q);
      const bool mean = lines[q].frequency == 0.0;
      if (mean && !bounded) continue;
      if (!(mean && axis == 1)) list.push_back({Kind::log_weight, axis, index});
      list.push_back({Kind::log_rate, axis, index});
      if (!mean) list.push_back({Kind::frequency, axis, index});
    }
  }
  for (std::size_t i = 0; i < problem.unknowns.size(); ++i) list.push_back({Kind::coefficient, 0, static_cast<int>(i)});
  if (statement.sensors.size() > 0 && statement.sensors.noise == 0.0) list.push_back({Kind::log_noise, 0, 0});
  return list;
}

bool improve(const Statement& statement, const OuterOptions& options, OuterState& state) { return OuterLoop(statement, options, state)(); }

} // namespace ansatz::solvers::gp
