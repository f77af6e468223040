// SPDX-License-Identifier: Apache-2.0
/// Stop and go on with the same bits: parameters, optimiser state and progress of a training as a checkpoint of data/checkpoint.hpp, and trained
/// parameters as a model of data/model_file.hpp. Random draws are functions of seed and step (random.hpp), so the two numbers restore every stream.
/// Errors: FileError as CheckpointReader and read_model; `file_format` if the file's layout, precision or optimiser is another one, saying both.
/// Threads: one.  MPI: checkpoints are collective, all ranks hold equal parameters and rank 0's reach the file; models are local (write on one rank).
#pragma once

#include <ansatz/data/model_file.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>

#include <mpi.h>

namespace ansatz::learning {

struct TrainingProgress {
  std::int64_t step = 0; ///< steps done
  std::int64_t seed = 0;
  std::vector<double> loss_history{};       ///< one entry a step
  std::vector<double> validation_steps{};   ///< steps done when it was validated
  std::vector<double> validation_history{}; ///< what came out
  std::vector<double> best_parameters{};    ///< those of the best validation, in the order of the arena; empty before the first one
};

template <class T>
void save_training(MPI_Comm comm, const std::string& path, const Arena<T>& arena, Optimiser<T>& optimiser, const TrainingProgress& progress,
                   const Meta& meta);

/// Restores all three.
template <class T>
void load_training(MPI_Comm comm, const std::string& path, Arena<T>& arena, Optimiser<T>& optimiser, TrainingProgress& progress);

/// Version of the parameter arrays in model files.
inline constexpr std::int64_t parameters_version = 1;

/// The parameters of the arena with the histories of their training.
template <class T>
void save_model(const std::string& path, const std::string& name, const Arena<T>& arena, const TrainingProgress& progress, const Meta& meta,
                PublishOptions options = {});

/// Fills the arena from a model of that name; refused unless every block is there with its shape and precision.
template <class T>
void load_model(const std::string& path, const std::string& name, Arena<T>& arena);

} // namespace ansatz::learning
