// SPDX-License-Identifier: Apache-2.0
/// --json: one object with app, version, command_line, machine, ranks, threads, config, results, phases and exit, written for every exit code. docs/errors.md
/// lists the fields.
/// Threads: one caller.  MPI: phase is collective; the rest is local and rank 0's content is written.
#pragma once

#include <ansatz/apps/common/tree.hpp>
#include <ansatz/data/error.hpp>

#include <mpi.h>

#include <string>

namespace ansatz::apps {

class Summary {
public:
  Summary(const std::string& app, const std::string& command_line, int ranks);

  /// One entry of `results`: an object (solver, unknowns, iterations, converged, reason, relative_residual, setup_seconds, solve_seconds, bytes_peak, ...).
  void add_result(Tree result);
  /// A top-level field.
  void set(const std::string& name, Tree value);
  /// Adds {name, min, mean, max} to `phases`: `seconds` over the ranks of `comm`. Collective.
  void phase(const std::string& name, double seconds, MPI_Comm comm);
  /// Sets `exit`: {code, reason, message}.
  void set_exit(ExitCode code, const std::string& reason, const std::string& message);
  [[nodiscard]] const Tree& tree() const noexcept { return tree_; }
  /// Writes to `path` ("-": stdout, "": nothing) through a temporary file and a rename. Throws FileError.
  void write(const std::string& path) const;
  /// Throws FileError if `path` cannot be written: a run of hours must not end there.
  static void require_place(const std::string& path);

private:
  Tree tree_;
};

} // namespace ansatz::apps
