// SPDX-License-Identifier: Apache-2.0
/// Where a run that solves leaves its files.
/// MPI: require_output is collective.  Threads: no state.
#pragma once

#include <ansatz/apps/common/app.hpp>

#include <string>

namespace ansatz::apps {

/// OUT_checkpoint.h5 beside the output OUT.h5; empty without an output: a run that keeps no answer keeps no checkpoint.
[[nodiscard]] std::string checkpoint_path(const Config& config);

/// A run of hours must not end at a name that is taken or in a folder that is not there. An existing output or checkpoint needs --overwrite, except the checkpoint the
/// run goes on from.
/// Errors: FileError `file_open`; UsageError for --checkpoint-every without --output. On all ranks.
void require_output(const RunContext& run);

} // namespace ansatz::apps
