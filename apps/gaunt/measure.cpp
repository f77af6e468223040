// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include "peak.hpp"

#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/direct_table.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace ansatz::apps {

namespace {

using namespace ansatz::equivariant;
using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Above this degree the sparse table takes seconds to build.
constexpr int largest_sparse = 10;
constexpr std::size_t cached_bytes = 131'072; // of x, y and z; the gradients' arrays come to as much again

double flops_of(const std::string& method, int L, int l3) {
  if (method == "direct") {
    const DirectTable<double> table(L, L, l3);
    return 2.0 * static_cast<double>(2 * table.terms() + table.products());
  }
  if (method != "theta_mconv") return 0.0;
  const int rings = (2 * L + l3 + 2) / 2;
  const int pairs = (rings + 1) / 2;
  const auto legendre = [&](double l) { return pairs * (l + 1) * (l + 1) + 2 * pairs * (2 * l + 1); };
  double pairs_of_orders = 0;
  for (int v = 0; v <= std::min(l3, 2 * L); ++v) pairs_of_orders += 2 * L + 1 - v;
  return 2.0 * (2 * legendre(L) + legendre(l3) + rings * 4 * pairs_of_orders);
}

/// Signals of one degree, the buffers for their products, and a window that walks through them.
template <class T>
class Signals {
public:
  /// \param group  blocks taken together
  Signals(std::mt19937& random, int L, int l3, std::size_t blocks, std::size_t group)
      : blocks_(blocks), group_(group), x_(filled(random, L)), y_(filled(random, L)), g_(filled(random, l3)), z_(g_.size()), xbar_(x_.size()),
        ybar_(y_.size()) {}

  void multiply(const GauntPlan<T>& plan, std::span<T> work) {
    plan.execute(part<const T>(x_), part<const T>(y_), part<T>(z_), work);
    advance();
  }
  void differentiate(const GauntPlan<T>& plan, std::span<T> work) {
    plan.vjp(part<const T>(x_), part<const T>(y_), part<const T>(g_), part<T>(xbar_), part<T>(ybar_), work);
    advance();
  }
  /// Seconds a signal of f, again and again for `seconds`.
  template <class F>
  double time(double seconds, F&& f) const {
    const auto start = Clock::now();
    std::size_t count = 0;
    do {
      f();
      ++count;
    } while (since(start) < seconds);
    return since(start) / static_cast<double>(count * group_ * lanes<T>);
  }
  [[nodiscard]] const AlignedVector<T>& x() const { return x_; }
  [[nodiscard]] const AlignedVector<T>& y() const { return y_; }
  [[nodiscard]] const AlignedVector<T>& z() const { return z_; }

private:
  /// The first group is random, the others repeat it.
  AlignedVector<T> filled(std::mt19937& random, int degree) const {
    std::normal_distribution<double> normal;
    AlignedVector<T> a(signal_size(degree) * lanes<T> * blocks_);
    const std::size_t own = a.size() / blocks_ * group_;
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = i < own ? static_cast<T>(normal(random)) : a[i - own];
    return a;
  }
  template <class U, class V>
  std::span<U> part(V& a) const {
    const std::size_t block = a.size() / blocks_;
    return std::span<U>(a).subspan(at_ * block, group_ * block);
  }
  void advance() { at_ = at_ + 2 * group_ <= blocks_ ? at_ + group_ : 0; }

  std::size_t blocks_, group_, at_ = 0;
  AlignedVector<T> x_, y_, g_, z_, xbar_, ybar_;
};

std::size_t last_level_cache() {
  const long bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : std::size_t{32} << 20;
}

/// x * y of the first block in double precision, by another method than `method`.
template <class T>
std::vector<double> product_in_double(const Signals<T>& s, int L, int l3, const std::string& method) {
  const GauntPlan<double> plan({.degree1 = L, .degree2 = L, .degree3 = l3, .method = method == "theta_mconv" ? "theta_fft" : "theta_mconv"});
  AlignedVector<double> work(plan.workspace()), a(plan.block_size(1)), b(a.size()), c(plan.block_size(3));
  std::vector<double> truth(signal_size(l3) * lanes<T>);
  for (std::size_t part = 0; part < lanes<T>; part += lanes<double>) {
    const auto place = [&](std::size_t i) { return i / lanes<double> * lanes<T> + part + i % lanes<double>; };
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = static_cast<double>(s.x()[place(i)]);
      b[i] = static_cast<double>(s.y()[place(i)]);
    }
    plan.execute(a, b, c, work);
    for (std::size_t i = 0; i < c.size(); ++i) truth[place(i)] = c[i];
  }
  return truth;
}

