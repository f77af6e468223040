// SPDX-License-Identifier: Apache-2.0
/// Small pressure systems given by a function of the cell, vectors in natural order (x fastest, all cells) on every rank, and a dense matrix
/// assembled from the definition alone: independent truth for the tests of solvers/poisson.
#pragma once

#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <petscdmda.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace poisson_test {

using ansatz::solvers::Cell;
using ansatz::solvers::CellFlags;
using ansatz::solvers::Grid;
using ansatz::solvers::petsc_check;
using ansatz::solvers::PressureOperator;
using Array = std::vector<double>;
using Kind = std::function<Cell(int, int, int)>;

struct DestroyVec {
  void operator()(Vec v) const { VecDestroy(&v); }
};
struct DestroyMat {
  void operator()(Mat m) const { MatDestroy(&m); }
};
using Vector = std::unique_ptr<_p_Vec, DestroyVec>;
using Matrix = std::unique_ptr<_p_Mat, DestroyMat>;

inline int rank_count() {
  int ranks = 1;
  MPI_Comm_size(PETSC_COMM_WORLD, &ranks);
  return ranks;
}

/// Whether create_dm can share the grid among the ranks of the test; smaller grids are for fewer ranks.
inline bool fits(const std::array<int, 3>& cells) {
  const int ranks = rank_count();
  for (int px = 1; px <= ranks; ++px)
    for (int py = 1; px * py <= ranks; ++py)
      if (ranks % (px * py) == 0 && px <= cells[0] && py <= cells[1] && ranks / (px * py) <= cells[2]) return true;
  return false;
}

/// A grid with its flags and its operator.
class System {
public:
  System(std::array<int, 3> cells, Kind kind, MPI_Comm comm = PETSC_COMM_WORLD) : cells_(cells), kind_(std::move(kind)), comm_(comm) {
    const Grid grid{.cells = cells, .spacing = 1.0};
    dm_ = ansatz::solvers::create_dm(comm, grid);
    flags_ = std::make_unique<CellFlags>(dm_, grid, kind_);
    A_ = std::make_unique<PressureOperator>(*flags_);
  }
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  ~System() {
    A_.reset();
    flags_.reset();
    DMDestroy(&dm_);
  }

  [[nodiscard]] const PressureOperator& A() const { return *A_; }
  [[nodiscard]] const CellFlags& flags() const { return *flags_; }
  [[nodiscard]] std::size_t size() const { return at(cells_[0]) * at(cells_[1]) * at(cells_[2]); }
  [[nodiscard]] std::size_t index(int i, int j, int k) const { return at(i) + at(cells_[0]) * (at(j) + at(cells_[1]) * at(k)); }

  /// Kind of any cell, `wall` outside the grid.
  [[nodiscard]] Cell kind(int i, int j, int k) const {
    const bool inside = i >= 0 && j >= 0 && k >= 0 && i < cells_[0] && j < cells_[1] && k < cells_[2];
    return inside ? kind_(i, j, k) : Cell::wall;
  }
  template <class Visit>
  void for_each_cell(Visit&& visit) const {
    for (int k = 0; k < cells_[2]; ++k)
      for (int j = 0; j < cells_[1]; ++j)
        for (int i = 0; i < cells_[0]; ++i) visit(i, j, k);
  }

