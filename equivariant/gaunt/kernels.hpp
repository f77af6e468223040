// SPDX-License-Identifier: Apache-2.0
/// Kernels of the ring and sparse methods, one table per instruction set, chosen at run time. A kernel takes one lane block (lanes.hpp) of each operand.
/// Degrees are trimmed (no operand holds degrees that cannot meet the others), z has every degree of its table.
/// Errors: none.  Threads: a kernel writes its outputs and `work` only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ansatz::equivariant {

/// Pairs of rings taken together by the synthesis, and degrees by the analysis: as many sums as fit sixteen vector registers.
inline constexpr int synthesis_tile = 3;
inline constexpr int analysis_tile = 4;

/// What a kernel sees of a ring table (ring_tables.hpp): coefficients in the order it reads them.
template <class T>
struct RingView {
  int degree;
  int pairs;
  bool equator; ///< the last pair is a single ring
  /// For tiles of pairs, then m, then l = m, m+2, .. and l = m+1, m+3, ..: one number a pair of the tile.
  const T* synthesis;
  /// For m, then l - m even and odd, then tiles of l, then pairs: one number a degree of the tile.
  const T* analysis;
};

/// Tables of x, y and z on one grid of degree L1 + L2 + L3.
template <class T>
struct RingProduct {
  RingView<T> x, y, z;
};

/// Places of cosine and sine of two harmonics; what `direct` multiplies (direct_schedule.hpp).
struct DirectPair {
  int c1, s1, c2, s2;
  int twin; ///< 1: the pair with x and y exchanged is added
  int sign; ///< of the difference's sine
};
/// Degrees first, first + 2, .. at one order, and the number of terms that reach them.
struct DirectTile {
  int first, order, count, entries;
};
/// What a kernel sees of a direct table.
template <class T>
struct DirectView {
  const DirectPair* pair[4]; ///< by orders: both 0, second 0, first 0, none 0
  int pairs[4];
  const DirectTile* tile;
  int tiles;
  const int* term;      ///< for every tile, its terms
  const T* coefficient; ///< `count` for every one of them
  int shape;            ///< of the unrolled code (direct_schedule.hpp), -1 if there is none
  const T* unrolled;    ///< its coefficients
};

/// What a kernel sees of a Fourier transform (fft_table.hpp).
template <class T>
struct FftView {
  int length;
  int stages;
  const int* radix;
  const T* twiddle; ///< for every stage and p, w^{pj} for j = 1 .. radix-1
};

/// A number of blocks, and the numbers from one to the next.
struct BlockRange {
  std::size_t blocks, x, y, z;
};

template <class T>
struct Kernels {
  std::string_view name; ///< `avx512`, `avx2` or `generic`

  /// z = P[x * y].
  void (*mconv)(const RingProduct<T>&, const T* x, const T* y, T* z, T* work);
  /// xbar = P_L1[g * y], ybar = P_L2[g * x].
  void (*mconv_vjp)(const RingProduct<T>&, const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work);
  /// z = P[x * y] with values on at least L1 + L2 + L3 + 1 longitudes.
  void (*ring_fft)(const RingProduct<T>&, const FftView<T>&, const T* x, const T* y, T* z, T* work);
  /// Both gradients the same way.
  void (*ring_fft_vjp)(const RingProduct<T>&, const FftView<T>&, const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work);
  /// z = P[x * y] of some blocks; `work` holds a row of a block for every term.
  void (*direct)(const DirectView<T>&, const BlockRange&, const T* x, const T* y, T* z, T* work);
  /// Both gradients, for a shape with unrolled code.
  void (*direct_vjp)(const DirectView<T>&, const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work);

  /// block[m][lane] = scale[lane] from[lane][m] for m < n and all lanes of a block; `scale` and `block` on 64-byte boundaries.
  void (*pack)(const T* const* from, int n, const T* scale, T* block);
  /// to[lane][m] = scale[lane] block[m][lane].
  void (*unpack)(const T* block, int n, const T* scale, T* const* to);
};

/// Numbers of `work` that both need.
template <class T>
[[nodiscard]] std::size_t mconv_workspace(const RingProduct<T>& p);

/// Numbers of `work` that ring_fft and ring_fft_vjp need.
template <class T>
[[nodiscard]] std::size_t ring_fft_workspace(const RingProduct<T>& p, const FftView<T>& t);

/// The tables compiled in and usable on this machine, fastest first; the last one is `generic`.
template <class T>
[[nodiscard]] std::vector<const Kernels<T>*> available_kernels();

/// The table of this name, or the fastest for `best`. Throws UsageError (`bad_value`) for one that is unknown or cannot run here.
template <class T>
[[nodiscard]] const Kernels<T>& find_kernels(const std::string& name);

} // namespace ansatz::equivariant
