// SPDX-License-Identifier: Apache-2.0
/// One of two objects by a type: by_precision<T>(f32, f64).  Threads: values.
#pragma once

#include <type_traits>

namespace ansatz::equivariant {

template <class T>
[[nodiscard]] const auto& by_precision(const auto& f32, const auto& f64) {
  if constexpr (std::is_same_v<T, float>)
    return f32;
  else
    return f64;
}

} // namespace ansatz::equivariant
