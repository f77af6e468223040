// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/layers/activation.hpp>

namespace ansatz::learning {

template <class T>
void activate_backward(Activation a, std::int64_t n, const T* y, const T* dy, T* dx) {
  if (a == Activation::identity)
    for (std::int64_t i = 0; i < n; ++i) dx[i] = dy[i];
  if (a == Activation::relu)
    for (std::int64_t i = 0; i < n; ++i) dx[i] = y[i] > 0 ? dy[i] : T{0} * dy[i]; // the product: NaN stays
  if (a == Activation::elu)
    for (std::int64_t i = 0; i < n; ++i) dx[i] = y[i] > 0 ? dy[i] : (y[i] + T{1}) * dy[i];
}

template void activate_backward(Activation, std::int64_t, const float*, const float*, float*);
template void activate_backward(Activation, std::int64_t, const double*, const double*, double*);

} // namespace ansatz::learning
