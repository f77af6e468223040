// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_KERNEL_NAMESPACE isa_avx512
#define ANSATZ_KERNEL_NAME "avx512"
#define ANSATZ_KERNEL_LANES 8
#include <ansatz/solvers/flow/transport_kernels_impl.hpp>
