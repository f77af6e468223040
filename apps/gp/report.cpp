// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include "infer_problem.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/result_file.hpp>
#include <ansatz/data/xdmf.hpp>

#include <cmath>
#include <cstdio>

namespace ansatz::apps {

using solvers::gp::Matrix;

namespace {

std::string grid_text(const GpRow& row) {
  return std::to_string(row.points[0]) + (row.points[1] > 1 ? "x" + std::to_string(row.points[1]) : "") +
         (row.depth > 1 ? "x" + std::to_string(row.depth) : "");
}

std::string number(const char* format, double value) {
  std::array<char, 40> text{};
  (void)std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

void write_values(ResultFile& file, FieldBlock block, const char* name, const char* long_name, const Matrix& values) {
  block.name = name;
  block.long_name = long_name;
  file.write_field(block, std::span<const double>(values.values));
}

/// /tables/lines_x and lines_y: the prior.
void write_lines(ResultFile& file, const solvers::gp::Proposal& lines) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    std::vector<std::pair<std::string, std::vector<double>>> columns{{"weight", {}}, {"rate", {}}, {"frequency", {}}};
    for (const auto& line : lines.models[axis].lines) {
      columns[0].second.push_back(line.weight);
      columns[1].second.push_back(line.rate);
      columns[2].second.push_back(line.frequency);
    }
    if (!columns[0].second.empty()) file.write_table(axis == 0 ? "lines_x" : "lines_y", columns);
  }
}

/// /tables/estimates and /tables/outer_ROUND: what was estimated, and how the outer loop came to it.
void write_inference(ResultFile& file, const solvers::gp::InferenceResult& result) {
  std::vector<std::pair<std::string, std::vector<double>>> columns;
  for (const auto& estimate : result.coefficients) columns.push_back({estimate.name, {estimate.value, estimate.sd}});
  if (result.sensor_noise > 0.0) columns.push_back({"sensor_noise", {result.sensor_noise, 0.0}});
  if (!columns.empty()) file.write_table("estimates", columns);
  const auto& history = result.outer.history;
  for (std::size_t from = 0; from < history.size();) {
    std::size_t to = from;
    while (to < history.size() && history[to].round == history[from].round) ++to;
    columns = {{"log_evidence", {}}};
    for (const std::string& name : history[from].names) columns.push_back({name, {}});
    for (std::size_t i = from; i < to; ++i) {
      columns[0].second.push_back(history[i].log_evidence);
      for (std::size_t k = 0; k < history[i].values.size(); ++k) columns[k + 1].second.push_back(history[i].values[k]);
    }
    file.write_table("outer_round_" + std::to_string(history[from].round + 1), columns);
    from = to;
  }
}

} // namespace

void print_row(RunContext& run, const GpRow& row) {
  std::array<char, 240> line{};
  (void)std::snprintf(line.data(), line.size(), "%-7s %-11s %11s %9lld %6lld %10s %10s %11.4f %10.4f  %s", row.problem.c_str(), row.method.c_str(),
                      grid_text(row).c_str(), static_cast<long long>(row.unknowns), static_cast<long long>(row.iterations),
                      std::isnan(row.error) ? "-" : number("%.2e", row.error).c_str(),
                      row.relative_residual < 0.0 ? "-" : number("%.2e", row.relative_residual).c_str(), row.proposal_seconds, row.solve_seconds,
                      row.reason.c_str());
  run.progress.say(line.data());
}

Tree entry_of(const GpRow& row) {
  Tree entry = Tree::object();
  entry["problem"] = Tree::of(row.problem);
  entry["solver"] = Tree::of(row.method);
  entry["points_x"] = Tree::of(static_cast<std::int64_t>(row.points[0]));
  entry["points_y"] = Tree::of(static_cast<std::int64_t>(row.points[1]));
  if (row.depth > 1) entry["points_z"] = Tree::of(static_cast<std::int64_t>(row.depth));
  entry["unknowns"] = Tree::of(row.unknowns);
  entry["iterations"] = Tree::of(row.iterations);
  entry["converged"] = Tree::of(row.converged);
  entry["reason"] = Tree::of(row.reason);
  if (row.relative_residual >= 0.0) entry["relative_residual"] = Tree::of(row.relative_residual);
  if (!std::isnan(row.error)) entry["error"] = Tree::of(row.error);
  entry["setup_seconds"] = Tree::of(row.proposal_seconds);
  entry["solve_seconds"] = Tree::of(row.solve_seconds);
  return entry;
}

