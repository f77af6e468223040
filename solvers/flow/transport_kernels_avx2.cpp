// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_KERNEL_NAMESPACE isa_avx2
#define ANSATZ_KERNEL_NAME "avx2"
#define ANSATZ_KERNEL_LANES 4
#include <ansatz/solvers/flow/transport_kernels_impl.hpp>
