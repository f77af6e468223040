// SPDX-License-Identifier: Apache-2.0
/// What formats and methods do to a classifier (learning/networks/image_network.hpp): columns for the formats, whose weights are rounded tensor by tensor with
/// everything else in float32, and a table of whole methods of post-training quantization with 8-bit activations.
/// Errors: FileError of model and images; UsageError for unknown methods.  Threads: one.  MPI: local.
#pragma once

#include "measure.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/quant/networks/accuracy_table.hpp>

#include <optional>

namespace ansatz::apps {

/// --network-bits, --network-images
[[nodiscard]] std::vector<Option> network_options();

class NetworkMethods {
public:
  /// Nothing if the file holds no classifier that is a plain sequence, or if its images are not installed (said on the screen).
  [[nodiscard]] static std::optional<NetworkMethods> of(RunContext& run, const std::string& path);

  /// Adds the columns accuracy and agreement of a format.
  void add_columns(const quant::TensorFormat& format, Row& row) const;
  /// Prints the methods for every number of bits of --network-bits and adds them to the summary.
  void add_methods(RunContext& run) const;

private:
  quant::Sequence net_;
  ImageSet images_;
  std::int64_t test_ = 0;
  std::vector<float> logits_; ///< of float32
};

} // namespace ansatz::apps
