// SPDX-License-Identifier: Apache-2.0
/// Writes one result file the way an app does, failures included. usage: publisher FILE SEED POINTS [keep] [compress]; POINTS along every axis.
/// Every value of the field is SEED, or lies within the half above it where the field is compressed, so that a mixture of two files shows.
#include <ansatz/data/compression/compression.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/result_file.hpp>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace {

struct Wishes {
  bool keep = false;
  bool compress = false;
};

void write(const std::string& path, std::int64_t seed, std::int64_t points, Wishes wishes) {
  using namespace ansatz;
  ResultFile file(MPI_COMM_WORLD, path, {.overwrite = true, .keep_previous = wishes.keep});
  file.write_meta({.seed = seed, .config_json = "{}", .command_line = "publisher", .libraries = "none"});
  std::vector<double> axis(static_cast<std::size_t>(points));
  for (std::size_t i = 0; i < axis.size(); ++i) axis[i] = static_cast<double>(i);
  file.write_grid(axis, axis, axis, "m");
  const std::int64_t rank = rank_of(MPI_COMM_WORLD);
  const std::int64_t ranks = size_of(MPI_COMM_WORLD);
  const std::int64_t from = points * rank / ranks;
  const std::int64_t count = points * (rank + 1) / ranks - from;
  const FieldBlock block{
      .name = "v", .units = "1", .long_name = "seed", .dims = {points, points, points}, .start = {from, 0, 0}, .count = {count, points, points}};
  std::vector<double> values(static_cast<std::size_t>(count * points * points), static_cast<double>(seed));
  if (wishes.compress) {
    std::mt19937 noise(static_cast<std::uint32_t>(rank)); // what is smooth would not fill a disk
    for (double& v : values) v += 0x1p-33 * static_cast<double>(noise());
    (void)file.write_field(block, values, *read_compression("abs=1e-12"));
  } else {
    file.write_field(block, values);
  }
  file.write_solver({.name = "none", .reason = "converged_rtol", .converged = true, .history = {1, 0}}, true);
  file.publish();
}

} // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  if (argc < 4) {
    std::fprintf(stderr, "usage: publisher FILE SEED POINTS [keep] [compress]\n");
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  Wishes wishes;
  for (int i = 4; i < argc; ++i) (std::string(argv[i]) == "keep" ? wishes.keep : wishes.compress) = true;
  try {
    write(argv[1], std::strtol(argv[2], nullptr, 10), std::strtol(argv[3], nullptr, 10), wishes);
  } catch (const ansatz::Error& e) {
    if (ansatz::rank_of(MPI_COMM_WORLD) == 0) std::fprintf(stderr, "%s: %s\n", e.reason().c_str(), e.what());
    ansatz::abandon(MPI_COMM_WORLD, static_cast<int>(e.code()));
  }
  MPI_Finalize();
  return 0;
}
