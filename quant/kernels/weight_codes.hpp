// SPDX-License-Identifier: Apache-2.0
/// Weights as codes with one scale an output, ready to be packed: nearest rounding, symmetric, range = largest magnitude of the output (1 for
/// outputs of zeros).
///   dfp16   q = clamp(RNE(w 2^-E)), |q| <= 2^(15-headroom) - 1, E by output (codes.hpp)      int8    q = RNE(127 w / m)
///   power4  q = sgn(w) RNE(7 sqrt(|w| / m)), value sgn(q) m q^2 / 49                          power8  the same with 127, stored as sgn(q) q^2
/// Errors: UsageError for values that are not finite.  Threads: no state.
#pragma once

#include <ansatz/quant/kernels/packed_weights.hpp>

namespace ansatz::quant {

template <class Q>
struct WeightCodes {
  std::vector<Q> codes;     ///< in the order of the weights given
  std::vector<float> scale; ///< of each output
};

[[nodiscard]] WeightCodes<std::int16_t> dfp16_weights(const WeightShape& shape, std::span<const float> weights, int headroom);
[[nodiscard]] WeightCodes<std::int8_t> int8_weights(const WeightShape& shape, std::span<const float> weights);
[[nodiscard]] WeightCodes<std::int8_t> power4_weights(const WeightShape& shape, std::span<const float> weights);
[[nodiscard]] WeightCodes<std::int16_t> power8_weights(const WeightShape& shape, std::span<const float> weights);

} // namespace ansatz::quant
