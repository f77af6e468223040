// SPDX-License-Identifier: Apache-2.0
/// The smallest value of a function of one variable that need not be unimodal: a grid, then golden section round its best point.
/// Cost: points + sections + 3 evaluations; accurate to 2 * 0.618^sections of a grid step, 3e-5 by default.  Threads: as f.
#pragma once

#include <cstddef>

namespace ansatz::quant {

template <class F>
[[nodiscard]] double minimise(double low, double high, std::size_t points, F&& f, int sections = 23) {
  const double step = (high - low) / static_cast<double>(points - 1);
  double best = low, least = f(low);
  for (std::size_t i = 1; i < points; ++i) {
    const double x = low + step * static_cast<double>(i), value = f(x);
    if (value < least) {
      least = value;
      best = x;
    }
  }
  constexpr double golden = 0.6180339887498949;
  double a = best - step < low ? low : best - step, b = best + step > high ? high : best + step;
  double c = b - golden * (b - a), d = a + golden * (b - a), fc = f(c), fd = f(d);
  for (int i = 0; i < sections; ++i) {
    if (fc < fd) {
      b = d;
      d = c;
      fd = fc;
      c = b - golden * (b - a);
      fc = f(c);
    } else {
      a = c;
      c = d;
      fc = fd;
      d = a + golden * (b - a);
      fd = f(d);
    }
  }
  const double middle = (a + b) / 2.0;
  return f(middle) <= least ? middle : best;
}

} // namespace ansatz::quant
