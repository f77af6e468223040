// SPDX-License-Identifier: Apache-2.0
/// Kernels of the multigrid cycle and of the conjugate gradient loop around it, one table per instruction set, chosen at run time.
/// Every kernel works on a range of rows of one z plane of one rank's block, so that sweeps can be fused by running them a few planes apart (wavefront.hpp).
/// Colours: a cell is red (0) if i + j + k is even, black (1) otherwise; a cell's face neighbours have the other colour.
/// On coarser levels rows are swept in whole packs: the right ghost of a swept row is overwritten (with 0, or with a multiple of what it was), and has to come
/// from the neighbour again before it is read.
/// Invariant: z, r and every Krylov vector are 0 in cells without an unknown and in the ghost layer outside the domain, so no neighbour needs a mask.
/// Errors: none.  Threads: a kernel writes only the arrays of the view it is given.  MPI: no communication.
#pragma once

#include <ansatz/solvers/multigrid/stencils.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace ansatz::solvers::multigrid {

/// What a kernel sees of a level. On the finest level `code` holds a_ii (0..6) and all face weights are 1, so there are no stencils;
/// on coarser levels `code` is null.
struct LevelView {
  SplitBox box;
  int first_row = 0; ///< kernels work on rows first_row <= j < last_row of a plane
  int last_row = 0;
  const std::uint8_t* code = nullptr;
  const float* stencils = nullptr; ///< Stencils::blocks and Stencils::of
  const std::int32_t* stencil_of = nullptr;
  float* z = nullptr;
  float* r = nullptr;
};

/// Vectors of the fused conjugate gradient loop, finest level, layout of its SplitBox. Directions are f32: an iterate is a sum of multiples of the rounded ones, taken
/// in double, and r follows from the same.
struct KrylovView {
  double* r = nullptr;
  float* p = nullptr;
  const float* previous = nullptr;
};

/// A sum of multiples of directions.
struct Combination {
  static constexpr int most = 4;
  int count = 0;
  std::array<const float*, most> p{};
  std::array<double, most> factor{};
};

struct Kernels {
  std::string_view name; ///< `avx512`, `avx2` or `generic`

  /// z = omega r / a_ii on one colour: the first half sweep from z = 0.
  void (*relax_from_zero)(const LevelView&, int k, int colour, float omega);
  /// z_i = keep z_i + omega (r_i + sum_j w_ij z_j) / a_ii on one colour: a half sweep of Gauss-Seidel (omega 1, keep 0) or of over-relaxation (keep = 1 - omega;
  /// 0 where z_i is still to be taken as 0).
  void (*relax)(const LevelView&, int k, int colour, float omega, float keep);
  /// out = r - A z on one colour.
  void (*residual)(const LevelView&, float* out, int k, int colour);
  /// z += omega * step / a_ii on one colour.
  void (*correct)(const LevelView&, const float* step, float omega, int k, int colour);
  /// coarse[I + nx J] += sum over the children in this plane of (r - A z); `colour` 0 or 1 restricts only that colour (the other one's residual is 0 after a
  /// half sweep), -1 both. `coarse` is a plane of the coarse level in natural order, with Stencils::lanes entries more behind it.
  void (*restrict_residual)(const LevelView&, float* coarse, int k, int colour);
  /// coarse[I + nx J] += sum over the children in this plane of r.
  void (*restrict_rhs)(const LevelView&, float* coarse, int k);
  /// z += coarse value of the parent (or z = it, if `add` is false), 0 in cells without an unknown. `coarse` as above.
  void (*prolong)(const LevelView&, const float* coarse, int k, bool add);
  /// Natural order to split order and back for some rows of a plane: split[(i,j)] <-> natural[i + nx j].
  void (*scatter_plane)(const SplitBox&, const float* natural, float* split, int k, int first_row, int last_row);
  void (*gather_plane)(const SplitBox&, const float* split, float* natural, int k, int first_row, int last_row);
  /// sum r z over these rows, accumulated in double.
  double (*dot)(const LevelView&, int k);

  /// p = z + beta * previous; 0: previous is not read.
  void (*direction)(const LevelView&, const KrylovView&, float beta, int k);
  /// p'A p over these rows.
  double (*energy)(const LevelView&, const KrylovView&, int k);
  /// r -= alpha A p, f32 copy of scale * r into the level's r; returns sum r^2 over these rows. p must be final on the neighbouring rows and planes too.
  double (*update)(const LevelView&, const KrylovView&, double alpha, double scale, int k);
  /// r = values in natural order (x fastest) where there are unknowns, else 0; returns sum r^2 over these rows.
  double (*take)(const LevelView&, const double* natural, double* r, int k);
  /// Adds the combination to values in natural order, or sets them to it.
  void (*combine)(const SplitBox&, const Combination&, double* natural, bool add, int k);
};

/// The tables compiled in and usable on this machine, fastest first; the last one is `generic`.
[[nodiscard]] std::vector<const Kernels*> available_kernels();

} // namespace ansatz::solvers::multigrid
