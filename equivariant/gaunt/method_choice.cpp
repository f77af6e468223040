// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/gaunt/method_choice.hpp>
#include <ansatz/equivariant/gaunt/product.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

namespace ansatz::equivariant {
namespace {

/// The sparse product beats the rings up to this degree, where its code is unrolled; its gradients too, if they have code of their own.
constexpr int direct_limit = 4;
/// Fourier transforms beat the convolution above this sum of degrees, by measurement on AVX2.
constexpr int convolution_limit = 50;
/// The sparse bracket beats the grid up to this sum of degrees, by measurement on AVX2.
constexpr int bracket_direct_limit = 16;
/// Larger tables take seconds to build.
constexpr int direct_measured_limit = 10;

/// Median seconds of f.
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

/// Within 3 % the first keeps its place.
void enter(const std::string& name, double time, std::string& best, double& least) {
  if (!best.empty() && time >= 0.97 * least) return;
  least = time;
  best = name;
}

template <class T>
AlignedVector<T> random_blocks(std::mt19937& random, int degree, std::size_t blocks) {
  AlignedVector<T> x(signal_size(degree) * lanes<T> * blocks);
  std::uniform_real_distribution<T> uniform(-1, 1);
  for (T& v : x) v = uniform(random);
  return x;
}

/// Methods worth a try at these degrees.
std::vector<std::string> applicable(int l1, int l2, Parts part) {
  std::vector<std::string> names = method_names(part);
  if (std::max(l1, l2) > direct_measured_limit) std::erase(names, "direct");
  return names;
}

} // namespace

MethodChoice estimate_methods(int l1, int l2, int l3, Parts part) {
  if (part == Parts::odd) {
    const std::string bracket = l1 + l2 + l3 <= bracket_direct_limit ? "direct" : "theta_grid";
    return {.product = bracket, .gradient = bracket};
  }
  const std::string rings = l1 + l2 > convolution_limit ? "theta_fft" : "theta_mconv";
  const std::string product = std::max(l1, l2) <= direct_limit ? "direct" : rings;
  return {.product = product, .gradient = l1 == l2 ? product : rings};
}

template <class T>
MethodChoice measure_methods(int l1, int l2, int l3, const Kernels<T>& kernels, Parts part) {
  constexpr std::size_t blocks = 64;
  std::mt19937 random(1);
  const auto x = random_blocks<T>(random, l1, blocks), y = random_blocks<T>(random, l2, blocks), g = random_blocks<T>(random, l3, blocks);
  AlignedVector<T> xbar(x.size()), ybar(y.size()), z(g.size());
  MethodChoice best;
  for (const std::string& name : applicable(l1, l2, part)) {
    if (name == "torus_published") continue; // there to be compared with; it never wins
    const auto forward = make_product<T>(name, l1, l2, l3, kernels, part);
    const GradientProduct<T> backward(name, l1, l2, l3, kernels, part);
    AlignedVector<T> work(std::max(forward->workspace(), backward.workspace()));
    const auto over_blocks = [&](auto&& f) {
      for (std::size_t b = 0; b < blocks; ++b) f(b * (x.size() / blocks), b * (y.size() / blocks), b * (z.size() / blocks));
    };
    const double product =
        seconds([&] { over_blocks([&](std::size_t i, std::size_t j, std::size_t k) { forward->execute(&x[i], &y[j], &z[k], work.data()); }); });
    const double gradient = seconds([&] {
      over_blocks([&](std::size_t i, std::size_t j, std::size_t k) { backward.execute(&x[i], &y[j], &g[k], &xbar[i], &ybar[j], work.data()); });
    });
    enter(name, product / blocks, best.product, best.product_seconds);
    enter(name, gradient / blocks, best.gradient, best.gradient_seconds);
  }
  return best;
}

template <class T>
double largest_disagreement(int l1, int l2, int l3, const Kernels<T>& kernels, Parts part) {
  std::mt19937 random(2);
  const auto x = random_blocks<T>(random, l1, 1), y = random_blocks<T>(random, l2, 1);
  std::vector<AlignedVector<T>> products;
  for (const std::string& name : applicable(l1, l2, part)) {
    const auto method = make_product<T>(name, l1, l2, l3, kernels, part);
    AlignedVector<T> z(signal_size(l3) * lanes<T>), work(method->workspace());
    method->execute(x.data(), y.data(), z.data(), work.data());
    products.push_back(std::move(z));
  }
  double largest = 0.0;
  for (std::size_t lane = 0; lane < lanes<T>; ++lane)
    for (std::size_t a = 0; a < products.size(); ++a)
      for (std::size_t b = a + 1; b < products.size(); ++b) {
        double difference = 0.0, length = 0.0;
        for (std::size_t i = lane; i < products[a].size(); i += lanes<T>) {
          difference += std::pow(static_cast<double>(products[a][i]) - static_cast<double>(products[b][i]), 2);
          length += std::pow(static_cast<double>(products[a][i]), 2);
        }
        largest = std::max(largest, std::sqrt(difference / length));
      }
  return largest;
}

template MethodChoice measure_methods(int, int, int, const Kernels<float>&, Parts);
template MethodChoice measure_methods(int, int, int, const Kernels<double>&, Parts);
template double largest_disagreement(int, int, int, const Kernels<float>&, Parts);
template double largest_disagreement(int, int, int, const Kernels<double>&, Parts);

} // namespace ansatz::equivariant
