// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/kernel_basis.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

constexpr long double least_cut = 1e-17L; // 200 roundings of long double: below it pivots are noise

constexpr double matern_rate = 0.3; // times the length: 0.05 to 0.3 tolerate a frequency 0.1 % off, smaller rates do not

/// In mean square.
int derivatives_of(Envelope form) { return form == Envelope::matern52 ? 2 : form == Envelope::matern72 ? 3 : highest_order; }

long double extended(double value) { return static_cast<long double>(value); }

/// Over the entries of the shorter.
long double dot(const std::vector<long double>& shorter, const std::vector<long double>& longer) {
  long double sum = 0.0L;
  for (std::size_t i = 0; i < shorter.size(); ++i) sum += shorter[i] * longer[i];
  return sum;
}

} // namespace

KernelBasis::KernelBasis(Envelope form, const AxisModel& model, int points) : form_(form), lines_(model.lines) {
  if (points < 4) throw UsageError("bad_value", "grid: " + std::to_string(points) + " points along an axis; at least 4 are needed");
  const auto n = static_cast<std::size_t>(points);
  const std::vector<double> grid = uniform_points(model.interval, points);
  std::vector<long double> lags(n);
  for (std::size_t i = 0; i < n; ++i) lags[i] = kernel(form_, lines_, extended(grid[i]) - extended(grid[0]), 0);
  std::vector<long double> variance(n, lags[0]);
  std::vector<std::vector<long double>> rows(n); // of L
  for (std::size_t j = 0; j < n; ++j) {
    const auto best = std::max_element(variance.begin(), variance.end());
    if (!(*best > least_cut * lags[0])) break;
    const auto p = static_cast<std::size_t>(best - variance.begin());
    left_.push_back(*best / lags[0]);
    const long double root = std::sqrt(*best);
    const std::vector<long double> pivot = rows[p];
    for (std::size_t i = 0; i < n; ++i) {
      const long double value = (lags[i > p ? i - p : p - i] - dot(rows[i], pivot)) / root;
      rows[i].push_back(value);
      variance[i] -= value * value;
    }
    variance[p] = 0.0L;
    factor_.push_back(pivot);
    factor_.back().push_back(root);
    nodes_.push_back(grid[p]);
  }
}

int KernelBasis::count(double cut) const {
  return static_cast<int>(std::find_if(left_.begin(), left_.end(), [cut](long double v) { return v <= extended(cut); }) - left_.begin());
}

Matrix KernelBasis::at(std::span<const double> x, int order, int count) const {
  if (order > derivatives_of(form_))
    throw UsageError("bad_value", "a derivative of order " + std::to_string(order) + ": functions with a Matern kernel of this smoothness have " +
                                      std::to_string(derivatives_of(form_)) + "; set gp.kernel to a smoother one");
  Matrix psi(static_cast<int>(x.size()), count);
  std::vector<long double> row;
  for (int i = 0; i < psi.rows; ++i) {
    const long double place = extended(x[static_cast<std::size_t>(i)]);
    row.clear();
    for (std::size_t j = 0; j < static_cast<std::size_t>(count); ++j) {
      const long double own = kernel(form_, lines_, place - extended(nodes_[j]), order);
      row.push_back((own - dot(row, factor_[j])) / factor_[j][j]);
      psi(i, static_cast<int>(j)) = static_cast<double>(row[j]);
    }
  }
  return psi;
}

AxisModel with_kernel(AxisModel model, Envelope form, int points) {
  if (form != Envelope::gaussian)
    for (Line& line : model.lines) line.rate = matern_rate / model.interval.length;
  model.kernel = std::make_shared<const KernelBasis>(form, model, points);
  return model;
}

} // namespace ansatz::solvers::gp
