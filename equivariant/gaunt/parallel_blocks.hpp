// SPDX-License-Identifier: Apache-2.0
/// Blocks split among OpenMP threads.
/// Threads: every block is worked on by one thread, in the order of a loop, so results do not depend on their number.  Errors: body must not throw.
#pragma once

#include <algorithm>
#include <cstddef>

namespace ansatz::equivariant {

/// body(part, first, last) for `threads` parts of 0..blocks, at most one at a time for each part. Inside a parallel region the caller's thread does
/// it all.
template <class Body>
void for_blocks(int threads, std::size_t blocks, const Body& body) {
  const int parts = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(threads), blocks));
  if (parts <= 1) {
    if (blocks > 0) body(0, std::size_t{0}, blocks);
    return;
  }
#pragma omp parallel for num_threads(parts) schedule(static, 1)
  for (int part = 0; part < parts; ++part)
    body(part, blocks * static_cast<std::size_t>(part) / static_cast<std::size_t>(parts),
         blocks * (static_cast<std::size_t>(part) + 1) / static_cast<std::size_t>(parts));
}

} // namespace ansatz::equivariant
