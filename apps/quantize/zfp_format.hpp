// SPDX-License-Identifier: Apache-2.0
/// zfp as a format of the table, "zfp:abs=1e-6": a peer, absent where the build has no libzfp-dev.
/// Errors: UsageError `bad_value`; `environment` without zfp.  Threads: as TensorFormat.  MPI: local.
#pragma once

#include <ansatz/quant/tensors/tensor_format.hpp>

#include <memory>
#include <string>

namespace ansatz::apps {

[[nodiscard]] bool names_zfp(const std::string& text);

[[nodiscard]] std::unique_ptr<quant::TensorFormat> make_zfp(const std::string& text);

} // namespace ansatz::apps
