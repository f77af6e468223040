// SPDX-License-Identifier: Apache-2.0
/// Exponent and clip of a power-exponent code (formats/power.hpp) with the least mean squared error on given data.
/// PowerQuant chooses the exponent alone, with the largest magnitude as clip; on Gaussian data that loses to uniform codes with a good clip. Chosen together they
/// do not: uniform is the exponent 1. Search: exponents 0.2 to 1.2, for each the clip by grid and golden section, then the exponent by golden section.
/// Cite: E. Yvinec et al., PowerQuant, ICLR 2023, arXiv:2301.09858.
/// Cost: sorts x; then some 1200 evaluations of 2^(bits-1) look-ups each, whatever the size: 1 ms for 4 bits, 20 ms for 8.
/// Errors: UsageError `bad_value` for NaN and infinity (with index).  Threads: functions without state.  MPI: local.
#pragma once

#include <span>

namespace ansatz::quant {

struct PowerFit {
  double exponent = 1.0;
  float clip = 1.0F;
  double relative_mse = 0.0; ///< mean squared error over mean square
};

struct PowerFitOptions {
  double exponent = 0.0; ///< 0: to be chosen
  bool fit_clip = true;  ///< false: the largest magnitude
};

[[nodiscard]] PowerFit fit_power(std::span<const float> x, int bits, PowerFitOptions options = {});

} // namespace ansatz::quant
