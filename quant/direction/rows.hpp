// SPDX-License-Identifier: Apache-2.0
/// What the direction network does to codes besides convolutions, row by row through float32: halving, doubling with a sum, the last affine map.
///   average   coarse = mean of 2^3 fine voxels
///   join      fine' = coarse voxel above it + fine
///   affine    y = b + sum over channels of w x
/// Results are rounded once, to the nearest code of the step that the target holds; values beyond its codes are clamped.
/// Errors: none; the caller matches grids and channels.  Threads: no state.
#pragma once

#include <ansatz/quant/kernels/codes.hpp>

namespace ansatz::quant {

void average(const KernelTable& table, const Codes& fine, Codes& coarse);
void join(const KernelTable& table, const Codes& coarse, const Codes& fine, Codes& sum);
void affine(const Codes& x, std::span<const float> weights, float bias, std::span<float> y);

/// For float32 codes that a kernel has written: subnormal values become 0, and the range that L-Mul needs is taken down.
void settle(Codes& codes);

} // namespace ansatz::quant
