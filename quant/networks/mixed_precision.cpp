// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/gradient.hpp>
#include <ansatz/learning/image_batches.hpp>
#include <ansatz/learning/losses/cross_entropy.hpp>
#include <ansatz/learning/random.hpp>
#include <ansatz/quant/networks/mixed_precision.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ansatz::quant {

namespace {

/// Gradient of the mean loss of the first `count` images, left in the arena.
void mean_gradient(const learning::Network<float>& net, learning::Arena<float>& arena, const LabelledImages& images, std::int64_t count) {
  constexpr std::int64_t block = 64;
  const learning::Plan plan = learning::store_all(static_cast<std::int64_t>(net.chain.size()));
  const auto memory = learning::Memory::real();
  arena.clear_gradients();
  for (std::int64_t from = 0; from < count; from += block) {
    const auto numbers = learning::counted(from, std::min(from + block, count));
    const auto labels = std::span(images.labels).subspan(static_cast<std::size_t>(from), numbers.size());
    const learning::Seed<float> seed = [&](const learning::Stack<float>& value) -> learning::Stack<float> {
      const auto& logits = value.back();
      return {logits.make(logits.shape(), [&](float* slope) {
        (void)learning::cross_entropy<float>(logits.values(), labels, {slope, logits.values().size()});
        for (std::int64_t i = 0; i < logits.shape().size(); ++i) slope[i] /= static_cast<float>(count);
      })};
    };
    (void)learning::gradient<float>(net.chain, plan, {learning::as_tensor(memory, images, numbers)}, seed, std::as_const(arena).parameters(),
                                    arena.gradients());
  }
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += d * d;
  }
  return sum;
}

} // namespace

std::vector<double> mean_curvatures(const std::string& model, const learning::Arena<float>& trained, const LabelledImages& images, std::int64_t count,
                                    int probes, std::uint64_t seed) {
  const auto net = learning::image_network<float>(model);
  learning::Arena<float> arena = trained;
  std::vector<double> curvatures;
  for (const learning::Block& block : arena.layout().blocks()) {
    if (!block.decays) continue; // biases
    const std::span<float> w = arena.parameters(block);
    const std::vector<float> start(w.begin(), w.end());
    const double energy = std::inner_product(start.begin(), start.end(), start.begin(), 0.0);
    // One part in 50 of the weights: large against the rounding of float32 gradients, small against the radius of the loss.
    const auto step = static_cast<float>(0.02 * std::sqrt(energy / static_cast<double>(w.size())));
    double trace = 0;
    for (int probe = 0; probe < probes; ++probe)
      for (const float side : {1.0F, -1.0F}) {
        const auto sign = [&](std::size_t i) {
          return learning::uniform(seed + static_cast<std::uint64_t>(probe), learning::key_of(block.name), i) < 0.5 ? -1.0F : 1.0F;
        };
        for (std::size_t i = 0; i < w.size(); ++i) w[i] = start[i] + side * step * sign(i);
        mean_gradient(net, arena, images, count);
        const auto g = arena.gradients(block);
        for (std::size_t i = 0; i < w.size(); ++i) trace += static_cast<double>(side * sign(i) * g[i]) / (2.0 * static_cast<double>(step));
      }
    std::copy(start.begin(), start.end(), w.begin());
    curvatures.push_back(trace / probes / static_cast<double>(w.size()));
  }
  return curvatures;
}

std::vector<int> choose_bits(const Sequence& net, std::span<const double> curvatures, const LevelOptions& levels, const std::vector<int>& candidates,
                             double budget) {
  const std::size_t layers = net.linear.size();
  if (curvatures.size() != layers || candidates.empty() || std::pow(static_cast<double>(candidates.size()), static_cast<double>(layers)) > 1e6)
    throw UsageError("bad_value", std::to_string(curvatures.size()) + " curvatures and " + std::to_string(candidates.size()) + " candidates for " +
                                      std::to_string(layers) + " layers; one curvature a layer and at most 10^6 combinations");
  std::vector<std::vector<double>> omega(layers);
  double weights = 0;
  for (std::size_t l = 0; l < layers; ++l) {
    weights += static_cast<double>(net.linear[l].weight.size());
    for (const int bits : candidates) {
      LevelOptions o = levels;
      o.bits = bits;
      const std::vector<float> rounded = round_to_nearest(net.linear[l], choose_levels(net.linear[l], o));
      omega[l].push_back(std::max(curvatures[l], 0.0) * squared_distance(rounded, net.linear[l].weight));
    }
  }
  std::vector<std::size_t> digit(layers, 0), best;
  double least = std::numeric_limits<double>::infinity();
  for (bool more = true; more;) {
    double bits = 0;
    double loss = 0;
    for (std::size_t l = 0; l < layers; ++l) {
      bits += candidates[digit[l]] * static_cast<double>(net.linear[l].weight.size());
      loss += omega[l][digit[l]];
    }
    if (bits <= budget * weights && loss < least) {
      least = loss;
      best = digit;
    }
    std::size_t place = 0;
    while (place < layers && ++digit[place] == candidates.size()) digit[place++] = 0;
    more = place < layers;
  }
  if (best.empty()) throw UsageError("bad_value", "a budget of " + std::to_string(budget) + " bits a weight is below the fewest bits of all layers");
  std::vector<int> chosen;
  chosen.reserve(best.size());
  for (const std::size_t d : best) chosen.push_back(candidates[d]);
  return chosen;
}

} // namespace ansatz::quant
