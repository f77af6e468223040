// SPDX-License-Identifier: Apache-2.0
/// What this build is: release number, source commit and compiler. Generated from cmake/version.cpp.in, so a new commit recompiles one file.
/// Cost: none.  Threads: any.  MPI: none.  Ownership: the texts live as long as the program.
#pragma once

#include <string_view>

namespace ansatz {

/// Release number, "0.1.0".
[[nodiscard]] std::string_view version() noexcept;

/// Commit the sources were at when they were built, 12 hexadecimal digits; "unknown" for sources without git.
[[nodiscard]] std::string_view git_commit() noexcept;

/// Whether tracked files differed from that commit; false where the commit is unknown.
[[nodiscard]] bool git_dirty() noexcept;

/// Compiler, version, build type and flags, "GNU 12.2.0 Release -O3 -DNDEBUG".
[[nodiscard]] std::string_view compiler() noexcept;

} // namespace ansatz
