// SPDX-License-Identifier: Apache-2.0
/// Kernels of the operations beside the plain product: grids of values, sparse products path by path, aligned filters. One table per instruction set, chosen at run
/// time together with that of kernels.hpp. A kernel takes one lane block (lanes.hpp) of each operand; a row is `lanes<T>` numbers.
/// Errors: none.  Threads: a kernel writes its outputs and `work` only.
#pragma once

#include <ansatz/equivariant/gaunt/field.hpp>
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>

#include <string>

namespace ansatz::equivariant {

/// Longitudes taken together by the synthesis, and orders by the analysis.
inline constexpr int longitude_tile = 4;
inline constexpr int order_tile = 4;

/// What a kernel sees of a grid table (grid_table.hpp): one degree on one grid, both ways.
template <class T>
struct GridView {
  RingView<T> rings;
  Field field;
  int points; ///< longitudes
  /// Tiles of the longitudes 1 .. (N-1)/2, in each cosines by m, then sines by m > 0; last 0 and, for even N, N/2 with cosines alone.
  const T* spread;
  /// Tiles of orders, in each cosines by longitude, 0 (and N/2) first, then sines by longitude.
  const T* gather;
};

/// Paths of equal l1, l2 and parity that reach one order.
struct PathTile {
  int order, odd, count, entries;
  int degree[analysis_tile], path[analysis_tile];
};
/// Two degrees whose products are formed together.
struct PathBlock {
  int pairs[4]; ///< by orders: both 0, second 0, first 0, none 0
  int tiles;
};
/// What a kernel sees of a path table (path_table.hpp).
template <class T>
struct PathView {
  const PathBlock* block;
  int blocks;
  const DirectPair* pair; ///< of block after block
  const PathTile* tile;   ///< the same
  const int* term;        ///< for every tile, its terms
  const T* coefficient;   ///< `count` for every one of them
};

/// What a path's result meets; null pointers are left out.
template <class T>
struct PathWeights {
  const T* weight = nullptr;    ///< a row a path; null: ones
  const T* reference = nullptr; ///< a block like the output, for the gradient
  T* gradient = nullptr;        ///< a row a path, added to: sum over orders of reference times the path's result
};

/// What a kernel sees of an alignment table (align_table.hpp).
template <class T>
struct AlignView {
  const int* count;  ///< entries of every row of J, signal after signal
  const int* column; ///< order + l of every entry
  const T* value;
};
template <class T>
struct GeneratorView {
  int entries;
  const int *row, *column; ///< places in a signal
  const T* value;          ///< at (row, column), and its negative at (column, row)
};

/// The part of a zonal table (zonal_table.hpp) that one order of one degree of the output meets.
struct ZonalGroup {
  int degree, order, count;
};
struct ZonalEntry {
  int degree; ///< of the input
  int sign; ///< 0: even sum of degrees, cosine to cosine; +-1: odd, the cosine of the output takes sign times the sine of the input, the sine the opposite
  int factor; ///< number of K
};
struct ZonalGroups {
  const ZonalGroup* group;
  int groups;
  const ZonalEntry* entry;
};
/// One factor K: where it meets x and z, and its number of terms.
struct ZonalFactor {
  int x, z, x_sine, z_sine; ///< places in the signals; sines -1 at order 0
  int odd, terms;
};
template <class T>
struct ZonalView {
  const ZonalFactor* factor;
  int factors;
  const int* degree;    ///< l2 of every term
  const T* coefficient; ///< of every term
  ZonalGroups forward, backward;
};

template <class T>
struct OperationKernels {
  std::string_view name; ///< as in Kernels

  /// out[ring][longitude] = the view's field of x; rings from the north in pairs of mirror images, an equator last.
  void (*spread)(const GridView<T>&, const T* x, T* out, T* work);
  /// z = coefficients of the function with these values.
  void (*gather)(const GridView<T>&, const T* values, T* z, T* work);

  /// On rows: out = a b;  out = a b - c d;  out += s a b.
  void (*multiply)(std::size_t rows, const T* a, const T* b, T* out);
  void (*cross)(std::size_t rows, const T* a, const T* b, const T* c, const T* d, T* out);
  void (*multiply_add)(std::size_t rows, T s, const T* a, const T* b, T* out);
  /// On signals: out += w o a, w a row a degree;  out_l += sum_m a_lm b_lm.
  void (*scale_add)(int degree, const T* w, const T* a, T* out);
  void (*dot_add)(int degree, const T* a, const T* b, T* out);

  /// out += sum over paths of weight times the path's product of a and b.
  void (*paths)(const PathView<T>&, const PathWeights<T>&, const T* a, const T* b, T* out, T* work);

  /// out = D x, and out += D^T x, to this degree; `angles` holds cos(m alpha), sin(m alpha), cos(m beta), sin(m beta) for m = 0..degree.
  void (*align)(const AlignView<T>&, int degree, const T* angles, const T* x, T* out, T* work);
  void (*align_back)(const AlignView<T>&, int degree, const T* angles, const T* x, T* out, T* work);
  /// out += s L f, and the row out += a . (L b), with a generator of rotations.
  void (*turn)(const GeneratorView<T>&, T s, const T* f, T* out);
  void (*torque)(const GeneratorView<T>&, T s, const T* a, const T* b, T* out);
  /// Rows of K from rows of weights h;  out = K f;  rows of dF/dK += g . (.. x);  rows of dF/dh += of dF/dK.
  void (*zonal_factors)(const ZonalView<T>&, const T* h, T* K);
  void (*zonal)(const ZonalGroups&, const T* K, const T* f, T* out);
  void (*zonal_gradient)(const ZonalView<T>&, const T* x, const T* g, T* Kbar);
  void (*zonal_weights)(const ZonalView<T>&, const T* Kbar, T* hbar);
};

/// Numbers of `work` of spread and gather.
template <class T>
[[nodiscard]] std::size_t grid_workspace(const GridView<T>& v);

/// The table of this name, or the fastest that this machine can run for `best`. Throws UsageError (`bad_value`).
template <class T>
[[nodiscard]] const OperationKernels<T>& find_operation_kernels(const std::string& name);

} // namespace ansatz::equivariant
