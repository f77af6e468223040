// SPDX-License-Identifier: Apache-2.0
/// Fields to compress: three smooth ones on 96^3 (or other) points, and random ones with everything a double can hold.
#pragma once

#include <ansatz/data/compression/quantizer.hpp>

#include <algorithm>
#include <limits>
#include <numbers>
#include <random>

namespace ansatz::tests {

using compression::Shape;

/// S = sin(2 pi X) cos(4 pi Y) sin(2 pi Z + 1); M = S and six further waves; F = S, a front of 1/40 and noise of 1e-5. X along the slowest axis.
inline std::vector<double> smooth_field(char kind, const Shape& n) {
  constexpr double pi = std::numbers::pi;
  std::mt19937 generator(1);
  std::uniform_real_distribution<double> uniform(-0.5, 0.5);
  std::vector<double> values;
  values.reserve(compression::volume(n));
  for (std::size_t k = 0; k < n[0]; ++k)
    for (std::size_t j = 0; j < n[1]; ++j)
      for (std::size_t i = 0; i < n[2]; ++i) {
        const double x = (static_cast<double>(k) + 0.5) / static_cast<double>(n[0]);
        const double y = (static_cast<double>(j) + 0.5) / static_cast<double>(n[1]);
        const double z = (static_cast<double>(i) + 0.5) / static_cast<double>(n[2]);
        double v = std::sin(2 * pi * x) * std::cos(4 * pi * y) * std::sin(2 * pi * z + 1);
        if (kind == 'M')
          for (int m = 1; m <= 6; ++m) v += std::sin(pi * m * (2 * x + 3 * y) + m * m) * std::cos(pi * m * (2.5 * z - x)) / (m * m);
        if (kind == 'F') v += std::tanh(40 * (x + 0.3 * y - z * z - 0.4)) + 1e-5 * uniform(generator);
        values.push_back(v);
      }
  return values;
}

/// A field, a shape and a bound drawn at random. Among the fields: constant ones, zero, denormals, huge ones, NaN and infinities here and there or as
/// a mask, ties of the quantizer, white noise, smooth ones with spikes.
template <class T>
struct RandomField {
  explicit RandomField(std::mt19937_64& g) {
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(g() % n); };
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (std::size_t& extent : shape) extent = 1 + below(below(2) == 0 ? 4 : 17);
    eps = std::pow(10.0, 6 * uniform(g) - 4);
    values.resize(compression::volume(shape));
    const std::size_t kind = below(10);
    const double size = std::pow(10.0, 4 * uniform(g));
    for (std::size_t p = 0; p < values.size(); ++p) {
      const double smooth = size * std::sin(0.1 * static_cast<double>(p % shape[2]) + 0.05 * static_cast<double>(p / shape[2]));
      double v = smooth;
      if (kind == 0) v = size;
      if (kind == 1) v = 0.0;
      if (kind == 2) v = static_cast<double>(std::numeric_limits<T>::denorm_min()) * static_cast<double>(below(1000));
      if (kind == 3) v = uniform(g) * static_cast<double>(std::numeric_limits<T>::max());
      if (kind == 4 && below(20) == 0) v = special(below(4));
      if (kind == 5 && p % 7 < 3) v = std::numeric_limits<double>::quiet_NaN();
      if (kind == 6) v = eps * (2.0 * static_cast<double>(below(9)) + 1.0); // halfway between two integers
      if (kind == 7) v = size * uniform(g);
      if (kind == 8 && below(50) == 0) v = 1e30 * uniform(g);
      values[p] = static_cast<T>(v);
    }
    if (kind == 2 && below(2) == 0) eps = static_cast<double>(std::numeric_limits<T>::denorm_min()) * static_cast<double>(1 + below(50));
    if (kind == 3) eps = size * static_cast<double>(std::numeric_limits<T>::max()) * 1e-12;
  }

  static double special(std::size_t which) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::array<double, 4> all{infinity, -infinity, std::numeric_limits<double>::quiet_NaN(), -0.0};
    return all[which];
  }

  Shape shape{};
  double eps = 0;
  std::vector<T> values;
};

} // namespace ansatz::tests
