// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <ansatz/apps/common/compression_option.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cstdio>

namespace ansatz::apps {

using solvers::petsc_check;
namespace flow = solvers::flow;

namespace {

std::vector<double> centres(const solvers::Grid& grid, std::size_t axis) {
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(grid.cells[axis]));
  for (int i = 0; i < grid.cells[axis]; ++i) all.push_back(grid.origin[axis] + grid.spacing * (i + 0.5));
  return all;
}

/// Writes fields of the flow's grid.
class FrameWriter {
public:
  FrameWriter(RunContext& run, ResultFile& file, const flow::Flow& flow)
      : run_(run), file_(file), flow_(flow), compression_(compression_of(run.config)) {
    const auto& n = flow.mac().grid().cells;
    const flow::FieldBox& box = flow.mac().box();
    block_ = {.dims = {n[2], n[1], n[0]}, .start = {box.start[2], box.start[1], box.start[0]}, .count = {box.n[2], box.n[1], box.n[0]}};
  }
  void write(const char* name, const char* units, const char* long_name, std::span<const std::uint8_t> values) {
    file_.write_field(named(name, units, long_name), values);
  }
  void write(const char* name, const char* units, const char* long_name, std::span<const double> values) {
    (void)write_field(run_, file_, named(name, units, long_name), values, compression_);
  }
  void write(const char* name, const char* units, const char* long_name, Vec v) {
    const double* values = nullptr;
    petsc_check(VecGetArrayRead(v, &values));
    write(name, units, long_name, std::span<const double>(values, flow_.kinds().size()));
    petsc_check(VecRestoreArrayRead(v, &values));
  }
  void write(const char* name, const char* units, const char* long_name, const flow::Field& f) {
    std::vector<double> own(flow_.kinds().size());
    flow_.mac().pack(f, own);
    write(name, units, long_name, std::span<const double>(own));
  }

private:
  const FieldBlock& named(const char* name, const char* units, const char* long_name) {
    block_.name = name;
    block_.units = units;
    block_.long_name = long_name;
    return block_;
  }

  RunContext& run_;
  ResultFile& file_;
  const flow::Flow& flow_;
  std::optional<Compression> compression_;
  FieldBlock block_;
};

SolverRecord record_of(const flow::Flow& flow, const flow::StepReport& step) {
  const flow::ProjectionReport& p = step.pressure;
  return {.name = flow.options().projection.solver,
          .reason = p.reason,
          .converged = p.converged,
          .iterations = p.iterations,
          .unknowns = p.unknowns,
          .relative_residual = p.relative_residual,
          .tolerance = flow.options().projection.tolerance,
          .setup_seconds = p.setup_seconds,
          .solve_seconds = p.solve_seconds,
          .bytes_peak = static_cast<std::int64_t>(p.bytes_peak)};
}

} // namespace

void Totals::add(const flow::StepReport& step) {
  ++steps;
  iterations += step.pressure.iterations;
  largest_divergence = std::max(largest_divergence, step.dt * step.pressure.divergence);
  guess_residual += step.pressure.guess_residual;
  bytes_peak = std::max(bytes_peak, step.pressure.bytes_peak);
  setup += step.pressure.setup_seconds;
  solve += step.pressure.solve_seconds;
  seconds.advection += step.seconds.advection;
  seconds.forces += step.seconds.forces;
  seconds.surface += step.seconds.surface;
  seconds.cells += step.seconds.cells;
  seconds.project += step.seconds.project;
}

std::unique_ptr<SeriesFile> open_series(const RunContext& run, const flow::Flow& flow) {
  const std::string& path = run.config.get_text("run.output");
  if (path.empty()) return nullptr;
  const solvers::Grid& grid = flow.mac().grid();
  const std::vector<SeriesColumn> columns{{"dt", "s", "time step"},
                                          {"speed", "m/s", "largest velocity component at the start of the step"},
                                          {"divergence", "1/s", "largest divergence after the projection"},
                                          {"iterations", "1", "iterations of the pressure solver"},
                                          {"guess_residual", "1", "residual of the initial guess, relative to the right-hand side"},
                                          {"volume", "m^3", flow.options().liquid ? "volume of liquid" : "density times volume"},
                                          {"pressure_seconds", "s", "pressure solver, set-up included"},
                                          {"advection_seconds", "s", "advection of velocity and scalars"},
                                          {"forces_seconds", "s", "forces, sources and sums"},
                                          {"surface_seconds", "s", "level set"},
                                          {"cells_seconds", "s", "kinds of cells, time step"},
                                          {"project_seconds", "s", "right-hand side, gradient, continuation beyond the fluid"}};
  return std::make_unique<SeriesFile>(
      run.comm, path, provenance_of(run), Grid{.x = centres(grid, 0), .y = centres(grid, 1), .z = centres(grid, 2), .units = "m"}, columns,
      SeriesOptions{.overwrite = run.config.get_bool("run.overwrite"), .resume_step = run.restart.empty() ? -1 : flow.steps()});
}

