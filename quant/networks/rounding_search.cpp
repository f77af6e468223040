// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>
#include <ansatz/learning/optimisers/schedule.hpp>
#include <ansatz/quant/networks/rounding_search.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

extern "C" {
void dpotrf_(const char*, const int*, double*, const int*, int*);
void dpotri_(const char*, const int*, double*, const int*, int*);
}

namespace ansatz::quant {

namespace {

constexpr std::array names{"nearest", "adaround", "gptq", "learned", "descent"};

double logistic(double u) { return 1 / (1 + std::exp(-u)); }

/// The weights of the best D so far.
struct Best {
  std::vector<float> weights;
  double error;

  void offer(const std::vector<float>& other, double its_error) {
    if (its_error < error) {
      weights = other;
      error = its_error;
    }
  }
};

/// The two levels around every weight.
struct Neighbours {
  std::vector<float> low;
  std::vector<float> gap;

  Neighbours(const LinearLayer& layer, const WeightLevels& levels) {
    for (std::int64_t o = 0; o < layer.out; ++o)
      for (const float w : layer.row(o)) {
        const std::size_t j = levels.below(o, w);
        low.push_back(levels.level(o, j));
        gap.push_back(levels.level(o, j + 1) - low.back());
      }
  }
};

/// Slope of adaround's loss at the variables u.
void adaround_slope(const Neighbours& n, const LayerError& error, float scale, float lambda, float beta, std::span<const float> u,
                    std::span<float> slope) {
  std::vector<float> v(u.size()), g(u.size());
  for (std::size_t i = 0; i < u.size(); ++i) {
    slope[i] = 1 / (1 + std::exp(-u[i]));
    v[i] = n.low[i] + std::clamp(1.2F * slope[i] - 0.1F, 0.0F, 1.0F) * n.gap[i];
  }
  (void)error.gradient(v, g);
  for (std::size_t i = 0; i < u.size(); ++i) {
    const float s = slope[i];
    const float m = 2.4F * s - 1.2F; // 2 h - 1
    const float push =
        lambda > 0 ? -2 * lambda * beta * std::pow(std::abs(m), beta - 1) * (m > 0 ? 1.0F : -1.0F) / static_cast<float>(u.size()) : 0.0F;
    slope[i] = std::abs(m) < 1 ? 1.2F * s * (1 - s) * (scale * g[i] * n.gap[i] + push) : 0.0F;
  }
}

std::vector<float> adaround(const LinearLayer& layer, const LayerError& error, const WeightLevels& levels, int steps, double energy, Best best) {
  const Neighbours n(layer, levels);
  learning::Layout layout;
  layout.add({.name = "u", .shape = {static_cast<std::int64_t>(layer.weight.size())}});
  learning::Arena<float> arena(layout);
  learning::Adam<float> adam(layout);
  const learning::Block& block = arena.layout().blocks().front();
  const std::span<float> u = arena.parameters(block);
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double h = std::clamp(static_cast<double>((layer.weight[i] - n.low[i]) / n.gap[i]), 0.01, 0.99);
    u[i] = static_cast<float>(-std::log(1.2 / (h + 0.1) - 1));
  }
  const auto scale = static_cast<float>(2 / energy);
  for (int k = 0; k < steps; ++k) {
    const double done = std::max(0.0, (k - 0.2 * steps) / (0.8 * steps));
    const double beta = 2 + 18 * (1 + std::cos(std::numbers::pi * done)) / 2;
    adaround_slope(n, error, scale, k < steps / 5 ? 0.0F : 0.5F, static_cast<float>(beta), u, arena.gradients(block));
    (void)adam.step(arena, 0.03);
  }
  std::vector<float> v(u.size());
  for (std::size_t i = 0; i < u.size(); ++i) v[i] = n.low[i] + (u[i] >= 0 ? n.gap[i] : 0.0F);
  best.offer(v, error.value(v));
  return best.weights;
}

/// H^-1 = U^T U as the columns need it: U[j][i], i >= j, row-major. H + 1 % of its mean diagonal is positive definite.
std::vector<double> spread_factors(std::span<const float> h, std::int64_t length) {
  const int n = static_cast<int>(length);
  const auto k = static_cast<std::size_t>(length);
  std::vector<double> a(h.begin(), h.end());
  double mean = 0;
  for (std::size_t i = 0; i < k; ++i) mean += a[i * k + i] / static_cast<double>(length);
  for (std::size_t i = 0; i < k; ++i) a[i * k + i] += std::max(0.01 * mean, 1e-20);
  int info = 0;
  // LAPACK's matrices are column-major: its lower triangle is the upper one of these rows, L is U^T.
  dpotrf_("L", &n, a.data(), &n, &info);
  if (info == 0) dpotri_("L", &n, a.data(), &n, &info);
  if (info == 0) dpotrf_("L", &n, a.data(), &n, &info);
  if (info != 0) throw InternalError("internal", "LAPACK: the moments of a layer are not positive definite (" + std::to_string(info) + ")");
  return a;
}

std::vector<float> gptq(const LinearLayer& layer, const LayerError& error, const WeightLevels& levels, Best best) {
  if (error.curvature().empty()) return best.weights;
  const std::vector<double> u = spread_factors(error.curvature(), layer.length());
  const auto k = static_cast<std::size_t>(layer.length());
  std::vector<float> v(layer.weight.size());
  std::vector<double> w(k);
  for (std::int64_t o = 0; o < layer.out; ++o) {
    const std::span<const float> row = layer.row(o);
    std::copy(row.begin(), row.end(), w.begin());
    for (std::size_t j = 0; j < k; ++j) {
      const auto at = static_cast<float>(w[j]);
      const float level = levels.level(o, levels.nearest(o, at));
      v[static_cast<std::size_t>(o) * k + j] = level;
      const double e = (w[j] - static_cast<double>(level)) / u[j * k + j];
      for (std::size_t i = j + 1; i < k; ++i) w[i] -= e * u[j * k + i];
    }
  }
  best.offer(v, error.value(v));
  return best.weights;
}

/// What the codes 0..L stand for at an exponent, and the derivatives of that.
struct PowerCodes {
  std::vector<float> magnitude;   ///< (q / L)^(1/a)
  std::vector<float> slope;       ///< by q; that of 1/2 at 0, where it would vanish and hold the code for ever
  std::vector<float> by_exponent; ///< by a

