// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/scene.hpp>

#include <ansatz/data/nearest_name.hpp>
#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/mesh.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers {
namespace {

using Point = std::array<double, 3>;
constexpr Point nowhere_below = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
constexpr Point nowhere_above = {HUGE_VAL, HUGE_VAL, HUGE_VAL};

/// One rank's block of cells while shapes are painted into it.
class Canvas {
public:
  Canvas(const Scene& scene, const LocalBox& box)
      : scene_(scene), box_(box), cells_(static_cast<std::size_t>(box.own_cells()), static_cast<std::uint8_t>(Cell::fluid)) {}

  [[nodiscard]] const std::vector<std::uint8_t>& cells() const { return cells_; }
  [[nodiscard]] std::vector<std::string>& remarks() { return remarks_; }

  void paint(const Shape& shape) {
    std::visit([&](const auto& form) { draw(form, shape.paint); }, shape.form);
  }
  /// Paints every cell where inside(i, j, k, centre) holds; (i,j,k) is global. Only cells near the box [low, high] are asked.
  template <class Inside>
  void fill(Cell paint, Inside&& inside, Cell only = Cell::wall, const Point& low = nowhere_below, const Point& high = nowhere_above) {
    std::array<int, 3> first{}, last{};
    for (std::size_t a = 0; a < 3; ++a) {
      const double h = scene_.grid.spacing;
      const double n = box_.n[a];
      first[a] = static_cast<int>(std::clamp((low[a] - scene_.grid.origin[a]) / h - box_.start[a] - 2.0, 0.0, n)); // two cells to spare for rounding
      last[a] = static_cast<int>(std::clamp((high[a] - scene_.grid.origin[a]) / h - box_.start[a] + 2.0, 0.0, n));
    }
    for (int k = first[2]; k < last[2]; ++k)
      for (int j = first[1]; j < last[1]; ++j)
        for (int i = first[0]; i < last[0]; ++i) {
          auto& flag = cells_[static_cast<std::size_t>(i + box_.n[0] * (j + std::int64_t{box_.n[1]} * k))];
          if (only != Cell::wall && flag != static_cast<std::uint8_t>(only)) continue;
          const std::array<int, 3> cell = {i + box_.start[0], j + box_.start[1], k + box_.start[2]};
          if (inside(cell, scene_.grid.centre(cell[0], cell[1], cell[2]))) flag = static_cast<std::uint8_t>(paint);
        }
  }

private:
  static void positive(double value, const char* what) {
    if (!(value > 0.0) || !std::isfinite(value))
      throw UsageError("bad_value", std::string("scene: ") + what + " is " + std::to_string(value) + "; it must be positive");
  }
  void draw(const Box& b, Cell paint) {
    for (std::size_t a = 0; a < 3; ++a)
      if (!(b.low[a] < b.high[a]))
        throw UsageError("bad_value", "scene: box from " + std::to_string(b.low[a]) + " to " + std::to_string(b.high[a]) +
                                          ": low must be below high on every axis");
    fill(paint, [&](const std::array<int, 3>&, const Point& p) {
      return p[0] >= b.low[0] && p[0] < b.high[0] && p[1] >= b.low[1] && p[1] < b.high[1] && p[2] >= b.low[2] && p[2] < b.high[2];
    });
  }
  void draw(const Sphere& s, Cell paint) {
    positive(s.radius, "radius of a sphere");
    fill(paint,
         [&](const std::array<int, 3>&, const Point& p) {
           const double x = p[0] - s.centre[0];
           const double y = p[1] - s.centre[1];
           const double z = p[2] - s.centre[2];
           return x * x + y * y + z * z < s.radius * s.radius;
         },
         Cell::wall, {s.centre[0] - s.radius, s.centre[1] - s.radius, s.centre[2] - s.radius},
         {s.centre[0] + s.radius, s.centre[1] + s.radius, s.centre[2] + s.radius});
  }
  void draw(const Cylinder& c, Cell paint) {
    positive(c.radius, "radius of a cylinder");
    positive(c.height, "height of a cylinder");
    if (c.axis < 0 || c.axis > 2) throw UsageError("bad_value", "scene: axis " + std::to_string(c.axis) + " of a cylinder; it is 0, 1 or 2");
    const auto a = static_cast<std::size_t>(c.axis);
    fill(paint, [&](const std::array<int, 3>&, const Point& p) {
      const double u = p[(a + 1) % 3] - c.centre[(a + 1) % 3];
      const double v = p[(a + 2) % 3] - c.centre[(a + 2) % 3];
      return std::abs(p[a] - c.centre[a]) < 0.5 * c.height && u * u + v * v < c.radius * c.radius;
    });
  }
  void draw(const ThinPlate& plate, Cell paint) {
    const auto& n = scene_.grid.cells;
    fill(paint, [&](const std::array<int, 3>& c, const Point&) { return c[2] == n[2] / 2 + plate.offset && !(c[0] < n[0] / 8 && c[1] < n[1] / 8); });
  }
  void draw(const MeshShape& shape, Cell paint) {
    TriangleMesh mesh = read_mesh(shape.file);
    MeshReport report = check_mesh(mesh);
    if (shape.size < 0.0) positive(shape.size, "size of a mesh");
    if (shape.size > 0.0) {
      const double extent = std::max({report.high[0] - report.low[0], report.high[1] - report.low[1], report.high[2] - report.low[2]});
      if (!(extent > 0.0)) throw FileError("file_format", "mesh " + shape.file + ": all vertices coincide");
      mesh = placed(mesh, shape.size / extent, shape.centre);
      report = check_mesh(mesh);
    }
    const Grid& g = scene_.grid;
    for (std::size_t a = 0; a < 3; ++a)
      if (report.high[a] < g.origin[a] || report.low[a] > g.origin[a] + g.spacing * g.cells[a])
        throw UsageError("bad_value", "mesh " + shape.file + " lies outside the grid: axis " + std::to_string(a) + " from " +
                                          std::to_string(report.low[a]) + " to " + std::to_string(report.high[a]) + "; set its size and centre");
    if (report.open_edges > 0)
      remarks_.push_back("mesh " + shape.file + " is open (" + std::to_string(report.open_edges) +
                         " edges with one triangle): inside is decided by a vote of rays along x, y and z");
    if (report.flipped_edges > 0)
      remarks_.push_back("mesh " + shape.file + " is not oriented consistently (" + std::to_string(report.flipped_edges) +
                         " edges): inside is decided by the parity of crossings");
    if (report.crowded_edges > 0)
      remarks_.push_back("mesh " + shape.file + " has " + std::to_string(report.crowded_edges) +
                         " edges with more than two triangles; overlapping parts count as their union");
    const std::vector<std::uint8_t> inside = voxelize(mesh, g, box_.start, box_.n);
    for (std::size_t c = 0; c < inside.size(); ++c)
      if (inside[c]) cells_[c] = static_cast<std::uint8_t>(paint);
  }

