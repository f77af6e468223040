// SPDX-License-Identifier: Apache-2.0
/// The gradient of a global batch, the same bits on any number of ranks. The batch is cut into C chunks, a power of two and a multiple of the ranks;
/// rank r of R works on the chunks r C/R .. (r+1) C/R - 1, and all chunks are added in one fixed binary tree:
///   ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))
/// whose lower levels lie within a rank and whose upper levels are recursive doubling (addition commutes, so both partners hold the same bits).
/// Equal bits need equal thread counts, and parameters that are equal on all ranks.
/// Errors: UsageError on every rank for a bad number of chunks or arenas of different size; what `chunk` throws on one rank is thrown on all.
/// Threads: one.  MPI: collective.  Cost: log2 R messages of one arena each.  Memory: 1 + log2(C/R) arenas.
#pragma once

#include <ansatz/learning/arena.hpp>

#include <mpi.h>

#include <functional>

namespace ansatz::learning {

/// Leaves (sum over the chunks) / divisor in the gradients of the arena and returns that of the losses.
/// \param chunk  adds the gradient of chunk c to the arena and returns its loss; both sums over the samples of the chunk
/// \param divisor  the number of samples of the whole batch, for the mean
template <class T>
[[nodiscard]] double parallel_gradient(MPI_Comm comm, std::int64_t chunks, double divisor, Arena<T>& arena,
                                       const std::function<double(std::int64_t c)>& chunk);

} // namespace ansatz::learning
