// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/obstacle.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::flow {
namespace {

using Point = std::array<double, 3>;

/// v turned by the rotation vector `turn` (Rodrigues).
Point turned(const Point& v, const Point& turn) {
  const double angle = std::sqrt(turn[0] * turn[0] + turn[1] * turn[1] + turn[2] * turn[2]);
  if (angle == 0.0) return v;
  const double c = std::cos(angle);
  const double s = std::sin(angle) / angle;
  const double along = (turn[0] * v[0] + turn[1] * v[1] + turn[2] * v[2]) * (1.0 - c) / (angle * angle);
  Point result{};
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t b = (a + 1) % 3;
    const std::size_t d = (a + 2) % 3;
    result[a] = c * v[a] + s * (turn[b] * v[d] - turn[d] * v[b]) + along * turn[a];
  }
  return result;
}

bool inside(const Box& b, const Point& p) {
  for (std::size_t a = 0; a < 3; ++a)
    if (p[a] < b.low[a] || p[a] >= b.high[a]) return false;
  return true;
}
bool inside(const Sphere& s, const Point& p) { return std::hypot(p[0] - s.centre[0], p[1] - s.centre[1], p[2] - s.centre[2]) < s.radius; }
bool inside(const Cylinder& c, const Point& p) {
  const auto a = static_cast<std::size_t>(c.axis);
  return std::abs(p[a] - c.centre[a]) < 0.5 * c.height &&
         std::hypot(p[(a + 1) % 3] - c.centre[(a + 1) % 3], p[(a + 2) % 3] - c.centre[(a + 2) % 3]) < c.radius;
}
/// Those are painted otherwise.
bool inside(const MeshShape&, const Point&) { return false; }
bool inside(const ThinPlate&, const Point&) { return false; }

} // namespace

Obstacle::Obstacle(Motion motion) : motion_(std::move(motion)) {
  if (std::holds_alternative<ThinPlate>(motion_.shape.form))
    throw UsageError("bad_value", "obstacle: a thin_plate is part of the box and cannot move; use a box");
  if (const auto* shape = std::get_if<MeshShape>(&motion_.shape.form)) {
    mesh_ = read_mesh(shape->file);
    if (shape->size > 0.0) {
      const MeshReport report = check_mesh(mesh_);
      const double extent = std::max({report.high[0] - report.low[0], report.high[1] - report.low[1], report.high[2] - report.low[2]});
      mesh_ = placed(mesh_, shape->size / extent, shape->centre);
    }
  }
}

Point Obstacle::place_of(const Point& point, double time, double direction) const {
  Point arm{};
  Point turn{};
  for (std::size_t a = 0; a < 3; ++a) {
    arm[a] = point[a] - motion_.pivot[a] - (direction < 0.0 ? motion_.velocity[a] * time : 0.0);
    turn[a] = direction * time * motion_.spin[a];
  }
  Point result = turned(arm, turn);
  for (std::size_t a = 0; a < 3; ++a) result[a] += motion_.pivot[a] + (direction > 0.0 ? motion_.velocity[a] * time : 0.0);
  return result;
}

RigidVelocity Obstacle::velocity(double time) const {
  RigidVelocity v{.velocity = motion_.velocity, .spin = motion_.spin, .centre = motion_.pivot};
  for (std::size_t a = 0; a < 3; ++a) v.centre[a] += motion_.velocity[a] * time;
  return v;
}

void Obstacle::paint(const Grid& grid, const FieldBox& box, double time, std::uint8_t number, std::span<std::uint8_t> kinds,
                     std::span<std::uint8_t> bodies) const {
  std::vector<std::uint8_t> in_mesh;
  if (!mesh_.triangles.empty()) {
    TriangleMesh moved = mesh_;
    for (Point& vertex : moved.vertices) vertex = place_of(vertex, time, 1.0);
    in_mesh = voxelize(moved, grid, box.start, box.n);
  }
  std::size_t at = 0;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++at) {
        const Point p = grid.centre(i + box.start[0], j + box.start[1], k + box.start[2]);
        const bool covered = in_mesh.empty() ? std::visit([&](const auto& form) { return inside(form, place_of(p, time, -1.0)); }, motion_.shape.form)
                                             : in_mesh[at] != 0;
        if (!covered) continue;
        kinds[at] = static_cast<std::uint8_t>(Cell::solid);
        bodies[at] = number;
      }
}

} // namespace ansatz::solvers::flow
