// SPDX-License-Identifier: Apache-2.0
/// Which method a plan takes: by operation counts, alike everywhere, or by measurement on random blocks.
/// Degrees are trimmed (each at most the sum of the other two).  Threads: no state; a measurement wants its core for itself.  MPI: none; see
/// wisdom.hpp.
#pragma once

#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/harmonics/irreps.hpp>

#include <string>

namespace ansatz::equivariant {

/// Methods of the product and of its gradients, and the seconds each takes on a lane block; 0 if not measured.
struct MethodChoice {
  std::string product, gradient;
  double product_seconds = 0.0, gradient_seconds = 0.0;
};

/// By operation counts.
[[nodiscard]] MethodChoice estimate_methods(int l1, int l2, int l3, Parts part = Parts::even);

/// The fastest on 64 random blocks: 3 runs to warm up, median of 9; within 3 % the one named first in method_names.  Cost: some milliseconds to a
/// second.
template <class T>
[[nodiscard]] MethodChoice measure_methods(int l1, int l2, int l3, const Kernels<T>& kernels, Parts part = Parts::even);

/// Lets all methods multiply one random block. Returns the largest distance between two of their products, relative to the product's length, over the
/// lanes.
template <class T>
[[nodiscard]] double largest_disagreement(int l1, int l2, int l3, const Kernels<T>& kernels, Parts part = Parts::even);

} // namespace ansatz::equivariant
