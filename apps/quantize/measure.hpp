// SPDX-License-Identifier: Apache-2.0
/// One number format on one set of tensors: errors, storage, time.
/// Threads: one.  MPI: local.
#pragma once

#include "source.hpp"
#include "store.hpp"

#include <ansatz/quant/tensors/tensor_format.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ansatz::apps {

/// Figures of one format over all tensors. Errors are against the numbers of the file in double precision.
struct Row {
  std::string method;
  double bits_per_value = 0.0; ///< scales included
  double bytes = 0.0;          ///< in memory, codes and parameters
  double max_error = 0.0;      ///< largest over the tensors of max|x - x^| / max|x|
  double error_bound = 0.0;    ///< the same of the bound that the format guarantees
  double rms_error = 0.0;      ///< sqrt(sum (x - x^)^2 / sum x^2) over all tensors
  double snr = 0.0;            ///< -20 log10(rms_error), dB
  double product_error = 0.0;  ///< as rms_error, of products of each value with another of its tensor
  double fit_seconds = 0.0;
  std::vector<double> encode_seconds, decode_seconds; ///< of all tensors, one entry a repetition
  double encode_bytes = 0.0;                          ///< read and written by encoding (decoding: as many)
  std::vector<std::pair<std::string, double>> extra;  ///< further columns: fields (field_error.hpp), networks
};

struct MeasureOptions {
  int repeats = 5;
  double seconds = 0.01;  ///< least length of one timing
  Store* store = nullptr; ///< takes the codes; the row then has a column stored_bits
};

/// Throws InternalError if an error exceeds the bound of its format.
[[nodiscard]] Row measure(const std::vector<Tensor>& tensors, const quant::TensorFormat& format, const MeasureOptions& options);

} // namespace ansatz::apps
