// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/harmonics/sphere_grid.hpp>

#include <ansatz/data/error.hpp>

#include <cmath>
#include <numbers>

namespace ansatz::equivariant {
namespace {

/// P_n(t) and its derivative.
struct Legendre {
  long double value, slope;

  Legendre(int n, long double t) : value(1), slope(0) {
    long double before = 0;
    for (int k = 1; k <= n; ++k) {
      const long double next = ((2 * k - 1) * t * value - (k - 1) * before) / k;
      before = value;
      value = next;
    }
    if (n > 0) slope = n * (t * value - before) / (t * t - 1);
  }
};

} // namespace

SphereGrid::SphereGrid(int nodes, int points) : n_phi(points) {
  if (nodes < 1 || points < 1)
    throw UsageError("bad_value",
                     "SphereGrid: " + std::to_string(nodes) + " nodes and " + std::to_string(points) + " points; at least 1 of each is needed");
  const auto n = static_cast<std::size_t>(nodes);
  cos_theta.resize(n);
  sin_theta.resize(n);
  weight.resize(n);
  for (int i = 0; 2 * i < nodes; ++i) {
    long double t = std::cos(std::numbers::pi_v<long double> * (4 * i + 3) / (4 * nodes + 2));
    // Newton converges quadratically from this start: three steps reach 80 bits, the fourth settles the last one.
    for (int step = 0; step < 4; ++step) {
      const Legendre p(nodes, t);
      t -= p.value / p.slope;
    }
    if (2 * i + 1 == nodes) t = 0;
    const long double slope = Legendre(nodes, t).slope;
    const auto north = static_cast<std::size_t>(i);
    const std::size_t south = n - 1 - north;
    cos_theta[north] = t;
    cos_theta[south] = -t;
    sin_theta[north] = sin_theta[south] = std::sqrt((1 - t) * (1 + t));
    weight[north] = weight[south] = 2 / ((1 - t) * (1 + t) * slope * slope);
  }
}

SphereGrid SphereGrid::exact_for(int degree) {
  if (degree < 0) throw UsageError("bad_value", "SphereGrid: degree " + std::to_string(degree) + " is negative");
  return {(degree + 2) / 2, degree + 1};
}

} // namespace ansatz::equivariant
