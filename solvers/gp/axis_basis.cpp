// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/axis_basis.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/kernel_basis.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace ansatz::solvers::gp {

namespace {

void check(const AxisModel& model) {
  for (std::size_t q = 0; q < model.lines.size(); ++q) {
    const Line& line = model.lines[q];
    const std::string which = "line " + std::to_string(q + 1) + " of " + std::to_string(model.lines.size());
    if (!(line.weight > 0.0) || !std::isfinite(line.weight))
      throw UsageError("bad_value", which + ": weight " + std::to_string(line.weight) + "; must be positive and finite");
    if (!(line.rate > 0.0) || !std::isfinite(line.rate))
      throw UsageError("bad_value", which + ": rate " + std::to_string(line.rate) + "; must be positive and finite");
    if (!(line.frequency >= 0.0) || !std::isfinite(line.frequency))
      throw UsageError("bad_value", which + ": frequency " + std::to_string(line.frequency) + "; must be finite and not negative");
    for (std::size_t p = 0; p < q; ++p)
      if (model.lines[p].frequency == line.frequency && model.lines[p].rate == line.rate)
        throw UsageError("bad_value",
                         which + ": frequency " + std::to_string(line.frequency) + " and rate are those of an earlier line; leave one out");
  }
}

} // namespace

AxisBasis::AxisBasis(AxisModel model, const std::vector<double>& ends) : model_(std::move(model)), fixed_(static_cast<int>(ends.size())) {
  check(model_);
  if (model_.kernel != nullptr)
    size_ = model_.kernel->count(model_.cut);
  else if (!model_.lines.empty())
    size_ = feature_count(model_.lines, model_.interval.length, model_.cut);
  if (fixed_ == 0) return;
  if (size_ < fixed_)
    throw UsageError("bad_value",
                     std::to_string(size_) + " features cannot meet " + std::to_string(fixed_) + " boundary values; give more lines or wider ones");
  rotation_ = Qr(transposed(plain(ends, 0))).full_q();
}

Matrix AxisBasis::plain(std::span<const double> points, int order) const {
  if (model_.kernel != nullptr) return model_.kernel->at(points, order, size_);
  return features(model_.lines, model_.interval, model_.cut, points, order);
}

Matrix AxisBasis::at(std::span<const double> points, int order) const {
  if (model_.lines.empty()) return {static_cast<int>(points.size()), 1, order == 0 ? 1.0 : 0.0};
  Matrix phi = plain(points, order);
  return fixed_ == 0 ? phi : product(phi, rotation_);
}

Matrix AxisBasis::wider(std::span<const double> points, int order) const {
  if (model_.kernel == nullptr) return features(model_.lines, model_.interval, model_.cut, points, 0, order);
  Matrix all(static_cast<int>(points.size()), size_ * (order + 1));
  for (int k = 0; k <= order; ++k) {
    const Matrix part = plain(points, k);
    std::copy(part.values.begin(), part.values.end(), all.column(size_ * k));
  }
  return all;
}

Matrix AxisBasis::span(std::span<const double> points, int order) const {
  const auto count = static_cast<int>(points.size());
  if (model_.lines.empty() || count <= size_) return identity(count);
  return Qr(wider(points, order)).thin_q();
}

} // namespace ansatz::solvers::gp
