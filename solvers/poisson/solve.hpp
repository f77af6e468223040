// SPDX-License-Identifier: Apache-2.0
/// Solve a pressure system with a solver chosen by name; every name is one entry of a table, and all of them report the same result.
/// The residual that decides `converged` is recomputed in double from A, x and b after the solver has stopped.
/// MPI: collective on the operator's communicator.  Threads: one call at a time per operator.
#pragma once

#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ansatz::solvers {

/// One line of the solver table.
struct SolverInfo {
  std::string name;    ///< `mgcg`, `dcdm`, `cg`, `icc`, `gamg`, `boomeramg`, `pfmg`, `fft`
  std::string summary; ///< one sentence for `--list`
};

/// All solvers this build offers, in the order of `--list`.
[[nodiscard]] std::vector<SolverInfo> pressure_solvers();

/// Reports one iteration: number and residual norm (relative to b). Return false to stop (reason `stopped`); all ranks must return the same.
using Monitor = std::function<bool(int iteration, double relative_residual)>;

/// Called after the monitor, once per iteration, with a function that gives the current iterate; that vector is valid until the observer returns and must not
/// be changed. Asking for it costs at most one copy of x; not asking costs nothing. Exceptions end the solve as InternalError.
using Observer = std::function<void(int iteration, const std::function<Vec()>& iterate)>;

/// What may propose directions to solver `dcdm`, in the order of `--list`; `classical` and `learned` to `mgcg` too.
[[nodiscard]] std::vector<SolverInfo> dcdm_directions();

struct SolveOptions {
  std::string solver = "mgcg";          ///< a name of pressure_solvers()
  std::string direction = "classical";  ///< of `dcdm`: a name of dcdm_directions(); `mgcg` heeds `learned` only, others ignore it
  std::string weights = {};             ///< of direction `published` or `learned`: a model file; empty: the one shipped
  std::string direction_format = "f32"; ///< of direction `published`: a name of network_direction.hpp's precision_names()
  double rtol = 1e-6;                   ///< stop when ||b - A x||_2 <= max(rtol ||b||_2, atol); 0 < rtol < 1
  double atol = 0.0;                    ///< >= 0, in units of b
  int max_iterations = 1000;            ///< >= 0
  bool zero_guess = true;               ///< false: start from the content of x
  Monitor monitor = {};                 ///< empty: none
  Observer observer = {};               ///< empty: none
};

struct SolveResult {
  std::string solver;
  std::string direction;              ///< of `dcdm`, and of `mgcg` if it is `learned`; otherwise empty
  std::string direction_format{};     ///< of direction `published`; otherwise empty
  double seconds_per_direction = 0.0; ///< of direction `published`: one evaluation of the network, mean over them, maximum over ranks
  std::int64_t unknowns = 0;
  int iterations = 0;
  bool converged = false;
  std::string reason; ///< converged_rtol, converged_atol, max_iterations, stagnated, breakdown, diverged, indefinite, inconsistent, nan, stopped
  double relative_residual = 0.0; ///< ||b - A x||_2 / ||b||_2, recomputed in double; 0 if b = 0
  double setup_seconds = 0.0;     ///< preconditioner set-up, maximum over ranks
  double solve_seconds = 0.0;     ///< Krylov loop or transform, maximum over ranks
  std::size_t bytes_peak = 0;     ///< bytes the solver allocated beyond b and x, sum over ranks; 0 if a library does not say
  std::vector<double> history;    ///< relative residual norms, entry 0 before the first iteration
};

/// Solves A x = b. b must be 0 on identity rows. On a closed component b must sum to 0: the incompatible part is projected out and, if it is more than
/// rtol ||b||, the result says `inconsistent` and is not converged.
/// Errors: UsageError for an unknown name (nearest valid name in the text) or for a solver that does not fit the domain (`fft` off a pure box, with the reason);
/// FileError for weights that cannot be used.
[[nodiscard]] SolveResult solve(const PressureOperator& A, Vec b, Vec x, const SolveOptions& options);

/// A solver that keeps its set-up (closed components, preconditioner, assembled matrix, Krylov vectors) between the right-hand sides of one operator.
///   PressureSolver solver(A, {.solver = "mgcg"});
///   while (...) solver.solve(b, x);
/// Borrows A, which must outlive it.  Errors: as solve(), an unknown name already in the constructor.  MPI: every member is collective.  Threads: one.
class PressureSolver {
public:
  PressureSolver(const PressureOperator& A, SolveOptions options);
  PressureSolver(const PressureSolver&) = delete;
  PressureSolver& operator=(const PressureSolver&) = delete;
  ~PressureSolver();

  /// As solve(); `setup_seconds` is 0 from the second call on.
  [[nodiscard]] SolveResult solve(Vec b, Vec x);
  /// Tolerances of the solves to come, unless PETSc options have set others.
  void set_tolerances(double rtol, double atol);

private:
  class Solve;
  std::unique_ptr<Solve> solve_;
};

} // namespace ansatz::solvers
