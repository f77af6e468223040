// SPDX-License-Identifier: Apache-2.0
/// The numbers to quantize: the floating-point datasets of any HDF5 file, Ansatz's or not.
///   FILE             every dataset with two axes or more (fields, weights); if there is none, every one with one axis. Of Ansatz's files not the groups that hold
///                    coordinates, histories and tables.
///   FILE:DATASET     that one
/// Leading axes of length 1 are dropped; the slowest axis that is left counts the rows (output channels of weights, slices of fields).
/// Errors: FileError `file_open`, `file_damaged`, `file_format`; UsageError `bad_value` if nothing is left.  MPI: one rank.
#pragma once

#include <ansatz/quant/formats/concepts.hpp>

#include <mpi.h>

#include <string>
#include <vector>

namespace ansatz::apps {

struct Tensor {
  std::string name;               ///< path in the file
  std::vector<std::int64_t> dims; ///< without leading ones
  std::vector<double> exact;
  std::vector<float> values; ///< rounded to float, which is what formats encode

  [[nodiscard]] quant::Shape shape() const;
};

[[nodiscard]] std::vector<Tensor> read_tensors(MPI_Comm comm, const std::string& source);

} // namespace ansatz::apps
