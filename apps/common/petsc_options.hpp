// SPDX-License-Identifier: Apache-2.0
/// Misspelt PETSc options are errors: PETSc itself runs its default solver and says nothing.
/// MPI: every rank sees the same options and throws alike.  Threads: one caller.
#pragma once

#include <string>
#include <vector>

namespace ansatz::apps {

/// To be called after KSPSetUp and KSPSetUpOnBlocks, before the first solve: throws UsageError `bad_key` naming every PETSc option nobody has read, with the
/// nearest known name, except the few that PETSc reads late (-ksp_converged_reason, -options_left, -log_view, ...).
void check_petsc_options();

/// Names (with dash) still unread now; for a warning at the end of a run.
[[nodiscard]] std::vector<std::string> unread_petsc_options();

} // namespace ansatz::apps