  const Scene& scene_;
  const LocalBox& box_;
  std::vector<std::uint8_t> cells_;
  std::vector<std::string> remarks_;
};

Scene empty_scene(std::array<int, 3> cells) {
  for (const int n : cells)
    if (n < 1) throw UsageError("bad_value", "grid: " + std::to_string(n) + " cells along an axis; at least 1 is needed");
  Scene scene;
  scene.grid.cells = cells;
  scene.grid.spacing = 1.0 / std::max({cells[0], cells[1], cells[2]});
  return scene;
}

/// Centres and radii of scene S8W.
constexpr double spheres[8][4] = {{.997185, .932557, .115312, .129923}, {.236089, .396581, .349120, .103580}, {.935539, .846311, .281946, .091964},
                                  {.443453, .229577, .480973, .123117}, {.457205, .430699, .845215, .112271}, {.715971, .802758, .083521, .091452},
                                  {.865020, .829147, .746643, .071844}, {.059243, .670528, .533759, .103732}};

} // namespace

std::vector<SceneInfo> scene_names() {
  return {{"box", "a box of fluid with air on top"},
          {"closed", "a box of fluid with six walls (singular: pressure up to a constant)"},
          {"s8w", "eight solid spheres under a wavy free surface"},
          {"tw0", "a plate one cell thick with a small hole, at the middle of the box"},
          {"tw1", "the same plate one cell higher"},
          {"tw3", "the same plate three cells higher"},
          {"dam-break", "a column of fluid against one wall, air elsewhere"}};
}

