// SPDX-License-Identifier: Apache-2.0
#include "problem.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/right_hand_side.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::apps {

using solvers::petsc_check;

Problem::Problem(const RunContext& run, const solvers::Scene& scene) : dm_(solvers::create_dm(run.comm, scene.grid)) {
  solvers::SceneCells cells = solvers::cell_flags(scene, dm_);
  for (const std::string& remark : cells.remarks) run.log.warn(remark);
  flags_ = std::move(cells.flags);
  A_ = std::make_unique<solvers::PressureOperator>(*flags_);
  petsc_check(DMCreateGlobalVector(dm_, &b_));
  petsc_check(VecDuplicate(b_, &x_));
  make_rhs(run);
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
  if (rhs == "random" || rhs == "divergence") {
    const solvers::ClosedComponents closed(*A_);
    if (rhs == "random") {
      solvers::random_rhs(*A_, closed, static_cast<std::uint64_t>(run.config.get_int("run.seed")), b_);
    } else {
      solvers::divergence_rhs(*A_, closed, b_);
    }
  } else {
    read_rhs(rhs, run.comm);
  }
}

void Problem::read_rhs(const std::string& path, MPI_Comm comm) {
  const ResultReader file(path, comm);
  const auto& cells = flags_->grid().cells;
  const Field field = file.describe("rhs");
  if (field.dims != std::array<std::int64_t, 3>{cells[2], cells[1], cells[0]})
    throw UsageError("bad_value", path + ": the field rhs has " + std::to_string(field.dims[2]) + " x " + std::to_string(field.dims[1]) + " x " +
                                      std::to_string(field.dims[0]) + " cells; must be those of --grid");
  const solvers::LocalBox& box = flags_->box();
  const auto values = file.read_block("rhs", {box.start[2], box.start[1], box.start[0]}, {box.n[2], box.n[1], box.n[0]});
  agree(comm, [&] {
    if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
      throw UsageError("bad_value", path + ": the field rhs holds NaN or Inf; every value must be finite");
  });
  double* b = nullptr;
  petsc_check(VecGetArray(b_, &b));
  std::size_t at = 0;
  // Identity rows hold no unknown; there b must be 0.
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++at) b[at] = A_->diagonal()[static_cast<std::size_t>(box.index(i, j, k))] == 0 ? 0.0 : values[at];
  petsc_check(VecRestoreArray(b_, &b));
}

} // namespace ansatz::apps
