// SPDX-License-Identifier: Apache-2.0
/// Potentials as models (data/model_file.hpp): name "potential", version 1, float64 arrays coefficients [element][feature] and offsets [element]; the
/// options are the description, as JSON. The mixing of channels is computed again from the seed.
/// Errors: FileError as read_model; `file_format` for a description that is no potential's, naming the key.
/// Threads: one.  MPI: local.
#pragma once

#include <ansatz/data/model_file.hpp>
#include <ansatz/equivariant/potential/potential.hpp>

namespace ansatz::equivariant {

/// \param losses  kept as the history of the training: the force errors of growing training sets
void save_potential(const std::string& path, const Potential& potential, const std::vector<double>& losses, const Meta& meta,
                    PublishOptions options = {});

[[nodiscard]] Potential load_potential(const std::string& path);

} // namespace ansatz::equivariant
