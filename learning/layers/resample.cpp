// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/layers/resample.hpp>

#include <array>

namespace ansatz::learning {

namespace {

/// Calls body(coarse row, its four fine rows) for all rows of all channel blocks; offsets in values.
template <class Body>
void each_row(const Shape& coarse, Body&& body) {
  const std::int64_t b = coarse.block();
  const std::int64_t row = coarse.x * b;
  std::int64_t at = 0;
  for (std::int64_t block = 0; block < coarse.batch * coarse.channels / b; ++block)
    for (std::int64_t k = 0; k < coarse.z; ++k)
      for (std::int64_t j = 0; j < coarse.y; ++j, at += row) {
        const std::int64_t fine = 2 * row * ((block * 2 * coarse.z + 2 * k) * 2 * coarse.y + 2 * j);
        const std::int64_t plane = 2 * row * 2 * coarse.y;
        body(at, std::array<std::int64_t, 4>{fine, fine + 2 * row, fine + plane, fine + plane + 2 * row});
      }
}

} // namespace

Shape coarsened(const Shape& fine) {
  if (fine.z % 2 != 0 || fine.y % 2 != 0 || fine.x % 2 != 0)
    throw UsageError("bad_value", "cannot halve a grid of " + to_string(fine) + "; all three sides must be even");
  return {fine.batch, fine.channels, fine.z / 2, fine.y / 2, fine.x / 2};
}

Shape refined(const Shape& coarse) { return {coarse.batch, coarse.channels, coarse.z * 2, coarse.y * 2, coarse.x * 2}; }

template <class T>
void gather_children(const Shape& coarse_shape, T factor, const T* fine, T* coarse) {
  const std::int64_t b = coarse_shape.block();
  each_row(coarse_shape, [&](std::int64_t at, const std::array<std::int64_t, 4>& rows) {
    for (std::int64_t i = 0; i < coarse_shape.x; ++i)
      for (std::int64_t c = 0; c < b; ++c) {
        T sum = 0;
        for (const std::int64_t fine_row : rows) sum += fine[fine_row + 2 * i * b + c] + fine[fine_row + (2 * i + 1) * b + c];
        coarse[at + i * b + c] = factor * sum;
      }
  });
}

template <class T>
void spread_to_children(const Shape& coarse_shape, T factor, const T* coarse, T* fine) {
  const std::int64_t b = coarse_shape.block();
  each_row(coarse_shape, [&](std::int64_t at, const std::array<std::int64_t, 4>& rows) {
    for (const std::int64_t fine_row : rows)
      for (std::int64_t i = 0; i < coarse_shape.x; ++i)
        for (std::int64_t c = 0; c < b; ++c) fine[fine_row + 2 * i * b + c] = fine[fine_row + (2 * i + 1) * b + c] = factor * coarse[at + i * b + c];
  });
}

template void gather_children(const Shape&, float, const float*, float*);
template void gather_children(const Shape&, double, const double*, double*);
template void spread_to_children(const Shape&, float, const float*, float*);
template void spread_to_children(const Shape&, double, const double*, double*);

} // namespace ansatz::learning
