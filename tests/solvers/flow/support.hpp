// SPDX-License-Identifier: Apache-2.0
/// Scenes, start values and norms of the flow tests.
#pragma once

#include <ansatz/solvers/flow/flow.hpp>

#include <cmath>
#include <numbers>

namespace ansatz::solvers::flow {

/// A scene with its DM.
class Setup {
public:
  explicit Setup(Scene scene) : scene_(std::move(scene)), dm_(create_dm(PETSC_COMM_WORLD, scene_.grid)) {}
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  ~Setup() { DMDestroy(&dm_); }
  [[nodiscard]] const Scene& scene() const { return scene_; }
  [[nodiscard]] DM dm() const { return dm_; }

private:
  Scene scene_;
  DM dm_ = nullptr;
};

inline Scene closed_box(std::array<int, 3> cells) { return named_scene("closed", cells); }

/// No forces.
inline FlowOptions still() {
  FlowOptions options;
  options.gravity = {0, 0, 0};
  return options;
}

/// Taylor and Green's vortex in the unit square with slipping walls: steady without viscosity, p = (cos 2 pi x + cos 2 pi y) / 4.
inline double vortex(int a, const std::array<double, 3>& x) {
  constexpr double pi = std::numbers::pi;
  if (a == 0) return std::sin(pi * x[0]) * std::cos(pi * x[1]);
  return a == 1 ? -std::cos(pi * x[0]) * std::sin(pi * x[1]) : 0.0;
}

/// Root mean square over faces of all components of u - exact.
template <class Exact>
double velocity_error(const Flow& flow, Exact&& exact) {
  const FieldBox& box = flow.mac().box();
  double sum = 0.0;
  double count = 0.0;
  for (int a = 0; a < 3; ++a)
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j)
        for (int i = 0; i < box.n[0]; ++i) {
          const double difference =
              flow.velocity()[static_cast<std::size_t>(a)][static_cast<std::size_t>(box.index(i, j, k))] - exact(a, flow.mac().position(a, i, j, k));
          sum += difference * difference;
          count += 1.0;
        }
  return std::sqrt(flow.mac().sum(sum) / flow.mac().sum(count));
}

} // namespace ansatz::solvers::flow
