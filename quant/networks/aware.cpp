// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/layers/images.hpp>
#include <ansatz/quant/networks/aware.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace ansatz::quant {

namespace {

using learning::Layout;
using learning::Recorded;
using learning::Tensor;

float largest_magnitude_of(std::span<const float> x) {
  float most = 0;
  for (const float v : x) most = std::max(most, std::abs(v));
  return most > 0 ? most : 1.0F;
}

std::int64_t offset_of(const Layout& layout, const std::string& name) {
  for (const learning::Block& b : layout.blocks())
    if (b.name == name) return b.offset;
  throw InternalError("internal", "the layout has no block " + name);
}

/// A layer whose weights are rounded on their way in.
template <class L>
class AwareLinear {
public:
  using Scalar = float;
  using In = Tensor<float>;
  using Out = Tensor<float>;
  using Residual = typename L::Residual;
  static constexpr bool exact_adjoint = false;

  AwareLinear(Layout& layout, const std::string& name, std::int64_t in, std::int64_t out, std::int64_t side,
              std::shared_ptr<learning::LinearKernels<float>> kernels, const AwareOptions& options)
      : layer_(layout, name, in, out, side, std::move(kernels)), rounder_(options, true), weight_(offset_of(layout, name + ".weight")),
        size_(out * side * side * in),
        point_(layout.add({.name = name + ".weight.integer_bits",
                           .shape = {1},
                           .trainable = options.format == AwareFormat::fixed || options.format == AwareFormat::step})) {}

  [[nodiscard]] Out get(const In& x, std::span<const float> p) const { return layer_.get(x, rounded(p)); }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const float> p) const { return layer_.forward(x, rounded(p)); }
  [[nodiscard]] In backward(Residual m, const Out& dy, std::span<const float> p, std::span<float> g) const {
    std::vector<float> slope(g.size());
    In dx = layer_.backward(std::move(m), dy, rounded(p), slope);
    const std::span<float> of_weights = part(std::span<float>(slope));
    slope[static_cast<std::size_t>(point_)] = rounder_.backward(part(p), p[static_cast<std::size_t>(point_)], of_weights);
    for (std::size_t i = 0; i < g.size(); ++i) g[i] += slope[i];
    return dx;
  }

private:
  template <class S>
  [[nodiscard]] S part(S all) const {
    return all.subspan(static_cast<std::size_t>(weight_), static_cast<std::size_t>(size_));
  }
  [[nodiscard]] std::vector<float> rounded(std::span<const float> p) const {
    std::vector<float> other(p.begin(), p.end());
    if (!p.empty()) rounder_.forward(part(p), p[static_cast<std::size_t>(point_)], part(std::span<float>(other)));
    return other;
  }

  L layer_;
  Rounder rounder_;
  std::int64_t weight_;
  std::int64_t size_;
  std::int64_t point_;
};

class RoundedActivations {
public:
  using Scalar = float;
  using In = Tensor<float>;
  using Out = Tensor<float>;
  using Residual = Tensor<float>;
  static constexpr bool exact_adjoint = false;

  RoundedActivations(Layout& layout, const std::string& name, const AwareOptions& options)
      : rounder_(options, false), point_(layout.add({.name = name + ".activation.integer_bits", .shape = {1}})) {}

  [[nodiscard]] Out get(const In& x, std::span<const float> p) const {
    return x.make(x.shape(), [&](float* y) { rounder_.forward(x.values(), p[static_cast<std::size_t>(point_)], {y, x.values().size()}); });
  }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const float> p) const { return {x, get(x, p)}; }
  [[nodiscard]] In backward(Residual x, const Out& dy, std::span<const float> p, std::span<float> g) const {
    return dy.make(dy.shape(), [&](float* dx) {
      std::copy(dy.values().begin(), dy.values().end(), dx);
      const auto point = static_cast<std::size_t>(point_);
      g[point] += rounder_.backward(x.values(), p[point], {dx, dy.values().size()});
    });
  }

private:
  Rounder rounder_;
  std::int64_t point_;
};

} // namespace

std::vector<float> hot_codes(int low, int high, int hot) {
  std::set<int> sums{0};
  for (int term = 0; term < hot; ++term) {
    std::set<int> more = sums;
    for (const int sum : sums)
      for (int power = 1; power <= 2 * high; power *= 2)
        for (const int other : {sum + power, sum - power})
          if (other >= 2 * low && other <= 2 * high) more.insert(other);
    sums = std::move(more);
  }
  std::erase_if(sums, [&](int s) { return s < low || s > high + 1; });
  std::vector<float> codes;
  for (int q = low; q <= high; ++q)
    codes.push_back(static_cast<float>(*std::min_element(
        sums.begin(), sums.end(), [&](int a, int b) { return std::pair(std::abs(a - q), std::abs(a)) < std::pair(std::abs(b - q), std::abs(b)); })));
  return codes;
}

