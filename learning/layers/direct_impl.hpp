// SPDX-License-Identifier: Apache-2.0
// Bodies of direct_table.hpp. Included once per instruction set by direct_<isa>.cpp, which defines ANSATZ_DIRECT_NAMESPACE, ANSATZ_DIRECT_NAME and
// the bytes of a vector register, and is compiled with its own -m flags. Nothing of the standard library is instantiated with wider instructions.
#include <ansatz/learning/layers/direct_table.hpp>

#include <cstring>

namespace ansatz::learning::ANSATZ_DIRECT_NAMESPACE {
namespace {

constexpr int block = 8;
/// Accumulators that leave room for weights and a broadcast among 16 registers.
constexpr int accumulators = 12;

template <class T>
constexpr int width = ANSATZ_DIRECT_BYTES / static_cast<int>(sizeof(T));

template <class T>
struct Pack {
  typedef T Vector __attribute__((vector_size(ANSATZ_DIRECT_BYTES)));
  Vector v;
};

template <class T>
inline Pack<T> load(const T* from) {
  Pack<T> p;
  std::memcpy(&p.v, from, sizeof p.v);
  return p;
}
template <class T>
inline void store(T* to, const Pack<T>& p) {
  std::memcpy(to, &p.v, sizeof p.v);
}

/// Tile of `Voxels` neighbours along x and all channels of the group.
/// \param in  first voxel of the tile in the rim's corner, tap (-1, -1, -1)
template <class T, int Packs, int Voxels>
inline void forward_tile(const DirectProblem<T>& c, const T* in, const T* w, const T* bias, bool relu, T* out) {
  constexpr int L = width<T>;
  const std::int64_t row = (c.x + 2) * block;
  const std::int64_t plane = (c.y + 2) * row;
  Pack<T> acc[static_cast<unsigned>(Voxels)][static_cast<unsigned>(Packs)];
  for (int t = 0; t < Voxels; ++t)
    for (int p = 0; p < Packs; ++p) acc[t][p] = load(bias + p * L);
  for (std::int64_t first = 0; first < c.in_channels; first += block, in += (c.z + 2) * plane) {
    const int channels = c.in_channels - first < block ? static_cast<int>(c.in_channels - first) : block;
    for (int tap = 0; tap < 27; ++tap) {
      const T* from = in + tap / 9 * plane + tap / 3 % 3 * row + tap % 3 * block;
      for (int i = 0; i < channels; ++i, w += Packs * L) {
        Pack<T> weight[static_cast<unsigned>(Packs)];
        for (int p = 0; p < Packs; ++p) weight[p] = load(w + p * L);
#pragma GCC unroll 12
        for (int t = 0; t < Voxels; ++t)
#pragma GCC unroll 4
          for (int p = 0; p < Packs; ++p) acc[t][p].v += from[t * block + i] * weight[p].v;
      }
      w += (block - channels) * Packs * L;
    }
  }
  const std::int64_t voxels = c.z * c.y * c.x;
  for (int t = 0; t < Voxels; ++t)
    for (int p = 0; p < Packs; ++p) {
      const typename Pack<T>::Vector zero{};
      if (relu) acc[t][p].v = acc[t][p].v > zero ? acc[t][p].v : zero;
      store(out + (p * L / block * voxels + t) * block + p * L % block, acc[t][p]);
    }
}

template <class T, int Packs>
inline void forward_row(const DirectProblem<T>& c, const T* in, const T* w, const T* bias, bool relu, T* out) {
  constexpr int most = accumulators / Packs;
  std::int64_t x = 0;
  for (; x + most <= c.x; x += most) forward_tile<T, Packs, most>(c, in + x * block, w, bias, relu, out + x * block);
  if constexpr (most > 2)
    for (; x + 2 <= c.x; x += 2) forward_tile<T, Packs, 2>(c, in + x * block, w, bias, relu, out + x * block);
  for (; x < c.x; ++x) forward_tile<T, Packs, 1>(c, in + x * block, w, bias, relu, out + x * block);
}

template <class T, int Packs>
void forward_group(const DirectProblem<T>& c, const T* w, const T* bias, bool relu, T* out) {
  for (std::int64_t k = 0; k < c.z; ++k)
    for (std::int64_t j = 0; j < c.y; ++j)
      forward_row<T, Packs>(c, c.padded + (k * (c.y + 2) + j) * (c.x + 2) * block, w, bias, relu, out + (k * c.y + j) * c.x * block);
}

/// Products of some rows of dy with the rows of the input behind one tap each, for `Channels` input channels and the three taps along x.
template <class T, int Packs, int Channels>
inline void weight_rows(const DirectProblem<T>& c, std::int64_t rows, const T* in, const T* dy, T* dw) {
  constexpr int L = width<T>;
  const std::int64_t voxels = c.z * c.y * c.x;
  Pack<T> acc[3][static_cast<unsigned>(Channels)][static_cast<unsigned>(Packs)] = {};
  for (std::int64_t j = 0; j < rows; ++j, in += (c.x + 2) * block, dy += c.x * block)
    for (std::int64_t x = 0; x < c.x; ++x) {
      Pack<T> d[static_cast<unsigned>(Packs)];
      for (int p = 0; p < Packs; ++p) d[p] = load(dy + (p * L / block * voxels + x) * block + p * L % block);
#pragma GCC unroll 3
      for (int tap = 0; tap < 3; ++tap)
#pragma GCC unroll 2
        for (int i = 0; i < Channels; ++i)
#pragma GCC unroll 4
          for (int p = 0; p < Packs; ++p) acc[tap][i][p].v += in[(x + tap) * block + i] * d[p].v;
    }
  for (int tap = 0; tap < 3; ++tap)
    for (int i = 0; i < Channels; ++i)
      for (int p = 0; p < Packs; ++p) {
        T* to = dw + ((tap * block + i) * Packs + p) * L;
        acc[tap][i][p].v += load(to).v;
        store(to, acc[tap][i][p]);
      }
}

template <class T, int Packs>
inline void bias_rows(const DirectProblem<T>& c, std::int64_t count, const T* dy, T* dbias) {
  constexpr int L = width<T>;
  const std::int64_t voxels = c.z * c.y * c.x;
  for (int p = 0; p < Packs; ++p) {
    Pack<T> acc = {};
    for (std::int64_t x = 0; x < count; ++x) acc.v += load(dy + (p * L / block * voxels + x) * block + p * L % block).v;
    acc.v += load(dbias + p * L).v;
    store(dbias + p * L, acc);
  }
}

/// A few rows at a time: dy and the rows of the input stay in the first-level cache, the weights (27 KB at 16 channels) are passed over once for
/// several rows, and rounding grows with the length of a strip plus the number of strips instead of their product.
template <class T, int Packs>
void weight_group(const DirectProblem<T>& c, const T* dy, T* dw, T* dbias) {
  constexpr int some = 2; // with three taps and two packs 12 accumulators
  constexpr std::int64_t strip = 4;
  const std::int64_t row = (c.x + 2) * block;
  const std::int64_t plane = (c.y + 2) * row;
  for (std::int64_t k = 0; k < c.z; ++k)
    for (std::int64_t j = 0; j < c.y; j += strip) {
      const std::int64_t rows = c.y - j < strip ? c.y - j : strip;
      const T* d = dy + (k * c.y + j) * c.x * block;
      T* to = dw;
      bias_rows<T, Packs>(c, rows * c.x, d, dbias);
      for (std::int64_t b = 0; b * block < c.in_channels; ++b)
        for (int row_tap = 0; row_tap < 9; ++row_tap, to += 3 * block * Packs * width<T>) {
          const T* from = c.padded + (b * (c.z + 2) + k + row_tap / 3) * plane + (j + row_tap % 3) * row;
          if (c.in_channels - b * block == 1)
            weight_rows<T, Packs, 1>(c, rows, from, d, to);
          else
            for (int i = 0; i < block; i += some) weight_rows<T, Packs, some>(c, rows, from + i, d, to + i * Packs * width<T>);
        }
    }
}

template <class T>
constexpr int packs = block / width<T>; // of one block

template <class T>
void forward(const DirectProblem<T>& c, const T* w, const T* bias, bool relu, T* out) {
  if (c.out_blocks == 2)
    forward_group<T, 2 * packs<T>>(c, w, bias, relu, out);
  else
    forward_group<T, packs<T>>(c, w, bias, relu, out);
}

template <class T>
void weights(const DirectProblem<T>& c, const T* dy, T* dw, T* dbias) {
  if (c.out_blocks == 2)
    weight_group<T, 2 * packs<T>>(c, dy, dw, dbias);
  else
    weight_group<T, packs<T>>(c, dy, dw, dbias);
}

} // namespace

extern const DirectTable<float> table_f32;
extern const DirectTable<double> table_f64;
const DirectTable<float> table_f32 = {ANSATZ_DIRECT_NAME, 2 * packs<float> <= 4 ? 2 : 1, forward<float>, weights<float>};
const DirectTable<double> table_f64 = {ANSATZ_DIRECT_NAME, 2 * packs<double> <= 2 ? 2 : 1, forward<double>, weights<double>};

} // namespace ansatz::learning::ANSATZ_DIRECT_NAMESPACE
