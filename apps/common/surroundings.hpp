// SPDX-License-Identifier: Apache-2.0
/// What an app finds around it: environment, launcher, threads, machine, libraries.  Threads: one, before others are started.  MPI: local.
#pragma once

#include <ansatz/apps/common/event_log.hpp>
#include <ansatz/apps/common/option.hpp>
#include <ansatz/apps/common/tree.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ansatz::apps {

/// The variables meant for options: ANSATZ_SOLVER__RTOL and other names of at least two levels, or the name of one of `options`. Others, such as ANSATZ_PRESET,
/// belong to scripts.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> option_environment(const std::vector<Option>& options);

/// The words of PETSC_OPTIONS.
[[nodiscard]] std::vector<std::string> petsc_environment();

/// Throws UsageError `environment` if the launcher announces more processes than MPI knows: each would do the whole job and overwrite the others' files.
void check_launcher(int ranks);

/// Sets the BLAS threads of this rank, unless `chosen` is false and the environment says something; several change the bits of the answer. Logs what is in
/// effect and warns if the process may not use so many cores. Returns the number in effect.
int use_threads(int threads, bool chosen, EventLog& log);

/// `machine` of the summary: {"host": ..., "cores": ...}.
[[nodiscard]] Tree machine();

/// Names and versions of PETSc, MPI and HDF5, for --version and the provenance of files.
[[nodiscard]] std::string libraries();

/// --version: release, commit, compiler, libraries, and which libraries under the GPL this process has loaded.
[[nodiscard]] std::string version_text(const std::string& app);

} // namespace ansatz::apps
