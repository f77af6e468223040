// SPDX-License-Identifier: Apache-2.0
/// Weights at their levels (weight_levels.hpp) so that the layer, not the weights, comes out right: all minimise D(V) of layer_error.hpp from the nearest levels
/// on and never return anything worse than those.
///   adaround  V = low + h (high - low) between the two neighbours of W, h = clip(1.2 sigmoid(u) - 0.1, 0, 1); loss D(V) / D(nearest) + lambda mean(1 - |2h - 1|^beta),
///             lambda 0.5, beta 20 -> 2 after a fifth of the steps; Adam; h is rounded at the end.        M. Nagel et al., AdaRound, 2020, arXiv:2004.10568
///   gptq      column by column: round, then spread the error over the columns to come by the inverse of H + 1 % of its mean diagonal:
///             H^-1 = U^T U, U upper: e = (w_j - v_j) / U_jj, w_i -= e U_ji for i > j.                     E. Frantar et al., GPTQ, 2022, arXiv:2210.17323
///   learned   NUPES: the codes are reals c over the whole range, v = level(round(c)) with the derivative of the level in its place, and the exponent of the power
///             levels is learned with them, a = 0.2 + sigmoid(t); Adam; the best iterate is kept.          E. Yvinec et al., NUPES, 2023, arXiv:2308.05600
///   descent   coordinate by coordinate over all levels, exactly: the change of D by v_j -> v_j + d is 2 d g_j + d^2 H_jj; sweeps until none gains (ours)
/// Cost: steps x 2 out K^2 flops for adaround and learned, K^3 + out K^2 for gptq, out K^2 a sweep at most for descent.
/// Errors: UsageError for an unknown name and for learned on a codebook, which has no exponent; without data gptq has nothing to spread and returns the nearest.
/// Threads: as the LayerError.
#pragma once

#include <ansatz/quant/networks/layer_error.hpp>
#include <ansatz/quant/networks/weight_levels.hpp>

#include <string>
#include <vector>

namespace ansatz::quant {

enum class Search { nearest, adaround, gptq, learned, descent };

[[nodiscard]] Search search_of(const std::string& name);

/// \param levels  `learned` changes their exponent and shape
/// \param steps  of adaround and learned
[[nodiscard]] std::vector<float> search_rounding(Search search, const LinearLayer& layer, const LayerError& error, WeightLevels& levels,
                                                 int steps = 400);

} // namespace ansatz::quant
