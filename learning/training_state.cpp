// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/checkpoint.hpp>
#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/learning/training_state.hpp>

#include <array>

namespace ansatz::learning {

namespace {

template <class T>
constexpr const char* precision = std::is_same_v<T, float> ? "float32" : "float64";

/// A whole array from rank 0. float32 becomes float64, which is exact.
template <class T>
void write(CheckpointWriter& file, int rank, const std::string& name, std::span<const T> values) {
  const std::vector<double> wide(values.begin(), values.end());
  file.array(name, std::span<const double>(wide).first(rank == 0 ? wide.size() : 0));
}

template <class T>
void read(const CheckpointReader& file, const std::string& name, std::span<T> values) {
  const std::vector<double> wide = file.array(name, 0, static_cast<std::int64_t>(values.size()));
  std::transform(wide.begin(), wide.end(), values.begin(), [](double v) { return static_cast<T>(v); });
}

/// The arrays of a progress by their names in the file.
template <class Progress>
auto histories(Progress& p) {
  return std::array{std::pair("loss_history", &p.loss_history), std::pair("validation_steps", &p.validation_steps),
                    std::pair("validation_history", &p.validation_history), std::pair("best_parameters", &p.best_parameters)};
}

std::string state_name(std::size_t part) { return "optimiser_" + std::to_string(part); }

void require_equal(const CheckpointReader& file, const std::string& name, const std::string& wanted) {
  if (const std::string found = file.text(name); found != wanted)
    throw FileError("file_format",
                    file.path() + ": " + name + " is\n" + found + "\nthis training has\n" + wanted + "\nstart it with the same network and options");
}

} // namespace

template <class T>
void save_training(MPI_Comm comm, const std::string& path, const Arena<T>& arena, Optimiser<T>& optimiser, const TrainingProgress& progress,
                   const Meta& meta) {
  const int rank = rank_of(comm);
  CheckpointWriter file(comm, path, meta);
  file.text("precision", precision<T>);
  file.text("layout", arena.layout().text());
  file.text("optimiser", std::string(optimiser.name()));
  write(file, rank, "parameters", arena.parameters());
  const std::vector<std::span<T>> state = optimiser.state();
  for (std::size_t part = 0; part < state.size(); ++part) write(file, rank, state_name(part), std::span<const T>(state[part]));
  for (const auto& [name, values] : histories(progress)) write(file, rank, name, std::span<const double>(*values));
  file.counter("optimiser_steps", optimiser.steps());
  file.counter("step", progress.step);
  file.counter("seed", progress.seed);
  file.publish();
}

template <class T>
void load_training(MPI_Comm comm, const std::string& path, Arena<T>& arena, Optimiser<T>& optimiser, TrainingProgress& progress) {
  const CheckpointReader file(comm, path);
  require_equal(file, "precision", precision<T>);
  require_equal(file, "optimiser", std::string(optimiser.name()));
  require_equal(file, "layout", arena.layout().text());
  read(file, "parameters", arena.parameters());
  const std::vector<std::span<T>> state = optimiser.state();
  for (std::size_t part = 0; part < state.size(); ++part) read(file, state_name(part), state[part]);
  optimiser.restore_steps(file.counter("optimiser_steps"));
  progress.step = file.counter("step");
  progress.seed = file.counter("seed");
  for (const auto& [name, values] : histories(progress)) *values = file.array(name, 0, file.array_size(name));
}

template <class T>
void save_model(const std::string& path, const std::string& name, const Arena<T>& arena, const TrainingProgress& progress, const Meta& meta,
                PublishOptions options) {
  Model model{.name = name,
              .version = parameters_version,
              .loss_history = progress.loss_history,
              .validation_steps = progress.validation_steps,
              .validation_history = progress.validation_history};
  for (const Block& b : arena.layout().blocks()) {
    const std::span<const T> values = arena.parameters(b);
    model.arrays.push_back({.name = b.name, .shape = b.shape, .values = std::vector<T>(values.begin(), values.end())});
  }
  write_model(path, model, meta, options);
}

template <class T>
void load_model(const std::string& path, const std::string& name, Arena<T>& arena) {
  std::vector<ModelArraySpec> expected;
  for (const Block& b : arena.layout().blocks()) expected.push_back({.name = b.name, .shape = b.shape, .single_precision = std::is_same_v<T, float>});
  const Model model = read_model(path, name, parameters_version, expected);
  if (model.arrays.size() != expected.size())
    throw FileError("file_format",
                    path + ": holds " + std::to_string(model.arrays.size()) + " arrays, the network has " + std::to_string(expected.size()));
  for (const Block& b : arena.layout().blocks()) {
    const auto& values = std::get<std::vector<T>>(model.array(b.name).values);
    std::copy(values.begin(), values.end(), arena.parameters(b).begin());
  }
}

#define ANSATZ_INSTANTIATE(T)                                                                                                                        \
  template void save_training(MPI_Comm, const std::string&, const Arena<T>&, Optimiser<T>&, const TrainingProgress&, const Meta&);                   \
  template void load_training(MPI_Comm, const std::string&, Arena<T>&, Optimiser<T>&, TrainingProgress&);                                            \
  template void save_model(const std::string&, const std::string&, const Arena<T>&, const TrainingProgress&, const Meta&, PublishOptions);           \
  template void load_model(const std::string&, const std::string&, Arena<T>&);
ANSATZ_INSTANTIATE(float)
ANSATZ_INSTANTIATE(double)

} // namespace ansatz::learning
