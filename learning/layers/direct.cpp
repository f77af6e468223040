// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/instruction_set.hpp>
#include <ansatz/learning/layers/direct.hpp>

namespace ansatz::learning {

namespace direct_generic {
extern const DirectTable<float> table_f32;
extern const DirectTable<double> table_f64;
} // namespace direct_generic
#ifdef ANSATZ_X86_KERNELS
namespace direct_avx2 {
extern const DirectTable<float> table_f32;
extern const DirectTable<double> table_f64;
} // namespace direct_avx2
#endif

template <class T>
const DirectTable<T>& direct_table() {
  constexpr bool single = std::is_same_v<T, float>;
#ifdef ANSATZ_X86_KERNELS
  if (runs(InstructionSet::avx2)) {
    if constexpr (single)
      return direct_avx2::table_f32;
    else
      return direct_avx2::table_f64;
  }
#endif
  if constexpr (single)
    return direct_generic::table_f32;
  else
    return direct_generic::table_f64;
}

namespace {

constexpr std::int64_t taps = 27;

std::int64_t blocks(std::int64_t channels) { return (channels + lanes - 1) / lanes; }

/// Channels of one sample between the order of shape.hpp and full blocks of 8; `filling` when copying into blocks sets the rest to zero.
template <class T>
void to_blocks(const Shape& sample, const T* from, T* to) {
  for (std::int64_t c = 0; c < blocks(sample.channels) * lanes; ++c)
    for (std::int64_t v = 0; v < sample.voxels(); ++v)
      to[(c / lanes * sample.voxels() + v) * lanes + c % lanes] = c < sample.channels ? from[sample.index(0, c, 0, 0, 0) + v * sample.block()] : T{0};
}

template <class T>
void from_blocks(const Shape& sample, const T* from, T* to) {
  for (std::int64_t c = 0; c < sample.channels; ++c)
    for (std::int64_t v = 0; v < sample.voxels(); ++v)
      to[sample.index(0, c, 0, 0, 0) + v * sample.block()] = from[(c / lanes * sample.voxels() + v) * lanes + c % lanes];
}

Shape one_sample(const Shape& s) { return {1, s.channels, s.z, s.y, s.x}; }

} // namespace

template <class T>
int DirectConvolution<T>::group(std::int64_t out, std::int64_t first_block) const {
  return table_.group_blocks == 2 && blocks(out) - first_block >= 2 ? 2 : 1;
}

template <class T>
void DirectConvolution<T>::pack_weights(std::int64_t in, std::int64_t out, const T* w, Order order) {
  packed_.assign(static_cast<std::size_t>(blocks(out) * blocks(in) * taps * lanes * lanes), T{0});
  T* to = packed_.data();
  for (std::int64_t first = 0; first < blocks(out); first += group(out, first))
    for (std::int64_t b = 0; b < blocks(in); ++b)
      for (std::int64_t t = 0; t < taps; ++t)
        for (std::int64_t i = b * lanes; i < (b + 1) * lanes; ++i)
          for (std::int64_t o = first * lanes; o < (first + group(out, first)) * lanes; ++o, ++to)
            if (i < in && o < out) *to = order == Order::given ? w[(o * in + i) * taps + t] : w[(i * out + o) * taps + taps - 1 - t];
}

template <class T>
void DirectConvolution<T>::pad(const Shape& s, const T* x) {
  const std::int64_t row = (s.x + 2) * lanes;
  const std::int64_t plane = (s.y + 2) * row;
  if (padded_shape_ != s) { // the rim and the filling stay zero as long as the shape is the same
    padded_.assign(static_cast<std::size_t>(blocks(s.channels) * (s.z + 2) * plane), T{0});
    padded_shape_ = s;
  }
  const std::int64_t b = s.block();
  for (std::int64_t block = 0; block < s.channels / b; ++block)
    for (std::int64_t k = 0; k < s.z; ++k)
      for (std::int64_t j = 0; j < s.y; ++j) {
        const T* from = x + s.index(0, block * b, k, j, 0);
        T* to = padded_.data() + block * b / lanes * (s.z + 2) * plane + (k + 1) * plane + (j + 1) * row + lanes + block * b % lanes;
        if (b == lanes)
          std::copy_n(from, s.x * lanes, to);
        else
          for (std::int64_t i = 0; i < s.x; ++i) to[i * lanes] = from[i];
      }
}

template <class T>
void DirectConvolution<T>::correlate(const Shape& in, std::int64_t out, const T* x, bool relu, T* y) {
  const Shape to = one_sample(in).with_channels(out);
  const bool filled = to.block() != lanes;
  if (filled) filled_.resize(static_cast<std::size_t>(blocks(out) * lanes * to.voxels()));
  for (std::int64_t n = 0; n < in.batch; ++n) {
    pad(one_sample(in), x + n * one_sample(in).size());
    T* sample = y + n * to.size();
    T* target = filled ? filled_.data() : sample;
    const T* weights = packed_.data();
    for (std::int64_t first = 0; first < blocks(out); first += group(out, first)) {
      const DirectProblem<T> problem{in.z, in.y, in.x, in.channels, group(out, first), padded_.data()};
      table_.forward(problem, weights, bias_.data() + first * lanes, relu, target + first * lanes * to.voxels());
      weights += problem.out_blocks * blocks(in.channels) * taps * lanes * lanes;
    }
    if (filled) from_blocks(to, filled_.data(), sample);
  }
}

template <class T>
void DirectConvolution<T>::forward(const Shape& in, std::int64_t out, const T* x, const T* w, const T* bias, Activation a, T* y) {
  pack_weights(in.channels, out, w, Order::given);
  bias_.assign(static_cast<std::size_t>(blocks(out) * lanes), T{0});
  std::copy_n(bias, out, bias_.data());
  correlate(in, out, x, a == Activation::relu, y);
  if (a == Activation::elu) activate(a, in.with_channels(out).size(), y);
}

template <class T>
void DirectConvolution<T>::backward_data(const Shape& in, std::int64_t out, const T* w, const T* dy, T* dx) {
  pack_weights(out, in.channels, w, Order::transposed);
  bias_.assign(static_cast<std::size_t>(blocks(in.channels) * lanes), T{0});
  correlate(in.with_channels(out), in.channels, dy, false, dx);
}

template <class T>
void DirectConvolution<T>::backward_weights(const Shape& in, std::int64_t out, const T* x, const T* dy, T* dw, T* dbias) {
  const Shape from = one_sample(in).with_channels(out);
  const bool filled = from.block() != lanes;
  packed_.assign(static_cast<std::size_t>(blocks(out) * blocks(in.channels) * taps * lanes * lanes), T{0});
  bias_.assign(static_cast<std::size_t>(blocks(out) * lanes), T{0});
  if (filled) filled_.resize(static_cast<std::size_t>(blocks(out) * lanes * from.voxels()));
  for (std::int64_t n = 0; n < in.batch; ++n) {
    pad(one_sample(in), x + n * one_sample(in).size());
    const T* sample = dy + n * from.size();
    if (filled) to_blocks(from, sample, filled_.data());
    T* weights = packed_.data();
    for (std::int64_t first = 0; first < blocks(out); first += group(out, first)) {
      const DirectProblem<T> problem{in.z, in.y, in.x, in.channels, group(out, first), padded_.data()};
      table_.weights(problem, (filled ? filled_.data() : sample) + first * lanes * from.voxels(), weights, bias_.data() + first * lanes);
      weights += problem.out_blocks * blocks(in.channels) * taps * lanes * lanes;
    }
  }
  const T* sums = packed_.data();
  for (std::int64_t first = 0; first < blocks(out); first += group(out, first))
    for (std::int64_t b = 0; b < blocks(in.channels); ++b)
      for (std::int64_t t = 0; t < taps; ++t)
        for (std::int64_t i = b * lanes; i < (b + 1) * lanes; ++i)
          for (std::int64_t o = first * lanes; o < (first + group(out, first)) * lanes; ++o, ++sums)
            if (i < in.channels && o < out) dw[(o * in.channels + i) * taps + t] += *sums;
  for (std::int64_t o = 0; o < out; ++o) dbias[o] += bias_[static_cast<std::size_t>(o)];
}

template <class T>
std::int64_t DirectConvolution<T>::bytes() const {
  return static_cast<std::int64_t>((padded_.capacity() + packed_.capacity() + bias_.capacity() + filled_.capacity()) * sizeof(T));
}

template const DirectTable<float>& direct_table();
template const DirectTable<double>& direct_table();
template class DirectConvolution<float>;
template class DirectConvolution<double>;

} // namespace ansatz::learning
