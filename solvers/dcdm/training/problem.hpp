// SPDX-License-Identifier: Apache-2.0
/// One pressure system on one process, as plain arrays: what samples are made of.
/// Shapes: own cells, x fastest; 0 where a cell is no unknown.
/// Threads: one.  MPI: none, each rank has its own.  Ownership: owns grid, cells and operator; not copied.
#pragma once

#include <ansatz/solvers/poisson/components.hpp>
#include <ansatz/solvers/poisson/scene.hpp>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ansatz::solvers::training {

class Problem {
public:
  explicit Problem(const Scene& scene);
  ~Problem();
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;

  [[nodiscard]] const Grid& grid() const { return flags_->grid(); }
  [[nodiscard]] const PressureOperator& A() const { return *A_; }
  [[nodiscard]] const ClosedComponents& closed() const { return *closed_; }
  [[nodiscard]] std::size_t cells() const { return codes_.size(); }
  /// a_ii of each cell, 0 where it is no unknown.
  [[nodiscard]] const std::vector<std::uint8_t>& codes() const { return codes_; }

  /// y = A x on unknowns, 0 elsewhere.
  void apply(std::span<const double> x, std::span<double> y) const;
  /// Removes the means over closed components and clears what is no unknown.
  void project(std::span<double> v) const;
  /// A vector of the grid to work with; the same one at every call.
  [[nodiscard]] Vec work() const { return x_; }

private:
  DM dm_ = nullptr;
  std::unique_ptr<CellFlags> flags_;
  std::unique_ptr<PressureOperator> A_;
  std::optional<ClosedComponents> closed_;
  std::vector<std::uint8_t> codes_;
  Vec x_ = nullptr;
  Vec y_ = nullptr;
};

/// v / |v|, and |v|; v stays as it is if it is 0.
double normalise(std::span<double> v);

} // namespace ansatz::solvers::training
