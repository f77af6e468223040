// SPDX-License-Identifier: Apache-2.0
/// Triangle meshes: reading (OFF, STL, OBJ, PLY through assimp), checking, and the inside test at cell centres.
///
/// Inside test. Rays run through the cell centres of a grid row; a row's crossings are sorted and a cell is inside where the winding number, the sum of the
/// crossings' signs on its lower side, is not 0. So overlapping closed parts count as their union. Edges are half-open: a ray through an edge or a vertex is
/// moved by an infinitesimal amount, the same for all triangles, so that it crosses a closed surface an even number of times. All tests are exact on vertices
/// rounded to 2^-20 of a cell; a cell whose centre lies on the surface is inside at the low side and outside at the high side of the body.
/// If triangles are not oriented consistently, the parity of the number of crossings is used instead of the winding number.
/// Open meshes (edges with one triangle): rays run along x, y and z; a ray that leaves the mesh with a winding number other than 0 passed a hole and does not
/// vote; a cell is inside if most of the remaining rays say so (no votes: outside).
/// Threads: functions without state.  MPI: none; every rank reads the file and works on its own block.
/// Cost: O(triangles x rays each covers + crossings log crossings).
#pragma once

#include <ansatz/solvers/poisson/grid.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ansatz::solvers {

struct TriangleMesh {
  std::vector<std::array<double, 3>> vertices;
  std::vector<std::array<int, 3>> triangles; ///< vertex numbers, counter-clockwise seen from outside
};

/// Reads all triangles of a file; the format is recognised by content and extension.
/// Errors: FileError (`file_open` if it cannot be opened, `file_format` if no reader knows it or it is damaged or holds no triangle or non-finite vertices).
[[nodiscard]] TriangleMesh read_mesh(const std::string& path);

struct MeshReport {
  std::size_t triangles = 0;
  std::size_t degenerate = 0;          ///< triangles with a repeated vertex; they are ignored
  std::size_t open_edges = 0;          ///< edges with one triangle
  std::size_t crowded_edges = 0;       ///< edges with more than two
  std::size_t flipped_edges = 0;       ///< edges whose two triangles disagree about the orientation
  std::array<double, 3> low{}, high{}; ///< bounding box
};
[[nodiscard]] MeshReport check_mesh(const TriangleMesh& mesh);

/// The mesh scaled by `scale` and moved so that the centre of its bounding box lies at `centre`.
[[nodiscard]] TriangleMesh placed(const TriangleMesh& mesh, double scale, std::array<double, 3> centre);

/// Errors: UsageError (`bad_value`) for a vertex 2^20 cells or more from the grid's corner.
/// 1 for every cell of the block [start, start + n) of the grid whose centre is inside, x fastest.
[[nodiscard]] std::vector<std::uint8_t> voxelize(const TriangleMesh& mesh, const Grid& grid, std::array<int, 3> start, std::array<int, 3> n);

} // namespace ansatz::solvers
