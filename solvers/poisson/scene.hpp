// SPDX-License-Identifier: Apache-2.0
/// Scenes: what fills the cells of a grid. A scene is a list of shapes painted one over the other at cell centres, then the free surface, then open walls.
///   background fluid; each shape paints solid, fluid or air; a free surface turns fluid above it into air; an open wall is a layer of air cells along a wall.
/// Units: metres.  Threads: values.  MPI: cell_flags() is collective; every rank fills its own block (a mesh is read by every rank).
#pragma once

#include <ansatz/solvers/poisson/cell_flags.hpp>

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ansatz::solvers {

struct Box {
  std::array<double, 3> low{}, high{}; ///< low <= centre < high
};
struct Sphere {
  std::array<double, 3> centre{};
  double radius = 0.0; ///< |centre of cell - centre| < radius
};
struct Cylinder {
  std::array<double, 3> centre{}; ///< middle of the axis
  double radius = 0.0;
  double height = 0.0; ///< length along the axis
  int axis = 2;        ///< 0, 1 or 2
};
struct MeshShape {
  std::string file;
  double size = 0.0;              ///< longest edge of the bounding box after scaling; 0: as in the file
  std::array<double, 3> centre{}; ///< where the middle of the bounding box goes (ignored if size is 0)
};
/// A slab of cells normal to z with a hole in one corner: the thin-wall scenes. Counted in cells, so it stays one cell thick on every grid.
struct ThinPlate {
  int offset = 0; ///< plate at k = nz/2 + offset, hole where i < nx/8 and j < ny/8
};

struct Shape {
  Cell paint = Cell::solid; ///< solid, fluid or air
  std::variant<Box, Sphere, Cylinder, MeshShape, ThinPlate> form;
};

/// Air above z = height + amplitude sin(wave_x x) cos(wave_y y).
struct FreeSurface {
  double height = 0.0;
  double amplitude = 0.0;
  double wave_x = 0.0;
  double wave_y = 0.0;
};

struct Scene {
  Grid grid;
  std::vector<Shape> shapes;
  std::optional<FreeSurface> surface;
  /// Walls with a layer of air cells: x low, x high, y low, y high, z low, z high.
  std::array<bool, 6> open{};
};

/// Names accepted by named_scene(), with a sentence each.
struct SceneInfo {
  std::string name, summary;
};
[[nodiscard]] std::vector<SceneInfo> scene_names();
/// `box`, `s8w`, `tw0`, `tw1`, `tw3`, `dam-break`, `closed` on the given cells; the longest axis is 1 m. Errors: UsageError with the nearest name.
[[nodiscard]] Scene named_scene(const std::string& name, std::array<int, 3> cells);
/// A mesh in the middle of a box of fluid with air on top; its longest edge takes 0.6 of the shortest axis.
[[nodiscard]] Scene mesh_scene(const std::string& file, std::array<int, 3> cells);

/// Remarks on the scene that the user should hear (open or inconsistent meshes and what is done about them).
struct SceneCells {
  std::unique_ptr<CellFlags> flags;
  std::vector<std::string> remarks;
};
/// Errors: UsageError (`bad_value`) for a scene without fluid, a shape with a negative size or a mesh that misses the grid; FileError from read_mesh().
[[nodiscard]] SceneCells cell_flags(const Scene& scene, DM dm);

} // namespace ansatz::solvers
