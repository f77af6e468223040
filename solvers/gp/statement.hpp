// SPDX-License-Identifier: Apache-2.0
/// Everything that is known about an unknown function, as observations of its features: the equation at collocation points anywhere, boundary values
/// along the faces that have them, and noisy sensors anywhere.
/// Noise by rule: of the equation delta times the rms of its source (where that vanishes, the size its largest term has on the data), of boundary
/// values 1e-10 of their size. Both are rounding control and never fitted. That of the sensors is given or estimated, at least 1e-10 of their size.
/// Powers of u above one are linearised: N(u) ~ N(v) + N'(v)(u - v) at values v of the collocation points.
/// Errors: UsageError `bad_value` where values are not finite or sizes differ.  Threads: as Expression.  MPI: none.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/evidence.hpp>

namespace ansatz::solvers::gp {

struct Sensors {
  PointSet points{};
  std::vector<double> values{};
  double noise = 0.0; ///< standard deviation; 0: to be estimated
  [[nodiscard]] int size() const { return points.size(); }
};

struct Statement {
  Problem problem{};
  PointSet collocation{};
  std::array<int, 2> face_points{64, 64}; ///< boundary values read along a face that runs along this axis
  Sensors sensors{};
  double delta = 1e-12;
};

/// Sizes the noises are relative to.
struct Scales {
  double equation = 1.0;
  double data = 1.0; ///< largest boundary value or sensor value, at least 1e-3 of the prior's standard deviation
};
[[nodiscard]] Scales scales_of(const Statement& statement, const Hyperparameters& theta);

/// \param v  u at the collocation points the powers are linearised at; empty: they are left out
[[nodiscard]] Observations observe(const Statement& statement, const Scales& scales, const std::vector<double>& v);

/// The posterior of one set of hyperparameters; where the equation is not linear, after Gauss-Newton steps from the solution without its powers above
/// one.
struct Settled {
  Observations observations{}; ///< linearised at the last but one iterate
  Evidence evidence{};
  int iterations = 0;
  bool converged = true;
};
[[nodiscard]] Settled settle(const Statement& statement, const Scales& scales, const Hyperparameters& theta, int most_iterations);

/// u at points, for coefficients n_1 x n_2.
[[nodiscard]] std::vector<double> values_at(const PointSet& points, const std::array<AxisModel, 2>& models, const Matrix& coefficients);

} // namespace ansatz::solvers::gp
