// SPDX-License-Identifier: Apache-2.0
// Bodies of the transport kernels, included once per instruction set.
#include <ansatz/solvers/flow/transport_kernels.hpp>

#include <algorithm>
#include <cstdint>

namespace ansatz::solvers::flow::ANSATZ_KERNEL_NAMESPACE {
namespace {

constexpr int centre = 3;

/// A velocity component and its slopes (a cell is the unit of length) at entry i of a row.
struct Jet {
  double value;
  std::array<double, 3> slope;
};

/// Component `part` where the values of `place` lie: itself, or the mean of the two or four nearest faces. Differences as compact as the faces allow.
template <int place, int part>
inline Jet jet(const double* p, std::ptrdiff_t row, std::ptrdiff_t plane) {
  const std::array<std::ptrdiff_t, 3> s = {1, row, plane};
  Jet result{};
  if constexpr (place == part) {
    result.value = p[0];
    for (std::size_t d = 0; d < 3; ++d) result.slope[d] = 0.5 * (p[s[d]] - p[-s[d]]);
  } else if constexpr (place == centre) {
    const std::ptrdiff_t up = s[part];
    result.value = 0.5 * (p[0] + p[up]);
    for (std::size_t d = 0; d < 3; ++d) result.slope[d] = d == part ? p[up] - p[0] : 0.25 * ((p[s[d]] - p[-s[d]]) + (p[up + s[d]] - p[up - s[d]]));
  } else {
    const std::ptrdiff_t up = s[part];
    const std::ptrdiff_t back = -s[place];
    const double here = p[0] + p[up];
    const double there = p[back] + p[back + up];
    result.value = 0.25 * (here + there);
    for (std::size_t d = 0; d < 3; ++d) {
      if (d == place)
        result.slope[d] = 0.5 * (here - there);
      else if (d == part)
        result.slope[d] = 0.5 * ((p[up] + p[back + up]) - (p[0] + p[back]));
      else
        result.slope[d] = 0.125 * (((p[s[d]] - p[-s[d]]) + (p[up + s[d]] - p[up - s[d]])) +
                                   ((p[back + s[d]] - p[back - s[d]]) + (p[back + up + s[d]] - p[back + up - s[d]])));
    }
  }
  return result;
}

template <int place>
void trace_place(const RowView& v) {
  const double* __restrict p0 = v.velocity[0];
  const double* __restrict p1 = v.velocity[1];
  const double* __restrict p2 = v.velocity[2];
  double* __restrict work = v.work;
  const std::ptrdiff_t n = v.n;
  const std::ptrdiff_t row = v.row;
  const std::ptrdiff_t plane = v.plane;
  const double c = v.courant;
  const double reach = v.reach;
#pragma omp simd
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    const Jet a = jet<place, 0>(p0 + i, row, plane);
    const Jet b = jet<place, 1>(p1 + i, row, plane);
    const Jet d = jet<place, 2>(p2 + i, row, plane);
    const auto path = [&](const Jet& part, std::ptrdiff_t axis) {
      const double bend = 0.5 * c * c * (a.value * part.slope[0] + b.value * part.slope[1] + d.value * part.slope[2]);
      work[axis * n + i] = std::min(std::max(bend - c * part.value, -reach), reach);
      work[(axis + 3) * n + i] = std::min(std::max(bend + c * part.value, -reach), reach);
    };
    path(a, 0);
    path(b, 1);
    path(d, 2);
  }
}

void trace(const RowView& v) {
  switch (v.place) {
    case 0: trace_place<0>(v); break;
    case 1: trace_place<1>(v); break;
    case 2: trace_place<2>(v); break;
    default: trace_place<centre>(v); break;
  }
}

/// The cell of values around a displaced point, and where in it the point lies.
struct Corner {
  std::ptrdiff_t offset;
  double x, y, z;
};

inline Corner corner(double x, double y, double z, std::int32_t row, std::int32_t plane) {
  constexpr std::int32_t bias = 64; // above every reach: casts round towards zero
  const std::int32_t i = static_cast<std::int32_t>(x + bias) - bias;
  const std::int32_t j = static_cast<std::int32_t>(y + bias) - bias;
  const std::int32_t k = static_cast<std::int32_t>(z + bias) - bias;
  return {i + j * row + k * plane, x - i, y - j, z - k};
}

inline double mix(double a, double b, double t) { return a + t * (b - a); }

void predict(const RowView& v, const double* from, double* __restrict to) {
  const double* __restrict w = v.work;
  const std::ptrdiff_t n = v.n;
  const std::ptrdiff_t row = v.row;
  const std::ptrdiff_t plane = v.plane;
  const auto row32 = static_cast<std::int32_t>(row);
  const auto plane32 = static_cast<std::int32_t>(plane);
#pragma omp simd
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    const Corner c = corner(w[i], w[n + i], w[2 * n + i], row32, plane32);
    const double* p = from + i + c.offset;
    const double low = mix(mix(p[0], p[1], c.x), mix(p[row], p[row + 1], c.x), c.y);
    const double high = mix(mix(p[plane], p[plane + 1], c.x), mix(p[plane + row], p[plane + row + 1], c.x), c.y);
    to[i] = mix(low, high, c.z);
  }
}

template <bool limit>
void correct_row(const RowView& v, const double* from, const double* predicted, double* __restrict to) {
  const double* __restrict w = v.work;
  const std::ptrdiff_t n = v.n;
  const std::ptrdiff_t row = v.row;
  const std::ptrdiff_t plane = v.plane;
  const auto row32 = static_cast<std::int32_t>(row);
  const auto plane32 = static_cast<std::int32_t>(plane);
#pragma omp simd
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    const Corner c = corner(w[3 * n + i], w[4 * n + i], w[5 * n + i], row32, plane32);
    const double* p = predicted + i + c.offset;
    const double low = mix(mix(p[0], p[1], c.x), mix(p[row], p[row + 1], c.x), c.y);
    const double high = mix(mix(p[plane], p[plane + 1], c.x), mix(p[plane + row], p[plane + row + 1], c.x), c.y);
    double value = predicted[i] + 0.5 * (from[i] - mix(low, high, c.z));
    if constexpr (limit) {
      const Corner d = corner(w[i], w[n + i], w[2 * n + i], row32, plane32);
      const double* q = from + i + d.offset;
      const double least = std::min(std::min(std::min(q[0], q[1]), std::min(q[row], q[row + 1])),
                                    std::min(std::min(q[plane], q[plane + 1]), std::min(q[plane + row], q[plane + row + 1])));
      const double most = std::max(std::max(std::max(q[0], q[1]), std::max(q[row], q[row + 1])),
                                   std::max(std::max(q[plane], q[plane + 1]), std::max(q[plane + row], q[plane + row + 1])));
      value = std::min(std::max(value, least), most);
    }
    to[i] = value;
  }
}

void correct(const RowView& v, const double* from, const double* predicted, double* to, bool limit) {
  if (limit)
    correct_row<true>(v, from, predicted, to);
  else
    correct_row<false>(v, from, predicted, to);
}

} // namespace

extern const TransportKernels table;
const TransportKernels table = {ANSATZ_KERNEL_NAME, trace, predict, correct};

} // namespace ansatz::solvers::flow::ANSATZ_KERNEL_NAMESPACE
