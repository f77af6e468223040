// SPDX-License-Identifier: Apache-2.0
/// Checks of the lane blocks that a user hands to a plan: whole numbers of blocks, as many of each, on 64-byte boundaries.
/// Errors: UsageError (`bad_value`) with the plan's and the operand's name, what was found and what is needed.
#pragma once

#include <ansatz/equivariant/gaunt/lanes.hpp>

#include <initializer_list>
#include <span>
#include <string>

namespace ansatz::equivariant {

template <class T>
struct BlockOperand {
  std::span<const T> data;
  std::size_t block; ///< numbers of a block
  const char* name;
};

/// The number of blocks, that of the first operand. Empty spans at the end of an optional operand are the caller's to leave out.
template <class T>
std::size_t check_blocks(const char* plan, std::initializer_list<BlockOperand<T>> operands, std::span<const T> work, std::size_t workspace);

/// Any array whose size is prescribed.
void check_size(const char* plan, const char* name, std::size_t found, std::size_t wanted);

} // namespace ansatz::equivariant
