// SPDX-License-Identifier: Apache-2.0
/// What measuring programs need: order statistics of repeated timings, and the memory bandwidth of this core as the limit to compare with.
/// Threads: no state.  MPI: local.
#pragma once

#include <ansatz/apps/common/tree.hpp>

#include <vector>

namespace ansatz::apps {

/// Quantile q in [0, 1] of the samples, linear between neighbours. At least one sample.
[[nodiscard]] double quantile(std::vector<double> samples, double q);

/// {min, q1, median, q3, samples}.
[[nodiscard]] Tree statistics(const std::vector<double>& samples);

/// Bytes a second of a[i] = b[i] + s c[i] over arrays far larger than the caches, best of some passes; 32 bytes an element: the line of a is read before it is written.
[[nodiscard]] double triad_bandwidth();

} // namespace ansatz::apps
