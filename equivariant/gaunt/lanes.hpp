// SPDX-License-Identifier: Apache-2.0
/// Lane blocks: what the kernels work on. A block holds `lanes<T>` signals side by side, [coefficient][lane], 64 bytes a row, so that every operation of a product
/// is one on whole vectors and no arithmetic crosses lanes. The width does not depend on the machine; narrower vectors take a block in several passes.
#pragma once

#include <ansatz/data/aligned.hpp>

#include <cstddef>

namespace ansatz::equivariant {

using ansatz::AlignedVector;

/// Signals in a block: 16 of float, 8 of double.
template <class T>
inline constexpr std::size_t lanes = cache_line / sizeof(T);

} // namespace ansatz::equivariant
