// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_KERNEL_NAMESPACE isa_generic
#define ANSATZ_KERNEL_NAME "generic"
#define ANSATZ_KERNEL_BYTES 16
#include <ansatz/equivariant/gaunt/operation_kernels_impl.hpp>
