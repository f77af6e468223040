// SPDX-License-Identifier: Apache-2.0
/// Names of a run's files, and whether they can be written.  Threads: no state.
#pragma once

#include <ansatz/apps/common/app.hpp>

#include <string>

namespace ansatz::apps {

/// OUT_checkpoint.h5 beside the output OUT.h5; empty without an output: a run that keeps no answer keeps no checkpoint.
[[nodiscard]] std::string checkpoint_path(const Config& config);

/// A run of hours must not end at a name that is taken or in a folder that is not there.
/// \param series  the output grows while the run goes on, so a run that goes on from the checkpoint beside it may find it there
/// Errors: FileError `file_open`; UsageError for regular checkpoints without an output.  MPI: collective.
void require_output_place(const RunContext& run, bool series);

} // namespace ansatz::apps
