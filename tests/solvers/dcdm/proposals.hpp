// SPDX-License-Identifier: Apache-2.0
/// Directions no theory vouches for: random networks, sign and scale flips, noise. Each is a function of the residual and of the number of the call,
/// so that two solvers given the same proposal see the same directions.
#pragma once

#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace dcdm_test {

inline double norm(const Array& a) {
  double sum = 0.0;
  for (double v : a) sum += v * v;
  return std::sqrt(sum);
}

/// r / |r| + W2 relu(W1 r / |r| + bias): neither linear nor homogeneous nor symmetric.
inline Proposal relu_network(std::size_t n, unsigned seed) {
  const std::size_t hidden = 2 * n;
  const Array W1 = random_array(hidden * n, seed), bias = random_array(hidden, seed + 1), W2 = random_array(n * hidden, seed + 2);
  return [=](const Array& r, int) {
    const double size = norm(r);
    Array h = bias, out(n);
    for (std::size_t i = 0; i < hidden; ++i) {
      for (std::size_t j = 0; j < n; ++j) h[i] += W1[i * n + j] * r[j] / size;
      h[i] = std::max(h[i], 0.0);
    }
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = r[i] / size;
      for (std::size_t j = 0; j < hidden; ++j) out[i] += 0.3 / static_cast<double>(hidden) * W2[i * hidden + j] * h[j];
    }
    return out;
  };
}

/// The residual plus noise of the same size, a new draw each call.
inline Proposal noisy_residual(std::size_t n, unsigned seed) {
  return [=](const Array& r, int call) {
    Array q = random_array(n, seed + static_cast<unsigned>(call));
    const double size = norm(r) / std::sqrt(static_cast<double>(n));
    for (std::size_t i = 0; i < n; ++i) q[i] = r[i] + size * q[i];
    return q;
  };
}

/// Pure noise: no information about the residual at all.
inline Proposal noise(std::size_t n, unsigned seed) {
  return [=](const Array&, int call) { return random_array(n, seed + static_cast<unsigned>(call)); };
}

/// `f` times a random number of either sign between 1e-6 and 1e6, another one each call.
inline Proposal rescaled(Proposal f, unsigned seed) {
  return [f = std::move(f), seed](const Array& r, int call) {
    std::mt19937_64 engine(seed + static_cast<unsigned>(call));
    std::uniform_real_distribution<double> exponent(-6.0, 6.0);
    const double factor = (call % 3 == 1 ? -1.0 : 1.0) * std::pow(10.0, exponent(engine));
    Array q = f(r, call);
    for (double& v : q) v *= factor;
    return q;
  };
}

} // namespace dcdm_test
