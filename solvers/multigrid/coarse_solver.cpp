// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/coarse_solver.hpp>

#include <map>

namespace ansatz::solvers::multigrid {

CoarseSolver::CoarseSolver(const Level& level) {
  const SplitBox& b = level.box;
  const bool finest = !level.code.empty();
  const auto diagonal = [&](std::size_t i) { return finest ? static_cast<double>(level.code[i]) : static_cast<double>(level.diagonal[i]); };
  std::map<std::int32_t, std::size_t> number;
  const auto add = [&](std::ptrdiff_t i) {
    if (diagonal(static_cast<std::size_t>(i)) <= 0.0) return;
    number[static_cast<std::int32_t>(i)] = unknown_.size();
    unknown_.push_back(static_cast<std::int32_t>(i));
  };
  for (int k = 0; k < b.n[2]; ++k)
    for (int j = 0; j < b.n[1]; ++j)
      for (int i = 0; i < b.n[0]; ++i) add(b.index(i, j, k));
  for (int e = 0; e < level.extras; ++e) add(static_cast<std::ptrdiff_t>(b.size) + e);

  const std::size_t n = unknown_.size();
  std::vector<double> a(n * n, 0.0);
  const auto couple = [&](std::int32_t row, std::int32_t column, double w) {
    const auto p = number.find(row);
    const auto q = number.find(column);
    if (w > 0.0 && p != number.end() && q != number.end()) a[p->second * n + q->second] = -w;
  };
  for (std::size_t p = 0; p < n; ++p) a[p * n + p] = diagonal(static_cast<std::size_t>(unknown_[p]));
  for (int k = 0; k < b.n[2]; ++k)
    for (int j = 0; j < b.n[1]; ++j)
      for (int i = 0; i < b.n[0]; ++i) {
        const auto own = b.index(i, j, k);
        const std::ptrdiff_t lower[3] = {b.index(i - 1, j, k), b.index(i, j - 1, k), b.index(i, j, k - 1)};
        for (std::size_t axis = 0; axis < 3; ++axis) {
          const double w = finest ? 1.0 : static_cast<double>(level.weight[axis][static_cast<std::size_t>(own)]);
          couple(static_cast<std::int32_t>(own), static_cast<std::int32_t>(lower[axis]), w);
          couple(static_cast<std::int32_t>(lower[axis]), static_cast<std::int32_t>(own), w);
        }
      }
  const ExtraRows& rows = level.rows;
  for (std::size_t s = 0; s < rows.row.size(); ++s)
    for (auto t = static_cast<std::size_t>(rows.begin[s]); t < static_cast<std::size_t>(rows.begin[s + 1]); ++t)
      couple(rows.row[s], rows.column[t], static_cast<double>(rows.weight[t]));

  constexpr double vanished = 1e-5; // f32 weights: a pivot that is 0 in exact arithmetic comes out below 1e-6 of its diagonal entry
  inverse_pivot_.assign(n, 0.0);
  for (std::size_t p = 0; p < n; ++p) {
    for (std::size_t q = 0; q < p; ++q) {
      double sum = a[p * n + q];
      for (std::size_t s = 0; s < q; ++s) sum -= a[p * n + s] * a[q * n + s] * (inverse_pivot_[s] > 0.0 ? 1.0 / inverse_pivot_[s] : 0.0);
      a[p * n + q] = sum * inverse_pivot_[q];
    }
    double pivot = a[p * n + p];
    for (std::size_t s = 0; s < p; ++s) pivot -= a[p * n + s] * a[p * n + s] * (inverse_pivot_[s] > 0.0 ? 1.0 / inverse_pivot_[s] : 0.0);
    inverse_pivot_[p] = pivot > vanished * a[p * n + p] ? 1.0 / pivot : 0.0;
  }
  factor_ = std::move(a);
  value_.assign(n, 0.0);
}

void CoarseSolver::solve(Level& level) {
  const std::size_t n = unknown_.size();
  for (std::size_t p = 0; p < n; ++p) {
    double sum = static_cast<double>(level.r[static_cast<std::size_t>(unknown_[p])]);
    for (std::size_t q = 0; q < p; ++q) sum -= factor_[p * n + q] * value_[q];
    value_[p] = sum;
  }
  for (std::size_t p = 0; p < n; ++p) value_[p] *= inverse_pivot_[p];
  for (std::size_t p = n; p-- > 0;)
    for (std::size_t q = 0; q < p; ++q) value_[q] -= factor_[p * n + q] * value_[p];
  for (std::size_t p = 0; p < n; ++p) level.z[static_cast<std::size_t>(unknown_[p])] = static_cast<float>(value_[p]);
}

} // namespace ansatz::solvers::multigrid
