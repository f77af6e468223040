// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/missing_line.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr int per_bin = 4;         // trial frequencies a bin 2 pi/T
constexpr int refinements = 24;    // of the peak by golden section: to 1e-5 of a bin
constexpr int most_companions = 8; // features of the other axis that are looked at

/// Score of waves along one axis.
class Score {
public:
  Score(const Observations& observations, const Hyperparameters& theta, const std::vector<double>& misfit, int axis)
      : observations_(observations), theta_(theta), misfit_(misfit), axis_(axis) {
    const AxisModel& other = theta.models[static_cast<std::size_t>(1 - axis)];
    for (const RowSet& set : observations.sets) {
      auto& list = companions_.emplace_back();
      const auto& across = axis == 0 ? set.points.y : set.points.x;
      for (const RowTerm& term : set.terms) {
        const int order = term.order[static_cast<std::size_t>(1 - axis)];
        list.push_back(other.lines.empty() ? Matrix(set.size(), 1, order == 0 ? 1.0 : 0.0)
                                           : features(other.lines, other.interval, other.cut, across, order));
      }
    }
  }

  [[nodiscard]] double operator()(double m) const {
    const int count = companions_.empty() || companions_[0].empty() ? 1 : std::min(most_companions, companions_[0][0].cols);
    double score = 0.0;
    for (int companion = 0; companion < count; ++companion)
      for (const double phase : {0.0, std::numbers::pi / 2.0}) score += of_wave(m, phase, companion);
    return score;
  }

private:
  [[nodiscard]] double of_wave(double m, double phase, int companion) const {
    double product = 0.0;
    double square = 0.0;
    std::size_t row = 0;
    for (std::size_t s = 0; s < observations_.sets.size(); ++s) {
      const RowSet& set = observations_.sets[s];
      const double sd = static_cast<int>(s) == observations_.sensors ? theta_.sensor_noise : set.sd;
      const auto& along = axis_ == 0 ? set.points.x : set.points.y;
      for (std::size_t i = 0; i < along.size(); ++i, ++row) {
        double g = 0.0;
        for (std::size_t k = 0; k < set.terms.size(); ++k) {
          const RowTerm& term = set.terms[k];
          const int order = term.order[static_cast<std::size_t>(axis_)];
          const double beta = term.unknown < 0 ? 1.0 : theta_.coefficients[static_cast<std::size_t>(term.unknown)];
          const double wave = std::pow(m, order) * std::cos(m * along[i] + phase + order * std::numbers::pi / 2.0);
          g += beta * term.factor[i] * wave * companions_[s][k](static_cast<int>(i), companion);
        }
        product += g / sd * misfit_[row];
        square += g / sd * (g / sd);
      }
    }
    return square > 0.0 ? product * product / square : 0.0;
  }

  const Observations& observations_;
  const Hyperparameters& theta_;
  const std::vector<double>& misfit_;
  int axis_;
  std::vector<std::vector<Matrix>> companions_; ///< of a set, of a term: features of the other axis
};

} // namespace

std::optional<double> missing_frequency(const Observations& observations, const Hyperparameters& theta, const std::vector<double>& misfit, int axis,
                                        double highest) {
  const AxisModel& model = theta.models[static_cast<std::size_t>(axis)];
  const double bin = 2.0 * std::numbers::pi / model.interval.length;
  const Score score(observations, theta, misfit, axis);
  double best = 0.0;
  double top = 0.0;
  for (double m = bin; m <= highest; m += bin / per_bin) {
    if (std::any_of(model.lines.begin(), model.lines.end(), [&](const Line& line) { return std::abs(line.frequency - m) < bin / 2.0; })) continue;
    const double value = score(m);
    if (value > top) {
      top = value;
      best = m;
    }
  }
  if (top == 0.0) return std::nullopt;
  double low = best - bin / per_bin;
  double high = best + bin / per_bin;
  for (int step = 0; step < refinements; ++step) {
    const double left = high - (high - low) / std::numbers::phi;
    const double right = low + (high - low) / std::numbers::phi;
    (score(left) > score(right) ? high : low) = score(left) > score(right) ? right : left;
  }
  return (low + high) / 2.0;
}

} // namespace ansatz::solvers::gp
