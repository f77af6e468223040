// SPDX-License-Identifier: Apache-2.0
/// --progress: one line per interval on stdout with step, time, residual, rate q = (r_k / r_{k-m})^{1/m}, steps left ln(target / r_k) / ln q and the time
/// they take; a dash where q >= 1. Rank 0 speaks.
/// Threads: one caller.  MPI: local, no communication.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

namespace ansatz::apps {

/// The figures of one line.
struct Forecast {
  double rate = 0.0;      ///< q; 0 while unknown
  double steps_left = -1; ///< < 0: unknown, or q >= 1
  double seconds_left = -1;
};

/// \param residuals  (step, residual) pairs, oldest first; q is taken between the first and the last.  Cost O(1).
[[nodiscard]] Forecast forecast(const std::deque<std::pair<std::int64_t, double>>& residuals, double target, double seconds_per_step);

class Progress {
public:
  enum class Style { none, lines, bar };

  /// \param interval  seconds between lines, > 0;  \param parallel  true: lines even if a bar was asked for
  Progress(Style style, double interval, int rank, bool parallel);

  /// Starts a new count of steps (a new solver).
  void start(const std::string& title, double target);
  /// Prints a line if one is due.
  void step(std::int64_t number, double residual);
  /// The same with a text of the caller's own, made if a line is due.
  void step(const std::function<std::string()>& text);
  /// Keeps stdout for others: say() goes to stderr, steps are not shown (--json -).
  void silence();
  /// A line of results on stdout, from rank 0, whatever the style.
  void say(const std::string& text);

private:
  [[nodiscard]] bool due();
  void show(const std::string& text);
  void print(std::int64_t number, double residual, double now);

  Style style_;
  double interval_;
  int rank_;
  std::string title_;
  double target_ = 0.0;
  double last_print_ = 0.0;
  bool open_bar_ = false;
  bool silent_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::deque<std::pair<std::int64_t, double>> recent_;
};

/// The style called `name`: "none", "lines" or "bar".
[[nodiscard]] Progress::Style to_style(const std::string& name);

} // namespace ansatz::apps
