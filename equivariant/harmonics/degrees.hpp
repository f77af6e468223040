// SPDX-License-Identifier: Apache-2.0
/// Degrees and orders. A signal of degree L on the sphere is f = sum_{l <= L} sum_{|m| <= l} c_i Y_lm with i = l^2 + l + m, (L+1)^2 numbers.
/// Errors: UsageError (`bad_value`) for a degree outside 0..max_degree.
#pragma once

#include <ansatz/data/error.hpp>

#include <cstddef>
#include <string>

namespace ansatz::equivariant {

/// Above it Q_l^m near the poles leaves the range of double.
inline constexpr int max_degree = 127;

/// A count or place computed in int, where nothing below max_degree overflows, as a size.
[[nodiscard]] constexpr std::size_t index(int i) { return static_cast<std::size_t>(i); }
/// Numbers of a signal of degree L; 0 for L = -1, the empty signal.
[[nodiscard]] constexpr std::size_t signal_size(int degree) { return index((degree + 1) * (degree + 1)); }
/// Place of (l, m) in a signal.
[[nodiscard]] constexpr std::size_t signal_index(int l, int m) { return index(l * l + l + m); }
/// Numbers Q_l^m, 0 <= m <= l <= L, and the place of (l, m) among them.
[[nodiscard]] constexpr std::size_t triangle_size(int degree) { return index((degree + 1) * (degree + 2) / 2); }
[[nodiscard]] constexpr std::size_t triangle_index(int l, int m) { return index(l * (l + 1) / 2 + m); }

inline void check_degree(int degree, const char* what, int limit = max_degree, boost::source_location where = here()) {
  if (degree < 0 || degree > limit)
    throw UsageError("bad_value", std::string(what) + ": degree " + std::to_string(degree) + " is outside 0.." + std::to_string(limit), where);
}

} // namespace ansatz::equivariant
