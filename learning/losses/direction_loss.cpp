// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/losses/direction_loss.hpp>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace ansatz::learning {

namespace {

double dot(std::span<const double> a, std::span<const double> b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

} // namespace

DirectionLoss direction_loss(const Apply& apply, std::span<const double> b, std::span<const double> f, std::span<double> gradient) {
  if (b.size() != f.size() || b.size() != gradient.size())
    throw UsageError("bad_value", "right-hand side, direction and gradient have " + std::to_string(b.size()) + ", " + std::to_string(f.size()) +
                                      " and " + std::to_string(gradient.size()) + " entries; all must be equal");
  std::vector<double> g(f.size());
  apply(f, g);
  const double fg = dot(f, g);
  if (fg == 0 || !std::isfinite(fg))
    throw UsageError("bad_value", "the direction f has f.A f = " + std::to_string(fg) + "; it must not be zero, a null vector of A or infinite");
  const double alpha = dot(f, b) / fg;
  std::vector<double> rho(f.size());
  for (std::size_t i = 0; i < f.size(); ++i) rho[i] = b[i] - alpha * g[i];
  const double factor = 2 * dot(rho, g) / fg;
  apply(rho, gradient);
  for (std::size_t i = 0; i < f.size(); ++i) gradient[i] = -2 * alpha * gradient[i] - factor * (b[i] - 2 * alpha * g[i]);
  return {.value = dot(rho, rho), .step = alpha};
}

} // namespace ansatz::learning
