// SPDX-License-Identifier: Apache-2.0
/// Solids that move on a prescribed path: a shape of a scene, turned about a pivot that travels.
///   x(t) = pivot + velocity t + R(spin t) (x(0) - pivot),  velocity of its points  velocity + spin x (x - pivot - velocity t).
/// Units: metres, seconds, radians per second.  Threads: const members from any thread.  MPI: none; every rank paints its own block.
#pragma once

#include <ansatz/solvers/flow/boundary.hpp>
#include <ansatz/solvers/poisson/mesh.hpp>
#include <ansatz/solvers/poisson/scene.hpp>

namespace ansatz::solvers::flow {

struct Motion {
  Shape shape;                      ///< where it is at time 0; its `paint` does not count
  std::array<double, 3> velocity{}; ///< m/s
  std::array<double, 3> spin{};     ///< axis times angular velocity, 1/s
  std::array<double, 3> pivot{};    ///< at time 0
};

class Obstacle {
public:
  /// Reads the mesh of a MeshShape. Errors: FileError of read_mesh(); UsageError `bad_value` for a thin plate, which is no body of its own.
  explicit Obstacle(Motion motion);

  /// Velocity of its points at a time.
  [[nodiscard]] RigidVelocity velocity(double time) const;
  /// Sets kinds[c] to solid and bodies[c] to `number` in all own cells of `box` whose centre is inside at `time`.
  void paint(const Grid& grid, const FieldBox& box, double time, std::uint8_t number, std::span<std::uint8_t> kinds,
             std::span<std::uint8_t> bodies) const;

private:
  [[nodiscard]] std::array<double, 3> place_of(const std::array<double, 3>& point, double time, double direction) const;

  Motion motion_;
  TriangleMesh mesh_; ///< of a MeshShape, where it is at time 0
};

} // namespace ansatz::solvers::flow
