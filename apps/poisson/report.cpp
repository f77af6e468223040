// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include "stored_answer.hpp"

#include <ansatz/apps/common/compression_option.hpp>
#include <ansatz/apps/common/output_place.hpp>
#include <ansatz/data/collective.hpp>
#include <ansatz/data/result_file.hpp>
#include <ansatz/data/xdmf.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <cstdio>

namespace ansatz::apps {

using solvers::petsc_check;

namespace {

SolverRecord record_of(const Row& row, double tolerance) {
  const solvers::SolveResult& r = row.result;
  const bool plain = r.direction_format.empty() || r.direction_format == "f32";
  return {.name = plain ? r.solver : r.solver + "-" + r.direction_format,
          .reason = r.reason,
          .converged = r.converged,
          .iterations = r.iterations,
          .unknowns = r.unknowns,
          .relative_residual = r.relative_residual,
          .tolerance = tolerance,
          .setup_seconds = r.setup_seconds,
          .solve_seconds = r.solve_seconds,
          .bytes_peak = static_cast<std::int64_t>(r.bytes_peak),
          .history = r.history,
          .history_seconds = row.seconds.size() == r.history.size() ? row.seconds : std::vector<double>{}};
}

std::vector<double> centres(const solvers::Grid& grid, std::size_t axis) {
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(grid.cells[axis]));
  for (int i = 0; i < grid.cells[axis]; ++i) all.push_back(grid.origin[axis] + grid.spacing * (i + 0.5));
  return all;
}

std::optional<StoredField> write_vector(RunContext& run, ResultFile& file, FieldBlock block, const char* name, const char* long_name, Vec v,
                                        const std::optional<Compression>& compression) {
  block.name = name;
  block.units = "1";
  block.long_name = long_name;
  const double* values = nullptr;
  petsc_check(VecGetArrayRead(v, &values));
  const std::span own(values, static_cast<std::size_t>(block.count[0] * block.count[1] * block.count[2]));
  auto stored = write_field(run, file, block, own, compression);
  petsc_check(VecRestoreArrayRead(v, &values));
  return stored;
}

/// Pressure and right-hand side. Beside a compressed pressure stand what that does to the residual and the tolerance of the solver.
void write_system(RunContext& run, ResultFile& file, const FieldBlock& block, const Problem& problem) {
  const auto wanted = compression_of(run.config);
  const double tolerance = residual_tolerance(run, problem);
  const std::int64_t unknowns = problem.A().unknowns();
  const auto pressure = write_vector(run, file, block, "pressure", "pressure, in units of rho h / dt times a velocity", problem.x(),
                                     with_bound(wanted, tolerance, unknowns, true));
  const auto rhs = write_vector(run, file, block, "rhs", "right-hand side", problem.b(), with_bound(wanted, tolerance, unknowns, false));
  if (!pressure) return;
  const double change = residual_change(problem, pressure->values);
  file.annotate("pressure", {{"residual_change", change}, {"residual_tolerance", tolerance}});
  char line[200];
  std::snprintf(line, sizeof line,
                "compressed: pressure %.2f bits a value, error %.2e, residual changed by %.2e of a tolerance of %.2e; rhs %.2f bits",
                pressure->storage.bits, pressure->storage.error_max_measured, change, tolerance, rhs->storage.bits);
  run.progress.say(line);
}

std::vector<std::uint8_t> own_flags(const solvers::CellFlags& flags) {
  const solvers::LocalBox& box = flags.box();
  std::vector<std::uint8_t> all;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) all.push_back(static_cast<std::uint8_t>(flags.at(i, j, k)));
  return all;
}

} // namespace

namespace {

std::string name_of(const solvers::SolveResult& r) {
  const std::string name = r.direction.empty() || r.direction == "classical" ? r.solver : r.solver + "/" + r.direction;
  return r.direction_format.empty() || r.direction_format == "f32" ? name : name + "/" + r.direction_format;
}

} // namespace

