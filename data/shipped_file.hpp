// SPDX-License-Identifier: Apache-2.0
/// Files that come with Ansatz (trained models), found relative to the program or plug-in that asks, so that an installation may be moved:
///   share/ansatz/NAME in the folder of this code (library, plug-in or program) or any folder above it, then in those of the running program,
///   then below the prefix that was configured.
/// Build trees have share/ansatz too.
/// Errors: FileError `file_open` naming where it was looked for.  Threads: any.  MPI: local.
#pragma once

#include <string>

namespace ansatz {

/// \param name  path below share/ansatz, for example models/from64.h5
[[nodiscard]] std::string shipped_file(const std::string& name);

} // namespace ansatz
