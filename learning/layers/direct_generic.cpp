// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_DIRECT_NAMESPACE direct_generic
#define ANSATZ_DIRECT_NAME "generic"
#define ANSATZ_DIRECT_BYTES 16
#include <ansatz/learning/layers/direct_impl.hpp>
