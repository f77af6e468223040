// SPDX-License-Identifier: Apache-2.0
/// Cross-layer equalization: scales the features between two layers so that the rows of the first and the columns of the second have equal ranges,
///   s_i = sqrt(r1_i r2_i) / r2_i,  W1 row i and b1_i divided by s_i,  W2 columns of feature i multiplied by s_i,
/// r the largest magnitudes. Exact in real numbers where only ReLU, maxima and flattening lie between, which commute with positive factors.
/// Cite: M. Nagel et al., Data-Free Quantization through weight equalization and bias correction, ICCV 2019, arXiv:1906.04721.
/// Features that are zero on one side are left alone.
/// Threads: none.
#pragma once

#include <ansatz/quant/networks/sequence.hpp>

namespace ansatz::quant {

/// Goes over all pairs of neighbours `rounds` times.
void equalize(Sequence& net, int rounds = 10);

} // namespace ansatz::quant
