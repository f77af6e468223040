// SPDX-License-Identifier: Apache-2.0
/// The table behind `--solver`: how each Krylov solver is put together from PETSc types and options.
/// MPI: local.  Threads: any; DefaultOptions changes PETSc's option database and belongs to one thread.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ansatz::solvers {

using OptionList = std::vector<std::pair<std::string, std::string>>;

struct SolverEntry {
  const char* name;
  const char* summary;
  const char* ksp;
  const char* pc;
  const char* matrix;  ///< type of the assembled matrix the preconditioner is made from, or null for the matrix-free operator
  OptionList defaults; ///< options of the preconditioner where the user says nothing
  OptionList fallback; ///< other values for a second attempt if the first one breaks down; empty: no second attempt
};

[[nodiscard]] std::span<const SolverEntry> solver_table();

/// A PC that proposes directions to `dcdm`, and to `mgcg` if it is a cycle; the first one is that of the table.
struct DirectionEntry {
  const char* name;
  const char* summary;
  const char* pc;
  OptionList defaults; ///< options of loop and PC where the user says nothing
};
[[nodiscard]] std::span<const DirectionEntry> direction_table();

/// Puts options into PETSc's database unless the user has set them, and takes them out again.
class DefaultOptions {
public:
  explicit DefaultOptions(const OptionList& options);
  DefaultOptions(const DefaultOptions&) = delete;
  DefaultOptions& operator=(const DefaultOptions&) = delete;
  ~DefaultOptions();

private:
  std::vector<std::string> set_;
};

} // namespace ansatz::solvers
