// SPDX-License-Identifier: Apache-2.0
/// Stationary kernels of one dimension whose spectrum is a mixture of lines, with their derivatives in closed form:
///   k(z) = sum_q w_q g(z; rate_q) cos(m_q z),   z = x - x',
/// with the envelope g of a Gaussian line (rate = b, a SQUARED inverse length) or of a Student-t line (rate = an INVERSE length):
///   gaussian  exp(-b z^2);   matern52  (1 + s + s^2/3) e^-s, s = sqrt(5) rate |z|;   matern72 and matern92 likewise with sqrt(7) and sqrt(9).
/// On a grid u' = K' K^-1 u and u'' = K'' K^-1 u: the first argument is differentiated.
/// Cite: Wilson and Adams, ICML 2013, arXiv 1302.4245; Fang et al., ICLR 2024, arXiv 2311.04465.
/// Units: z in those of x, m in radians per unit of x, w in u^2.  matern52 has no derivative of third order in mean square: k to fourth order
/// exists, no higher.
/// Errors: none; rates must be positive.  Threads: functions without state.  MPI: none.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

namespace ansatz::solvers::gp {

enum class Envelope { gaussian, matern52, matern72, matern92 };

[[nodiscard]] std::vector<std::string> envelope_names();
/// Throws UsageError `bad_value` naming the valid ones.
[[nodiscard]] Envelope to_envelope(const std::string& name);

/// One line of the spectrum, on either side of zero.
struct Line {
  double weight = 1.0;    ///< w, variance
  double rate = 1.0;      ///< of the envelope
  double frequency = 0.0; ///< m
  int terms = 0;          ///< features kept, each with cos and sin; 0: by the cut of features.hpp
};

constexpr int highest_order = 4;

/// g and its derivatives of order 0..5 at z.
template <class Real>
[[nodiscard]] std::array<Real, highest_order + 2> envelope(Envelope form, Real rate, Real z);

/// k of the order given, 0..4. Real: double or long double.
template <class Real>
[[nodiscard]] Real kernel(Envelope form, std::span<const Line> lines, Real z, int order);

/// Derivatives of the kernel, of the order given, by log w, log rate and m of one line.
struct LineGradient {
  double log_weight = 0.0;
  double log_rate = 0.0;
  double frequency = 0.0;
};
[[nodiscard]] LineGradient kernel_gradient(Envelope form, const Line& line, double z, int order);

} // namespace ansatz::solvers::gp
