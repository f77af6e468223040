// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_KERNEL_NAMESPACE isa_generic
#define ANSATZ_KERNEL_NAME "generic"
#define ANSATZ_KERNEL_LANES 2
#include <ansatz/solvers/flow/transport_kernels_impl.hpp>
