// SPDX-License-Identifier: Apache-2.0
/// What a user asks of the compression of fields, in one text: KEY=VALUE with commas between,
///   abs=1e-6          every value within 1e-6, in the field's units
///   rel=1e-6          within 1e-6 of the field's range, largest minus smallest finite value
///   residual=0.1      of a solution x: within what changes the residual b - A x by at most 0.1 of the solver's tolerance (the caller finds the
///                     bound)
///   pred=interp       predictor, or lorenzo
///   level=packed      entropy-coded chunks, read through the filter (filter.hpp); or plain: integers that any reader of HDF5 and CF unpacks, without
///                     predictor
/// or bfp:w=16 for block floating point of 8, 16 or 32 bits. An `ebq:` before the first form may stay. Empty or none: no compression.
///   ebq:rel=1e-7,pred=lorenzo
/// Errors: UsageError `bad_value` naming the part that is wrong.  Threads: values.
#pragma once

#include <ansatz/data/compression/chunk.hpp>

#include <optional>
#include <string>

namespace ansatz {

struct Compression {
  enum class Bound { absolute, relative, residual };
  enum class Level { packed, plain };

  compression::Method method = compression::Method::interp;
  Bound kind = Bound::absolute;
  double bound = 0; ///< of ebq; above 0
  Level level = Level::packed;
  unsigned width = 16; ///< of bfp
};

[[nodiscard]] std::optional<Compression> read_compression(const std::string& text);

} // namespace ansatz
