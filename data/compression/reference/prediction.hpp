// SPDX-License-Identifier: Apache-2.0
/// Both predictors point by point, straight from their definitions: what tests compare the fast ones with. Sizes small enough to check by hand.
#pragma once

#include <ansatz/data/compression/quantizer.hpp>

#include <algorithm>
#include <span>

namespace ansatz::compression::reference {

/// Integers and reconstructed values at the positions of their points.
struct Coded {
  std::vector<std::int64_t> codes;
  std::vector<double> reached; ///< before exact values are put in their places
};

template <class T>
void quantize(T x, double prediction, double eps, std::int64_t& code, double& reached) {
  const double v = (static_cast<double>(x) - prediction) * (1 / (2 * eps));
  code = std::fabs(v) < 2251799813685248.0 ? static_cast<std::int64_t>(std::nearbyint(v)) : 0;
  reached = static_cast<double>(static_cast<T>(prediction + 2 * eps * static_cast<double>(code)));
}

/// Prediction of a point from those at -3, -1, 1, 3 strides along its axis.
inline double interpolate(const double* a, const double* b, const double* c, const double* d) {
  if (c == nullptr) return (3 * *b - (a != nullptr ? *a : *b)) / 2;
  if (a != nullptr && d != nullptr) return (9 * (*b + *c) - (*a + *d)) / 16;
  if (a != nullptr) return (3 * *c + 6 * *b - *a) / 8;
  if (d != nullptr) return (3 * *b + 6 * *c - *d) / 8;
  return (*b + *c) / 2;
}

template <class T>
Coded interpolation(std::span<const T> x, const Shape& n, double eps) {
  Coded out{std::vector<std::int64_t>(x.size()), std::vector<double>(x.size())};
  const Shape step{n[1] * n[2], n[2], 1};
  const auto each = [&](const Shape& from, const Shape& by, const auto& body) {
    for (std::size_t k = from[0]; k < n[0]; k += by[0])
      for (std::size_t j = from[1]; j < n[1]; j += by[1])
        for (std::size_t i = from[2]; i < n[2]; i += by[2]) body(Shape{k, j, i}, k * step[0] + j * step[1] + i);
  };
  each({0, 0, 0}, {64, 64, 64}, [&](const Shape&, std::size_t at) { quantize(x[at], 0.0, eps, out.codes[at], out.reached[at]); });
  for (std::size_t s = 32; s > 0; s /= 2)
    for (std::size_t axis = 0; axis < 3; ++axis) {
      Shape from{0, 0, 0};
      Shape by{s, s, s};
      from[axis] = s;
      for (std::size_t a = axis; a < 3; ++a) by[a] = 2 * s;
      each(from, by, [&](const Shape& point, std::size_t at) {
        const double* here = out.reached.data() + at;
        const auto there = [&](std::ptrdiff_t strides) -> const double* {
          const auto place = static_cast<std::ptrdiff_t>(point[axis]) + strides * static_cast<std::ptrdiff_t>(s);
          if (place < 0 || place >= static_cast<std::ptrdiff_t>(n[axis])) return nullptr;
          return here + strides * static_cast<std::ptrdiff_t>(s * step[axis]);
        };
        quantize(x[at], interpolate(there(-3), there(-1), there(1), there(3)), eps, out.codes[at], out.reached[at]);
      });
    }
  return out;
}

template <class T>
Coded lorenzo(std::span<const T> x, const Shape& n, double eps) {
  Coded out{std::vector<std::int64_t>(x.size()), std::vector<double>(x.size())};
  std::vector<std::int64_t> c(x.size());
  for (std::size_t p = 0; p < x.size(); ++p) quantize(x[p], 0.0, eps, c[p], out.reached[p]);
  const auto at = [&](std::size_t k, std::size_t j, std::size_t i) { // one further than the point, 0 outside the chunk
    return k == 0 || j == 0 || i == 0 ? std::int64_t{0} : c[((k - 1) * n[1] + j - 1) * n[2] + i - 1];
  };
  for (std::size_t k = 1; k <= n[0]; ++k)
    for (std::size_t j = 1; j <= n[1]; ++j)
      for (std::size_t i = 1; i <= n[2]; ++i)
        out.codes[((k - 1) * n[1] + j - 1) * n[2] + i - 1] = at(k, j, i) - at(k, j, i - 1) - at(k, j - 1, i) - at(k - 1, j, i) + at(k, j - 1, i - 1) +
                                                             at(k - 1, j, i - 1) + at(k - 1, j - 1, i) - at(k - 1, j - 1, i - 1);
  return out;
}

/// Bits a code of the best code that knows how often each occurs and nothing else.
inline double entropy(std::vector<std::int64_t> codes) {
  std::sort(codes.begin(), codes.end());
  double bits = 0;
  for (auto first = codes.begin(); first != codes.end();) {
    const auto last = std::find_if(first, codes.end(), [&](std::int64_t c) { return c != *first; });
    const auto count = static_cast<double>(last - first);
    bits += count * std::log2(static_cast<double>(codes.size()) / count);
    first = last;
  }
  return bits / static_cast<double>(codes.size());
}

} // namespace ansatz::compression::reference
