// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/equivariant/potential/radial_basis.hpp>

#include <cmath>
#include <string>

namespace ansatz::equivariant {

RadialBasis::RadialBasis(double cutoff, int count) : cutoff_(cutoff), count_(static_cast<std::size_t>(count)) {
  if (!(cutoff > 0) || !std::isfinite(cutoff)) throw UsageError("bad_value", "RadialBasis: cutoff " + std::to_string(cutoff) + "; must be positive");
  if (count < 1 || count > 32) throw UsageError("bad_value", "RadialBasis: " + std::to_string(count) + " functions; must be 1..32");
}

void RadialBasis::evaluate(double r, std::span<double> values, std::span<double> slopes) const {
  constexpr double a = 5.0;
  const double s = r / cutoff_;
  const double decay = std::exp(-a * (s - 1));
  const double norm = std::exp(a) - 1;
  const double x = 1 - 2 * (decay - 1) / norm;
  const double dx = 2 * a * decay / (norm * cutoff_);
  const double gap = 1 - s * s;
  const double f = gap * gap * gap;
  const double df = -6 * s * gap * gap / cutoff_;
  // T_n and its derivative by their three-term recurrences.
  double t[2] = {1, x};
  double dt[2] = {0, 1};
  for (std::size_t n = 0; n < count_; ++n) {
    values[n] = f * t[0];
    slopes[n] = df * t[0] + f * dt[0] * dx;
    const double next = 2 * x * t[1] - t[0];
    const double dnext = 2 * t[1] + 2 * x * dt[1] - dt[0];
    t[0] = t[1];
    t[1] = next;
    dt[0] = dt[1];
    dt[1] = dnext;
  }
}

} // namespace ansatz::equivariant