SolverRecord record_of(const RunContext& run, const GpRow& row) {
  return {.name = "gp_" + row.method,
          .reason = row.reason,
          .converged = row.converged,
          .iterations = row.iterations,
          .unknowns = row.unknowns,
          .relative_residual = row.relative_residual,
          .tolerance = run.config.get_real("solver.rtol"),
          .setup_seconds = row.proposal_seconds,
          .solve_seconds = row.solve_seconds,
          .history = row.history};
}

void print_head(RunContext& run) {
  std::array<char, 240> line{};
  (void)std::snprintf(line.data(), line.size(), "%-7s %-11s %11s %9s %6s %10s %10s %11s %10s  %s", "problem", "method", "grid", "unknowns", "steps",
                      "error", "residual", "search [s]", "solve [s]", "reason");
  run.progress.say(line.data());
}

void print_rows(RunContext& run, const GpRun& done) {
  print_row(run, done.row);
  for (const GpRow& row : done.reference) print_row(run, row);
}

void print_prior(RunContext& run, const GpRun& done) {
  if (done.row.method == "reference") return;
  for (std::size_t axis = 0; axis < 2 && !done.lines.models[axis].lines.empty(); ++axis) {
    std::string text = std::string(axis == 0 ? "x" : "y") + ": " + std::to_string(done.features[axis]) + " features, lines at";
    for (const auto& line : done.lines.models[axis].lines) text += " " + number("%.6g", line.frequency);
    text += done.lines.samples[axis] == 0 ? " (given)" : " (from " + std::to_string(done.lines.samples[axis]) + " samples of source and faces)";
    run.progress.say(text);
  }
  if (done.inference) print_inference(run, done);
  run.progress.say("log evidence " + number("%.6g", done.log_evidence));
}

void add_to_summary(Summary& summary, const GpRun& done) {
  Tree entry = entry_of(done.row);
  if (done.row.method == "direct") entry["log_evidence"] = Tree::of(done.log_evidence);
  if (done.inference) add_inference(entry, *done.inference);
  summary.add_result(entry);
  for (const GpRow& row : done.reference) summary.add_result(entry_of(row));
}

void write_result(RunContext& run, const GpRun& done) {
  const std::string& path = run.config.get_text("run.output");
  if (path.empty()) return;
  ResultFile file(run.comm, path, {.overwrite = run.config.get_bool("run.overwrite")});
  file.write_meta(provenance_of(run));
  file.write_grid(done.grid[0], done.grid[1], std::vector<double>{0.0}, "1");
  const FieldBlock block{.units = "1",
                         .dims = {1, done.values.cols, done.values.rows},
                         .start = {0, 0, 0},
                         .count = {1, done.values.cols, done.values.rows},
                         .location = "node"};
  write_values(file, block, "solution", "posterior mean of u", done.values);
  if (!done.variance.values.empty()) write_values(file, block, "variance", "posterior variance of u", done.variance);
  for (std::size_t s = 0; s < done.samples.size(); ++s)
    write_values(file, block, ("sample_" + std::to_string(s + 1)).c_str(), "u drawn from the posterior", done.samples[s]);
  if (done.row.method != "reference") write_lines(file, done.lines);
  if (done.inference) write_inference(file, *done.inference);
  const Verification truth(done.text);
  if (truth.known()) {
    Matrix error = truth.exact(done.grid[0], done.grid[1]);
    for (std::size_t i = 0; i < error.size(); ++i) error.values[i] = done.values.values[i] - error.values[i];
    write_values(file, block, "error", "mean less the exact solution", error);
  }
  SolverRecord record = record_of(run, done.row);
  if (done.inference) record.warnings = done.inference->warnings;
  file.write_solver(record, true);
  for (const GpRow& row : done.reference)
    if (row.method.find('*') == std::string::npos) file.write_solver(record_of(run, row), false);
  file.publish();
  on_rank_0(run.comm, [&] { (void)write_xdmf(path); });
  run.progress.say("written: " + path);
}

} // namespace ansatz::apps
