// SPDX-License-Identifier: Apache-2.0
/// Inner loops of the direct convolution, one table per instruction set.
/// Work is laid out for them: input with a rim of one zero voxel and channels filled up to blocks of 8, [block][z + 2][y + 2][x + 2][8]; outputs in
/// groups of one or two blocks, [block][z][y][x][8]; weights [in block][27][8 in][8 or 16 out].
#pragma once

#include <cstdint>

namespace ansatz::learning {

/// One sample and one group of output channels.
template <class T>
struct DirectProblem {
  std::int64_t z, y, x;
  std::int64_t in_channels; ///< without the filling
  int out_blocks;           ///< 1 or 2
  const T* padded;
};

template <class T>
struct DirectTable {
  const char* name;
  int group_blocks; ///< output blocks the kernel takes at once when there are as many
  /// out = bias + correlation of `padded` with `weights`, negative values set to zero if `relu`
  void (*forward)(const DirectProblem<T>&, const T* weights, const T* bias, bool relu, T* out);
  /// dweights += sums over the voxels of padded x dy;  dbias += sums of dy
  void (*weights)(const DirectProblem<T>&, const T* dy, T* dweights, T* dbias);
};

/// The best table this machine runs.
template <class T>
[[nodiscard]] const DirectTable<T>& direct_table();

} // namespace ansatz::learning
