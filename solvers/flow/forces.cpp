// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/forces.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::solvers::flow {
namespace {

/// Runs body(index) over own entries.
template <class Body>
void over_own(const FieldBox& box, Body&& body) {
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const std::ptrdiff_t at = box.index(0, j, k);
      for (std::ptrdiff_t i = at; i < at + box.n[0]; ++i) body(i);
    }
}

/// The cross product's component a.
double cross(const std::array<double, 3>& u, const std::array<double, 3>& v, std::size_t a) {
  const std::size_t b = (a + 1) % 3;
  const std::size_t c = (a + 2) % 3;
  return u[b] * v[c] - u[c] * v[b];
}

/// curl u at the centre of the cell whose low faces are the entries i.
std::array<double, 3> curl(const Velocity& u, const std::array<std::ptrdiff_t, 3>& s, std::ptrdiff_t i, double scale) {
  // Twice the slope along `d` of component `c` at the centre, times 2 h.
  const auto slope = [&](std::size_t c, std::size_t d) {
    const double* p = u[c].data() + i;
    return (p[s[d]] + p[s[d] + s[c]]) - (p[-s[d]] + p[-s[d] + s[c]]);
  };
  return {scale * (slope(2, 1) - slope(1, 2)), scale * (slope(0, 2) - slope(2, 0)), scale * (slope(1, 0) - slope(0, 1))};
}

} // namespace

void add_gravity(const MacGrid& mac, const std::array<double, 3>& gravity, double dt, Velocity& u) {
  for (std::size_t a = 0; a < 3; ++a) {
    const double gain = dt * gravity[a];
    double* v = u[a].data();
    if (gain != 0.0) over_own(mac.box(), [&](std::ptrdiff_t i) { v[i] += gain; });
  }
}

void add_buoyancy(const MacGrid& mac, const std::array<double, 3>& gravity, double weight, double lift, const Field& density,
                  const Field& temperature, double dt, Velocity& u) {
  const double* d = density.data();
  const double* t = temperature.data();
  for (std::size_t a = 0; a < 3; ++a) {
    const double gain = 0.5 * dt * gravity[a];
    const std::ptrdiff_t back = mac.box().stride[a];
    double* v = u[a].data();
    if (gain != 0.0) over_own(mac.box(), [&](std::ptrdiff_t i) { v[i] += gain * (weight * (d[i] + d[i - back]) - lift * (t[i] + t[i - back])); });
  }
}

void add_viscosity(const MacGrid& mac, double viscosity, const Velocity& old, double dt, Velocity& u) {
  const double gain = dt * viscosity / (mac.grid().spacing * mac.grid().spacing);
  const auto& s = mac.box().stride;
  for (std::size_t a = 0; a < 3; ++a) {
    const double* p = old[a].data();
    double* v = u[a].data();
    over_own(mac.box(), [&](std::ptrdiff_t i) {
      v[i] += gain * ((p[i + s[0]] - 2.0 * p[i] + p[i - s[0]]) + (p[i + s[1]] - 2.0 * p[i] + p[i - s[1]]) + (p[i + s[2]] - 2.0 * p[i] + p[i - s[2]]));
    });
  }
}

void add_confinement(const MacGrid& mac, const Boundary& boundary, double epsilon, const Velocity& old, double dt, Velocity& u) {
  const FieldBox& box = mac.box();
  const auto& s = box.stride;
  const double scale = 0.25 / mac.grid().spacing;
  Velocity omega = {mac.make(), mac.make(), mac.make()};
  Field size = mac.make();
  over_own(box, [&](std::ptrdiff_t i) {
    const std::array<double, 3> w = curl(old, s, i, scale);
    for (std::size_t a = 0; a < 3; ++a) omega[a][static_cast<std::size_t>(i)] = w[a];
    size[static_cast<std::size_t>(i)] = std::sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
  });
  boundary.complete_scalar(size, -1);
  const double tiny = 1e-20 + 1e-6 * mac.largest(*std::max_element(size.begin(), size.end()));
  Velocity force = {mac.make(), mac.make(), mac.make()};
  over_own(box, [&](std::ptrdiff_t i) {
    const double* p = size.data() + i;
    const std::array<double, 3> slope = {p[s[0]] - p[-s[0]], p[s[1]] - p[-s[1]], p[s[2]] - p[-s[2]]};
    const double steep = std::sqrt(slope[0] * slope[0] + slope[1] * slope[1] + slope[2] * slope[2]) + tiny;
    const auto here = static_cast<std::size_t>(i);
    const std::array<double, 3> w = {omega[0][here], omega[1][here], omega[2][here]};
    for (std::size_t a = 0; a < 3; ++a) force[a][here] = cross(slope, w, a) / steep;
  });
  const double gain = 0.5 * dt * epsilon * mac.grid().spacing;
  for (std::size_t a = 0; a < 3; ++a) {
    boundary.complete_scalar(force[a], -1);
    const double* f = force[a].data();
    double* v = u[a].data();
    over_own(box, [&](std::ptrdiff_t i) { v[i] += gain * (f[i] + f[i - s[a]]); });
  }
}

double largest_speed(const MacGrid& mac, const Boundary& boundary, const Velocity& u) {
  const FieldBox& box = mac.box();
  double largest = 0.0;
  double sum = 0.0; // NaN and Inf hide from a maximum, not from a sum
  for (std::size_t a = 0; a < 3; ++a)
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j) {
        const std::uint8_t* active = boundary.active(static_cast<int>(a)).data() + box.index(0, j, k);
        const double* v = u[a].data() + box.index(0, j, k);
        double most = 0.0;
        double total = 0.0;
#pragma omp simd reduction(max : most) reduction(+ : total)
        for (int i = 0; i < box.n[0]; ++i) {
          const double speed = active[i] ? std::abs(v[i]) : 0.0;
          most = std::max(most, speed);
          total += speed;
        }
        largest = std::max(largest, most);
        sum += total;
      }
  return mac.largest(std::isfinite(sum) ? largest : std::numeric_limits<double>::infinity());
}

} // namespace ansatz::solvers::flow
