// SPDX-License-Identifier: Apache-2.0
/// The tasks of ansatz-gaunt. Each has its own options and a body; main.cpp lists them.
#pragma once

#include <ansatz/apps/common/app.hpp>

namespace ansatz::apps {

/// table: time and error of the methods, degree by degree.
[[nodiscard]] std::vector<Option> table_options();
[[nodiscard]] Outcome run_table(RunContext& run);

/// product: multiplies two batches of features read from HDF5 files.
[[nodiscard]] std::vector<Option> product_options();
[[nodiscard]] Outcome run_product(RunContext& run);

/// fit: an interatomic potential for labelled molecules, or the errors of one that was saved.
[[nodiscard]] std::vector<Option> fit_options();
[[nodiscard]] Outcome run_fit(RunContext& run);

/// Provenance for the files of any task.
[[nodiscard]] Meta meta_of(const RunContext& run);

} // namespace ansatz::apps
