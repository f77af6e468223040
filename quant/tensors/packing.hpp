// SPDX-License-Identifier: Apache-2.0
/// Codes as a file holds them: `code_bits` bits each, one after another, low bits first, the last byte filled up with zeros. Integer codes count from the lowest
/// one on; of floats the leading bits are kept.
/// Errors: UsageError `bad_value` for another number of bytes than that of the tensor.  Cost: one pass.  Threads: functions without state.  MPI: local.
#pragma once

#include <ansatz/quant/tensors/tensor_format.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace ansatz::quant {

[[nodiscard]] std::vector<std::byte> pack_codes(const EncodedTensor& e);

/// Fills the codes of e, whose type, number, bits and lowest code are given.
void unpack_codes(std::span<const std::byte> bytes, EncodedTensor& e);

} // namespace ansatz::quant