void print_table(RunContext& run, const std::vector<Row>& rows) {
  char line[200];
  std::snprintf(line, sizeof line, "%-22s %10s %10s %10s %6s %12s %10s  %s", "solver", "set-up [s]", "solve [s]", "total [s]", "steps", "residual",
                "memory", "reason");
  run.progress.say(line);
  for (const Row& row : rows) {
    const solvers::SolveResult& r = row.result;
    if (!row.refusal.empty()) {
      run.progress.say(r.solver + ": refused: " + row.refusal);
      continue;
    }
    const std::string memory = r.bytes_peak == 0 ? "-" : std::to_string(r.bytes_peak >> 20) + " MiB";
    std::snprintf(line, sizeof line, "%-22s %10.4f %10.4f %10.4f %6d %12.3e %10s  %s", name_of(r).c_str(), r.setup_seconds, r.solve_seconds,
                  r.setup_seconds + r.solve_seconds, r.iterations, r.relative_residual, memory.c_str(), r.reason.c_str());
    run.progress.say(line);
  }
  for (const Row& row : rows)
    if (row.result.seconds_per_direction > 0.0) {
      std::snprintf(line, sizeof line, "%s: %.4f s a direction", name_of(row.result).c_str(), row.result.seconds_per_direction);
      run.progress.say(line);
    }
}

void add_to_summary(Summary& summary, const Row& row) {
  const solvers::SolveResult& r = row.result;
  Tree entry = Tree::object();
  entry["solver"] = Tree::of(r.solver);
  if (!r.direction.empty()) entry["direction"] = Tree::of(r.direction);
  if (!r.direction_format.empty()) {
    entry["direction_format"] = Tree::of(r.direction_format);
    entry["seconds_per_direction"] = Tree::of(r.seconds_per_direction);
  }
  entry["unknowns"] = Tree::of(r.unknowns);
  entry["iterations"] = Tree::of(static_cast<std::int64_t>(r.iterations));
  entry["converged"] = Tree::of(r.converged);
  entry["reason"] = Tree::of(row.refusal.empty() ? r.reason : "refused: " + row.refusal);
  entry["relative_residual"] = Tree::of(r.relative_residual);
  entry["setup_seconds"] = Tree::of(r.setup_seconds);
  entry["solve_seconds"] = Tree::of(r.solve_seconds);
  entry["bytes_peak"] = Tree::of(static_cast<std::int64_t>(r.bytes_peak));
  summary.add_result(entry);
}

void write_result(RunContext& run, const Problem& problem, const std::vector<Row>& rows, const std::vector<std::pair<std::string, double>>& phases) {
  const std::string& path = run.config.get_text("run.output");
  if (path.empty()) return;
  const solvers::CellFlags& flags = problem.flags();
  const solvers::Grid& grid = flags.grid();
  const solvers::LocalBox& box = flags.box();
  ResultFile file(run.comm, path, {.overwrite = run.config.get_bool("run.overwrite")});
  file.write_meta(provenance_of(run));
  file.write_grid(centres(grid, 0), centres(grid, 1), centres(grid, 2), "m");
  const FieldBlock block{.dims = {grid.cells[2], grid.cells[1], grid.cells[0]},
                         .start = {box.start[2], box.start[1], box.start[0]},
                         .count = {box.n[2], box.n[1], box.n[0]}};
  write_system(run, file, block, problem);
  FieldBlock flag_block = block;
  flag_block.name = "flags";
  flag_block.units = "1";
  flag_block.long_name = "cells: 1 solid, 2 fluid, 3 air";
  const auto own = own_flags(flags);
  file.write_field(flag_block, std::span<const std::uint8_t>(own));
  const double tolerance = run.config.get_real("solver.rtol");
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].refusal.empty()) file.write_solver(record_of(rows[i], tolerance), i == 0);
  file.write_phases(phases);
  file.publish();
  on_rank_0(run.comm, [&] { (void)write_xdmf(path); });
  run.progress.say("written: " + path);
}

void print_stop(RunContext& run, const Row& first) {
  const std::string path = checkpoint_path(run.config);
  const std::string reason = to_text(run.stop.reason());
  run.progress.say(reason + " after " + std::to_string(first.result.iterations) + " iterations; " +
                   (path.empty() ? "nothing was kept, since no --output was given" : "checkpoint: " + path + "; go on with --restart " + path));
  if (run.stop.reason() == StopReason::stopped_file) run.progress.say("remove the file \"stop\" before going on");
}

} // namespace ansatz::apps
