// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/training/random_scene.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <array>
#include <numbers>

namespace ansatz::solvers::training {

namespace {

using Point = std::array<double, 3>;

Grid random_grid(Stream& s, std::span<const int> sizes) {
  const auto side = [&] { return sizes[static_cast<std::size_t>(s.integer(static_cast<int>(sizes.size())))]; };
  Grid grid;
  const int edge = side();
  const bool cube = s.uniform() < 0.5;
  for (int& n : grid.cells) n = cube ? edge : std::min(edge, side());
  grid.spacing = 1.0 / *std::max_element(grid.cells.begin(), grid.cells.end());
  return grid;
}

Point random_point(Stream& s, const Grid& grid) {
  Point p{};
  for (std::size_t a = 0; a < 3; ++a) p[a] = s.uniform(0.0, grid.spacing * grid.cells[a]);
  return p;
}

Shape random_solid(Stream& s, const Grid& grid) {
  const Point c = random_point(s, grid);
  const double size = s.uniform(0.05, 0.25);
  const int kind = s.integer(3);
  if (kind == 0) return {.form = Sphere{.centre = c, .radius = size}};
  if (kind == 1) return {.form = Cylinder{.centre = c, .radius = size, .height = s.uniform(0.1, 1.0), .axis = s.integer(3)}};
  Box box;
  for (std::size_t a = 0; a < 3; ++a) {
    const double half = size * s.uniform(0.4, 1.6);
    box.low[a] = c[a] - half;
    box.high[a] = c[a] + half;
  }
  return {.form = box};
}

/// A wall of one cell across the whole box, with a hole.
void add_plate(Stream& s, Scene& scene) {
  const Grid& grid = scene.grid;
  const auto axis = static_cast<std::size_t>(s.integer(3));
  const int layer = 2 + s.integer(grid.cells[axis] - 4);
  Box wall;
  Box hole;
  for (std::size_t a = 0; a < 3; ++a) {
    const double edge = grid.spacing * grid.cells[a];
    const double width = s.uniform(0.1, 0.6) * edge;
    const double at = s.uniform(0.0, edge - width);
    wall.low[a] = a == axis ? grid.spacing * layer : 0.0;
    wall.high[a] = a == axis ? grid.spacing * (layer + 1) : edge;
    hole.low[a] = a == axis ? wall.low[a] : at;
    hole.high[a] = a == axis ? wall.high[a] : at + width;
  }
  scene.shapes.push_back({.form = wall});
  scene.shapes.push_back({.paint = Cell::fluid, .form = hole});
}

/// A ball with a shell of one cell and an opening on one side.
void add_shell(Stream& s, Scene& scene) {
  const double h = scene.grid.spacing;
  const Point c = random_point(s, scene.grid);
  const double radius = s.uniform(0.15, 0.3);
  const double inside = std::max(radius - 1.2 * h, h);
  scene.shapes.push_back({.form = Sphere{.centre = c, .radius = radius}});
  scene.shapes.push_back({.paint = Cell::fluid, .form = Sphere{.centre = c, .radius = inside}});
  Point opening = c;
  opening[static_cast<std::size_t>(s.integer(3))] += s.uniform() < 0.5 ? radius : -radius;
  scene.shapes.push_back({.paint = Cell::fluid, .form = Sphere{.centre = opening, .radius = 0.5 * radius}});
}

void add_air(Stream& s, Scene& scene) {
  const double height = scene.grid.spacing * scene.grid.cells[2];
  const double kind = s.uniform();
  if (kind < 0.5) {
    constexpr double turn = 2.0 * std::numbers::pi;
    scene.surface = FreeSurface{.height = height * s.uniform(0.4, 0.95),
                                .amplitude = height * s.uniform(0.0, 0.08),
                                .wave_x = turn * s.uniform(0.0, 3.0),
                                .wave_y = turn * s.uniform(0.0, 3.0)};
  } else if (kind < 5.0 / 6.0) {
    for (bool& open : scene.open) open = s.uniform() < 0.35;
  }
}

/// Painted last, below every surface: no scene is without fluid.
void add_pool(Stream& s, Scene& scene) {
  const Grid& grid = scene.grid;
  Point c{};
  for (std::size_t a = 0; a < 3; ++a) c[a] = grid.spacing * grid.cells[a] * (a == 2 ? s.uniform(0.1, 0.3) : s.uniform(0.2, 0.8));
  scene.shapes.push_back({.paint = Cell::fluid, .form = Sphere{.centre = c, .radius = 0.15}});
}

} // namespace

Scene random_scene(Stream& stream, std::span<const int> sizes) {
  if (sizes.empty() || std::any_of(sizes.begin(), sizes.end(), [](int n) { return n < 8 || n % 2 != 0; }))
    throw UsageError("bad_value", "sizes of training scenes: must be even numbers of at least 8 cells, and there must be one");
  Scene scene;
  scene.grid = random_grid(stream, sizes);
  const int solids = stream.integer(9);
  for (int i = 0; i < solids; ++i) scene.shapes.push_back(random_solid(stream, scene.grid));
  const int walls = stream.integer(3);
  for (int i = 0; i < walls; ++i) {
    if (stream.uniform() < 0.5)
      add_plate(stream, scene);
    else
      add_shell(stream, scene);
  }
  add_pool(stream, scene);
  add_air(stream, scene);
  return scene;
}

} // namespace ansatz::solvers::training
