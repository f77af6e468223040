// SPDX-License-Identifier: Apache-2.0
/// The products behind Invariants: q = x * x for a signal of degree L, q of degree L3.
///   gaunt            GauntPlan, method `estimate`, so that every run on a machine computes the same bits; (dq/dx)^T g = 2 P_L[g * x]
///   clebsch_gordan   CGPlan with random weights for every path with an even sum and channel
/// Errors: UsageError (`bad_value`) for an unknown name.
#pragma once

#include <ansatz/equivariant/potential/invariants.hpp>

namespace ansatz::equivariant {

[[nodiscard]] std::unique_ptr<SquareProduct> make_square_product(const std::string& name, int degree, int square_degree, std::size_t blocks,
                                                                 std::int64_t seed);

} // namespace ansatz::equivariant
