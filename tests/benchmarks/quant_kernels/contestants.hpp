// SPDX-License-Identifier: Apache-2.0
// What bench_quant_kernels lets race: products and convolutions of this project in every format, and of oneDNN and OpenBLAS.
#pragma once

#include <ansatz/quant/kernels/multiply.hpp>

#include <functional>
#include <string>
#include <vector>

namespace ansatz::benchmarks {

/// y = x w: the rows of a matrix, or the voxels of a grid with a window.
struct Problem {
  std::string name;
  quant::Grid grid;
  std::int64_t in, out;
  quant::Window window;
  [[nodiscard]] double operations() const { return 2.0 * static_cast<double>(grid.voxels() * in * out * static_cast<std::int64_t>(window)); }
};

struct Contestant {
  std::string name;
  std::string guarantee;                      ///< of the int32 sums; of peers empty
  std::function<void()> run;                  ///< once
  std::function<std::vector<float>()> result; ///< of the last run
  const quant::TileKernel* kernel = nullptr;  ///< whose peak bounds it; of peers null
  double peak_operations = 0;                 ///< of one step of that peak
};

/// Seeded operands in [-1, 1), activations made non-negative where `positive`.
[[nodiscard]] std::vector<float> operands(std::int64_t count, std::uint64_t seed, bool positive);

/// Formats of this project, each "NAME" (activations are codes already) and, with conversion from float32 inside, "NAME with conversion".
[[nodiscard]] std::vector<Contestant> own_contestants(const quant::KernelTable& table, const Problem& problem);
/// "oneDNN f32", "oneDNN u8s8", "oneDNN s8s8", "oneDNN bf16", and "OpenBLAS f32" for matrices; those that the machine cannot run are left out.
[[nodiscard]] std::vector<Contestant> peer_contestants(const Problem& problem);

/// The product in double, by plain loops: what all results are compared with.
[[nodiscard]] std::vector<double> exact_result(const Problem& problem, std::int64_t first, std::int64_t count);

} // namespace ansatz::benchmarks
