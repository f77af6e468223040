// SPDX-License-Identifier: Apache-2.0
/// One problem by the method chosen, its verification, and the spectral reference beside it.
/// Threads: one.  MPI: one rank.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/solvers/gp/direct.hpp>
#include <ansatz/solvers/gp/inference.hpp>
#include <ansatz/solvers/gp/proposal.hpp>

#include <optional>

namespace ansatz::apps {

/// The exact solution, kept away from the solvers.
class Verification {
public:
  explicit Verification(const solvers::gp::ProblemText& text);
  [[nodiscard]] bool known() const { return exact_.has_value(); }
  /// Uniform points with both ends, as in the publications: 300 an axis, 100 for A4.
  [[nodiscard]] const std::array<std::vector<double>, 2>& points() const { return points_; }
  /// |u - exact| / |exact| in the 2-norm over those points; NaN where the exact solution is not known.
  [[nodiscard]] double error(const solvers::gp::Matrix& u) const;
  [[nodiscard]] solvers::gp::Matrix exact(std::span<const double> x, std::span<const double> y) const;

private:
  std::optional<solvers::gp::Expression> exact_;
  std::array<std::vector<double>, 2> points_;
};

/// A line of the table.
struct GpRow {
  std::string problem{};
  std::string method{};
  std::array<int, 2> points{};
  int depth = 1; ///< points along z
  std::int64_t unknowns = 0;
  std::int64_t iterations = 0;
  bool converged = false;
  std::string reason{};
  double relative_residual = -1.0; ///< < 0: not measured
  double error = 0.0;              ///< NaN: not known
  double proposal_seconds = 0.0;
  double solve_seconds = 0.0;
  std::vector<double> history{};
};

/// Everything known about one problem's run.
struct GpRun {
  solvers::gp::ProblemText text{};
  GpRow row{};                    ///< of the method asked for
  std::vector<GpRow> reference{}; ///< Chebyshev at the same points, and at the fewest that resolve the solution
  std::array<std::vector<double>, 2> grid{};
  solvers::gp::Matrix values{};
  solvers::gp::Matrix variance{}; ///< empty: not asked for
  double log_evidence = 0.0;
  solvers::gp::Proposal lines{};
  std::array<int, 2> features{};
  std::optional<solvers::gp::InferenceResult> inference{}; ///< where there are observations, unknown coefficients, scattered points or no faces
  std::vector<solvers::gp::Matrix> samples{};              ///< of the posterior
};

[[nodiscard]] GpRun run_problem(RunContext& run, const solvers::gp::ProblemText& text);

/// The lines the direct method will use: searched, or given by gp.frequencies_*.
/// \param mean_ratio  b T^2/2 of the line at frequency 0
[[nodiscard]] solvers::gp::Proposal lines_of(const Config& config, const solvers::gp::Problem& problem, std::array<int, 2> points,
                                             double mean_ratio = 1.0);

} // namespace ansatz::apps
