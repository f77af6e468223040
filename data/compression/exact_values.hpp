// SPDX-License-Identifier: Apache-2.0
/// The list of values kept as they are, written as runs: gap since the last run, length, and one value where all of a run have the same bits, so that
/// a field with a mask of NaN costs little.  Threads: pure functions.
#pragma once

#include <ansatz/data/compression/byte_stream.hpp>
#include <ansatz/data/compression/quantizer.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace ansatz::compression {

/// \param exact  is sorted by position
template <class T>
void write_exact(std::vector<Exact<T>>& exact, ByteWriter& to) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  const auto same = [](T a, T b) { return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b); };
  std::sort(exact.begin(), exact.end(), [](const Exact<T>& a, const Exact<T>& b) { return a.position < b.position; });
  to.put_variable(exact.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < exact.size();) {
    const auto follows = [&](std::size_t k) { return k < exact.size() && exact[k].position == exact[k - 1].position + 1; };
    std::size_t end = i + 1;
    while (follows(end) && same(exact[end].value, exact[i].value)) ++end;
    const bool one_value = end > i + 1;
    if (!one_value)
      while (follows(end) && !(follows(end + 1) && same(exact[end].value, exact[end + 1].value))) ++end;
    to.put_variable((exact[i].position - next) << 1 | (one_value ? 1U : 0U));
    to.put_variable(end - i);
    for (std::size_t k = i; k < (one_value ? i + 1 : end); ++k) to.put(exact[k].value);
    next = exact[end - 1].position + 1;
    i = end;
  }
}

template <class T>
void read_exact(ByteReader& from, std::span<T> values) {
  const std::uint64_t count = from.get_variable();
  if (count > values.size()) throw Damaged("more exact values than values");
  std::size_t next = 0;
  for (std::uint64_t done = 0; done < count;) {
    const std::uint64_t head = from.get_variable();
    const std::uint64_t length = from.get_variable();
    const std::size_t left = values.size() - next;
    if (head / 2 > left || length == 0 || length > left - head / 2) throw Damaged("exact values lie outside the chunk");
    const auto run = values.subspan(next + static_cast<std::size_t>(head / 2), static_cast<std::size_t>(length));
    if ((head & 1U) != 0) {
      std::fill(run.begin(), run.end(), from.get<T>());
    } else {
      const auto bytes = from.take(run.size_bytes());
      std::memcpy(run.data(), bytes.data(), bytes.size());
    }
    next += static_cast<std::size_t>(head / 2 + length);
    done += length;
  }
}

} // namespace ansatz::compression
