// SPDX-License-Identifier: Apache-2.0
/// Training in integers: the products of linear layers, forward, backward to the data and to the weights, in dynamic fixed point (DFP16). Both operands become
/// int16 with one exponent a tensor (formats/dynamic_fixed_point.hpp), nearest even, with headroom s; sums are
///   y = float(2^(Ea + Eb)) F,   F += float(S) after every chain,   S = sum of qa qb in int32 over a chain of 2 w products
/// with the longest w for which  2 w max|qa| max|qb| <= 2^31 - 1  (proven for these data; never shorter than the static 32 products at s = 2). Everything else,
/// the master weights, biases, activations, pooling, loss and optimiser, stays in float32.
/// Layers with few terms or few outputs, in practice the first and the last one, stay in float32 as in the published trainer, and so do products over an odd
/// number of terms.
/// Cite: D. Das et al., Mixed Precision Training of Convolutional Neural Networks using Integer Operations, ICLR 2018, arXiv:1802.00930.
/// The bits do not depend on the instruction set.
/// Cost: as float32 in half the vectors; two passes over each operand to encode it.
/// Errors: UsageError for values that are not finite.
/// Threads: one per object (it keeps scratch).
#pragma once

#include <ansatz/learning/layers/linear_kernels.hpp>

namespace ansatz::quant {

struct IntegerTrainingOptions {
  int headroom = 2;        ///< s, 1 to 6: bits of each int16 that stay empty
  std::int64_t least = 16; ///< smallest number of terms and outputs for which integers are used
};

/// Kernels for image_network() and whatever else is made of linear layers.
[[nodiscard]] std::shared_ptr<learning::LinearKernels<float>> make_integer_kernels(IntegerTrainingOptions options = {});

} // namespace ansatz::quant
