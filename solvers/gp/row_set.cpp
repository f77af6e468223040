// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/row_set.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

using Kind = Parameter::Kind;

const Line& line_of(const std::array<AxisModel, 2>& models, const Parameter& p) {
  return models[static_cast<std::size_t>(p.axis)].lines[static_cast<std::size_t>(p.index)];
}

/// sum_a left(i, first + a) right(i, a) of every row.
void add_row_products(const Matrix& left, int first, const Matrix& right, const std::vector<double>& factor, double scale,
                      std::vector<double>& sums) {
  for (int a = 0; a < right.cols; ++a) {
    const double* l = left.column(first + a);
    const double* r = right.column(a);
    for (int i = 0; i < right.rows; ++i) {
      const auto at = static_cast<std::size_t>(i);
      sums[at] += scale * factor[at] * l[i] * r[i];
    }
  }
}

} // namespace

double value_of(const Hyperparameters& theta, const Parameter& p) {
  switch (p.kind) {
    case Kind::log_weight: return std::log(line_of(theta.models, p).weight);
    case Kind::log_rate: return std::log(line_of(theta.models, p).rate);
    case Kind::frequency: return line_of(theta.models, p).frequency;
    case Kind::coefficient: return theta.coefficients[static_cast<std::size_t>(p.index)];
    case Kind::log_noise: break;
  }
  return std::log(theta.sensor_noise);
}

void set_value(Hyperparameters& theta, const Parameter& p, double value) {
  if (p.kind == Kind::coefficient) {
    theta.coefficients[static_cast<std::size_t>(p.index)] = value;
  } else if (p.kind == Kind::log_noise) {
    theta.sensor_noise = std::exp(value);
  } else {
    Line& line = theta.models[static_cast<std::size_t>(p.axis)].lines[static_cast<std::size_t>(p.index)];
    (p.kind == Kind::log_weight ? line.weight
     : p.kind == Kind::log_rate ? line.rate
                                : line.frequency) = p.kind == Kind::frequency ? value : std::exp(value);
  }
}

std::string name_of(const Parameter& p) {
  if (p.kind == Kind::log_noise) return "log_noise";
  if (p.kind == Kind::coefficient) return "coefficient_" + std::to_string(p.index + 1);
  const char* what = p.kind == Kind::log_weight ? "_log_weight" : p.kind == Kind::log_rate ? "_log_rate" : "_frequency";
  return std::string(p.axis == 0 ? "x" : "y") + "_line_" + std::to_string(p.index) + what;
}

RowFeatures::RowFeatures(const RowSet& set, const std::array<AxisModel, 2>& models) : set_(set), models_(models) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const AxisModel& model = models_[axis];
    const auto& at = axis == 0 ? set.points.x : set.points.y;
    factors_[axis].resize(highest_order + 1);
    if (!model.lines.empty()) count_[axis] = feature_count(model.lines, model.interval.length, model.cut);
    for (const RowTerm& term : set.terms) {
      Matrix& psi = factors_[axis][static_cast<std::size_t>(term.order[axis])];
      if (!psi.values.empty()) continue;
      psi = model.lines.empty() ? Matrix(set.size(), 1, term.order[axis] == 0 ? 1.0 : 0.0)
                                : gp::features(model.lines, model.interval, model.cut, at, term.order[axis]);
    }
  }
}

double RowFeatures::weight(const RowTerm& term, const std::vector<double>& beta, int i) const {
  return term.factor[static_cast<std::size_t>(i)] * (term.unknown < 0 ? 1.0 : beta[static_cast<std::size_t>(term.unknown)]);
}

void RowFeatures::assemble(const std::vector<double>& beta, double scale, Matrix& stack, int first) const {
  const int points = set_.size();
  for (const RowTerm& term : set_.terms) {
    const Matrix& left = factor(0, term.order[0]);
    const Matrix& right = factor(1, term.order[1]);
    std::vector<double> weights(static_cast<std::size_t>(points));
    for (int b = 0; b < right.cols; ++b) {
      for (int i = 0; i < points; ++i) weights[static_cast<std::size_t>(i)] = scale * weight(term, beta, i) * right(i, b);
      for (int a = 0; a < left.cols; ++a) {
        double* column = stack.column(a + left.cols * b) + first;
        const double* values = left.column(a);
        for (int i = 0; i < points; ++i) column[i] += weights[static_cast<std::size_t>(i)] * values[i];
      }
    }
  }
}

