// SPDX-License-Identifier: Apache-2.0
/// The projection step: the pressure q = p dt / (rho h), in m/s, that makes a velocity solenoidal (docs/poisson.md, docs/flow.md).
///   A q = b,  b_i = -S_i(u*),  u = u* - (q_j - q_i) on active faces;  S_i(u) = -(b - A q)_i, S_i the sum of outward face velocities.
/// The solve ends when dt max |div u| <= tolerance: since |r|_max <= |r|_2, when |b - A q|_2 <= tolerance h / dt.
/// Set-up of operator and solver is kept as long as the cells stay.
/// Threads: one object per thread.  MPI: collective.
#pragma once

#include <ansatz/solvers/flow/boundary.hpp>
#include <ansatz/solvers/flow/pressure_guess.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <memory>
#include <string>

namespace ansatz::solvers::flow {

struct ProjectionOptions {
  std::string solver = "mgcg"; ///< a name of pressure_solvers()
  double tolerance = 1e-5;     ///< largest dt |div u| of a cell that is left, > 0
  int max_iterations = 1000;   ///< >= 1
  Guess guess = Guess::zero;   ///< where the solve starts
  int guess_size = 8;          ///< vectors of the Fischer basis
};

struct ProjectionReport {
  bool converged = false;
  std::string reason; ///< as SolveResult::reason
  std::int64_t unknowns = 0;
  int iterations = 0;
  double guess_residual = 1.0; ///< |b - A x0| / |b|
  double relative_residual = 0.0;
  double divergence = 0.0; ///< max |div u| of the new velocity, 1/s, computed from its faces
  double setup_seconds = 0.0;
  double solve_seconds = 0.0;
  std::size_t bytes_peak = 0; ///< as SolveResult::bytes_peak
};

class Projection {
public:
  /// Borrows mac and boundary. Errors: UsageError for an unknown solver.
  Projection(const MacGrid& mac, const Boundary& boundary, ProjectionOptions options);
  Projection(const Projection&) = delete;
  Projection& operator=(const Projection&) = delete;
  ~Projection();

  /// The cells of the steps to come (Cell values, own, x fastest). Keeps everything if none has changed; returns whether one has.
  /// Errors: UsageError if no fluid cell is left.
  bool set_cells(std::span<const std::uint8_t> kinds);
  /// Projects u, whose bound faces are set (Boundary::bind), ghosts of own faces' neighbours included where ranks meet.
  ProjectionReport operator()(Velocity& u, double dt);

  /// Net inflow through walls and bodies into components without outlet, as a part of the whole flow through them; 0 if all is well.
  [[nodiscard]] double incompatibility(const Velocity& u);

  [[nodiscard]] const PressureOperator& A() const { return *A_; }
  [[nodiscard]] Vec pressure() const { return q_; } ///< of the last step
  [[nodiscard]] Vec rhs() const { return b_; }
  [[nodiscard]] PressureGuess& guess() { return *guess_; }
  [[nodiscard]] const PressureGuess& guess() const { return *guess_; }

private:
  /// Sum of outward face velocities of every unknown into b, times `sign`; returns the largest magnitude.
  double outflow(const Velocity& u, double sign, Vec b) const;
  void solve(double dt, ProjectionReport& report);
  void subtract_gradient(Velocity& u);

  const MacGrid& mac_;
  const Boundary& boundary_;
  ProjectionOptions options_;
  std::vector<std::uint8_t> cells_;
  std::unique_ptr<CellFlags> flags_;
  std::unique_ptr<PressureOperator> A_;
  std::unique_ptr<PressureSolver> solver_;
  std::unique_ptr<PressureGuess> guess_;
  Vec b_ = nullptr;
  Vec q_ = nullptr;
  Vec start_ = nullptr;
  Vec remainder_ = nullptr;
  Vec correction_ = nullptr;
  Field padded_;
};

} // namespace ansatz::solvers::flow
