// SPDX-License-Identifier: Apache-2.0
// Rows of numbers, one a lane, to the lanes of a block and back: block[m][lane] = scale[lane] from[lane][m], in square tiles. Included by
// kernels_impl.hpp. A tile that sticks out of a row is moved back into it, so nothing outside a row is touched; rows of less than four numbers are
// copied one by one.
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/pack.hpp>

#include <algorithm>
#include <cstddef>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

template <class T, int N>
struct TileType {
  typedef T type __attribute__((vector_size(N * sizeof(T))));
  typedef T unaligned __attribute__((vector_size(N * sizeof(T)), aligned(sizeof(T)), may_alias));
};
template <class T, int N>
using TileRow = typename TileType<T, N>::type;

/// Largest tile with a transpose below: 32 bytes a row.
template <class T>
constexpr int largest_tile = static_cast<int>(std::min(std::size_t{ANSATZ_KERNEL_BYTES}, std::size_t{32}) / sizeof(T));

template <class V>
inline __attribute__((always_inline)) void transpose_pairs(V& a, V& b) { // 2 x 2
  const V low = __builtin_shufflevector(a, b, 0, 2);
  b = __builtin_shufflevector(a, b, 1, 3);
  a = low;
}

/// In place, N vectors of N numbers.
template <class T, int N>
inline __attribute__((always_inline)) void transpose(TileRow<T, N> (&r)[N]) {
  using V = TileRow<T, N>;
  if constexpr (N == 2) {
    transpose_pairs(r[0], r[1]);
  } else if constexpr (N == 4 && sizeof(T) == 8) {
    const V a = __builtin_shufflevector(r[0], r[1], 0, 4, 2, 6), b = __builtin_shufflevector(r[0], r[1], 1, 5, 3, 7);
    const V c = __builtin_shufflevector(r[2], r[3], 0, 4, 2, 6), d = __builtin_shufflevector(r[2], r[3], 1, 5, 3, 7);
    r[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    r[1] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    r[2] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    r[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
  } else if constexpr (N == 4) {
    const V a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), b = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
    const V c = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5), d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
    r[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    r[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    r[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    r[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
  } else {
    static_assert(N == 8 && sizeof(T) == 4);
    V t[8], u[8];
    for (int i = 0; i < 8; i += 2) {
      t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
      t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; i += 4)
      for (int j = 0; j < 2; ++j) {
        u[i + 2 * j] = __builtin_shufflevector(t[i + j], t[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        u[i + 2 * j + 1] = __builtin_shufflevector(t[i + j], t[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
      }
    for (int i = 0; i < 4; ++i) {
      r[i] = __builtin_shufflevector(u[i], u[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
      r[i + 4] = __builtin_shufflevector(u[i], u[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
  }
}

/// Numbers m .. m+N-1 of all lanes.
template <int N, class T>
inline __attribute__((always_inline)) void pack_tiles(const T* const* from, int m, const T* scale, T* block) {
  using V = TileRow<T, N>;
  using Unaligned = typename TileType<T, N>::unaligned;
  for (int lane = 0; lane < row<T>; lane += N) {
    V r[N];
    for (int i = 0; i < N; ++i) r[i] = *reinterpret_cast<const Unaligned*>(from[lane + i] + m);
    transpose<T, N>(r);
    const V s = *reinterpret_cast<const V*>(scale + lane);
    for (int i = 0; i < N; ++i) *reinterpret_cast<V*>(block + (m + i) * row<T> + lane) = s * r[i];
  }
}
template <int N, class T>
inline __attribute__((always_inline)) void unpack_tiles(const T* block, int m, const T* scale, T* const* to) {
  using V = TileRow<T, N>;
  using Unaligned = typename TileType<T, N>::unaligned;
  for (int lane = 0; lane < row<T>; lane += N) {
    V r[N];
    const V s = *reinterpret_cast<const V*>(scale + lane);
    for (int i = 0; i < N; ++i) r[i] = s * *reinterpret_cast<const V*>(block + (m + i) * row<T> + lane);
    transpose<T, N>(r);
    for (int i = 0; i < N; ++i) *reinterpret_cast<Unaligned*>(to[lane + i] + m) = r[i];
  }
}

/// tiles(Constant<N>, m) until the n numbers of a row are covered; false if the row is too short for a tile.
template <class T, class Tiles>
inline __attribute__((always_inline)) bool for_tiles(int n, const Tiles& tiles) {
  constexpr int N = largest_tile<T>;
  int m = 0;
  for (; m + N <= n; m += N) tiles(Constant<N>{}, m);
  if (m == n) return true;
  if constexpr (N > 2) {
    if (n - m <= N / 2 && n >= N / 2) {
      tiles(Constant<N / 2>{}, n - N / 2);
      return true;
    }
  }
  if (n < N) {
    if constexpr (N > 2) {
      if (n < N / 2) return false;
      tiles(Constant<N / 2>{}, 0);
      tiles(Constant<N / 2>{}, n - N / 2);
      return true;
    }
    return false;
  }
  tiles(Constant<N>{}, n - N);
  return true;
}

template <class T>
void pack_rows(const T* const* from, int n, const T* scale, T* block) {
  if (for_tiles<T>(
          n, [&]<int N>(Constant<N>, int m) __attribute__((always_inline)) { pack_tiles<N>(from, m, scale, block); }))
    return;
  for (int lane = 0; lane < row<T>; ++lane)
    for (int m = 0; m < n; ++m) block[m * row<T> + lane] = scale[lane] * from[lane][m];
}

template <class T>
void unpack_rows(const T* block, int n, const T* scale, T* const* to) {
  if (for_tiles<T>(
          n, [&]<int N>(Constant<N>, int m) __attribute__((always_inline)) { unpack_tiles<N>(block, m, scale, to); }))
    return;
  for (int lane = 0; lane < row<T>; ++lane)
    for (int m = 0; m < n; ++m) to[lane][m] = scale[lane] * block[m * row<T> + lane];
}

} // namespace
} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
