// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_DIRECT_NAMESPACE direct_avx2
#define ANSATZ_DIRECT_NAME "avx2"
#define ANSATZ_DIRECT_BYTES 32
#include <ansatz/learning/layers/direct_impl.hpp>
