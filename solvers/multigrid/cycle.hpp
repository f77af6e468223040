// SPDX-License-Identifier: Apache-2.0
/// Multigrid cycle z = M r in single precision, linear in r and symmetric positive semidefinite by construction (V and W; the F-cycle is not symmetric).
///   pre-smooth from 0; z += P M_{l+1} P'(r - A z); post-smooth in reverse order.
/// Red-black: nu sweeps red then black before, black then red after. After a black half sweep the residual is zero on black cells, so only red ones are
/// restricted. On one rank the half sweeps, the residual and the restriction run through memory once (wavefront.hpp); the
/// prolongation and the post-smoothing likewise. Learned weights over-relax half sweeps, the last one before and the first one after excepted.
/// Chebyshev: z += omega_k/(2 a_ii) (r - A z), 1/omega_k = (1+a)/2 + (1-a)/2 cos(pi (2k-1)/(2 nu)), a = 1/4, k = 1..nu before and nu..1 after.
/// Jacobi: z += 0.8/a_ii (r - A z), nu times.
/// MPI: collective on the hierarchy's communicator.  Threads: one object per thread.
/// Cost on one rank: at least 26 bytes a finest cell of memory traffic on the finest level; every coarser one has an eighth of the cells of the one above and
/// is visited once (V) or twice (W) as often.
#pragma once

#include <ansatz/solvers/multigrid/coarse_solver.hpp>
#include <ansatz/solvers/multigrid/cycle_weights.hpp>
#include <ansatz/solvers/multigrid/hierarchy.hpp>

#include <functional>
#include <memory>
#include <string>

namespace ansatz::solvers::multigrid {

enum class Smoother { red_black, chebyshev, jacobi };
enum class CycleType { v, w, f };

struct CycleOptions {
  Smoother smoother = Smoother::red_black;
  CycleType type = CycleType::w;               ///< V needs 2 iterations more on 256^3 cells than on 64^3 (s8w, smooth), W 1
  int sweeps = 2;                              ///< smoothing sweeps before and after the coarse correction, 1..8
  bool fused = true;                           ///< wavefront sweeps where a level lives on one rank; same values as the plain sweeps
  std::string kernels;                         ///< `avx512`, `avx2`, `generic`; empty: the fastest this machine has
  std::shared_ptr<const CycleWeights> weights; ///< learned ones, those of the hierarchy too; only for two red-black sweeps. Null: classical
};

class Cycle {
public:
  /// Borrows the hierarchy. Throws UsageError for kernels that this machine does not have, and for weights with another smoother.
  Cycle(Hierarchy& hierarchy, const CycleOptions& options);

  /// Level 0: z = M r. `after(k, first_row, last_row)` is called for every part of the level once it is final there.
  using RowsDone = std::function<void(int, int, int)>;
  void apply(const RowsDone& after = {});
  /// Level 0: z = full multigrid start from r (restrict r to every level; solve, prolong, one V cycle a level).
  void full_multigrid();

  [[nodiscard]] const Kernels& kernels() const noexcept { return *kernels_; }
  [[nodiscard]] const CycleOptions& options() const noexcept { return options_; }

private:
  /// Some rows of a plane.
  struct Rows {
    int k, first, last;
  };
  void cycle(std::size_t l, bool from_zero, CycleType type, const RowsDone& after);
  void descend(std::size_t l, bool from_zero);
  void ascend(std::size_t l, const RowsDone& after);
  void red_black(Level& level, int half_sweep, bool post, bool from_zero, const Rows& rows);
  [[nodiscard]] float relaxation(const Level& level, int half_sweep, bool post) const;
  void sweep_all(Level& level, bool post, bool from_zero);
  void point_smooth(Level& level, bool post, bool from_zero);
  void restrict_rows(std::size_t l, const Rows& rows, bool rhs);
  [[nodiscard]] int band(const Level& level) const;
  void finish_restriction(std::size_t l, bool rhs);
  void fetch_correction(std::size_t l);
  void prolong_rows(std::size_t l, const Rows& rows, bool add);
  void prolong_moved(std::size_t l, bool before_planes);

  Hierarchy& hierarchy_;
  CycleOptions options_;
  const Kernels* kernels_ = nullptr;
  CoarseSolver coarse_solver_;
  std::array<std::array<float, CycleWeights::half_sweeps>, 2> relaxation_{}; ///< learned: coarse levels, then the finest
  std::vector<AlignedVector<float>> plane_;                                  ///< per level: one plane of the next coarser level in natural order
};

} // namespace ansatz::solvers::multigrid
