// SPDX-License-Identifier: Apache-2.0
/// One pressure system: cells, operator, right-hand side and the vector of the answer.
/// MPI: construction and destruction are collective.  Ownership: owns all; not copied.  Threads: one.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/solvers/poisson/pressure_operator.hpp>
#include <ansatz/solvers/poisson/scene.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ansatz::apps {

class Problem {
public:
  /// Errors: UsageError, FileError of scenes, meshes and files of systems (`bad_value` for NaN or another grid).
  Problem(const RunContext& run, const solvers::Scene& scene);
  /// The system in a result file. \param grid  of read_grid
  Problem(const RunContext& run, const ResultReader& file, const solvers::Grid& grid);
  ~Problem();
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;

  [[nodiscard]] const solvers::CellFlags& flags() const { return *flags_; }
  [[nodiscard]] const solvers::PressureOperator& A() const { return *A_; }
  [[nodiscard]] Vec b() const { return b_; }
  [[nodiscard]] Vec x() const { return x_; }

private:
  void make_vectors();
  void make_rhs(const RunContext& run);

  DM dm_ = nullptr;
  std::unique_ptr<solvers::CellFlags> flags_;
  std::unique_ptr<solvers::PressureOperator> A_;
  Vec b_ = nullptr;
  Vec x_ = nullptr;
};

} // namespace ansatz::apps
