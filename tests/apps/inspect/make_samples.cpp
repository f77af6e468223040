// SPDX-License-Identifier: Apache-2.0
/// make_samples FOLDER: files for the tests of ansatz-inspect, all of known content.
///   result.h5      pressure and temperature on 20 x 24 x 32 cells around a sphere under a free surface, two solvers, phases
///   layer.h5       one layer on an uneven grid, a field with a NaN, no solver
///   series.h5      five frames of smoke that rises past a sphere below open air, on 24 x 20 x 32 cells; a record for each of ten steps
///   model.h5, checkpoint.h5
#include <ansatz/data/checkpoint.hpp>
#include <ansatz/data/model_file.hpp>
#include <ansatz/data/result_file.hpp>
#include <ansatz/data/series_file.hpp>

#include <mpi.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>

namespace {

using namespace ansatz;

const Meta meta{.seed = 7, .threads = 1, .config_json = "{}", .command_line = "ansatz-poisson --seed 7", .libraries = "HDF5 1.10"};

std::vector<double> centres(std::int64_t n, double step) {
  std::vector<double> points;
  for (std::int64_t i = 0; i < n; ++i) points.push_back((static_cast<double>(i) + 0.5) * step);
  return points;
}

SolverRecord solver(const std::string& name, double factor, std::int64_t iterations, bool converged) {
  SolverRecord record{.name = name,
                      .reason = converged ? "converged_rtol" : "max_iterations",
                      .converged = converged,
                      .iterations = iterations,
                      .unknowns = 15360,
                      .tolerance = 1e-6,
                      .setup_seconds = 0.125,
                      .solve_seconds = 0.01 * static_cast<double>(iterations),
                      .bytes_peak = 3 << 20};
  for (std::int64_t i = 0; i <= iterations; ++i) {
    record.history.push_back(std::pow(factor, static_cast<double>(i)));
    record.history_seconds.push_back(0.01 * static_cast<double>(i));
  }
  record.relative_residual = record.history.back();
  return record;
}

void write_result(const std::string& path) {
  constexpr std::int64_t nz = 20;
  constexpr std::int64_t ny = 24;
  constexpr std::int64_t nx = 32;
  const auto x = centres(nx, 0.125);
  const auto y = centres(ny, 0.125);
  const auto z = centres(nz, 0.125);
  std::vector<double> pressure;
  std::vector<double> temperature;
  std::vector<std::uint8_t> flags;
  for (const double c : z)
    for (const double b : y)
      for (const double a : x) {
        const double r = std::hypot(std::hypot(a - 2, b - 1.5), c - 1.25);
        const bool solid = r < 0.6;
        const bool air = c > 2.1 + 0.2 * std::sin(3 * a);
        flags.push_back(static_cast<std::uint8_t>(solid ? 1 : air ? 3 : 2));
        pressure.push_back(solid || air ? 0 : (2.2 - c) + 0.4 * (2 - a) / (r * r));
        temperature.push_back(300 + 10 * a + b);
      }
  ResultFile file(MPI_COMM_SELF, path, {.overwrite = true});
  file.write_meta(meta);
  file.write_grid(x, y, z, "m");
  FieldBlock block{.name = "pressure", .units = "Pa", .long_name = "pressure", .dims = {nz, ny, nx}, .count = {nz, ny, nx}};
  file.write_field(block, pressure);
  block.name = "temperature";
  block.units = "K";
  block.long_name = "it's a \"temperature\" $(of) `sorts`";
  file.write_field(block, temperature);
  block.name = "flags";
  block.units = "1";
  block.long_name = "cell kind";
  file.write_field(block, flags);
  file.write_solver(solver("mgcg", 0.2, 9, true), true);
  file.write_solver(solver("cg+jacobi", 0.9, 60, false), false);
  file.write_phases({{"setup", 0.25}, {"solve", 0.5}});
  file.publish();
}

/// One frame: smoke around a height that grows with time, cells, and a right-hand side, 0 where no cell is fluid.
void write_smoke(ResultFile& file, const Grid& grid, double time) {
  std::vector<double> density;
  std::vector<double> rhs;
  std::vector<std::uint8_t> flags;
  for (const double c : grid.z)
    for (const double b : grid.y)
      for (const double a : grid.x) {
        const double x = a - 0.375;
        const double y = b - 0.3125;
        const bool solid = std::hypot(std::hypot(x, y), c - 0.55) < 0.13;
        const bool air = c > grid.z.back() - 0.01;
        flags.push_back(static_cast<std::uint8_t>(solid ? 1 : air ? 3 : 2));
        const double rise = c - 0.2 - 0.5 * time;
        density.push_back(solid || air ? 0 : std::exp(-(x * x + y * y) / 0.02 - rise * rise / 0.03));
        rhs.push_back(solid || air ? 0 : std::sin(9 * a + time) * std::cos(7 * b) * (1 + c));
      }
  FieldBlock block{.name = "density", .units = "kg/m^3", .long_name = "density of smoke", .dims = {32, 20, 24}, .count = {32, 20, 24}};
  file.write_field(block, density);
  block.name = "rhs";
  file.write_field(block, rhs);
  block.name = "flags";
  file.write_field(block, flags);
}

void write_series(const std::string& path) {
  const Grid grid{.x = centres(24, 0.03125), .y = centres(20, 0.03125), .z = centres(32, 0.03125), .time = {}, .units = "m"};
  SeriesFile series(MPI_COMM_SELF, path, meta, grid, {{"divergence", "1/s", "largest divergence"}, {"iterations", "1", "of the pressure solve"}});
  for (std::int64_t step = 1; step <= 10; ++step) {
    const double time = 0.125 * static_cast<double>(step);
    series.record(step, time, {std::pow(0.5, static_cast<double>(step)), 7.0 + static_cast<double>(step % 2)});
    if (step % 2 == 0) series.write_frame(step, time, [&](ResultFile& frame) { write_smoke(frame, grid, time); });
  }
}

void write_layer(const std::string& path) {
  const std::vector<double> x{0, 1, 3, 6};
  const std::vector<double> y{-1, -3, -4};
  const std::vector<double> z{0};
  std::vector<double> values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  values[5] = std::numeric_limits<double>::quiet_NaN();
  ResultFile file(MPI_COMM_SELF, path, {.overwrite = true});
  file.write_meta(meta);
  file.write_grid(x, y, z, "m");
  file.write_field({.name = "v", .units = "", .long_name = "layer", .dims = {1, 3, 4}, .count = {1, 3, 4}}, values);
  file.publish();
}

void write_others(const std::string& folder) {
  const Model model{.name = "voxmg-weights",
                    .version = 3,
                    .description_json = "{}",
                    .arrays = {{"w", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}}},
                    .loss_history = {3, 2, 1}};
  write_model(folder + "/model.h5", model, meta, {.overwrite = true});
  CheckpointWriter checkpoint(MPI_COMM_SELF, folder + "/checkpoint.h5", meta);
  checkpoint.array("x", std::vector<double>{1, 2, 3});
  checkpoint.publish();
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2 || MPI_Init(&argc, &argv) != MPI_SUCCESS) return 2;
  const std::string folder = argv[1];
  try {
    write_result(folder + "/result.h5");
    write_layer(folder + "/layer.h5");
    write_series(folder + "/series.h5");
    write_others(folder);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    abandon(MPI_COMM_SELF, 1);
  }
  MPI_Finalize();
  return 0;
}
