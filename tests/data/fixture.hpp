// SPDX-License-Identifier: Apache-2.0
/// A scratch folder shared by the ranks, a small result file of distinct values on a non-cubic grid, and an independent reader (h5py).
#pragma once

#include <ansatz/data/result_file.hpp>

#include <boost/test/unit_test.hpp>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ansatz::tests {

inline constexpr std::array<std::int64_t, 3> dims{4, 3, 5}; // z, y, x: all different, so that a swapped axis shows

/// Folder under the system's temporary one, removed at the end. Collective.
class Scratch {
public:
  Scratch() : rank_(rank_of(MPI_COMM_WORLD)) {
    std::string name = (std::filesystem::temp_directory_path() / "ansatz_data_XXXXXX").string();
    if (rank_ == 0) BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    MPI_Bcast(name.data(), static_cast<int>(name.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
    folder_ = name;
  }
  ~Scratch() {
    MPI_Barrier(MPI_COMM_WORLD);
    std::error_code ignored;
    if (rank_ == 0) std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

private:
  int rank_;
  std::string folder_;
};

/// This rank's slab of the sample field: value k*100 + j*10 + i at (k, j, i).
inline FieldBlock sample_block(MPI_Comm comm, const std::string& name) {
  const std::int64_t from = dims[0] * rank_of(comm) / size_of(comm);
  const std::int64_t to = dims[0] * (rank_of(comm) + 1) / size_of(comm);
  return {
      .name = name, .units = "Pa", .long_name = name + " of the sample", .dims = dims, .start = {from, 0, 0}, .count = {to - from, dims[1], dims[2]}};
}

inline std::vector<double> sample_values(const FieldBlock& block) {
  std::vector<double> values;
  for (std::int64_t k = 0; k < block.count[0]; ++k)
    for (std::int64_t j = 0; j < block.count[1]; ++j)
      for (std::int64_t i = 0; i < block.count[2]; ++i)
        values.push_back(static_cast<double>((k + block.start[0]) * 100 + (j + block.start[1]) * 10 + i + block.start[2]));
  return values;
}

inline Meta sample_meta() {
  return {
      .seed = 42, .threads = 2, .config_json = R"({"solver": {"rtol": 1e-8}})", .command_line = "ansatz-poisson --seed 42", .libraries = "HDF5 1.10"};
}

inline SolverRecord sample_solver(const std::string& name) {
  return {.name = name,
          .reason = "converged_rtol",
          .converged = true,
          .iterations = 3,
          .unknowns = 60,
          .relative_residual = 2.5e-9,
          .tolerance = 1e-8,
          .setup_seconds = 0.25,
          .solve_seconds = 0.5,
          .bytes_peak = 123456789012,
          .history = {1, 0.5, 0.125, 2.5e-9},
          .history_seconds = {0, 0.125, 0.25, 0.5}};
}

/// A full result file: two fields, two solvers, phases.
inline void write_sample(MPI_Comm comm, const std::string& path, PublishOptions options = {}) {
  ResultFile file(comm, path, options);
  file.write_meta(sample_meta());
  const std::vector<double> x{0.5, 1.5, 2.5, 3.5, 4.5};
  const std::vector<double> y{0.25, 0.5, 0.75};
  const std::vector<double> z{-1, -2, -4, -8};
  file.write_grid(x, y, z, "m", 0.75);
  const auto block = sample_block(comm, "pressure");
  const auto values = sample_values(block);
  file.write_field(block, values);
  std::vector<std::uint8_t> flags;
  flags.reserve(values.size());
  for (const double value : values) flags.push_back(static_cast<std::uint8_t>(static_cast<int>(value) % 256));
  file.write_field(sample_block(comm, "flags"), flags);
  file.write_solver(sample_solver("dcdm"), true);
  file.write_solver(sample_solver("cg+gamg"), false);
  file.write_phases({{"setup", 1.0 + rank_of(comm)}, {"solve", 2.0}});
  file.publish();
}

/// Runs a Python program given on standard input with its arguments; true if it exits 0. On rank 0; the verdict is shared.
inline bool python(const std::string& program, const std::string& arguments) {
  int good = 0;
  if (rank_of(MPI_COMM_WORLD) == 0) {
    const std::string command = "/usr/bin/python3 - " + arguments;
    std::FILE* pipe = popen(command.c_str(), "w");
    BOOST_REQUIRE(pipe != nullptr);
    std::fwrite(program.data(), 1, program.size(), pipe);
    good = pclose(pipe) == 0;
  }
  MPI_Bcast(&good, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return good != 0;
}

/// Precondition: a Python with h5py.
inline boost::test_tools::assertion_result has_h5py(boost::unit_test::test_unit_id) {
  return std::system("/usr/bin/python3 -c 'import h5py' >/dev/null 2>&1") == 0; // NOLINT(bugprone-command-processor): a constant command
}

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

} // namespace ansatz::tests
