// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/evidence.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

double sd_of(const Observations& observations, const Hyperparameters& theta, std::size_t set) {
  return static_cast<int>(set) == observations.sensors ? theta.sensor_noise : observations.sets[set].sd;
}

/// Rows begin..begin+count-1 of every column.
Matrix row_block(const Matrix& a, int begin, int count) {
  Matrix part(count, a.cols);
  for (int j = 0; j < a.cols; ++j) std::copy_n(a.column(j) + begin, count, part.column(j));
  return part;
}

/// The stack [G; I], its factor and everything derived from it.
class System {
public:
  System(const Observations& observations, const Hyperparameters& theta) : observations_(observations), theta_(theta), rows_(observations.rows()) {
    for (const RowSet& set : observations.sets) features_.emplace_back(set, theta.models);
    const auto count = observations.sets.empty() ? std::array<int, 2>{0, 0} : features_.front().features();
    count_ = count;
    unknowns_ = count[0] * count[1];
    stack_ = Matrix(rows_ + unknowns_, unknowns_);
    target_ = Matrix(rows_ + unknowns_, 1);
    int first = 0;
    for (std::size_t s = 0; s < features_.size(); ++s) {
      const double scale = 1.0 / sd_of(observations, theta, s);
      features_[s].assemble(theta.coefficients, scale, stack_, first);
      for (const double value : observations.sets[s].target) target_(first++, 0) = value * scale;
    }
    for (int i = 0; i < unknowns_; ++i) stack_(rows_ + i, i) = 1.0;
    qr_ = Qr(stack_);
  }

  Evidence solve() {
    Evidence result;
    Matrix projected = target_;
    qr_.apply_qt(projected);
    result.r = qr_.r();
    result.coefficients = row_block(projected, 0, unknowns_);
    outside_ = row_block(projected, unknowns_, rows_);
    solve_upper(result.r, Op::plain, result.coefficients);
    Matrix misfit = target_;
    multiply(misfit, stack_, Op::plain, result.coefficients, Op::plain, -1.0, 1.0);
    result.misfit.assign(misfit.values.begin(), misfit.values.begin() + rows_);
    result.coefficients.rows = count_[0];
    result.coefficients.cols = count_[1];
    double sum = dot(outside_.values, outside_.values) + rows_ * std::log(2.0 * std::numbers::pi);
    for (int i = 0; i < unknowns_; ++i) sum += 2.0 * std::log(std::abs(result.r(i, i)));
    for (std::size_t s = 0; s < features_.size(); ++s) sum += 2.0 * observations_.sets[s].size() * std::log(sd_of(observations_, theta_, s));
    result.negative_log = 0.5 * sum;
    return result;
  }

  void differentiate(const std::vector<Parameter>& parameters, Evidence& result) const {
    // Q_1 R^-T = (R^-1 Q_1^T)^T
    const Matrix q = qr_.thin_q();
    Matrix inverse = transposed(row_block(q, 0, rows_));
    solve_upper(result.r, Op::plain, inverse);
    const Matrix m = transposed(inverse);
    result.gradient.assign(parameters.size(), 0.0);
    Matrix changes(rows_ + unknowns_, static_cast<int>(parameters.size()));
    int first = 0;
    for (std::size_t s = 0; s < features_.size(); ++s) {
      const double scale = 1.0 / sd_of(observations_, theta_, s);
      const int count = observations_.sets[s].size();
      const auto traces = features_[s].contract(row_block(m, first, count), theta_.coefficients, parameters);
      for (std::size_t p = 0; p < parameters.size(); ++p) {
        result.gradient[p] += scale * traces[p];
        const auto change = features_[s].change(result.coefficients, theta_.coefficients, parameters[p]);
        for (int i = 0; i < count; ++i) changes(first + i, static_cast<int>(p)) = scale * change[static_cast<std::size_t>(i)];
        if (parameters[p].kind == Parameter::Kind::log_noise && static_cast<int>(s) == observations_.sensors)
          result.gradient[p] += by_log_noise(m, first, count, result);
      }
      first += count;
    }
    qr_.apply_qt(changes);
    const Matrix outside = row_block(changes, unknowns_, rows_);
    for (std::size_t p = 0; p < parameters.size(); ++p)
      result.gradient[p] -= dot(outside_.values, {outside.column(static_cast<int>(p)), static_cast<std::size_t>(rows_)});
    result.curvature = product_tn(outside, outside);
  }

private:
  /// Of 1/2 (|y - G c|^2 + log det + log det S) where y and G go as 1/sd.
  double by_log_noise(const Matrix& m, int first, int count, const Evidence& result) const {
    double sum = count;
    for (int i = first; i < first + count; ++i) {
      sum -= result.misfit[static_cast<std::size_t>(i)] * result.misfit[static_cast<std::size_t>(i)];
      for (int j = 0; j < unknowns_; ++j) sum -= m(i, j) * stack_(i, j);
    }
    return sum;
  }

  const Observations& observations_;
  const Hyperparameters& theta_;
  int rows_;
  int unknowns_ = 0;
  std::array<int, 2> count_{};
  std::vector<RowFeatures> features_;
  Matrix stack_;
  Matrix target_;
  Matrix outside_; ///< Q_o^T [y; 0]
  Qr qr_;
};

} // namespace

int Observations::rows() const {
  int sum = 0;
  for (const RowSet& set : sets) sum += set.size();
  return sum;
}

Evidence evaluate_evidence(const Observations& observations, const Hyperparameters& theta, const std::vector<Parameter>& parameters) {
  System system(observations, theta);
  Evidence result = system.solve();
  if (!parameters.empty()) system.differentiate(parameters, result);
  return result;
}

} // namespace ansatz::solvers::gp
