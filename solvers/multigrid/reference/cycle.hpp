// SPDX-License-Identifier: Apache-2.0
/// The multigrid cycle and the full multigrid start as plain loops over the graph of reference/hierarchy.hpp: the truth that Cycle is tested against.
///   z = S r;  z += P M_{l+1} P'(r - A z);  z += S'(r - A z), with P = injection.
///   Coarsest level: L D^+ L' in double; the inverse of a vanishing pivot is 0.
/// Shapes: vectors hold one entry per unknown of a level, in the order of its map.  No MPI, no blocking, no shortcuts.
#pragma once

#include <ansatz/solvers/multigrid/cycle.hpp>
#include <ansatz/solvers/multigrid/reference/hierarchy.hpp>

#include <cstddef>
#include <numbers>
#include <utility>

namespace ansatz::solvers::reference {

class Cycle {
public:
  using Array = std::vector<double>;

  Cycle(const std::vector<Operator>& levels, const multigrid::CycleOptions& options) : options_(options) {
    for (std::size_t l = 0; l < levels.size(); ++l) {
      const auto number = numbering(levels[l]);
      const auto coarse_number = l + 1 < levels.size() ? numbering(levels[l + 1]) : decltype(number){};
      std::vector<Row> rows;
      for (const auto& [u, node] : levels[l].node) {
        Row row{.diagonal = node.diagonal(), .colour = u.colour()};
        for (const auto& [v, w] : node.weight) row.next.emplace_back(number.at(v), w);
        if (const auto p = levels[l].parent.find(u); p != levels[l].parent.end() && coarse_number.contains(p->second))
          row.parent = static_cast<std::ptrdiff_t>(coarse_number.at(p->second));
        rows.push_back(std::move(row));
      }
      rows_.push_back(std::move(rows));
    }
    factorise();
  }

  /// M r.
  [[nodiscard]] Array apply(const Array& r) const {
    Array z(r.size(), 0.0);
    cycle(0, options_.type, r, z);
    return z;
  }
  [[nodiscard]] Array full_multigrid(const Array& r) const {
    std::vector<Array> rhs = {r};
    for (std::size_t l = 0; l + 1 < rows_.size(); ++l) rhs.push_back(restricted(l, rhs.back()));
    Array z = coarsest(rhs.back());
    for (std::size_t l = rows_.size() - 1; l-- > 0;) {
      Array fine(rows_[l].size(), 0.0);
      add_prolonged(l, z, fine);
      z = std::move(fine);
      cycle(l, multigrid::CycleType::v, rhs[l], z);
    }
    return z;
  }

private:
  struct Row {
    double diagonal = 0.0;
    int colour = 0;
    std::vector<std::pair<std::size_t, double>> next{};
    std::ptrdiff_t parent = -1; ///< row of the next coarser level, -1 if that unknown was dropped
  };

  static std::map<Unknown, std::size_t> numbering(const Operator& op) {
    std::map<Unknown, std::size_t> number;
    for (const auto& [u, node] : op.node) number.emplace(u, number.size());
    return number;
  }

  void cycle(std::size_t l, multigrid::CycleType type, const Array& r, Array& z) const {
    using enum multigrid::CycleType;
    if (l + 1 == rows_.size()) {
      z = coarsest(r);
      return;
    }
    smooth(l, false, r, z);
    const Array coarse_r = restricted(l, residual(l, r, z));
    Array coarse_z(coarse_r.size(), 0.0);
    cycle(l + 1, type, coarse_r, coarse_z);
    if (type != v) cycle(l + 1, type == w ? w : v, coarse_r, coarse_z);
    add_prolonged(l, coarse_z, z);
    smooth(l, true, r, z);
  }

