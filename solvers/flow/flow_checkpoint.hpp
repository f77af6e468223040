// SPDX-License-Identifier: Apache-2.0
/// The complete state of a flow in a checkpoint: fields in the order of the whole grid, numbers, and what the pressure guess remembers. A run that goes on from
/// it on as many ranks computes the same bits as one that was never cut; on other numbers of ranks reductions round otherwise, and the pressure differs within
/// its tolerance.
///   /checkpoint: arrays velocity_x, velocity_y, velocity_z, and density, temperature or level_set, with scheme reflection also velocity_before_*,
///   velocity_reflected_*; guess_0, guess_1, ...; counters nx, ny, nz, steps, liquid, reflection, cells (a hash of the scene), guesses
/// Threads: one.  MPI: collective; any number of ranks reads what any number wrote.
#pragma once

#include <ansatz/data/checkpoint.hpp>
#include <ansatz/solvers/flow/flow.hpp>

namespace ansatz::solvers::flow {

void save(Flow& flow, CheckpointWriter& file);

/// Puts `flow`, made from the same scene and options, where the checkpoint was taken.
/// Errors: FileError of the reader; UsageError `bad_value` for a checkpoint of another grid, scene or kind of flow, naming the difference.
void load(Flow& flow, const CheckpointReader& file);

} // namespace ansatz::solvers::flow
