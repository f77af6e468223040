// SPDX-License-Identifier: Apache-2.0
/// The kernels for an instruction set (tile.hpp), and for the machine's best one by default.
/// Errors: none; the caller asks instruction_set() what the machine has.  Threads: constant after the first call.
#pragma once

#include <ansatz/data/instruction_set.hpp>
#include <ansatz/quant/kernels/tile.hpp>

#include <vector>

namespace ansatz::quant {

[[nodiscard]] const KernelTable& kernel_table(InstructionSet set);

/// Every set this machine can run, plainest first: what tests compare.
[[nodiscard]] std::vector<InstructionSet> instruction_sets_here();

} // namespace ansatz::quant
