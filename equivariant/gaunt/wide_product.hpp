// SPDX-License-Identifier: Apache-2.0
/// Products of signals stored in single precision that are formed in double: blocks are widened, multiplied by the same method, and rounded once.
/// A block of 16 lanes of float is two of 8 lanes of double.  Cost: twice the operations of float.  Threads: const.
#pragma once

#include <ansatz/equivariant/gaunt/product.hpp>

namespace ansatz::equivariant {

/// For GauntPlan<float>; `kernels` names the instruction set.
[[nodiscard]] std::unique_ptr<Product<float>> make_wide_product(const std::string& method, int l1, int l2, int l3, std::string_view kernels,
                                                                Parts part);
/// Its gradients, as the vjp of a product that has nothing else.
[[nodiscard]] std::unique_ptr<Product<float>> make_wide_gradient(const std::string& method, int l1, int l2, int l3, std::string_view kernels,
                                                                 Parts part);

} // namespace ansatz::equivariant
