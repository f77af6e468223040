// SPDX-License-Identifier: Apache-2.0
/// Trained models: named float32 or float64 arrays with their shapes, the name and version of the model they belong to, the seed and the loss history of the
/// training, under /model. Values come back bit for bit. Layout: docs/formats.md.
/// Errors: FileError as ResultFile and ResultReader, `file_format` where file and expectation differ, saying both; UsageError `bad_value` for a model that
/// cannot be written (bad name, shape and number of values differ, two arrays of one name).
/// Threads: one.  MPI: local; write on one rank, read on each or broadcast.  Memory: the whole model.
#pragma once

#include <ansatz/data/records.hpp>
#include <ansatz/data/staged_file.hpp>

#include <string>
#include <variant>
#include <vector>

namespace ansatz {

struct ModelArray {
  std::string name{};
  std::vector<std::int64_t> shape{}; ///< slowest axis first; at least one axis
  std::variant<std::vector<float>, std::vector<double>> values{};
};

struct Model {
  std::string name{};             ///< which architecture, for example "voxmg-weights"
  std::int64_t version = 1;       ///< of that architecture; a reader that expects another one refuses
  std::string description_json{}; ///< hyperparameters, free JSON
  std::vector<ModelArray> arrays{};
  std::vector<double> loss_history{};       ///< one entry a training step
  std::vector<double> validation_steps{};   ///< training steps after which it was validated
  std::vector<double> validation_history{}; ///< what came out, as long as validation_steps

  /// The array of that name; FileError `file_format` naming the arrays there are.
  [[nodiscard]] const ModelArray& array(const std::string& array_name) const;
};

/// What a reader needs of an array: refused unless shape and precision are these.
struct ModelArraySpec {
  std::string name{};
  std::vector<std::int64_t> shape{};
  bool single_precision = true;
};

void write_model(const std::string& path, const Model& model, const Meta& meta, PublishOptions options = {});

/// \param expected  arrays the model must have; further ones are read too. Empty: any.
[[nodiscard]] Model read_model(const std::string& path, const std::string& name, std::int64_t version,
                               const std::vector<ModelArraySpec>& expected = {});

/// Name of the model a file holds.
[[nodiscard]] std::string read_model_name(const std::string& path);

/// Provenance of a model file, its seed among it.
[[nodiscard]] Meta read_model_meta(const std::string& path);

} // namespace ansatz
