// SPDX-License-Identifier: Apache-2.0
// Subnormal operands and results are zero by MXCSR, as they always are for vdpbf16ps. Included once per x86 instruction set.
#include <immintrin.h>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

/// As long as it lives.
struct FlushMode {
  FlushMode() { _mm_setcsr(before | 0x8040U); }
  ~FlushMode() { _mm_setcsr(before); }
  FlushMode(const FlushMode&) = delete;
  FlushMode& operator=(const FlushMode&) = delete;
  unsigned before = _mm_getcsr();
};

/// The compiler knows nothing of v from here on.
template <class Vector>
inline void hide(Vector& v) {
  asm volatile("" : "+v"(v));
}

template <class Vector>
inline Vector flushed(const Vector& x) {
  return x;
}

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE
