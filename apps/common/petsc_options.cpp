// SPDX-License-Identifier: Apache-2.0
#include "petsc_options.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <petscsys.h>

#include <algorithm>

namespace ansatz::apps {

namespace {

void check(PetscErrorCode code) {
  if (code != 0) throw InternalError("internal", "PETSc error " + std::to_string(code) + " in its table of options");
}

bool read_late(const std::string& name) {
  static const std::vector<std::string> late{"-ksp_converged_reason", "-ksp_view",     "-ksp_view_final_residual",
                                             "-options_left",         "-options_view", "-log_view",
                                             "-malloc_dump",          "-malloc_view",  "-memory_view",
                                             "-objects_dump",         "-saws_options"};
  return std::find(late.begin(), late.end(), name) != late.end();
}

} // namespace

std::vector<std::string> unread_petsc_options() {
  PetscInt count = 0;
  char** names = nullptr;
  char** values = nullptr;
  check(PetscOptionsLeftGet(nullptr, &count, &names, &values));
  std::vector<std::string> all;
  for (PetscInt i = 0; i < count; ++i)
    if (std::string("skip_petscrc") != names[i]) all.push_back(std::string("-") + names[i]); // ours; PETSc reads it before it counts
  check(PetscOptionsLeftRestore(nullptr, &count, &names, &values));
  return all;
}

void check_petsc_options() {
  static const std::vector<std::string> common{"-ksp_type",          "-ksp_rtol",      "-ksp_max_it",       "-ksp_monitor",
                                               "-ksp_norm_type",     "-pc_type",       "-pc_factor_levels", "-sub_pc_type",
                                               "-pc_gamg_threshold", "-pc_hypre_type", "-options_left",     "-log_view"};
  std::string text;
  for (const std::string& name : unread_petsc_options()) {
    if (read_late(name)) continue;
    const auto nearest =
        std::min_element(common.begin(), common.end(), [&](const auto& a, const auto& b) { return edit_distance(name, a) < edit_distance(name, b); });
    text += (text.empty() ? "" : "\n") + name + ": a PETSc option that nothing has read; it is misspelt or does not belong to this solver";
    if (edit_distance(name, *nearest) <= 3) text += "; did you mean " + *nearest + "?";
  }
  if (!text.empty()) throw UsageError("bad_key", text);
}

} // namespace ansatz::apps
