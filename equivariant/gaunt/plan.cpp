// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <tuple>

namespace ansatz::equivariant {
namespace {

template <class T>
const Kernels<T>& find_kernels(const std::string& name) {
  const auto tables = available_kernels<T>();
  std::vector<std::string> names = {"best"};
  for (const auto* table : tables) {
    if (name == "best" || name == table->name) return *table;
    names.emplace_back(table->name);
  }
  throw UsageError("bad_value", "GauntPlan: kernels \"" + name + "\" are unknown or cannot run on this machine" + did_you_mean(name, names));
}

/// The sparse product beats the rings up to this degree, where its code is unrolled; its gradients too, if they have code of their own.
constexpr int direct_limit = 4;
/// Fourier transforms beat the convolution above this sum of degrees, by measurement on AVX2.
constexpr int convolution_limit = 50;
/// Larger tables take seconds to build.
constexpr int direct_measured_limit = 10;

/// Median seconds of f over some blocks.
template <class F>
double seconds(F&& f) {
  std::vector<double> times;
  constexpr int warm = 3;
  for (int run = 0; run < warm + 9; ++run) {
    const auto start = std::chrono::steady_clock::now();
    f();
    if (run >= warm) times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + 4, times.end());
  return times[4];
}

/// The fastest of some names; within 3 % the first keeps its place.
class Contest {
public:
  void enter(const std::string& name, double time) {
    if (!best_.empty() && time >= 0.97 * least_) return;
    least_ = time;
    best_ = name;
  }
  [[nodiscard]] const std::string& best() const { return best_; }

private:
  std::string best_;
  double least_ = 0;
};

template <class T>
AlignedVector<T> random_blocks(std::mt19937& random, int degree, std::size_t blocks) {
  AlignedVector<T> x(signal_size(degree) * lanes<T> * blocks);
  std::uniform_real_distribution<T> uniform(-1, 1);
  for (T& v : x) v = uniform(random);
  return x;
}

} // namespace

template <class T>
GauntPlan<T>::GauntPlan(const GauntOptions& o) : degree_{o.degree1, o.degree2, o.degree3 == -1 ? o.degree1 + o.degree2 : o.degree3} {
  for (const int l : {degree_[0], degree_[1]}) check_degree(l, "GauntPlan");
  check_degree(degree_[2], "GauntPlan: output", o.degree3 == -1 ? 2 * max_degree : max_degree);
  // Degrees that cannot meet the others would alias on a grid made for those that can.
  for (int i = 0; i < 3; ++i) trimmed_[i] = std::min(degree_[i], degree_[(i + 1) % 3] + degree_[(i + 2) % 3]);
  const Kernels<T>& kernels = find_kernels<T>(o.kernels);
  kernels_name_ = kernels.name;
  if (o.method == "auto")
    measure(kernels);
  else if (o.method == "estimate")
    estimate(kernels);
  else
    prepare(o.method, o.method, kernels);
}

template <class T>
void GauntPlan<T>::estimate(const Kernels<T>& kernels) {
  const bool equal = trimmed_[0] == trimmed_[1];
  const std::string rings = trimmed_[0] + trimmed_[1] > convolution_limit ? "theta_fft" : "theta_mconv";
  const std::string method = std::max(trimmed_[0], trimmed_[1]) <= direct_limit ? "direct" : rings;
  prepare(method, equal ? method : rings, kernels);
}

template <class T>
void GauntPlan<T>::measure(const Kernels<T>& kernels) {
  constexpr std::size_t blocks = 64;
  std::mt19937 random(1);
  const auto [l1, l2, l3] = std::tuple{trimmed_[0], trimmed_[1], trimmed_[2]};
  const auto x = random_blocks<T>(random, l1, blocks), y = random_blocks<T>(random, l2, blocks), g = random_blocks<T>(random, l3, blocks);
  AlignedVector<T> xbar(x.size()), ybar(y.size()), z(g.size());
  Contest product, gradient;
  for (const std::string& name : method_names()) {
    // The published form is there to be compared with; it never wins.
    if (name == "torus_published" || (name == "direct" && std::max(l1, l2) > direct_measured_limit)) continue;
    const auto forward = make_product<T>(name, l1, l2, l3, kernels);
    const GradientProduct<T> backward(name, l1, l2, l3, kernels);
    AlignedVector<T> work(std::max(forward->workspace(), backward.workspace()));
    const auto over_blocks = [&](auto&& f) {
      for (std::size_t b = 0; b < blocks; ++b) f(b * (x.size() / blocks), b * (y.size() / blocks), b * (z.size() / blocks));
    };
    product.enter(name, seconds([&] {
                    over_blocks([&](std::size_t i, std::size_t j, std::size_t k) { forward->execute(&x[i], &y[j], &z[k], work.data()); });
                  }));
    gradient.enter(
        name, seconds([&] {
          over_blocks([&](std::size_t i, std::size_t j, std::size_t k) { backward.execute(&x[i], &y[j], &g[k], &xbar[i], &ybar[j], work.data()); });
        }));
  }
  prepare(product.best(), gradient.best(), kernels);
}

template <class T>
void GauntPlan<T>::prepare(const std::string& method, const std::string& gradient_method, const Kernels<T>& kernels) {
  method_ = method;
  gradient_method_ = gradient_method;
  forward_ = make_product<T>(method, trimmed_[0], trimmed_[1], trimmed_[2], kernels);
  gradient_ = std::make_unique<GradientProduct<T>>(gradient_method, trimmed_[0], trimmed_[1], trimmed_[2], kernels);
  product_workspace_ = std::max(forward_->workspace(), gradient_->workspace());
  workspace_ = product_workspace_ + block_size(3); // a jvp keeps one block
}

template <class T>
std::size_t GauntPlan<T>::block_size(int operand) const {
  return signal_size(degree(operand)) * lanes<T>;
}

template <class T>
std::size_t GauntPlan<T>::check(std::initializer_list<Operand> operands, std::span<T> work) const {
  const std::size_t blocks = operands.begin()->size / block_size(operands.begin()->operand);
  for (const auto& [data, size, operand, name] : operands) {
    if (size != blocks * block_size(operand))
      throw UsageError("bad_value", std::string("GauntPlan: ") + name + " holds " + std::to_string(size) + " numbers, " + std::to_string(blocks) +
                                        " blocks of degree " + std::to_string(degree(operand)) + " need " +
                                        std::to_string(blocks * block_size(operand)));
    if (reinterpret_cast<std::uintptr_t>(data) % cache_line != 0)
      throw UsageError("bad_value", std::string("GauntPlan: ") + name + " does not start on a 64-byte boundary; use AlignedVector");
  }
  if (work.size() < workspace_)
    throw UsageError("bad_value",
                     "GauntPlan: the workspace holds " + std::to_string(work.size()) + " numbers, " + std::to_string(workspace_) + " are needed");
  if (reinterpret_cast<std::uintptr_t>(work.data()) % cache_line != 0)
    throw UsageError("bad_value", "GauntPlan: the workspace does not start on a 64-byte boundary; use AlignedVector");
  return blocks;
}

template <class T>
void GauntPlan<T>::clear_above(int operand, T* block) const {
  std::fill(block + signal_size(trimmed_[operand - 1]) * lanes<T>, block + block_size(operand), T{0});
}

template <class T>
void GauntPlan<T>::execute(std::span<const T> x, std::span<const T> y, std::span<T> z, std::span<T> work) const {
  const std::size_t blocks = check({{x.data(), x.size(), 1, "x"}, {y.data(), y.size(), 2, "y"}, {z.data(), z.size(), 3, "z"}}, work);
  for (std::size_t b = 0; b < blocks; ++b) {
    T* out = z.data() + b * block_size(3);
    forward_->execute(x.data() + b * block_size(1), y.data() + b * block_size(2), out, work.data());
    clear_above(3, out);
  }
}

template <class T>
void GauntPlan<T>::vjp(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<T> xbar, std::span<T> ybar,
                       std::span<T> work) const {
  const std::size_t blocks = check({{x.data(), x.size(), 1, "x"},
                                    {y.data(), y.size(), 2, "y"},
                                    {g.data(), g.size(), 3, "g"},
                                    {xbar.data(), xbar.size(), 1, "xbar"},
                                    {ybar.data(), ybar.size(), 2, "ybar"}},
                                   work);
  for (std::size_t b = 0; b < blocks; ++b) {
    const T* xb = x.data() + b * block_size(1);
    const T* yb = y.data() + b * block_size(2);
    const T* gb = g.data() + b * block_size(3);
    T* to_x = xbar.data() + b * block_size(1);
    T* to_y = ybar.data() + b * block_size(2);
    gradient_->execute(xb, yb, gb, to_x, to_y, work.data());
    clear_above(1, to_x);
    clear_above(2, to_y);
  }
}

template <class T>
void GauntPlan<T>::jvp(std::span<const T> x, std::span<const T> y, std::span<const T> dx, std::span<const T> dy, std::span<T> dz,
                       std::span<T> work) const {
  const std::size_t blocks = check({{x.data(), x.size(), 1, "x"},
                                    {y.data(), y.size(), 2, "y"},
                                    {dx.data(), dx.size(), 1, "dx"},
                                    {dy.data(), dy.size(), 2, "dy"},
                                    {dz.data(), dz.size(), 3, "dz"}},
                                   work);
  T* other = work.data() + product_workspace_;
  for (std::size_t b = 0; b < blocks; ++b) {
    T* out = dz.data() + b * block_size(3);
    forward_->execute(dx.data() + b * block_size(1), y.data() + b * block_size(2), out, work.data());
    forward_->execute(x.data() + b * block_size(1), dy.data() + b * block_size(2), other, work.data());
    const std::size_t used = signal_size(trimmed_[2]) * lanes<T>;
    for (std::size_t i = 0; i < used; ++i) out[i] += other[i];
    clear_above(3, out);
  }
}

template class GauntPlan<float>;
template class GauntPlan<double>;

} // namespace ansatz::equivariant
