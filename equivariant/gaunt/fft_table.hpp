// SPDX-License-Identifier: Apache-2.0
/// Twiddle factors of a Fourier transform whose every number is a pack of lanes (kernels_fft.hpp): length n = 2^a 3^b 5^c, stages of radix 4, 2, 3 and 5.
/// Precision: long double, rounded once.  Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>

namespace ansatz::equivariant {

template <class T>
class FftTable {
public:
  /// The shortest transform of at least this length.
  explicit FftTable(int least);
  /// Valid while this object lives and is not moved.
  [[nodiscard]] FftView<T> view() const { return {length_, static_cast<int>(radix_.size()), radix_.data(), twiddle_.data()}; }

private:
  int length_;
  std::vector<int> radix_;
  std::vector<T> twiddle_;
};

} // namespace ansatz::equivariant
