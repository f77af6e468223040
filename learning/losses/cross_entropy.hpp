// SPDX-License-Identifier: Apache-2.0
/// Loss of a classification: for the logits z of a sample and its class c,
///   L = log(sum over k of exp z_k) - z_c,   dL/dz = softmax(z) - e_c
/// computed with the largest logit taken off, so it overflows for no finite z.
/// Shapes: logits and gradient [samples][classes], one label a sample.
/// Errors: UsageError for lengths that differ and labels without a class.
/// Threads: no state.
#pragma once

#include <cstdint>
#include <span>

namespace ansatz::learning {

struct Classified {
  double loss = 0;          ///< sum over the samples
  std::int64_t correct = 0; ///< samples whose largest logit, the first of them, is that of their class
};

/// \param gradient  overwritten with the gradient of the sum; may be empty
template <class T>
Classified cross_entropy(std::span<const T> logits, std::span<const std::uint8_t> labels, std::span<T> gradient);

} // namespace ansatz::learning