  PowerCodes(int most, double exponent) {
    for (int q = 0; q <= most; ++q) {
      const double part = q / static_cast<double>(most);
      magnitude.push_back(static_cast<float>(std::pow(part, 1 / exponent)));
      slope.push_back(static_cast<float>(std::pow(std::max(part, 0.5 / most), 1 / exponent - 1) / (exponent * most)));
      by_exponent.push_back(q == 0 ? 0.0F : static_cast<float>(-std::pow(part, 1 / exponent) * std::log(part) / (exponent * exponent)));
    }
  }
};

std::vector<float> learned(const LinearLayer& layer, const LayerError& error, WeightLevels& levels, int steps, double energy, Best best) {
  if (levels.kind == LevelShape::codebook) throw UsageError("bad_value", "a codebook has no exponent to learn; choose the levels power or uniform");
  const bool with_exponent = levels.kind == LevelShape::power;
  const auto k = static_cast<std::size_t>(layer.length());
  learning::Layout layout;
  layout.add({.name = "codes", .shape = {static_cast<std::int64_t>(layer.weight.size())}});
  layout.add({.name = "exponent", .shape = {1}, .trainable = with_exponent});
  learning::Arena<float> arena(layout);
  learning::Adam<float> adam(layout);
  const learning::Block codes = arena.layout().blocks()[0];
  const learning::Block exponent = arena.layout().blocks()[1];
  const std::span<float> c = arena.parameters(codes);
  float& t = arena.parameters(exponent)[0];
  const int most = (1 << (levels.bits - 1)) - 1;
  const auto top = static_cast<float>(most);
  const double start = std::clamp(levels.exponent - 0.2, 0.01, 0.99);
  t = static_cast<float>(std::log(start / (1 - start)));
  for (std::size_t i = 0; i < c.size(); ++i) {
    const float x = layer.weight[i] / levels.clip[i / k];
    c[i] = std::copysign(top * std::pow(std::min(1.0F, std::abs(x)), static_cast<float>(levels.exponent)), x);
  }
  std::vector<float> v(c.size()), g(c.size());
  std::vector<std::uint8_t> q(c.size());
  double best_exponent = levels.exponent;
  for (int step = 0; step < steps; ++step) {
    const double exponent_now = with_exponent ? 0.2 + logistic(static_cast<double>(t)) : 1.0;
    const PowerCodes power(most, exponent_now);
    for (std::size_t i = 0; i < c.size(); ++i) {
      c[i] = std::clamp(c[i], -top, top);
      q[i] = static_cast<std::uint8_t>(std::lround(std::abs(c[i])));
      v[i] = std::copysign(levels.clip[i / k] * power.magnitude[q[i]], c[i]);
    }
    const double value = error.gradient(v, g);
    if (value < best.error) best_exponent = exponent_now;
    best.offer(v, value);
    double by_exponent = 0;
    const auto scale = static_cast<float>(2 / energy);
    const std::span<float> slope = arena.gradients(codes);
    for (std::size_t i = 0; i < c.size(); ++i) {
      const float d = scale * g[i] * levels.clip[i / k];
      slope[i] = d * power.slope[q[i]];
      by_exponent += static_cast<double>(d * std::copysign(power.by_exponent[q[i]], c[i]));
    }
    const double s = logistic(static_cast<double>(t));
    arena.gradients(exponent)[0] = static_cast<float>(by_exponent * s * (1 - s));
    (void)adam.step(arena, learning::cosine_rate(0.03, step, steps));
  }
  if (with_exponent && best_exponent != levels.exponent) {
    levels.exponent = best_exponent;
    levels.shape = power_shape(levels.bits, best_exponent);
  }
  return best.weights;
}

/// One sweep over the coordinates of a row; the number of changes. \param g  V H - t of the row, kept up to date
int sweep_row(std::int64_t o, const LayerError& error, const WeightLevels& levels, std::span<float> v, std::span<float> g) {
  const std::size_t k = v.size();
  const std::span<const float> h = error.curvature();
  int changes = 0;
  for (std::size_t j = 0; j < k; ++j) {
    const float diagonal = h[j * k + j];
    if (!(diagonal > 0)) continue;
    // The parabola 2 d g + d^2 H is least at -g / H; the nearest level to that is the best one.
    const float level = levels.level(o, levels.nearest(o, v[j] - g[j] / diagonal));
    const float d = level - v[j];
    if (!(2 * d * g[j] + d * d * diagonal < -1e-7F * std::abs(d * g[j]))) continue;
    v[j] = level;
    for (std::size_t i = 0; i < k; ++i) g[i] += d * h[j * k + i];
    ++changes;
  }
  return changes;
}

std::vector<float> descent(const LinearLayer& layer, const LayerError& error, const WeightLevels& levels, Best best) {
  if (error.curvature().empty()) return best.weights;
  constexpr int most_sweeps = 12;
  std::vector<float> v = best.weights;
  std::vector<float> g(v.size());
  (void)error.gradient(v, g);
  const auto k = static_cast<std::size_t>(layer.length());
  for (std::int64_t o = 0; o < layer.out; ++o) {
    const auto at = static_cast<std::size_t>(o) * k;
    for (int sweep = 0; sweep < most_sweeps; ++sweep)
      if (sweep_row(o, error, levels, std::span(v).subspan(at, k), std::span(g).subspan(at, k)) == 0) break;
  }
  best.offer(v, error.value(v));
  return best.weights;
}

} // namespace

Search search_of(const std::string& name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i]) return static_cast<Search>(i);
  throw UsageError("bad_value", "no search of rounded weights is called " + name + did_you_mean(name, {names.begin(), names.end()}));
}

std::vector<float> search_rounding(Search search, const LinearLayer& layer, const LayerError& error, WeightLevels& levels, int steps) {
  Best best{round_to_nearest(layer, levels), 0.0};
  if (search == Search::nearest) return best.weights;
  best.error = error.value(best.weights);
  const double scale =
      std::max(std::abs(best.error), 1e-12) * error.energy(); // D of the nearest weights, so that rates and weights of terms fit all layers
  switch (search) {
    case Search::nearest: break;
    case Search::adaround: return adaround(layer, error, levels, steps, scale, std::move(best));
    case Search::gptq: return gptq(layer, error, levels, std::move(best));
    case Search::learned: return learned(layer, error, levels, steps, scale, std::move(best));
    case Search::descent: return descent(layer, error, levels, std::move(best));
  }
  return best.weights;
}

} // namespace ansatz::quant
