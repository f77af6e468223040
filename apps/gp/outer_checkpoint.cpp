// SPDX-License-Identifier: Apache-2.0
#include "outer_checkpoint.hpp"

#include <ansatz/apps/common/output_place.hpp>
#include <ansatz/data/checkpoint.hpp>

#include <cmath>

namespace ansatz::apps {

using namespace solvers::gp;

namespace {

constexpr std::array axis_names{"x", "y"};

std::string joined(const std::vector<std::string>& words, char separator) {
  std::string text;
  for (const std::string& word : words) text += word + separator;
  return text;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> words;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = text.find(separator, from);
    words.push_back(text.substr(from, to - from));
    if (to == std::string::npos) break;
    from = to + 1;
  }
  return words;
}

/// What tells one statement from another: sizes and sums of all its numbers.
double fingerprint(const Statement& statement, const OuterState& start) {
  double sum = 0.0;
  for (const RowSet& set : observe(statement, start.scales, {}).sets)
    for (std::size_t i = 0; i < set.target.size(); ++i)
      sum += (set.points.x[i] + 2.0 * set.points.y[i] + 3.0 * set.target[i]) * (1.0 + static_cast<double>(i % 7));
  return sum;
}

void write_lines(CheckpointWriter& file, const AxisModel& model, const std::string& axis) {
  std::vector<double> weight;
  std::vector<double> rate;
  std::vector<double> frequency;
  std::vector<std::int64_t> terms;
  for (const Line& line : model.lines) {
    terms.push_back(line.terms);
    weight.push_back(line.weight);
    rate.push_back(line.rate);
    frequency.push_back(line.frequency);
  }
  file.array(axis + "_weight", weight);
  file.array(axis + "_rate", rate);
  file.array(axis + "_frequency", frequency);
  file.array(axis + "_terms", terms);
  file.number(axis + "_cut", model.cut);
}

void read_lines(const CheckpointReader& file, AxisModel& model, const std::string& axis) {
  const auto column = [&](const char* name) { return file.array(axis + name, 0, file.array_size(axis + name)); };
  const auto weight = column("_weight");
  const auto rate = column("_rate");
  const auto frequency = column("_frequency");
  const auto terms = file.integers(axis + "_terms", 0, file.array_size(axis + "_terms"));
  model.lines.clear();
  for (std::size_t q = 0; q < weight.size(); ++q)
    model.lines.push_back({.weight = weight[q], .rate = rate.at(q), .frequency = frequency.at(q), .terms = static_cast<int>(terms.at(q))});
  model.cut = file.number(axis + "_cut");
}

/// Steps one after another; names of parameters change from round to round only.
void write_history(CheckpointWriter& file, const std::vector<OuterStep>& history) {
  std::vector<std::int64_t> rounds;
  std::vector<double> evidence;
  std::vector<double> values;
  std::string names;
  for (const OuterStep& step : history) {
    if (rounds.empty() || rounds.back() != step.round) names += joined(step.names, ',') + '\n';
    rounds.push_back(step.round);
    evidence.push_back(step.log_evidence);
    values.insert(values.end(), step.values.begin(), step.values.end());
  }
  file.array("history_round", rounds);
  file.array("history_log_evidence", evidence);
  file.array("history_values", values);
  file.text("history_names", names);
}

std::vector<OuterStep> read_history(const CheckpointReader& file) {
  const auto count = file.array_size("history_round");
  const auto rounds = file.integers("history_round", 0, count);
  const auto evidence = file.array("history_log_evidence", 0, count);
  const auto values = file.array("history_values", 0, file.array_size("history_values"));
  const auto names = split(file.text("history_names"), '\n');
  std::vector<OuterStep> history;
  std::size_t group = 0;
  std::size_t used = 0;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    if (i > 0 && rounds[i] != rounds[i - 1]) ++group;
    OuterStep step{.round = static_cast<int>(rounds[i]), .log_evidence = evidence[i], .names = split(names.at(group), ',')};
    for (std::size_t k = 0; k < step.names.size(); ++k) step.values.push_back(values.at(used++));
    history.push_back(std::move(step));
  }
  return history;
}

} // namespace

void write_outer_checkpoint(const RunContext& run, const Statement& statement, const OuterState& state) {
  const double start = MPI_Wtime();
  const std::string path = checkpoint_path(run.config);
  if (path.empty()) return;
  CheckpointWriter file(run.comm, path, provenance_of(run));
  for (std::size_t axis = 0; axis < 2; ++axis) write_lines(file, state.theta.models[axis], axis_names[axis]);
  file.array("coefficients", state.theta.coefficients);
  file.number("sensor_noise", state.theta.sensor_noise);
  file.number("scale_equation", state.scales.equation);
  file.number("scale_data", state.scales.data);
  file.number("fingerprint", fingerprint(statement, state));
  file.counter("round", state.round);
  file.counter("finished", state.finished ? 1 : 0);
  write_history(file, state.history);
  file.text("changes", joined(state.changes, '\n'));
  file.publish();
  run.stop.checkpoint_took(MPI_Wtime() - start);
  run.summary.set("checkpoint", Tree::of(path));
  Tree logged = Tree::object();
  logged["file"] = Tree::of(path);
  run.log.event("checkpoint", state.round, logged);
}

OuterState read_outer_checkpoint(const RunContext& run, const Statement& statement, OuterState start) {
  const CheckpointReader file(run.comm, run.restart);
  OuterState state = std::move(start);
  const double now = fingerprint(statement, state);
  const double before = file.number("fingerprint");
  if (!(std::abs(before - now) <= 1e-12 * std::abs(now)) ||
      file.array_size("coefficients") != static_cast<std::int64_t>(state.theta.coefficients.size()))
    throw UsageError("bad_value",
                     file.path() + ": the checkpoint belongs to another problem or other observations; leave out what changes them, or start without "
                                   "--restart");
  for (std::size_t axis = 0; axis < 2; ++axis) read_lines(file, state.theta.models[axis], axis_names[axis]);
  state.theta.coefficients = file.array("coefficients", 0, file.array_size("coefficients"));
  state.theta.sensor_noise = file.number("sensor_noise");
  state.scales = {.equation = file.number("scale_equation"), .data = file.number("scale_data")};
  state.round = static_cast<int>(file.counter("round"));
  state.finished = file.counter("finished") != 0;
  state.history = read_history(file);
  state.changes = split(file.text("changes"), '\n');
  return state;
}

} // namespace ansatz::apps
