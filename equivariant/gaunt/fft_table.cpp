// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/fft_table.hpp>

#include <cmath>
#include <numbers>

namespace ansatz::equivariant {
namespace {

constexpr int radices[] = {4, 2, 3, 5};

/// What is left of n without its factors 2, 3 and 5.
int rough_part(int n) {
  for (const int r : radices)
    while (n % r == 0) n /= r;
  return n;
}

} // namespace

template <class T>
FftTable<T>::FftTable(int least) : length_(least) {
  while (rough_part(length_) != 1) ++length_;
  int rest = length_;
  for (const int r : radices)
    for (; rest % r == 0; rest /= r) {
      radix_.push_back(r);
      for (int p = 0; p < rest / r; ++p)
        for (int j = 1; j < r; ++j) {
          const long double angle = 2 * std::numbers::pi_v<long double> * (p * j % rest) / rest;
          twiddle_.push_back(static_cast<T>(std::cos(angle)));
          twiddle_.push_back(static_cast<T>(std::sin(angle)));
        }
    }
}

template class FftTable<float>;
template class FftTable<double>;

} // namespace ansatz::equivariant
