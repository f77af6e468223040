// SPDX-License-Identifier: Apache-2.0
/// The choice of kernels of this room.
#pragma once

#include <ansatz/data/instruction_set.hpp>

namespace ansatz::quant {
using ansatz::instruction_set;
using ansatz::InstructionSet;
using ansatz::name;
} // namespace ansatz::quant