Rounder::Rounder(AwareOptions options, bool is_signed) : options_(options) {
  if (options.bits < 2 || options.bits > 8 || options.hot < 0 || options.hot > options.bits)
    throw UsageError("bad_value", std::to_string(options.bits) + " bits with " + std::to_string(options.hot) +
                                      " digits; 2 to 8 bits can be chosen, and at most as many digits");
  const int half = 1 << (options.bits - 1);
  const bool full = learns();
  low_ = static_cast<float>(!is_signed ? 0 : full ? -half : 1 - half);
  high_ = static_cast<float>(is_signed ? half - 1 : 2 * half - 1);
  if (options.hot > 0) hot_ = hot_codes(static_cast<int>(low_), static_cast<int>(high_), options.hot);
}

float Rounder::step(float j) const {
  const auto bits = static_cast<float>(options_.bits);
  return std::exp2((options_.format == AwareFormat::fixed ? std::ceil(j) : j) - bits);
}

float Rounder::code(float v) const {
  const float q = std::clamp(std::nearbyint(v), low_, high_);
  return hot_.empty() ? q : hot_[static_cast<std::size_t>(q - low_)];
}

void Rounder::forward(std::span<const float> x, float j, std::span<float> rounded) const {
  if (learns()) {
    const float s = step(j);
    for (std::size_t i = 0; i < x.size(); ++i) rounded[i] = s * code(x[i] / s);
    return;
  }
  const float most = largest_magnitude_of(x);
  const bool root = options_.format == AwareFormat::power;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float unit = std::abs(x[i]) / most;
    const float level = std::nearbyint(high_ * (root ? std::sqrt(unit) : unit)) / high_;
    rounded[i] = std::copysign(most * (root ? level * level : level), x[i]);
  }
}

float Rounder::backward(std::span<const float> x, float j, std::span<float> d) const {
  if (!learns()) return 0; // nothing is clipped, nothing is learned
  const float s = step(j);
  double by_point = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float v = x[i] / s;
    const bool inside = std::nearbyint(v) >= low_ && std::nearbyint(v) <= high_;
    const float slope = s * std::numbers::ln2_v<float> * (inside ? code(v) - v : v < 0 ? low_ : high_);
    by_point += static_cast<double>(d[i] * slope);
    if (!inside) d[i] = 0;
  }
  if (options_.format == AwareFormat::step) by_point /= std::sqrt(static_cast<double>(x.size()) * static_cast<double>(high_));
  return static_cast<float>(by_point);
}

float Rounder::start(std::span<const float> x) const {
  if (options_.format == AwareFormat::step) {
    double sum = 0;
    for (const float v : x) sum += static_cast<double>(std::abs(v));
    const double step = 2 * sum / static_cast<double>(x.size()) / std::sqrt(static_cast<double>(high_));
    return static_cast<float>(options_.bits + (step > 0 ? std::log2(step) : 0.0));
  }
  const int exponent = static_cast<int>(std::floor(std::log2(largest_magnitude_of(x))));
  return static_cast<float>(low_ < 0 ? 2 + exponent : 1 + exponent);
}

learning::Network<float> aware_network(const std::string& model, const AwareOptions& options,
                                       const std::shared_ptr<learning::LinearKernels<float>>& kernels) {
  using learning::Activation;
  using Plain = learning::Linear<float>;
  using Rectified = learning::Linear<float, Activation::relu>;
  learning::Network<float> net{.name = model};
  for (const learning::ImageLayer& l : learning::image_network_info(model).layers) {
    if (l.kind == learning::ImageLayer::Kind::max_pool) net.chain.emplace_back(l.name, learning::MaxPool<float>{});
    if (l.kind == learning::ImageLayer::Kind::flatten) net.chain.emplace_back(l.name, learning::Flatten<float>{});
    if (!l.is_linear()) continue;
    if (l.relu)
      net.chain.emplace_back(l.name, AwareLinear<Rectified>(net.layout, l.name, l.in, l.out, l.side(), kernels, options));
    else
      net.chain.emplace_back(l.name, AwareLinear<Plain>(net.layout, l.name, l.in, l.out, l.side(), kernels, options));
    if (l.relu && options.format == AwareFormat::fixed) net.chain.emplace_back(l.name + ".round", RoundedActivations(net.layout, l.name, options));
  }
  return net;
}

void start_binary_points(learning::Arena<float>& arena, const AwareOptions& options, float largest_activation) {
  const Rounder of_weights(options, true);
  const Rounder of_activations(options, false);
  const std::string ending = ".integer_bits";
  for (const learning::Block& b : arena.layout().blocks()) {
    if (!b.name.ends_with(ending)) continue;
    const std::string owner = b.name.substr(0, b.name.size() - ending.size());
    float start = of_activations.start({&largest_activation, 1});
    for (const learning::Block& weight : arena.layout().blocks())
      if (weight.name == owner) start = of_weights.start(arena.parameters(weight));
    arena.parameters(b)[0] = start;
  }
}

} // namespace ansatz::quant
