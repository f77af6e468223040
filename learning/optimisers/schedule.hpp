// SPDX-License-Identifier: Apache-2.0
/// What is done to rate and gradient before a step.
/// Threads: functions without state.
#pragma once

#include <ansatz/learning/arena.hpp>

#include <cmath>
#include <numbers>

namespace ansatz::learning {

/// rate (1 + cos(pi step / steps)) / 2: from the full rate at step 0 to zero at `steps` (I. Loshchilov, F. Hutter, arXiv:1608.03983, without
/// restarts).
[[nodiscard]] inline double cosine_rate(double rate, std::int64_t step, std::int64_t steps) {
  return rate * (1 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps))) / 2;
}

/// Scales the gradient to the 2-norm `most` if it is longer, and returns the norm it had. A gradient whose norm is not finite is left alone.
template <class T>
double clip_gradient(Arena<T>& arena, double most) {
  double square = 0;
  for (const T g : arena.gradients()) square += static_cast<double>(g) * static_cast<double>(g);
  const double norm = std::sqrt(square);
  if (std::isfinite(norm) && norm > most)
    for (T& g : arena.gradients()) g = static_cast<T>(static_cast<double>(g) * (most / norm));
  return norm;
}

} // namespace ansatz::learning
