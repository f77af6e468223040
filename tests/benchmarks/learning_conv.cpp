// SPDX-License-Identifier: Apache-2.0
// Speed of the convolution kernels against what this processor can do, and time of a training sample of a direction network.
//   bench_learning_conv --sizes 32,64 --channels 16 --repeats 9 --network from64 --network-size 32 --threads 1 --json out.json
// GFLOP/s count 54 in out flops a voxel for each of forward, backward with respect to data and to weights. Roof: AVX2 fused multiply-adds of one
// thread from registers, in the same run; the convolution's intensity (108 flops a byte at 16 channels) keeps it below that one, not below the
// memory's.
// A training sample: forward, loss with A = the 7-point Laplacian, backward, everything recorded, float32. The order of competitors changes with
// every repetition.
#include "race.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/instruction_set.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/learning/gradient.hpp>
#include <ansatz/learning/layers/convolution_kernels.hpp>
#include <ansatz/learning/losses/direction_loss.hpp>
#include <ansatz/learning/networks/direction_network.hpp>
#include <ansatz/learning/random.hpp>

#include <dlfcn.h>
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

namespace {

using namespace ansatz;
using namespace ansatz::learning;
using apps::OptionKind;
using apps::Tree;
using benchmarks::race;

struct Contestant {
  std::string name;
  double flops; ///< of one run
  std::function<void()> run;
  std::vector<double> times{};
};

void report(apps::RunContext& run, const Contestant& c) {
  const double rate = c.flops / apps::quantile(c.times, 0.5) * 1e-9;
  Tree entry = Tree::object();
  entry["name"] = Tree::of(c.name);
  entry["flops"] = Tree::of(c.flops);
  entry["gflops"] = Tree::of(rate);
  entry["seconds"] = apps::statistics(c.times);
  run.summary.add_result(entry);
  char line[120];
  std::snprintf(line, sizeof line, "%-36s %10.6f %8.1f", c.name.c_str(), apps::quantile(c.times, 0.5), rate);
  run.progress.say(line);
}

constexpr int fma_rounds = 2'000'000;
constexpr int chains = 12; // more than latency times throughput

__attribute__((target("avx2,fma"))) void multiply_adds() {
  __m256 a[chains];
  for (int i = 0; i < chains; ++i) a[i] = _mm256_set1_ps(1.0F + static_cast<float>(i));
  const __m256 b = _mm256_set1_ps(0.999F);
  for (int r = 0; r < fma_rounds; ++r)
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) a[i] = _mm256_fmadd_ps(a[i], b, b);
  volatile float sink = 0;
  for (int i = 0; i < chains; ++i) sink = sink + _mm256_cvtss_f32(a[i]);
}

std::vector<float> random_values(std::int64_t n, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(2 * uniform(seed, 1, i) - 1);
  return values;
}

void convolutions(apps::RunContext& run, std::int64_t n) {
  const std::int64_t channels = run.config.get_int("channels");
  const Shape s{1, channels, n, n, n};
  const auto x = random_values(s.size(), 1);
  const auto dy = random_values(s.size(), 2);
  const auto w = random_values(channels * channels * 27, 3);
  const auto bias = random_values(channels, 4);
  std::vector<float> y(x.size()), dx(x.size()), dw(w.size()), dbias(bias.size());
  const double flops = 54.0 * static_cast<double>(channels * s.size());
  std::vector<Contestant> field;
  for (const std::string& name : {std::string("onednn"), std::string("direct")}) {
    const auto kernels = make_convolution_kernels<float>(name);
    const std::string label = name + " " + std::to_string(n) + "^3 ";
    field.push_back(
        {label + "forward", flops, [&, kernels] { kernels->forward(s, channels, x.data(), w.data(), bias.data(), Activation::relu, y.data()); }});
    field.push_back({label + "backward_data", flops, [&, kernels] { kernels->backward_data(s, channels, w.data(), dy.data(), dx.data()); }});
    field.push_back(
        {label + "backward_weights", flops, [&, kernels] { kernels->backward_weights(s, channels, x.data(), dy.data(), dw.data(), dbias.data()); }});
  }
  race(field, run.config.get_int("repeats"));
  for (const Contestant& c : field) report(run, c);
}

/// -Laplacian with zeros around the box.
void laplacian(std::int64_t n, std::span<const double> x, std::span<double> y) {
  const auto at = [&](std::int64_t k, std::int64_t j, std::int64_t i) {
    const bool inside = std::min({i, j, k}) >= 0 && std::max({i, j, k}) < n;
    return inside ? x[static_cast<std::size_t>((k * n + j) * n + i)] : 0.0;
  };
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < n; ++i)
        y[static_cast<std::size_t>((k * n + j) * n + i)] =
            6 * at(k, j, i) - at(k - 1, j, i) - at(k + 1, j, i) - at(k, j - 1, i) - at(k, j + 1, i) - at(k, j, i - 1) - at(k, j, i + 1);
}

