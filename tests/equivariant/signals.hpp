// SPDX-License-Identifier: Apache-2.0
/// Random signals in lane blocks, and the product by its definition in extended precision.
#pragma once

#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>

#include <cmath>
#include <limits>
#include <random>

namespace equivariant_test {

using namespace ansatz::equivariant;

template <class T>
using Blocks = AlignedVector<T>;

template <class T>
Blocks<T> random_blocks(std::mt19937& random, int degree, std::size_t blocks) {
  std::normal_distribution<double> normal;
  Blocks<T> x(signal_size(degree) * lanes<T> * blocks);
  for (T& v : x) v = static_cast<T>(normal(random));
  return x;
}
/// Signal of one lane of the first block.
template <class T>
std::vector<double> lane_of(const Blocks<T>& x, int degree, std::size_t lane) {
  std::vector<double> signal(signal_size(degree));
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] = static_cast<double>(x[i * lanes<T> + lane]);
  return signal;
}
inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}
inline double norm(const std::vector<double>& a) { return std::sqrt(dot(a, a)); }

/// sum_ij G_ijk x_i y_j.
inline std::vector<double> product_by_definition(const std::vector<SparseCoefficient>& table, const std::vector<double>& x,
                                                 const std::vector<double>& y, int degree) {
  std::vector<long double> z(signal_size(degree));
  for (const auto& c : table) z[c.k] += c.value * static_cast<long double>(x[c.i]) * static_cast<long double>(y[c.j]);
  return {z.begin(), z.end()};
}

/// A plan with its workspace, for whole vectors.
template <class T>
struct Operation {
  GauntPlan<T> plan;
  Blocks<T> work;
  explicit Operation(const GauntOptions& options) : plan(options), work(plan.workspace()) {}

  Blocks<T> product(const Blocks<T>& x, const Blocks<T>& y) {
    Blocks<T> z(x.size() / plan.block_size(1) * plan.block_size(3), T{-7});
    plan.execute(x, y, z, work);
    return z;
  }
};

/// 2 eps sqrt(S+4), the bound of one method on random signals relative to |z|. The 4 stands for the six or so roundings of a product of scalars, where nothing
/// averages.
template <class T>
double bound(int l1, int l2, int l3) {
  return 2.0 * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::sqrt(l1 + l2 + l3 + 4.0);
}

} // namespace equivariant_test
