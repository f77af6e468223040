// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/layers/linear.hpp>

#include <algorithm>

namespace ansatz::learning {

Patches patches_of(const Shape& shape, std::int64_t features, std::int64_t side) {
  if (shape.x != features || shape.channels != 1)
    throw UsageError("bad_value", "the input is " + to_string(shape) + ", the layer takes images of " + std::to_string(features) +
                                      " features, last and in one channel");
  return {shape.batch, shape.z, shape.y, features, side};
}

template <class T>
void add_bias(std::int64_t places, std::int64_t out, const T* bias, Activation a, T* y) {
  for (std::int64_t n = 0; n < places; ++n) {
    T* row = y + n * out;
    if (a == Activation::relu)
      for (std::int64_t o = 0; o < out; ++o) row[o] = std::max(row[o] + bias[o], T{0});
    else
      for (std::int64_t o = 0; o < out; ++o) row[o] += bias[o];
  }
  if (a == Activation::elu) activate(a, places * out, y);
}

template <class T>
void add_bias_gradient(std::int64_t places, std::int64_t out, const T* dy, T* dbias) {
  constexpr std::int64_t block = 256;
  std::vector<T> sum(static_cast<std::size_t>(out));
  for (std::int64_t first = 0; first < places; first += block) {
    std::fill(sum.begin(), sum.end(), T{0});
    for (std::int64_t n = first; n < std::min(first + block, places); ++n)
      for (std::int64_t o = 0; o < out; ++o) sum[static_cast<std::size_t>(o)] += dy[n * out + o];
    for (std::int64_t o = 0; o < out; ++o) dbias[o] += sum[static_cast<std::size_t>(o)];
  }
}

template void add_bias(std::int64_t, std::int64_t, const float*, Activation, float*);
template void add_bias(std::int64_t, std::int64_t, const double*, Activation, double*);
template void add_bias_gradient(std::int64_t, std::int64_t, const float*, float*);
template void add_bias_gradient(std::int64_t, std::int64_t, const double*, double*);

} // namespace ansatz::learning