void training(apps::RunContext& run) {
  const std::string network = run.config.get_text("network");
  const std::int64_t n = run.config.get_int("network_size");
  const Shape s{1, 1, n, n, n};
  std::vector<float> b = random_values(s.size(), 5);
  double norm = 0;
  for (const float v : b) norm += static_cast<double>(v) * static_cast<double>(v);
  for (float& v : b) v = static_cast<float>(static_cast<double>(v) / std::sqrt(norm));
  const std::vector<double> wide(b.begin(), b.end());
  std::vector<Contestant> field;
  std::int64_t peak = 0;
  for (const std::string& name : {std::string("onednn"), std::string("direct")}) {
    const auto net = std::make_shared<Network<float>>(direction_network<float>(network, make_convolution_kernels<float>(name)));
    const auto arena = std::make_shared<Arena<float>>(net->layout);
    initialise(*arena, 1);
    const Stack<float> input{from_plain<float>(Memory::real(), s, b)};
    const Plan plan = store_all(static_cast<std::int64_t>(net->chain.size()));
    peak = price(net->chain, plan, {s}).peak_bytes;
    const Seed<float> seed = [n, wide](const Stack<float>& value) -> Stack<float> {
      const std::vector<double> f(value[0].values().begin(), value[0].values().end());
      std::vector<double> gradient(f.size());
      (void)direction_loss([n](auto x, auto y) { laplacian(n, x, y); }, wide, f, gradient);
      return {value[0].make(value[0].shape(), [&](float* out) {
        std::transform(gradient.begin(), gradient.end(), out, [](double v) { return static_cast<float>(v); });
      })};
    };
    const std::string label = name + " " + network + " " + std::to_string(n) + "^3 ";
    const double flops = (network == "from64" ? 121856.0 : 184064.0) * static_cast<double>(s.size());
    field.push_back({label + "forward", flops, [=] { (void)evaluate<float>(net->chain, input, std::as_const(*arena).parameters()); }});
    field.push_back({label + "training_sample", 3 * flops,
                     [=] { (void)gradient<float>(net->chain, plan, input, seed, std::as_const(*arena).parameters(), arena->gradients()); }});
  }
  race(field, run.config.get_int("repeats"));
  for (const Contestant& c : field) report(run, c);
  run.summary.set("store_all_peak_bytes", Tree::of(peak));
}

/// oneDNN takes all cores unless told otherwise.
void set_threads(std::int64_t threads) {
  using Setter = void (*)(int);
  if (auto* set = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"))) set(static_cast<int>(threads));
}

apps::Outcome body(apps::RunContext& run) {
  set_threads(run.config.get_int("run.threads"));
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  run.progress.say("                                        seconds  GFLOP/s (medians)");
  if (runs(InstructionSet::avx2)) {
    std::vector<Contestant> roof{{"fma_avx2", 16.0 * chains * fma_rounds, multiply_adds}};
    race(roof, run.config.get_int("repeats"));
    report(run, roof.front());
  }
  for (const std::int64_t n : run.config.get_int_list("sizes")) convolutions(run, n);
  training(run);
  run.summary.set("triad_bytes_a_second", Tree::of(apps::triad_bandwidth()));
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = OptionKind;
  return {
      .name = "bench_learning_conv",
      .summary = "Measure convolution kernels and the training of a direction network.",
      .options = {{.path = "sizes",
                   .kind = K::integer_list,
                   .fallback = "[32, 64]",
                   .sentence = "voxels an edge",
                   .minimum = 1,
                   .maximum = 512,
                   .min_length = 1,
                   .flag = "--sizes"},
                  {.path = "channels", .kind = K::integer, .fallback = "16", .sentence = "channels in and out", .minimum = 1, .flag = "--channels"},
                  {.path = "repeats", .kind = K::integer, .fallback = "9", .sentence = "repetitions", .minimum = 1, .flag = "--repeats"},
                  {.path = "network",
                   .kind = K::choice,
                   .fallback = "\"from64\"",
                   .sentence = "direction network",
                   .choices = {"from64", "from128"},
                   .flag = "--network"},
                  {.path = "network_size",
                   .kind = K::integer,
                   .fallback = "32",
                   .sentence = "voxels an edge of a training sample, even",
                   .minimum = 2,
                   .flag = "--network-size"}},
      .examples = {"bench_learning_conv --sizes 32,64 --repeats 9 --json out.json"}};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
