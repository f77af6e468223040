// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/dcdmnet.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/solvers/dcdm/network_direction.hpp>
#include <ansatz/solvers/multigrid/voxel_matrix.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petsc/private/pcimpl.h>

#include <memory>
#include <string>
#include <utility>

namespace ansatz::solvers {

namespace {

struct State {
  std::string weights;
  std::string model;
  std::string precision = "f32";
  std::unique_ptr<TrainedNetwork> trained;
  std::unique_ptr<multigrid::VoxelMatrix> matrix;
  std::unique_ptr<NetworkDirection> direction;
};

State& state_of(PC pc) { return *static_cast<State*>(pc->data); }

PetscErrorCode set_up(PC pc) {
  PetscFunctionBegin;
  PetscCall(guarded([pc] {
    State& s = state_of(pc);
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(pc));
    s.direction.reset();
    s.matrix = std::make_unique<multigrid::VoxelMatrix>(multigrid::recognise(pc->pmat, pc->dm));
    agree(comm, [&s] {
      if (!s.trained) s.trained = std::make_unique<TrainedNetwork>(read_trained_network(s.weights, s.model));
    });
    s.direction = std::make_unique<NetworkDirection>(comm, s.matrix->partition, s.matrix->codes, s.trained->network, s.precision);
  }));
  PetscFunctionReturn(0);
}

PetscErrorCode apply(PC pc, Vec r, Vec z) {
  PetscInt n = 0;
  const PetscScalar* from = nullptr;
  PetscScalar* to = nullptr;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(r, &n));
  PetscCall(VecGetArrayRead(r, &from));
  PetscCall(VecGetArrayWrite(z, &to));
  const auto count = static_cast<std::size_t>(n);
  PetscCall(guarded([&] {
    State& s = state_of(pc);
    s.direction->apply(std::as_const(s.trained->arena).parameters(), {from, count}, {to, count});
    for (std::size_t i = 0; i < s.matrix->identity.size(); ++i)
      if (s.matrix->codes[i] == 0) to[i] /= s.matrix->identity[i];
  }));
  PetscCall(VecRestoreArrayWrite(z, &to));
  PetscCall(VecRestoreArrayRead(r, &from));
  PetscFunctionReturn(0);
}

PetscErrorCode set_from_options(PC pc, PetscOptionItems* PetscOptionsObject) {
  State& s = state_of(pc);
  char weights[PETSC_MAX_PATH_LEN] = "";
  char model[32] = "";
  char precision[32] = "";
  PetscBool named = PETSC_FALSE;
  PetscBool chosen = PETSC_FALSE;
  PetscBool rounded = PETSC_FALSE;

  PetscFunctionBegin;
  PetscOptionsHeadBegin(PetscOptionsObject, "network direction");
  PetscCall(PetscOptionsString("-pc_dcdmnet_weights", "model file", "", s.weights.c_str(), weights, sizeof weights, &named));
  PetscCall(PetscOptionsString("-pc_dcdmnet_model", "from64 or from128", "", s.model.c_str(), model, sizeof model, &chosen));
  PetscCall(PetscOptionsString("-pc_dcdmnet_precision", "f32 or a low precision", "", s.precision.c_str(), precision, sizeof precision, &rounded));
  PetscOptionsHeadEnd();
  PetscCall(guarded([&] {
    if (named) s.weights = weights;
    if (chosen) s.model = model;
    if (rounded) s.precision = precision;
    if (named || chosen) s.trained.reset();
  }));
  PetscFunctionReturn(0);
}

PetscErrorCode view(PC pc, PetscViewer viewer) {
  const State& s = state_of(pc);
  PetscBool ascii = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(viewer), PETSCVIEWERASCII, &ascii));
  if (!ascii || !s.trained) PetscFunctionReturn(0);
  PetscCall(PetscViewerASCIIPrintf(viewer, "  network %s, %lld parameters, %s, weights %s\n", s.trained->network.name.c_str(),
                                   static_cast<long long>(s.trained->network.layout.parameters()), s.precision.c_str(),
                                   s.weights.empty() ? "as shipped" : s.weights.c_str()));
  PetscFunctionReturn(0);
}

PetscErrorCode reset(PC pc) {
  PetscFunctionBegin;
  State& s = state_of(pc);
  s.direction.reset();
  s.matrix.reset();
  PetscFunctionReturn(0);
}

PetscErrorCode destroy(PC pc) {
  PetscFunctionBegin;
  delete static_cast<State*>(pc->data);
  pc->data = nullptr;
  PetscFunctionReturn(0);
}

PetscErrorCode create(PC pc) {
  PetscFunctionBegin;
  PetscCall(guarded([pc] { pc->data = new State; })); // owned by the PC, freed in destroy()
  pc->ops->setup = set_up;
  pc->ops->apply = apply;
  pc->ops->setfromoptions = set_from_options;
  pc->ops->view = view;
  pc->ops->reset = reset;
  pc->ops->destroy = destroy;
  PetscFunctionReturn(0);
}

} // namespace

void register_dcdmnet() { petsc_check(PCRegister(dcdmnet_pc_type, create)); }

std::size_t dcdmnet_bytes(PC pc) {
  PetscBool ours = PETSC_FALSE;
  if (PetscObjectTypeCompare(reinterpret_cast<PetscObject>(pc), dcdmnet_pc_type, &ours) != 0 || !ours) return 0;
  const auto* s = static_cast<const State*>(pc->data);
  if (s == nullptr || !s->direction) return 0;
  return s->direction->bytes() + s->trained->arena.parameters().size() * 2 * sizeof(float) + s->matrix->codes.size() +
         s->matrix->identity.size() * sizeof(double);
}

const DirectionEffort* dcdmnet_effort(PC pc) {
  PetscBool ours = PETSC_FALSE;
  if (PetscObjectTypeCompare(reinterpret_cast<PetscObject>(pc), dcdmnet_pc_type, &ours) != 0 || !ours) return nullptr;
  const auto* s = static_cast<const State*>(pc->data);
  return s == nullptr || !s->direction ? nullptr : &s->direction->effort();
}

} // namespace ansatz::solvers
