// SPDX-License-Identifier: Apache-2.0
// Speed of low-precision products and 3 x 3 and 3 x 3 x 3 convolutions against the float32 of oneDNN and OpenBLAS, one thread, one run.
// "of_peak": share of what the instructions of the inner loop give on registers alone (TileKernel::peak), measured after the repetitions of a
// problem; of float32 that of fused multiply-adds.
//   bench_quant_kernels --sizes 256,512,1024 --images 56 --boxes 32,64 --repeats 21 --json out.json
// GOP/s count 2 operations a product and sum. "times_f32": speed over the fastest float32 of the same problem. "relative_error": 2-norm against
// double, of the first rows. Peers read their own layouts, prepared outside the timing, and so do formats without "with conversion". The order
// changes with every repetition.
#include "contestants.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/version.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace {

using namespace ansatz;
using namespace ansatz::benchmarks;
using apps::OptionKind;
using apps::Tree;

double relative_error(const std::vector<float>& y, const std::vector<double>& exact) {
  double error = 0.0;
  double size = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    error += std::pow(static_cast<double>(y[i]) - exact[i], 2.0);
    size += exact[i] * exact[i];
  }
  return std::sqrt(error / size);
}

double seconds(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<std::vector<double>> race(std::vector<Contestant>& field, std::int64_t repeats) {
  std::vector<std::vector<double>> times(field.size());
  for (std::int64_t r = -2; r < repeats; ++r)
    for (std::size_t i = 0; i < field.size(); ++i) {
      const std::size_t c = (i + static_cast<std::size_t>(r + 2)) % field.size();
      const double taken = seconds(field[c].run);
      if (r >= 0) times[c].push_back(taken);
    }
  return times;
}

/// Operations a second of a loop on registers: the fastest of some tries, as other work on the machine can only slow it.
double peak_rate(void (*peak)(std::int64_t), double operations) {
  constexpr std::int64_t steps = 20000;
  double best = 1e9;
  for (int i = 0; i < 20; ++i) best = std::min(best, seconds([peak] { peak(steps); }));
  return operations * static_cast<double>(steps) / best;
}

void measure(apps::RunContext& run, const quant::KernelTable& table, const Problem& p) {
  std::vector<Contestant> field = peer_contestants(p);
  std::vector<Contestant> own = own_contestants(table, p);
  std::move(own.begin(), own.end(), std::back_inserter(field));
  const auto times = race(field, run.config.get_int("repeats"));
  double f32 = 0.0;
  for (std::size_t i = 0; i < field.size(); ++i)
    if (field[i].name.ends_with(" f32")) f32 = std::max(f32, 1.0 / apps::quantile(times[i], 0.5));
  const std::vector<double> exact = exact_result(p, 0, std::min<std::int64_t>(p.grid.voxels(), 8));
  const double f32_peak = peak_rate(table.f32_peak, 2.0 * 12 * table.f32_lanes);
  for (std::size_t i = 0; i < field.size(); ++i) {
    const quant::TileKernel* kernel = field[i].kernel;
    const double peak = kernel != nullptr ? peak_rate(kernel->peak, field[i].peak_operations) : field[i].name.ends_with(" f32") ? f32_peak : 0.0;
    const double median = apps::quantile(times[i], 0.5);
    const double error = relative_error(field[i].result(), exact);
    Tree entry = Tree::object();
    entry["problem"] = Tree::of(p.name);
    entry["name"] = Tree::of(field[i].name);
    entry["operations"] = Tree::of(p.operations());
    entry["gops"] = Tree::of(p.operations() / median * 1e-9);
    entry["times_f32"] = Tree::of(1.0 / (median * f32));
    if (peak > 0.0) {
      entry["peak_gops"] = Tree::of(peak * 1e-9);
      entry["of_peak"] = Tree::of(p.operations() / median / peak);
    }
    entry["relative_error"] = Tree::of(error);
    if (!field[i].guarantee.empty()) entry["guarantee"] = Tree::of(field[i].guarantee);
    entry["seconds"] = apps::statistics(times[i]);
    run.summary.add_result(entry);
    char line[160];
    std::snprintf(line, sizeof line, "%-18s %-24s %9.6f %8.1f %6.2f %7.2f  %.1e  %s", p.name.c_str(), field[i].name.c_str(), median,
                  p.operations() / median * 1e-9, 1.0 / (median * f32), peak > 0.0 ? p.operations() / median / peak : 0.0, error,
                  field[i].guarantee.c_str());
    run.progress.say(line);
  }
}

/// OpenBLAS and oneDNN take all cores unless told otherwise.
void set_threads(std::int64_t threads) {
  using Setter = void (*)(int);
  for (const char* name : {"omp_set_num_threads", "openblas_set_num_threads"})
    if (auto* set = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, name))) set(static_cast<int>(threads));
}

apps::Outcome body(apps::RunContext& run) {
  set_threads(1);
  const quant::KernelTable& table = quant::kernel_table(instruction_set());
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  run.summary.set("instruction_set", Tree::of(std::string(table.name)));
  run.progress.say("                                              seconds    GOP/s  x f32 of peak    error  (medians)");
  for (const std::int64_t n : run.config.get_int_list("sizes"))
    measure(run, table, {"product " + std::to_string(n), {1, 1, n}, n, n, quant::Window::point});
  for (const std::int64_t n : run.config.get_int_list("images"))
    measure(run, table, {"3x3 64 " + std::to_string(n) + "^2", {1, n, n}, 64, 64, quant::Window::square});
  for (const std::int64_t n : run.config.get_int_list("boxes"))
    measure(run, table, {"3x3x3 16 " + std::to_string(n) + "^3", {n, n, n}, 16, 16, quant::Window::cube});
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = OptionKind;
  const auto list = [](const char* path, const char* fallback, const char* sentence, const char* flag) {
    return apps::Option{.path = path,
                        .kind = K::integer_list,
                        .fallback = fallback,
                        .sentence = sentence,
                        .minimum = 1,
                        .maximum = 4096,
                        .min_length = 1,
                        .flag = flag};
  };
  return {.name = "bench_quant_kernels",
          .summary = "Measure products and convolutions in low precision.",
          .options = {list("sizes", "[256, 512, 1024]", "rows, inputs and outputs of a product", "--sizes"),
                      list("images", "[56]", "edges of images with 64 channels", "--images"),
                      list("boxes", "[32, 64]", "edges of boxes with 16 channels", "--boxes"),
                      {.path = "repeats", .kind = K::integer, .fallback = "21", .sentence = "repetitions", .minimum = 1, .flag = "--repeats"}},
          .examples = {"bench_quant_kernels --sizes 512 --repeats 21 --json out.json"}};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
