// SPDX-License-Identifier: Apache-2.0
/// The hyperparameters that maximise the evidence of all observations: log weight, log rate and frequency of every line, coefficients of the
/// equation, the noise of the sensors. In rounds: add to each axis one line where the evidence rises fastest, if it rises; drop lines without which
/// it is higher; then TAO's bounded L-BFGS on all parameters, each on the scale its projected Gauss-Newton curvature gives at the start of the round.
/// Finished when a round adds nothing, drops nothing and gains less than a fifth of `least_gain`.
/// Within a round the number of features of a line and, where the equation is not linear, its linearisation are fixed: the objective is smooth.
/// Not fitted: the noise of equation and faces (rounding control, statement.hpp); the weight and rate of the line at frequency 0 of an axis none of
/// whose ends have data, which stands for functions that nothing else determines; the weight of the second axis' line at 0, since only products of
/// the axes' weights are seen.
/// Bounds: frequency within pi/T of its place at the start of the round, weight within a factor 1e6 and rate within 16 of theirs, b T^2/2 in [1e-4,
/// 4], coefficients as stated, sensor noise from 1e-10 to 10 of the largest datum.
/// State: what `OuterState` holds at the start of a round decides all that follows, bit for bit on one machine: it is what a checkpoint keeps.
/// Cost: 10 to 60 evaluations of the evidence a round.  Threads: those of the BLAS.  MPI: local.
#pragma once

#include <ansatz/solvers/gp/statement.hpp>

#include <functional>
#include <string>
#include <vector>

namespace ansatz::solvers::gp {

/// One accepted iterate.
struct OuterStep {
  int round = 0;
  double log_evidence = 0.0;
  std::vector<std::string> names{}; ///< of the parameters (row_set.hpp)
  std::vector<double> values{};
};

struct OuterState {
  Hyperparameters theta{};
  Scales scales{};
  int round = 0; ///< rounds done
  bool finished = false;
  std::vector<OuterStep> history{};
  std::vector<std::string> changes{}; ///< lines added and dropped, in words
};

struct OuterOptions {
  int most_rounds = 12;
  int iterations = 40; ///< of L-BFGS a round
  int most_lines = 8;  ///< an axis, besides that at frequency 0
  int newton_iterations = 30;
  double least_gain = 10.0;                              ///< in log evidence, of a line added: 3 parameters cost about 3/2 log(rows)
  std::array<double, 2> highest_frequency{100.0, 100.0}; ///< searched an axis
  std::function<void(const OuterState&)> round_done{};
  std::function<bool(const OuterStep&)> monitor{}; ///< called with every accepted iterate; false stops and gives the state back as the round found it
};

/// What is fitted, in the order used throughout.
[[nodiscard]] std::vector<Parameter> free_parameters(const Statement& statement, const Hyperparameters& theta);

/// Carries `state` on to its end. Returns false if the monitor stopped it: then `state` is that of the last round's end.
[[nodiscard]] bool improve(const Statement& statement, const OuterOptions& options, OuterState& state);

} // namespace ansatz::solvers::gp