  void smooth(std::size_t l, bool post, const Array& r, Array& z) const {
    const int n = options_.sweeps;
    if (options_.smoother == multigrid::Smoother::red_black) {
      for (int half = 0; half < 2 * n; ++half) {
        const int mirrored = post ? 2 * n - 1 - half : half;
        relax(l, (half + (post ? 1 : 0)) % 2, options_.weights ? static_cast<double>(options_.weights->relaxation(l == 0, mirrored)) : 1.0, r, z);
      }
      return;
    }
    for (int s = 1; s <= n; ++s) {
      const int step = post ? n + 1 - s : s;
      constexpr double a = 0.25;
      const double chebyshev = 0.5 / ((1 + a) / 2 + (1 - a) / 2 * std::cos(std::numbers::pi * (2 * step - 1) / (2 * n)));
      const double omega = options_.smoother == multigrid::Smoother::jacobi ? 0.8 : chebyshev;
      const Array step_r = residual(l, r, z);
      for (std::size_t i = 0; i < z.size(); ++i)
        if (rows_[l][i].diagonal > 0.0) z[i] += omega * step_r[i] / rows_[l][i].diagonal;
    }
  }
  /// Gauss-Seidel, over-relaxed by omega, on one colour; 0 where nothing determines the value.
  void relax(std::size_t l, int colour, double omega, const Array& r, Array& z) const {
    for (std::size_t i = 0; i < z.size(); ++i) {
      const Row& row = rows_[l][i];
      if (row.colour != colour) continue;
      double sum = r[i];
      for (const auto& [j, w] : row.next) sum += w * z[j];
      z[i] = row.diagonal > 0.0 ? z[i] + omega * (sum / row.diagonal - z[i]) : 0.0;
    }
  }
  [[nodiscard]] Array residual(std::size_t l, const Array& r, const Array& z) const {
    Array out = r;
    for (std::size_t i = 0; i < z.size(); ++i) {
      for (const auto& [j, w] : rows_[l][i].next) out[i] += w * z[j];
      out[i] -= rows_[l][i].diagonal * z[i];
    }
    return out;
  }
  [[nodiscard]] Array restricted(std::size_t l, const Array& r) const {
    Array out(rows_[l + 1].size(), 0.0);
    for (std::size_t i = 0; i < r.size(); ++i)
      if (rows_[l][i].parent >= 0) out[static_cast<std::size_t>(rows_[l][i].parent)] += r[i];
    return out;
  }
  void add_prolonged(std::size_t l, const Array& coarse, Array& z) const {
    for (std::size_t i = 0; i < z.size(); ++i)
      if (rows_[l][i].parent >= 0) z[i] += coarse[static_cast<std::size_t>(rows_[l][i].parent)];
  }

  /// A_L = L D L', rows of L below the diagonal and D on it.
  void factorise() {
    const std::vector<Row>& rows = rows_.back();
    const std::size_t n = rows.size();
    factor_.assign(n * n, 0.0);
    for (std::size_t p = 0; p < n; ++p) {
      factor_[p * n + p] = rows[p].diagonal;
      for (const auto& [q, w] : rows[p].next) factor_[p * n + q] = -w;
      const double scale = factor_[p * n + p];
      for (std::size_t q = 0; q <= p; ++q) {
        for (std::size_t s = 0; s < q; ++s) factor_[p * n + q] -= factor_[p * n + s] * factor_[q * n + s] * factor_[s * n + s];
        if (q < p) factor_[p * n + q] = factor_[q * n + q] > 0.0 ? factor_[p * n + q] / factor_[q * n + q] : 0.0;
      }
      if (factor_[p * n + p] <= 1e-5 * scale) factor_[p * n + p] = 0.0; // the closed component is complete: pin its last unknown
    }
  }
  [[nodiscard]] Array coarsest(const Array& r) const {
    const std::size_t n = r.size();
    Array x = r;
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = 0; q < p; ++q) x[p] -= factor_[p * n + q] * x[q];
    for (std::size_t p = 0; p < n; ++p) x[p] = factor_[p * n + p] > 0.0 ? x[p] / factor_[p * n + p] : 0.0;
    for (std::size_t p = n; p-- > 0;)
      for (std::size_t q = 0; q < p; ++q) x[q] -= factor_[p * n + q] * x[p];
    return x;
  }

  multigrid::CycleOptions options_;
  std::vector<std::vector<Row>> rows_;
  std::vector<double> factor_;
};

} // namespace ansatz::solvers::reference
