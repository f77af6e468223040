// SPDX-License-Identifier: Apache-2.0
/// What rounding does to a field that solves an equation: white noise is small in the maximum norm and large in that of the operator. With the seven-point
/// Laplacian A (neighbours outside are 0) and e = x - x^:
///   residual_error = ||A e||_2 / ||A x||_2,   energy_error = sqrt(e'A e / x'A x).
/// Cost: one pass over the field.  Threads: functions without state.  MPI: local.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ansatz::apps {

/// Sums over fields, so that several count together.
struct FieldError {
  double residual = 0.0, residual_of_field = 0.0, energy = 0.0, energy_of_field = 0.0;

  /// \param dims  z, y, x
  void add(std::span<const double> x, std::span<const float> decoded, const std::vector<std::int64_t>& dims);
  [[nodiscard]] double residual_error() const;
  [[nodiscard]] double energy_error() const;
};

} // namespace ansatz::apps
