// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_KERNEL_NAMESPACE formats_generic
#include <ansatz/quant/formats/kernels_impl.hpp>
