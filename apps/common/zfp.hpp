// SPDX-License-Identifier: Apache-2.0
/// zfp in its mode of fixed accuracy, as a peer in tables. Without libzfp-dev at build time there is none, and the calls throw.
/// Shapes: z, y, x, all values.  Errors: UsageError `environment` without zfp; InternalError if zfp cannot read what it wrote.  Threads: one.
#pragma once

#include <ansatz/data/compression/quantizer.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace ansatz::apps {

[[nodiscard]] bool has_zfp();

/// T: float or double. zfp's errors stay below the tolerance wherever the format of T resolves it.
template <class T>
[[nodiscard]] std::vector<std::byte> zfp_encode(std::span<const T> values, const compression::Shape& shape, double tolerance);
template <class T>
void zfp_decode(std::span<const std::byte> bytes, const compression::Shape& shape, double tolerance, std::span<T> values);

} // namespace ansatz::apps
