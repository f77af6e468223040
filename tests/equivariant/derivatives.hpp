// SPDX-License-Identifier: Apache-2.0
/// Derivatives of polynomial maps without truncation error, and signals in all lanes.
#pragma once

#include "signals.hpp"

#include <ansatz/equivariant/gaunt/kernels.hpp>

namespace equivariant_test {

/// df(a + t b)/dt at 0, exact for polynomials of degree 6 at most.
template <class F>
double slope(F&& f) {
  return (45 * (f(1.0) - f(-1.0)) - 9 * (f(2.0) - f(-2.0)) + f(3.0) - f(-3.0)) / 60;
}

template <class T>
T sum_of_products(std::span<const T> a, std::span<const T> b) {
  T sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
inline double inner(std::span<const double> a, std::span<const double> b) { return sum_of_products<double>(a, b); }

/// a + t b.
template <class V>
V moved(V a, double t, const V& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += static_cast<typename V::value_type>(t) * b[i];
  return a;
}

template <class V>
V random_like(std::mt19937& random, const V& like) {
  std::normal_distribution<double> normal;
  V x(like.size());
  for (auto& v : x) v = static_cast<typename V::value_type>(normal(random));
  return x;
}

/// One signal in every lane of a block.
template <class T>
Blocks<T> in_all_lanes(const std::vector<double>& x) {
  Blocks<T> block(x.size() * lanes<T>);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<T>(x[i / lanes<T>]);
  return block;
}

inline std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const auto* k : available_kernels<float>()) names.emplace_back(k->name);
  return names;
}

/// True if f throws UsageError with this phrase.
template <class F>
bool refused(F&& f, const std::string& phrase) {
  try {
    f();
  } catch (const ansatz::UsageError& error) {
    return std::string(error.what()).find(phrase) != std::string::npos;
  }
  return false;
}

} // namespace equivariant_test
