// SPDX-License-Identifier: Apache-2.0
#include "checkpoint.hpp"

#include <ansatz/apps/common/output_place.hpp>
#include <ansatz/data/checkpoint.hpp>
#include <ansatz/solvers/flow/flow_checkpoint.hpp>

namespace ansatz::apps {

void write_checkpoint(const RunContext& run, solvers::flow::Flow& flow, const FrameClock& clock) {
  const double start = MPI_Wtime();
  const std::string path = checkpoint_path(run.config);
  CheckpointWriter file(run.comm, path, provenance_of(run));
  solvers::flow::save(flow, file);
  file.number("next_frame", clock.next);
  file.publish();
  run.stop.checkpoint_took(MPI_Wtime() - start);
  run.summary.set("checkpoint", Tree::of(path));
  Tree logged = Tree::object();
  logged["file"] = Tree::of(path);
  run.log.event("checkpoint", flow.steps(), logged);
}

FrameClock read_checkpoint(const RunContext& run, solvers::flow::Flow& flow) {
  const CheckpointReader file(run.comm, run.restart);
  solvers::flow::load(flow, file);
  return {.next = file.number("next_frame")};
}

} // namespace ansatz::apps
