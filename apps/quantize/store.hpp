// SPDX-License-Identifier: Apache-2.0
/// The tensors of every format as a file holds them: /stored/METHOD/TENSOR/{codes, scales, zero_points, exponents, levels}, codes packed (packing.hpp), with
/// attributes `code_bits`, `lowest_code`, `rows`, `columns`, `error_bound` at the group of the tensor. So that what the table calls stored was stored.
/// Errors: FileError as of StagedFile.  Threads: one.  MPI: collective.
#pragma once

#include "source.hpp"

#include <ansatz/data/records.hpp>
#include <ansatz/data/staged_file.hpp>
#include <ansatz/quant/tensors/tensor_format.hpp>

#include <string>
#include <vector>

namespace ansatz::apps {

class Store {
public:
  Store(MPI_Comm comm, const std::string& path, bool overwrite, const Meta& meta);

  /// \return bytes that the file spends on these datasets, checksums included
  double add(const std::string& method, const std::vector<Tensor>& tensors, const std::vector<quant::EncodedTensor>& encoded);
  void publish() { file_.publish(); }

private:
  StagedFile file_;
};

} // namespace ansatz::apps
