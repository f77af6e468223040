// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/right_hand_side.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers {
namespace {

/// Steele, Lea and Flood, OOPSLA 2014: a bijective mixing of 64 bits.
std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// A uniform number in (0, 1].
double uniform(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 1.0) * 0x1p-53; }

/// One normal number from a key (Box and Muller).
double normal(std::uint64_t key) {
  const std::uint64_t first = splitmix64(key);
  return std::sqrt(-2.0 * std::log(uniform(first))) * std::cos(2.0 * std::numbers::pi * uniform(splitmix64(first)));
}

/// b = value(global (i,j,k), index in the padded box) on unknowns, 0 elsewhere, then made compatible.
template <class Value>
void fill(const PressureOperator& A, const ClosedComponents& closed, Vec b, Value&& value) {
  const LocalBox& box = A.flags().box();
  PetscScalar* out = nullptr;
  petsc_check(VecGetArrayWrite(b, &out));
  std::size_t c = 0;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++c) {
        const auto at = box.index(i, j, k);
        out[c] = A.diagonal()[static_cast<std::size_t>(at)] > 0 ? value(std::array<int, 3>{i + box.start[0], j + box.start[1], k + box.start[2]}, at)
                                                                : 0.0;
      }
  petsc_check(VecRestoreArrayWrite(b, &out));
  closed.project(b);
}

} // namespace

void random_rhs(const PressureOperator& A, const ClosedComponents& closed, std::uint64_t seed, Vec b) {
  const auto& n = A.flags().grid().cells;
  const std::uint64_t stream = splitmix64(seed);
  fill(A, closed, b, [&](const std::array<int, 3>& c, std::ptrdiff_t) {
    const auto cell = static_cast<std::uint64_t>(c[0] + std::int64_t{n[0]} * (c[1] + std::int64_t{n[1]} * c[2]));
    return normal(stream ^ splitmix64(cell));
  });
}

void divergence_rhs(const PressureOperator& A, const ClosedComponents& closed, const Velocity& velocity, Vec b) {
  const Grid& grid = A.flags().grid();
  const auto flags = A.flags().padded();
  const LocalBox& box = A.flags().box();
  const double length = grid.spacing * std::max({grid.cells[0], grid.cells[1], grid.cells[2]});
  const auto on_face = [&](std::size_t axis, const std::array<int, 3>& c, int side) {
    std::array<double, 3> p{};
    for (std::size_t a = 0; a < 3; ++a) p[a] = grid.spacing * (c[a] + (a == axis ? side : 0.5)) / length;
    return velocity(axis, p);
  };
  const std::array<std::ptrdiff_t, 3> step = {1, box.row, box.plane};
  fill(A, closed, b, [&](const std::array<int, 3>& c, std::ptrdiff_t at) {
    double outflow = 0.0;
    for (std::size_t a = 0; a < 3; ++a)
      for (int side = 0; side < 2; ++side) {
        const auto next = static_cast<Cell>(flags[static_cast<std::size_t>(at + (side ? step[a] : -step[a]))]);
        if (next == Cell::fluid || next == Cell::air) outflow += (side ? 1.0 : -1.0) * on_face(a, c, side);
      }
    return -outflow;
  });
}

void divergence_rhs(const PressureOperator& A, const ClosedComponents& closed, Vec b) {
  constexpr double pi = std::numbers::pi;
  const auto velocity = [](std::size_t axis, const std::array<double, 3>& p) {
    if (axis == 0) return std::sin(pi * p[0]) * std::cos(2 * pi * p[1]) + 0.3 * p[0];
    if (axis == 1) return std::cos(pi * p[1]) * std::sin(2 * pi * p[2]) - 0.2 * p[1] * p[2];
    return std::sin(pi * p[2]) * std::sin(pi * p[0]) + 0.5 * p[2];
  };
  divergence_rhs(A, closed, velocity, b);
}

} // namespace ansatz::solvers
