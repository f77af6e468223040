// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_KERNEL_NAMESPACE isa_avx512
#define ANSATZ_KERNEL_NAME "avx512"
#define ANSATZ_KERNEL_LANES 16
#include <ansatz/solvers/multigrid/kernels_impl.hpp>
