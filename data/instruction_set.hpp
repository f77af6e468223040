// SPDX-License-Identifier: Apache-2.0
/// The instruction sets that kernels are compiled for, and the choice among them at run time: the best that the machine has, or a lower one for tests and
/// comparisons. Rooms list their kernels by it; what a lower one may change in the result is said there.
/// Threads: read once, then constant.  MPI: local; ranks of unlike machines may choose differently.
#pragma once

#include <string>
#include <string_view>

namespace ansatz {

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

/// Whether kernels of this set may be used: it is not above instruction_set().
[[nodiscard]] bool runs(InstructionSet set);

/// The set of a name; empty: the best of this machine.
[[nodiscard]] InstructionSet instruction_set(const std::string& wanted);

} // namespace ansatz
