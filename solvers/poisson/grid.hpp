// SPDX-License-Identifier: Apache-2.0
/// Uniform grid of cubic cells, the kinds of cell, and the padded local box that every field kernel runs on.
///   centre of cell (i,j,k) = origin + spacing * (i + 1/2, j + 1/2, k + 1/2),  i fastest in memory, as in PETSc's DMDA.
/// Units: spacing and origin in metres unless a scene says otherwise.  Threads: values.  MPI: no communication here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ansatz::solvers {

/// Kind of a grid cell. The numbers are those of the published data sets and of `/fields/flags` in result files.
enum class Cell : std::uint8_t {
  wall = 0,  ///< outside the box
  solid = 1, ///< no flow through its faces (homogeneous Neumann)
  fluid = 2, ///< one unknown
  air = 3,   ///< pressure 0 at the cell centre (Dirichlet)
};

/// The global grid.
struct Grid {
  std::array<int, 3> cells{};     ///< cells along x, y, z; each >= 1
  double spacing = 0.0;           ///< edge h of a cell, > 0
  std::array<double, 3> origin{}; ///< lower corner of cell (0,0,0)

  [[nodiscard]] std::array<double, 3> centre(int i, int j, int k) const noexcept {
    return {origin[0] + spacing * (i + 0.5), origin[1] + spacing * (j + 0.5), origin[2] + spacing * (k + 0.5)};
  }
};

/// Memory layout of one rank's block with one layer of ghost cells on every side.
///   index(i,j,k) = base + i + row * j + plane * k,   -1 <= i <= n[0] and so on.
/// Rows start on a 64-byte boundary for 4-byte entries (`row` is a multiple of 16); the ghost left of a row is the padding at the end of the row before.
struct LocalBox {
  std::array<int, 3> n{};     ///< own cells
  std::array<int, 3> start{}; ///< global index of own cell (0,0,0)
  std::ptrdiff_t row = 0;
  std::ptrdiff_t plane = 0;
  std::ptrdiff_t base = 0;
  std::size_t size = 0; ///< entries to allocate

  LocalBox() = default;
  LocalBox(std::array<int, 3> own, std::array<int, 3> first) : n(own), start(first) {
    constexpr std::ptrdiff_t lanes = 16;          // 64 bytes of f32: one AVX-512 vector
    row = (n[0] + 2 + lanes - 1) / lanes * lanes; // right ghost of a row and left ghost of the next are two entries
    plane = row * (n[1] + 2);
    base = lanes + plane + row;
    size = static_cast<std::size_t>(base + plane * (n[2] + 1) + lanes);
  }

  [[nodiscard]] std::ptrdiff_t index(int i, int j, int k) const noexcept { return base + i + row * j + plane * k; }
  [[nodiscard]] std::int64_t own_cells() const noexcept { return std::int64_t{n[0]} * n[1] * n[2]; }
};

} // namespace ansatz::solvers
