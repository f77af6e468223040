// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/formats/kernels.hpp>

namespace ansatz::quant {

namespace formats_generic {
extern const Kernels table;
}
#ifdef ANSATZ_X86_KERNELS
namespace formats_avx2 {
extern const Kernels table;
}
namespace formats_avx512 {
extern const Kernels table;
}
#endif

const Kernels& kernels([[maybe_unused]] InstructionSet set) {
#ifdef ANSATZ_X86_KERNELS
  if (set >= InstructionSet::avx512) return formats_avx512::table;
  if (set == InstructionSet::avx2) return formats_avx2::table;
#endif
  return formats_generic::table;
}

} // namespace ansatz::quant