Scene named_scene(const std::string& name, std::array<int, 3> cells) {
  Scene scene = empty_scene(cells);
  constexpr std::size_t top = 5;
  if (name == "closed") return scene;
  if (name == "box") {
    scene.open[top] = true;
  } else if (name == "s8w") {
    scene.surface = FreeSurface{0.93, 0.03, 7.0, 5.0};
    for (const auto& s : spheres) scene.shapes.push_back({Cell::solid, Sphere{{s[0], s[1], s[2]}, s[3]}});
  } else if (name == "tw0" || name == "tw1" || name == "tw3") {
    scene.open[top] = true;
    scene.shapes.push_back({Cell::solid, ThinPlate{name[2] - '0'}});
  } else if (name == "dam-break") {
    const Grid& g = scene.grid;
    const Point size = {g.spacing * g.cells[0], g.spacing * g.cells[1], g.spacing * g.cells[2]};
    scene.shapes.push_back({Cell::air, Box{{0, 0, 0}, size}});
    scene.shapes.push_back({Cell::fluid, Box{{0, 0, 0}, {0.4 * size[0], size[1], 0.6 * size[2]}}});
  } else {
    std::vector<std::string> names;
    for (const SceneInfo& info : scene_names()) names.push_back(info.name);
    throw UsageError("bad_value", "scene \"" + name + "\": no such scene" + did_you_mean(name, names));
  }
  return scene;
}

Scene mesh_scene(const std::string& file, std::array<int, 3> cells) {
  Scene scene = empty_scene(cells);
  const double h = scene.grid.spacing;
  const double shortest = h * std::min({cells[0], cells[1], cells[2]});
  scene.open[5] = true;
  scene.shapes.push_back({Cell::solid, MeshShape{file, 0.6 * shortest, {0.5 * h * cells[0], 0.5 * h * cells[1], 0.5 * h * cells[2]}}});
  return scene;
}

SceneCells cell_flags(const Scene& scene, DM dm) {
  PetscInt x = 0, y = 0, z = 0, nx = 0, ny = 0, nz = 0;
  petsc_check(DMDAGetCorners(dm, &x, &y, &z, &nx, &ny, &nz));
  const LocalBox box({static_cast<int>(nx), static_cast<int>(ny), static_cast<int>(nz)},
                     {static_cast<int>(x), static_cast<int>(y), static_cast<int>(z)});
  Canvas canvas(scene, box);
  for (const Shape& shape : scene.shapes) canvas.paint(shape);
  if (const auto& s = scene.surface) {
    std::vector<double> height; // per column: sine and cosine once, not once a cell
    height.reserve(static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) {
        const Point p = scene.grid.centre(i + box.start[0], j + box.start[1], 0);
        height.push_back(s->height + s->amplitude * std::sin(s->wave_x * p[0]) * std::cos(s->wave_y * p[1]));
      }
    canvas.fill(
        Cell::air,
        [&](const std::array<int, 3>& c, const Point& p) {
          return p[2] >
                 height[static_cast<std::size_t>(c[0] - box.start[0]) + static_cast<std::size_t>(nx) * static_cast<std::size_t>(c[1] - box.start[1])];
        },
        Cell::fluid);
  }
  for (std::size_t wall = 0; wall < 6; ++wall)
    if (scene.open[wall]) {
      const std::size_t a = wall / 2;
      const int layer = wall % 2 ? scene.grid.cells[a] - 1 : 0;
      Point low = nowhere_below;
      Point high = nowhere_above;
      low[a] = high[a] = scene.grid.centre(layer, layer, layer)[a];
      canvas.fill(
          Cell::air, [&](const std::array<int, 3>& c, const Point&) { return c[a] == layer; }, Cell::wall, low, high);
    }
  SceneCells result;
  result.flags = std::make_unique<CellFlags>(dm, scene.grid, canvas.cells());
  result.remarks = std::move(canvas.remarks());
  if (result.flags->fluid_cells() == 0) throw UsageError("bad_value", "scene: no fluid cell is left, so there is nothing to solve");
  return result;
}

} // namespace ansatz::solvers
