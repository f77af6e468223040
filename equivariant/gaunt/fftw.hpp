// SPDX-License-Identifier: Apache-2.0
/// Two-dimensional transforms of FFTW in single and double precision, planned with FFTW_ESTIMATE so that equal runs give equal bits.
/// Errors: InternalError if FFTW makes no plan.  Threads: planning is serialised here (FFTW's planner is global); executing is free.
#pragma once

#include <ansatz/data/error.hpp>

#include <fftw3.h>

#include <memory>
#include <mutex>
#include <type_traits>

namespace ansatz::equivariant {

inline std::mutex& fftw_planner() {
  static std::mutex mutex;
  return mutex;
}

template <class T>
struct Fftw;

#define ANSATZ_FFTW(real, name)                                                                                                                      \
  template <>                                                                                                                                        \
  struct Fftw<real> {                                                                                                                                \
    using Real = real;                                                                                                                               \
    using Complex = name##_complex;                                                                                                                  \
    struct Destroy {                                                                                                                                 \
      void operator()(name##_plan p) const noexcept {                                                                                                \
        const std::lock_guard lock(fftw_planner());                                                                                                  \
        name##_destroy_plan(p);                                                                                                                      \
      }                                                                                                                                              \
    };                                                                                                                                               \
    using Plan = std::unique_ptr<std::remove_pointer_t<name##_plan>, Destroy>;                                                                       \
    static name##_plan to_values(const int* n, int lanes, Complex* in, Real* out) {                                                                  \
      return name##_plan_many_dft_c2r(2, n, lanes, in, nullptr, lanes, 1, out, nullptr, lanes, 1, FFTW_ESTIMATE);                                    \
    }                                                                                                                                                \
    static name##_plan to_series(const int* n, int lanes, Real* in, Complex* out) {                                                                  \
      return name##_plan_many_dft_r2c(2, n, lanes, in, nullptr, lanes, 1, out, nullptr, lanes, 1, FFTW_ESTIMATE);                                    \
    }                                                                                                                                                \
    static name##_plan complex_2d(const int* n, Complex* a, int sign) { return name##_plan_dft_2d(n[0], n[1], a, a, sign, FFTW_ESTIMATE); }          \
    static void execute(const Plan& p, Complex* in, Real* out) { name##_execute_dft_c2r(p.get(), in, out); }                                         \
    static void execute(const Plan& p, Real* in, Complex* out) { name##_execute_dft_r2c(p.get(), in, out); }                                         \
    static void execute(const Plan& p, Complex* a) { name##_execute_dft(p.get(), a, a); }                                                            \
  }
ANSATZ_FFTW(double, fftw);
ANSATZ_FFTW(float, fftwf);
#undef ANSATZ_FFTW

/// Plans under the lock and checks.
template <class T, class Make>
typename Fftw<T>::Plan make_fftw_plan(Make&& make) {
  const std::lock_guard lock(fftw_planner());
  typename Fftw<T>::Plan plan(make());
  if (!plan) throw InternalError("internal", "torus product: FFTW made no plan");
  return plan;
}

/// Smallest length >= n whose prime factors are 2, 3, 5 and 7, for which FFTW has fast code.
inline int smooth_length(int n) {
  for (;; ++n) {
    int rest = n;
    for (const int prime : {2, 3, 5, 7})
      while (rest % prime == 0) rest /= prime;
    if (rest == 1) return n;
  }
}

} // namespace ansatz::equivariant
