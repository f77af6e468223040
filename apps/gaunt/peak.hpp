// SPDX-License-Identifier: Apache-2.0
/// The processor's rate of multiply-adds, the limit of every kernel.
/// Threads: the calling one.  MPI: none.
#pragma once

#include <string_view>

namespace ansatz::apps {

/// Gflop/s of ten independent chains of multiply-adds with the vectors of these kernels, in half a millisecond; 0 for kernels without such
/// instructions.
/// \param bytes  of a number: 4 or 8
[[nodiscard]] double multiply_add_rate(std::string_view kernels, std::size_t bytes);

} // namespace ansatz::apps
