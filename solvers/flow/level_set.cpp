// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/level_set.hpp>

#include <ansatz/solvers/poisson/cell_flags.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::flow {
namespace {

constexpr auto solid = static_cast<std::uint8_t>(Cell::solid);

template <class Body>
void over_own(const FieldBox& box, Body&& body) {
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const std::ptrdiff_t at = box.index(0, j, k);
      for (std::ptrdiff_t i = at; i < at + box.n[0]; ++i) body(i);
    }
}

double filled(double phi, double h) { return std::clamp(0.5 - phi / h, 0.0, 1.0); }

/// Whether the surface runs between this cell and a neighbour.
bool beside_surface(const double* p, const std::array<std::ptrdiff_t, 3>& s) {
  for (const std::ptrdiff_t step : s)
    if (p[0] * p[step] <= 0.0 || p[0] * p[-step] <= 0.0) return true;
  return false;
}

/// Distance to the surface of a cell beside it: phi over its slope, the larger of central and one-sided differences.
double nearby_distance(const double* p, const std::array<std::ptrdiff_t, 3>& s, double h) {
  double square = 0.0;
  for (const std::ptrdiff_t step : s) {
    const double up = p[step] - p[0];
    const double down = p[0] - p[-step];
    const double slope = std::max({0.5 * std::abs(up + down), std::abs(up), std::abs(down), 1e-3 * h});
    square += slope * slope;
  }
  return h * p[0] / std::sqrt(square);
}

/// Godunov's |grad phi|, by the sign of the surface's side.
double upwind_slope(const double* p, const std::array<std::ptrdiff_t, 3>& s, double side, double h) {
  double square = 0.0;
  for (const std::ptrdiff_t step : s) {
    const double up = side * (p[step] - p[0]);
    const double down = side * (p[0] - p[-step]);
    const double a = std::max(down, 0.0);
    const double b = std::min(up, 0.0);
    square += std::max(a * a, b * b);
  }
  return std::sqrt(square) / h;
}

} // namespace

double liquid_volume(const MacGrid& mac, const Boundary& boundary, const Field& phi, double shift) {
  const double h = mac.grid().spacing;
  const std::uint8_t* kind = boundary.kinds().data();
  double cells = 0.0;
  over_own(mac.box(), [&](std::ptrdiff_t i) { cells += kind[i] == solid ? 0.0 : filled(phi[static_cast<std::size_t>(i)] - shift, h); });
  return mac.sum(cells) * h * h * h;
}

void redistance(const MacGrid& mac, const Boundary& boundary, Field& phi, int steps, std::array<Field, 2>& work) {
  const FieldBox& box = mac.box();
  const double h = mac.grid().spacing;
  Field& target = work[0]; // distance where the surface is beside the cell, else 0
  Field& next = work[1];
  over_own(box, [&](std::ptrdiff_t i) {
    const double* p = phi.data() + i;
    target[static_cast<std::size_t>(i)] = beside_surface(p, box.stride) ? nearby_distance(p, box.stride, h) : 0.0;
  });
  const int layers = steps / 2 + 3;
  const double band = layers * h;
  for (int step = 0; step < steps; ++step) {
    over_own(box, [&](std::ptrdiff_t i) {
      const double* p = phi.data() + i;
      const double fixed = target[static_cast<std::size_t>(i)];
      const double side = p[0] < 0.0 ? -1.0 : 1.0;
      double value = p[0];
      if (fixed != 0.0)
        value -= 0.5 * (side * std::abs(p[0]) - fixed);
      else if (std::abs(value) < band)
        value -= 0.5 * h * side * (upwind_slope(p, box.stride, side, h) - 1.0);
      next[static_cast<std::size_t>(i)] = value;
    });
    std::swap(phi, next);
    boundary.complete_scalar(phi, -1);
  }
}

double control_volume(const MacGrid& mac, const Boundary& boundary, double volume, Field& phi) {
  const double h = mac.grid().spacing;
  const std::uint8_t* kind = boundary.kinds().data();
  double shift = 0.0;
  for (int newton = 0; newton < 6; ++newton) {
    double cut = 0.0; // cells the surface runs through: dV / d shift = h^2 cut
    over_own(mac.box(),
             [&](std::ptrdiff_t i) { cut += kind[i] != solid && std::abs(phi[static_cast<std::size_t>(i)] - shift) < 0.5 * h ? 1.0 : 0.0; });
    cut = mac.sum(cut);
    const double missing = volume - liquid_volume(mac, boundary, phi, shift);
    if (cut == 0.0 || std::abs(missing) <= 1e-12 * volume) break;
    shift = std::clamp(shift + missing / (h * h * cut), -0.5 * h, 0.5 * h);
  }
  for (double& value : phi) value -= shift;
  return shift;
}

} // namespace ansatz::solvers::flow