  /// The matrix by definition, row-major in natural order.
  [[nodiscard]] Array dense() const {
    Array a(size() * size(), 0.0);
    for_each_cell([&](int i, int j, int k) {
      const std::size_t row = index(i, j, k);
      bool identity = true;
      for (const auto& [p, q, r] : {std::array{i - 1, j, k}, std::array{i + 1, j, k}, std::array{i, j - 1, k}, std::array{i, j + 1, k},
                                    std::array{i, j, k - 1}, std::array{i, j, k + 1}}) {
        const Cell next = kind(p, q, r);
        if (kind(i, j, k) != Cell::fluid || (next != Cell::fluid && next != Cell::air)) continue;
        identity = false;
        a[row * size() + row] += 1.0;
        if (next == Cell::fluid) a[row * size() + index(p, q, r)] = -1.0;
      }
      if (identity) a[row * size() + row] = 1.0;
    });
    return a;
  }
  /// Whether a cell is an unknown.
  [[nodiscard]] bool unknown(int i, int j, int k) const {
    if (kind(i, j, k) != Cell::fluid) return false;
    for (const auto& [p, q, r] : {std::array{i - 1, j, k}, std::array{i + 1, j, k}, std::array{i, j - 1, k}, std::array{i, j + 1, k},
                                  std::array{i, j, k - 1}, std::array{i, j, k + 1}})
      if (kind(p, q, r) == Cell::fluid || kind(p, q, r) == Cell::air) return true;
    return false;
  }
  /// Normal random numbers on the unknowns (all cells if `everywhere`), 0 elsewhere; the same on every rank.
  [[nodiscard]] Array random(unsigned seed, bool everywhere = false) const {
    std::mt19937_64 engine(seed);
    std::normal_distribution<double> normal;
    Array v(size());
    for_each_cell([&](int i, int j, int k) {
      const double value = normal(engine);
      v[index(i, j, k)] = everywhere || unknown(i, j, k) ? value : 0.0;
    });
    return v;
  }

  [[nodiscard]] Vector vector(const Array& natural) const {
    Vec v = nullptr;
    petsc_check(DMCreateGlobalVector(dm_, &v));
    const auto& box = flags_->box();
    double* a = nullptr;
    petsc_check(VecGetArray(v, &a));
    std::size_t c = 0;
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j)
        for (int i = 0; i < box.n[0]; ++i) a[c++] = natural[index(i + box.start[0], j + box.start[1], k + box.start[2])];
    petsc_check(VecRestoreArray(v, &a));
    return Vector(v);
  }
  [[nodiscard]] Vector zero() const { return vector(Array(size(), 0.0)); }

  /// All entries on every rank.
  [[nodiscard]] Array natural(Vec v) const {
    Array all(size(), 0.0);
    const auto& box = flags_->box();
    const double* a = nullptr;
    petsc_check(VecGetArrayRead(v, &a));
    std::size_t c = 0;
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j)
        for (int i = 0; i < box.n[0]; ++i) all[index(i + box.start[0], j + box.start[1], k + box.start[2])] = a[c++];
    petsc_check(VecRestoreArrayRead(v, &a));
    MPI_Allreduce(MPI_IN_PLACE, all.data(), static_cast<int>(all.size()), MPI_DOUBLE, MPI_SUM, comm_);
    return all;
  }
  [[nodiscard]] Array apply(const Array& x) const {
    const Vector from = vector(x);
    const Vector to = zero();
    A().apply(from.get(), to.get());
    return natural(to.get());
  }

private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  std::array<int, 3> cells_;
  Kind kind_;
  MPI_Comm comm_;
  DM dm_ = nullptr;
  std::unique_ptr<CellFlags> flags_;
  std::unique_ptr<PressureOperator> A_;
};

inline Array times(const Array& dense, const Array& x) {
  Array y(x.size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += dense[i * x.size() + j] * x[j];
  return y;
}
inline double dot(const Array& a, const Array& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
inline double norm(const Array& a) { return std::sqrt(dot(a, a)); }
inline Array difference(Array a, const Array& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return a;
}
inline double largest_difference(const Array& a, const Array& b) {
  double worst = a.size() == b.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const double d = std::abs(a[i] - b[i]);
    worst = d <= worst ? worst : (std::isnan(d) ? HUGE_VAL : d);
  }
  return worst;
}

/// Any mixture of the three kinds, half of it fluid and `air` tenths air; the same on every rank.
inline Kind random_cells(unsigned seed, unsigned air = 2) {
  return [seed, air](int i, int j, int k) {
    std::mt19937_64 engine(seed + 1000003ULL * static_cast<unsigned>(i) + 7919ULL * static_cast<unsigned>(j) + 104729ULL * static_cast<unsigned>(k));
    engine.discard(3);
    const auto roll = engine() % 10;
    return roll < 5 ? Cell::fluid : (roll < 5 + air ? Cell::air : Cell::solid);
  };
}

} // namespace poisson_test
