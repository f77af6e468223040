// SPDX-License-Identifier: Apache-2.0
/// A problem with observations, unknown coefficients, scattered points or no boundary data, by the outer loop.  Threads: one.  MPI: one rank.
#pragma once

#include "run_problem.hpp"

namespace ansatz::apps {

/// Fills row, values, variance, samples and `inference` of `done`; goes on from --restart, writes checkpoints that are due and one where it is
/// stopped.
void infer_problem(RunContext& run, const Verification& truth, GpRun& done);

/// Estimates, noise, lines and warnings on the screen.
void print_inference(RunContext& run, const GpRun& done);

/// The same as members of the summary's entry.
void add_inference(Tree& entry, const solvers::gp::InferenceResult& result);

} // namespace ansatz::apps