void record(SeriesFile& series, const flow::StepReport& s) {
  series.record(s.step, s.time,
                {s.dt, s.speed, s.pressure.divergence, static_cast<double>(s.pressure.iterations), s.pressure.guess_residual, s.volume,
                 s.pressure.setup_seconds + s.pressure.solve_seconds, s.seconds.advection, s.seconds.forces, s.seconds.surface, s.seconds.cells,
                 s.seconds.project});
}

void write_frame(RunContext& run, SeriesFile& series, const flow::Flow& flow, const flow::StepReport& step) {
  series.write_frame(step.step, step.time, [&](ResultFile& file) {
    FrameWriter frame(run, file, flow);
    frame.write("pressure", "m/s", "pressure times dt / (rho h), of the last step", flow.projection().pressure());
    frame.write("rhs", "m/s", "right-hand side of the pressure: inflow of the cell before the projection", flow.projection().rhs());
    frame.write("flags", "1", "cells: 1 solid, 2 fluid, 3 air", flow.kinds());
    constexpr std::array names{"velocity_x", "velocity_y", "velocity_z"};
    for (int a = 0; a < 3; ++a) {
      const std::vector<double> component = flow.centred(a);
      frame.write(names[static_cast<std::size_t>(a)], "m/s", "velocity at the centres of cells", std::span<const double>(component));
    }
    if (flow.options().liquid) {
      frame.write("level_set", "m", "distance to the surface, negative in the liquid", flow.level_set());
    } else {
      frame.write("density", "1", "density of the smoke", flow.density());
      frame.write("temperature", "1", "temperature above the surroundings", flow.temperature());
    }
    file.write_solver(record_of(flow, step), true);
  });
}

void log_step(RunContext& run, const flow::StepReport& s) {
  Tree values = Tree::object();
  values["flow_time"] = Tree::of(s.time);
  values["dt"] = Tree::of(s.dt);
  values["divergence"] = Tree::of(s.pressure.divergence);
  values["iterations"] = Tree::of(static_cast<std::int64_t>(s.pressure.iterations));
  values["volume"] = Tree::of(s.volume);
  values["pressure_seconds"] = Tree::of(s.pressure.setup_seconds + s.pressure.solve_seconds);
  values["other_seconds"] = Tree::of(s.seconds.sum());
  run.log.event("step", s.step, values);
}

void print_totals(RunContext& run, const Totals& t, const flow::StepReport& last) {
  if (t.steps == 0) return;
  const auto n = static_cast<double>(t.steps);
  std::array<char, 300> line{};
  (void)std::snprintf(line.data(), line.size(), "%lld steps to time %.6g s; volume %.6g m^3; largest dt |div u| %.2e",
                      static_cast<long long>(last.step), last.time, last.volume, t.largest_divergence);
  run.progress.say(line.data());
  (void)std::snprintf(line.data(), line.size(), "a step: %.1f iterations, pressure %.4f s (set-up %.4f s), other %.4f s",
                      static_cast<double>(t.iterations) / n, (t.setup + t.solve) / n, t.setup / n, t.seconds.sum() / n);
  run.progress.say(line.data());
  (void)std::snprintf(line.data(), line.size(), "  advection %.4f, forces %.4f, surface %.4f, cells %.4f, projection without solver %.4f s",
                      t.seconds.advection / n, t.seconds.forces / n, t.seconds.surface / n, t.seconds.cells / n, t.seconds.project / n);
  run.progress.say(line.data());
}

void add_to_summary(RunContext& run, const Totals& t, const flow::Flow& flow, const flow::StepReport& last) {
  Tree entry = Tree::object();
  entry["solver"] = Tree::of(flow.options().projection.solver);
  entry["unknowns"] = Tree::of(last.pressure.unknowns);
  entry["iterations"] = Tree::of(t.iterations);
  entry["converged"] = Tree::of(last.pressure.converged);
  entry["reason"] = Tree::of(last.pressure.reason);
  entry["relative_residual"] = Tree::of(last.pressure.relative_residual);
  entry["setup_seconds"] = Tree::of(t.setup);
  entry["solve_seconds"] = Tree::of(t.solve);
  entry["bytes_peak"] = Tree::of(static_cast<std::int64_t>(t.bytes_peak));
  entry["steps"] = Tree::of(flow.steps());
  entry["time"] = Tree::of(flow.time());
  entry["volume"] = Tree::of(last.volume);
  entry["largest_divergence"] = Tree::of(t.largest_divergence);
  entry["mean_guess_residual"] = Tree::of(t.steps > 0 ? t.guess_residual / static_cast<double>(t.steps) : 0.0);
  run.summary.add_result(entry);
  const std::array<std::pair<const char*, double>, 6> phases{{{"pressure", t.setup + t.solve},
                                                              {"advection", t.seconds.advection},
                                                              {"forces", t.seconds.forces},
                                                              {"surface", t.seconds.surface},
                                                              {"cells", t.seconds.cells},
                                                              {"project", t.seconds.project}}};
  for (const auto& [name, seconds] : phases) run.summary.phase(name, seconds, run.comm);
}

} // namespace ansatz::apps
