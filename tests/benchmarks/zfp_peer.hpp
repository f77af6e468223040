// SPDX-License-Identifier: Apache-2.0
/// zfp as a peer of the compression benchmark: fixed accuracy, called directly.  Without libzfp-dev there is no peer.  Threads: one.
#pragma once

#include <ansatz/data/compression/quantizer.hpp>

#include <cstddef>
#include <vector>

namespace ansatz::benchmarks {

#if defined(ANSATZ_HAS_ZFP)
inline constexpr bool has_zfp = true;
#else
inline constexpr bool has_zfp = false;
#endif

[[nodiscard]] std::vector<std::byte> zfp_encode(const std::vector<double>& values, const compression::Shape& shape, double tolerance);
void zfp_decode(const std::vector<std::byte>& bytes, const compression::Shape& shape, double tolerance, std::vector<double>& values);

/// The largest of eps, 2 eps, 4 eps, ... at which the measured error still is within eps: zfp's own error stays far below what it is asked for, and
/// it rounds tolerances down to powers of two. 0 if not even eps keeps the bound.
[[nodiscard]] double zfp_raised_tolerance(const std::vector<double>& values, const compression::Shape& shape, double eps);

} // namespace ansatz::benchmarks
