// SPDX-License-Identifier: Apache-2.0
/// The instruction sets that kernels of this room are compiled for, and the choice among them at run time. Results do not depend on it: every
/// kernel gives the bits of the portable one.
/// Threads: read once, then constant.  MPI: local; ranks of unlike machines may choose differently and still agree in every bit.
#pragma once

#include <string>
#include <string_view>

namespace ansatz::quant {

enum class InstructionSet : int {
  portable, ///< what the platform guarantees
  avx2,     ///< AVX2 with FMA
  avx512,   ///< AVX-512 F, BW, DQ and VL
  vnni,     ///< avx512 with the 8-bit and 16-bit dot products
};

[[nodiscard]] std::string_view name(InstructionSet set);

/// The best set of this machine, or the one that the environment variable ANSATZ_ISA names (portable|avx2|avx512|vnni).
/// \throws UsageError for an unknown name and for a set that this machine lacks
[[nodiscard]] InstructionSet instruction_set();

/// The same from a name; empty: the best of this machine.
[[nodiscard]] InstructionSet instruction_set(const std::string& wanted);

} // namespace ansatz::quant
