// SPDX-License-Identifier: Apache-2.0
/// The convolution through oneDNN 2.6, float32 (convolution_kernels.hpp). Primitives are made once per shape; tensors are used where they lie (ncdhw,
/// nCdhw8c), only the weights are reordered, which is some 10 us against milliseconds. Operations for which oneDNN would fall back on its plain loops
/// go to the direct kernel: that is backward with respect to weights under AVX2 (0.0 GFLOP/s there), and data with one channel.
/// Errors: InternalError with oneDNN's text.
/// Threads: one; oneDNN's own are OMP_NUM_THREADS. Repeats give equal bits at equal numbers of threads.
#pragma once

#include <ansatz/learning/layers/convolution_kernels.hpp>

namespace ansatz::learning {

[[nodiscard]] std::shared_ptr<ConvolutionKernels<float>> make_onednn_convolution();

} // namespace ansatz::learning
