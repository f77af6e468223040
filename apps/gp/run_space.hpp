// SPDX-License-Identifier: Apache-2.0
/// A problem of three dimensions from the case file to the result file, with the Chebyshev reference beside it.
/// Threads: one.  MPI: collective on the run's communicator; fields are written by blocks of the ranks.
#pragma once

#include "run_problem.hpp"

#include <ansatz/solvers/gp/space.hpp>

namespace ansatz::apps {

/// Row of the table, summary entry, result file. Errors: UsageError for a method that has no third dimension.
[[nodiscard]] GpRow run_space_problem(RunContext& run, const solvers::gp::ProblemText& text);

} // namespace ansatz::apps
