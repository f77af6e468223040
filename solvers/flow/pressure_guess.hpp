// SPDX-License-Identifier: Apache-2.0
/// Where the pressure solve of a time step starts.
///   zero      0
///   previous  the pressure of the step before (times the ratio of the time steps, since q = p dt / (rho h) is what is solved for)
///   fischer   the A-projection on the span of earlier solutions: x0 = sum_i <e_i, b> e_i with <e_i, A e_j> = delta_ij; each new solution adds the part of it
///             that is A-orthogonal to the rest, a full basis starts again with the newest solution
/// Cite: Fischer, Projection techniques for iterative solution of Ax = b with successive right-hand sides, CMAME 163 (1998), method 1.
/// It works beside any solver: the solver is given b - A x0.
/// Memory: `size` + 2 vectors for fischer, 1 for previous.  Threads: one.  MPI: collective.
#pragma once

#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <string>
#include <vector>

namespace ansatz::solvers::flow {

enum class Guess { zero, previous, fischer };

/// Errors: UsageError for another name than zero, previous, fischer.
[[nodiscard]] Guess guess_of(const std::string& name);

class PressureGuess {
public:
  /// \param like  a vector of the pressure system's DM  \param size  of the basis, >= 1
  PressureGuess(Guess kind, int size, Vec like);
  PressureGuess(const PressureGuess&) = delete;
  PressureGuess& operator=(const PressureGuess&) = delete;
  ~PressureGuess();

  /// x = the start for A x = b. Returns false, with x = 0, if there is none.
  [[nodiscard]] bool propose(Vec b, double dt, Vec x) const;
  /// Takes in the solution x of A x = b, started at x0.
  void learn(const PressureOperator& A, Vec x0, Vec x, double dt);
  /// The operator has changed: a basis is of no use any more, the previous pressure still is.
  void forget();

  /// The state, for checkpoints: the vectors in use, and the time step of the previous pressure.
  [[nodiscard]] std::span<const Vec> vectors() const noexcept { return vectors_; }
  [[nodiscard]] double dt() const noexcept { return dt_; }
  /// Makes room for `count` vectors, whose values the caller sets.
  void restore(std::size_t count, double dt);
  [[nodiscard]] Guess kind() const noexcept { return kind_; }

private:
  void grow();
  void clear();

  Guess kind_;
  std::size_t size_;
  double dt_ = 0.0;
  Vec work_ = nullptr;
  std::vector<Vec> vectors_;
};

} // namespace ansatz::solvers::flow
