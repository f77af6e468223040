// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/spectrum.hpp>

#include <ansatz/data/error.hpp>

#include <fftw3.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

struct Free {
  void operator()(void* p) const noexcept { fftw_free(p); }
};
struct DestroyPlan {
  void operator()(fftw_plan plan) const noexcept { fftw_destroy_plan(plan); }
};

/// Blackman's window.
std::vector<double> window(int n) {
  std::vector<double> w(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) {
    const double t = 2.0 * std::numbers::pi * (i + 0.5) / n;
    w[static_cast<std::size_t>(i)] = 0.42 - 0.5 * std::cos(t) + 0.08 * std::cos(2.0 * t);
  }
  return w;
}

/// Mean power over the columns at frequencies 0, 1, ... of the padded length.
std::vector<double> mean_power(const Matrix& samples, int length) {
  const auto w = window(samples.rows);
  const std::unique_ptr<double, Free> in(fftw_alloc_real(static_cast<std::size_t>(length)));
  const std::unique_ptr<fftw_complex, Free> out(fftw_alloc_complex(static_cast<std::size_t>(length) / 2 + 1));
  if (!in || !out) throw InternalError("out_of_memory", "cannot allocate a spectrum of " + std::to_string(length) + " numbers");
  const std::unique_ptr<std::remove_pointer_t<fftw_plan>, DestroyPlan> plan(fftw_plan_dft_r2c_1d(length, in.get(), out.get(), FFTW_ESTIMATE));
  if (!plan) throw InternalError("internal", "FFTW made no plan");
  std::vector<double> power(static_cast<std::size_t>(length) / 2 + 1);
  for (int j = 0; j < samples.cols; ++j) {
    std::fill_n(in.get(), length, 0.0);
    for (int i = 0; i < samples.rows; ++i) in.get()[i] = samples(i, j) * w[static_cast<std::size_t>(i)];
    fftw_execute(plan.get());
    for (std::size_t k = 0; k < power.size(); ++k) power[k] += (out.get()[k][0] * out.get()[k][0] + out.get()[k][1] * out.get()[k][1]) / samples.cols;
  }
  return power;
}

} // namespace

Peak highest_peak(const Matrix& samples, double spacing, double lowest) {
  const int length = 8 * samples.rows;
  const auto power = mean_power(samples, length);
  const double unit = 2.0 * std::numbers::pi / (length * spacing);
  const auto first = static_cast<std::size_t>(std::max(1.0, std::ceil(lowest / unit)));
  if (first + 1 >= power.size()) return {};
  const auto k = static_cast<std::size_t>(std::max_element(power.begin() + static_cast<std::ptrdiff_t>(first), power.end() - 1) - power.begin());
  const double total = std::max(1e-300, samples.rows * 0.42); // sum of the window
  double shift = 0.0;
  if (power[k - 1] > 0.0 && power[k] > 0.0 && power[k + 1] > 0.0) {
    const double a = std::log(power[k - 1]);
    const double b = std::log(power[k]);
    const double c = std::log(power[k + 1]);
    if (a - 2.0 * b + c < 0.0) shift = std::clamp(0.5 * (a - c) / (a - 2.0 * b + c), -0.5, 0.5);
  }
  return {.frequency = unit * (static_cast<double>(k) + shift), .amplitude = 2.0 * std::sqrt(power[k]) / total};
}

} // namespace ansatz::solvers::gp
