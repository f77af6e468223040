// SPDX-License-Identifier: Apache-2.0
/// --json: one object with app, version, config, machine, ranks, threads, results, phases and exit, written for every exit code.
/// Threads: one caller.  MPI: phase_times is collective; the rest is local and rank 0's content is written.
#pragma once

#include <ansatz/apps/common/tree.hpp>
#include <ansatz/data/error.hpp>

#include <mpi.h>

#include <string>

namespace ansatz::apps {

class Summary {
public:
  explicit Summary(const std::string& app);

  /// One entry of `results`: an object (solver, unknowns, iterations, converged, reason, relative_residual, setup_seconds, solve_seconds, bytes_peak, ...).
  void add_result(Tree result);
  /// A top-level field.
  void set(const std::string& name, Tree value);
  /// Adds `phases.<name>` = {min, mean, max} of `seconds` over the ranks of `comm`. Collective.
  void phase(const std::string& name, double seconds, MPI_Comm comm);
  /// Sets `exit`: {code, reason, message}.
  void set_exit(ExitCode code, const std::string& reason, const std::string& message);
  [[nodiscard]] const Tree& tree() const noexcept { return tree_; }
  /// Writes to `path` ("-": stdout, "": nothing) through a temporary file and a rename. Throws FileError.
  void write(const std::string& path) const;

private:
  Tree tree_;
};

} // namespace ansatz::apps
