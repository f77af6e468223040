// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/kernels/kernel_table.hpp>

namespace ansatz::quant {

namespace tile_portable {
extern const KernelTable table;
}
#ifdef ANSATZ_X86_KERNELS
namespace tile_avx2 {
extern const KernelTable table;
}
namespace tile_avx512 {
extern const KernelTable table;
}
namespace tile_vnni {
extern const KernelTable table;
}
namespace tile_dpbf16 {
extern const TileKernel narrow;
extern const TileKernel wide;
} // namespace tile_dpbf16

namespace {

/// A table whose product of bfloat16 is the processor's, if it has one.
struct WithBf16 {
  TileKernels wide;
  KernelTable table;
  explicit WithBf16(const KernelTable& plain) : wide(*plain.wide), table(plain) {
    table.wide = &wide;
    if (__builtin_cpu_supports("avx512bf16") == 0) return;
    table.narrow.of[static_cast<int>(Product::bf16)] = tile_dpbf16::narrow;
    wide.of[static_cast<int>(Product::bf16)] = tile_dpbf16::wide;
  }
  WithBf16(const WithBf16&) = delete;
  WithBf16& operator=(const WithBf16&) = delete;
};

} // namespace
#endif

const KernelTable& kernel_table(InstructionSet set) {
#ifdef ANSATZ_X86_KERNELS
  static const WithBf16 vnni(tile_vnni::table);
  if (set == InstructionSet::vnni) return vnni.table;
  if (set == InstructionSet::avx512) return tile_avx512::table;
  if (set == InstructionSet::avx2) return tile_avx2::table;
#endif
  return tile_portable::table;
}

std::vector<InstructionSet> instruction_sets_here() {
  std::vector<InstructionSet> sets;
  for (int i = 0; i <= static_cast<int>(instruction_set("")); ++i) sets.push_back(static_cast<InstructionSet>(i));
  return sets;
}

} // namespace ansatz::quant
