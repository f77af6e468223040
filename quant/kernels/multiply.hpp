// SPDX-License-Identifier: Apache-2.0
/// Matrix products and convolutions of activations as codes with packed weights:
///   y[v][o] = relu(bias[o] + step scale[o] sum over taps t and inputs i of w[o][i][t] (q[v + t][i] - zero)) + skip
/// stride 1, zeros around the grid, y as float32, as codes for the next layer, or as exact int32 sums. Formats: packed_weights.hpp; inner loops and
/// rounding: tile.hpp.
/// Shapes: y in the order of the activations, [voxel][output].
/// L-Mul: range and zeros decide the kernel: without guard, with zeros masked, or guarded.
/// Errors: UsageError where types, channels, windows, zero points or grids do not agree, for activations larger than the proof of the weights
/// allows, and for
/// int32 sums that need more than one chain.
/// Cost: see tile.hpp; power4 decodes its weights once a call.
/// Threads: any number may multiply with the same weights and activations.  MPI: none.  Ownership: borrows all.
#pragma once

#include <ansatz/quant/kernels/packed_weights.hpp>

namespace ansatz::quant {

/// One of `values`, `sums` and `codes` is given.
struct ProductOutput {
  std::span<float> values{};      ///< [voxel][output]
  std::span<std::int32_t> sums{}; ///< the same, before scale, bias and the rest
  Codes* codes = nullptr;         ///< of the same grid; their step is used, larger values are clamped
  bool relu = false;
  const Codes* skip = nullptr; ///< int16, bf16 or f32 of the same grid, added after the ReLU
};

/// \return largest |y| before rounding to codes; 0 for sums
float multiply(const KernelTable& table, const PackedWeights& weights, const Codes& activations, const ProductOutput& output);

} // namespace ansatz::quant