const Matrix& RowFeatures::slope(const Parameter& p, int order) const {
  const std::array<int, 4> key{p.axis, p.index, static_cast<int>(p.kind), order};
  if (const auto found = slopes_.find(key); found != slopes_.end()) return found->second;
  const AxisModel& model = models_[static_cast<std::size_t>(p.axis)];
  const std::vector<Line> own{line_of(models_, p)};
  const auto& at = p.axis == 0 ? set_.points.x : set_.points.y;
  Matrix change;
  if (p.kind == Kind::log_weight) {
    change = gp::features(own, model.interval, model.cut, at, order);
    for (double& value : change.values) value *= 0.5;
  } else {
    const auto by = p.kind == Kind::log_rate ? FeatureParameter::log_rate : FeatureParameter::frequency;
    change = feature_gradient(own, 0, by, model.interval, model.cut, at, order);
  }
  return slopes_.emplace(key, std::move(change)).first->second;
}

std::vector<double> RowFeatures::by_point(const Partial& partial, const std::vector<double>& beta, const Parameter& p) const {
  std::vector<double> sums(static_cast<std::size_t>(set_.size()));
  const auto axis = static_cast<std::size_t>(p.axis);
  if (p.kind == Kind::log_noise) return sums;
  for (std::size_t k = 0; k < set_.terms.size(); ++k) {
    const RowTerm& term = set_.terms[k];
    const double value = term.unknown < 0 ? 1.0 : beta[static_cast<std::size_t>(term.unknown)];
    if (p.kind == Kind::coefficient) {
      if (term.unknown == p.index) add_row_products(partial[0][k], 0, factor(0, term.order[0]), term.factor, 1.0, sums);
      continue;
    }
    const AxisModel& model = models_[axis];
    const std::vector<Line> before(model.lines.begin(), model.lines.begin() + p.index);
    const int first = feature_count(before, model.interval.length, model.cut);
    add_row_products(partial[axis][k], first, slope(p, term.order[axis]), term.factor, value, sums);
  }
  return sums;
}

std::vector<double> RowFeatures::change(const Matrix& c, const std::vector<double>& beta, const Parameter& parameter) const {
  Partial partial;
  for (const RowTerm& term : set_.terms) {
    partial[0].push_back(product_nt(factor(1, term.order[1]), c));
    partial[1].push_back(parameter.axis == 1 ? product(factor(0, term.order[0]), c) : Matrix());
  }
  return by_point(partial, beta, parameter);
}

std::vector<double> RowFeatures::contract(const Matrix& m, const std::vector<double>& beta, const std::vector<Parameter>& parameters) const {
  Partial partial;
  const int points = set_.size();
  for (const RowTerm& term : set_.terms) {
    const Matrix& left = factor(0, term.order[0]);
    const Matrix& right = factor(1, term.order[1]);
    Matrix on_left(points, left.cols);
    Matrix on_right(points, right.cols);
    for (int b = 0; b < right.cols; ++b)
      for (int a = 0; a < left.cols; ++a) {
        const double* values = m.column(a + left.cols * b);
        for (int i = 0; i < points; ++i) {
          on_left(i, a) += values[i] * right(i, b);
          on_right(i, b) += values[i] * left(i, a);
        }
      }
    partial[0].push_back(std::move(on_left));
    partial[1].push_back(std::move(on_right));
  }
  std::vector<double> sums;
  for (const Parameter& parameter : parameters) {
    const auto by_row = by_point(partial, beta, parameter);
    double sum = 0.0;
    for (const double value : by_row) sum += value;
    sums.push_back(sum);
  }
  return sums;
}

} // namespace ansatz::solvers::gp
