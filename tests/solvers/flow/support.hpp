// SPDX-License-Identifier: Apache-2.0
/// Scenes, start values and norms of the flow tests.
#pragma once

#include <ansatz/solvers/flow/flow.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::flow {

/// A flow with all it borrows.
class Setup {
public:
  Setup(const Scene& scene, const FlowOptions& options, MPI_Comm comm = PETSC_COMM_WORLD)
      : dm_(create_dm(comm, scene.grid)), flow_(std::make_unique<Flow>(dm_, scene, options)) {}
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  ~Setup() {
    flow_.reset();
    DMDestroy(&dm_);
  }
  Flow& operator*() { return *flow_; }
  Flow* operator->() { return flow_.get(); }

private:
  DM dm_ = nullptr;
  std::unique_ptr<Flow> flow_;
};

inline constexpr double for_ever = 1e30;

/// No forces.
inline FlowOptions still() {
  FlowOptions options;
  options.gravity = {0, 0, 0};
  return options;
}

/// A plume from a ball above the floor of a box whose top is open, with a ball in its way.
inline Scene plume_scene(int n) {
  Scene scene = named_scene("box", {n, n, n});
  scene.shapes.push_back({Cell::solid, Sphere{{0.5, 0.5, 0.5}, 0.12}});
  return scene;
}
inline FlowOptions plume_options() {
  FlowOptions options;
  options.sources.push_back({.shape = {Cell::solid, Sphere{{0.5, 0.5, 0.15}, 0.12}}, .density = 1.0, .temperature = 1.0});
  return options;
}
inline FlowOptions liquid_options() {
  FlowOptions options;
  options.liquid = true;
  return options;
}

/// Taylor and Green's vortex in the unit square with slipping walls: steady without viscosity, p = (cos 2 pi x + cos 2 pi y) / 4.
inline double vortex(int a, const std::array<double, 3>& x) {
  constexpr double pi = std::numbers::pi;
  if (a == 0) return std::sin(pi * x[0]) * std::cos(pi * x[1]);
  return a == 1 ? -std::cos(pi * x[0]) * std::sin(pi * x[1]) : 0.0;
}

/// Visits own entries: visit(i, j, k, entry).
template <class Visit>
void over_own(const FieldBox& box, Visit&& visit) {
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) visit(i, j, k, static_cast<std::size_t>(box.index(i, j, k)));
}

/// Root mean square over faces of all components of u - exact.
template <class Exact>
double velocity_error(const Flow& flow, Exact&& exact) {
  double sum = 0.0;
  double count = 0.0;
  for (int a = 0; a < 3; ++a)
    over_own(flow.mac().box(), [&](int i, int j, int k, std::size_t at) {
      const double difference = flow.velocity()[static_cast<std::size_t>(a)][at] - exact(a, flow.mac().position(a, i, j, k));
      sum += difference * difference;
      count += 1.0;
    });
  return std::sqrt(flow.mac().sum(sum) / flow.mac().sum(count));
}

} // namespace ansatz::solvers::flow