/// The same by exact coefficients in extended precision.
template <class T>
std::vector<double> product_by_sums(const Signals<T>& s, const std::vector<SparseCoefficient>& table, int l3) {
  std::vector<long double> sum(signal_size(l3) * lanes<T>);
  for (const auto& c : table)
    for (std::size_t lane = 0; lane < lanes<T>; ++lane)
      sum[c.k * lanes<T> + lane] +=
          c.value * static_cast<long double>(s.x()[c.i * lanes<T> + lane]) * static_cast<long double>(s.y()[c.j * lanes<T> + lane]);
  return {sum.begin(), sum.end()};
}

/// Largest |z - truth| / |truth| over the lanes of the first block.
template <class T>
double error_of(const AlignedVector<T>& z, const std::vector<double>& truth) {
  double worst = 0.0;
  for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
    double difference = 0.0, size = 0.0;
    for (std::size_t k = lane; k < truth.size(); k += lanes<T>) {
      difference += std::pow(static_cast<double>(z[k]) - truth[k], 2);
      size += truth[k] * truth[k];
    }
    worst = std::max(worst, std::sqrt(difference / size));
  }
  return worst;
}

template <class T>
struct Candidate {
  GauntPlan<T> plan;
  AlignedVector<T> work;
  Measurement result;
  explicit Candidate(const GauntOptions& options) : plan(options), work(plan.workspace()) {}
};

template <class T>
std::vector<Candidate<T>> candidates_of(int L, int l3, const MeasureOptions& o) {
  std::vector<Candidate<T>> all;
  for (const std::string& method : o.methods) {
    if (method == "direct" && L > largest_sparse) continue;
    const auto start = Clock::now();
    all.emplace_back(GauntOptions{.degree1 = L, .degree2 = L, .degree3 = l3, .method = method, .kernels = o.kernels, .threads = o.threads});
    Measurement& m = all.back().result;
    m.plan = since(start);
    m.degree = L;
    m.output_degree = l3;
    m.method = all.back().plan.method();
    m.kernels = all.back().plan.kernels();
    m.flops = flops_of(m.method, L, l3);
    m.bytes = static_cast<double>((2 * signal_size(L) + signal_size(l3)) * sizeof(T));
  }
  return all;
}

template <class T>
void judge(std::vector<Candidate<T>>& candidates, Signals<T>& s, int L, int l3) {
  std::vector<double> truth;
  if (L <= largest_sparse) truth = product_by_sums(s, gaunt_table(L, L, l3), l3);
  for (auto& c : candidates) {
    s.multiply(c.plan, c.work);
    c.result.error = error_of(s.z(), truth.empty() ? product_in_double(s, L, l3, c.result.method) : truth);
  }
}

} // namespace

template <class T>
std::vector<Measurement> measure(int degree, int output_degree, const MeasureOptions& o, std::mt19937& random) {
  auto candidates = candidates_of<T>(degree, output_degree, o);
  const std::size_t block = (2 * signal_size(degree) + signal_size(output_degree)) * cache_line;
  const std::size_t group = std::clamp<std::size_t>(cached_bytes / block, 1, 64) * static_cast<std::size_t>(o.threads);
  Signals<T> cached(random, degree, output_degree, group, group);
  judge(candidates, cached, degree, output_degree);
  const std::size_t groups = o.streaming ? 4 * last_level_cache() / (block * group) + 1 : 1;
  Signals<T> streamed(random, degree, output_degree, groups * group, group);
  std::vector<Candidate<T>*> order;
  order.reserve(candidates.size());
  for (auto& c : candidates) order.push_back(&c);
  for (int repetition = 0; repetition < o.repeats; ++repetition) {
    std::shuffle(order.begin(), order.end(), random);
    for (Candidate<T>* c : order) {
      Measurement& m = c->result;
      m.peak = std::max(m.peak, multiply_add_rate(m.kernels, sizeof(T)));
      m.product.push_back(cached.time(o.seconds, [&] { cached.multiply(c->plan, c->work); }));
      m.gradient.push_back(cached.time(o.seconds, [&] { cached.differentiate(c->plan, c->work); }));
      if (!o.streaming) continue;
      m.streamed_product.push_back(streamed.time(o.seconds, [&] { streamed.multiply(c->plan, c->work); }));
      m.streamed_gradient.push_back(streamed.time(o.seconds, [&] { streamed.differentiate(c->plan, c->work); }));
    }
  }
  std::vector<Measurement> results;
  results.reserve(candidates.size());
  for (auto& c : candidates) results.push_back(std::move(c.result));
  return results;
}

template std::vector<Measurement> measure<float>(int, int, const MeasureOptions&, std::mt19937&);
template std::vector<Measurement> measure<double>(int, int, const MeasureOptions&, std::mt19937&);

} // namespace ansatz::apps
