// SPDX-License-Identifier: Apache-2.0
/// What ansatz-poisson can be told.  Threads: no state.  MPI: none, but for scene_file.
#pragma once

#include <ansatz/apps/common/scene_options.hpp>

#include <mpi.h>

#include <string>

namespace ansatz::apps {

[[nodiscard]] AppDescription poisson_description();

/// The result file or frame of a series that holds the scene; empty: it is described. Errors: UsageError for a frame that is not there or a contradiction with
/// another description, FileError for the file.  MPI: collective.
[[nodiscard]] std::string scene_file(const Config& config, MPI_Comm comm);

/// Errors: UsageError for a direction without dcdm and for weights or formats that nothing reads.
void check_direction(const Config& config);

} // namespace ansatz::apps
