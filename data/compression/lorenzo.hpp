// SPDX-License-Identifier: Apache-2.0
/// The Lorenzo predictor on integers: c = round(x / D) first, then exact differences
///   d(i) = sum over a in {0,1}^3 of (-1)^|a| c(i - a) modulo 2^64, 0 outside the chunk;   inverse: cumulative sums along x, y and z.
/// Codes and the bound: quantizer.hpp, with the prediction 0. All of it runs in parallel, and no reconstructed value is needed to predict another.
/// Cite: L. Ibarria et al., Computer Graphics Forum 22 (2003) 343; on integers J. Tian et al., cuSZ, 2020, arXiv:2007.09625.
/// Range: |c| < 2^51, so |d| < 2^54.  Cost: 7 additions a value; memory 8 bytes a value.  Threads: pure functions.
#pragma once

#include <ansatz/data/compression/quantizer.hpp>

#include <span>

namespace ansatz::compression {

template <class T>
[[nodiscard]] std::vector<std::int64_t> lorenzo_codes(std::span<const T> values, const Shape& shape, Quantizer<T>& quantizer);

/// \param codes  are used up
template <class T>
void from_lorenzo_codes(std::vector<std::int64_t>& codes, const Shape& shape, double step, std::span<T> values);

} // namespace ansatz::compression
