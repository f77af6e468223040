// SPDX-License-Identifier: Apache-2.0
#include "problem.hpp"

#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/right_hand_side.hpp>
#include <ansatz/solvers/poisson/system_file.hpp>

namespace ansatz::apps {

using solvers::petsc_check;

Problem::Problem(const RunContext& run, const solvers::Scene& scene) : dm_(solvers::create_dm(run.comm, scene.grid)) {
  solvers::SceneCells cells = solvers::cell_flags(scene, dm_);
  for (const std::string& remark : cells.remarks) run.log.warn(remark);
  flags_ = std::move(cells.flags);
  make_vectors();
  make_rhs(run);
}

Problem::Problem(const RunContext& run, const ResultReader& file, const solvers::Grid& grid)
    : dm_(solvers::create_dm(run.comm, grid)), flags_(solvers::read_flags(file, grid, dm_)) {
  make_vectors();
  if (run.config.get_text("rhs") == "auto") {
    solvers::read_rhs(file, *A_, b_);
  } else {
    make_rhs(run);
  }
}

void Problem::make_vectors() {
  A_ = std::make_unique<solvers::PressureOperator>(*flags_);
  petsc_check(DMCreateGlobalVector(dm_, &b_));
  petsc_check(VecDuplicate(b_, &x_));
}

Problem::~Problem() {
  (void)VecDestroy(&x_);
  (void)VecDestroy(&b_);
  A_.reset();
  flags_.reset();
  (void)DMDestroy(&dm_);
}

void Problem::make_rhs(const RunContext& run) {
  const std::string& rhs = run.config.get_text("rhs");
  if (rhs == "random" || rhs == "divergence" || rhs == "auto") {
    const solvers::ClosedComponents closed(*A_);
    if (rhs == "random") {
      solvers::random_rhs(*A_, closed, static_cast<std::uint64_t>(run.config.get_int("run.seed")), b_);
    } else {
      solvers::divergence_rhs(*A_, closed, b_);
    }
  } else {
    solvers::read_rhs(ResultReader(rhs, run.comm), *A_, b_);
  }
}

} // namespace ansatz::apps
