// SPDX-License-Identifier: Apache-2.0
/// What a fit has to say: a line of the table and of the summary for every potential, and a picture: errors against the size of the training set, and
/// forces found against forces wanted.
/// Errors: those of draw_png.
#pragma once

#include <ansatz/apps/common/tree.hpp>
#include <ansatz/equivariant/potential/prediction.hpp>

#include <string>
#include <vector>

namespace ansatz::apps {

/// Errors on the test set after training on so many molecules.
struct FitStage {
  std::size_t training = 0;
  double ridge = 0;
  equivariant::FitErrors test{};
};

/// One potential.
struct FitRow {
  std::string name;
  std::size_t parameters = 0;
  double training_seconds = 0;
  double microseconds_per_atom = 0; ///< energy and forces
  std::vector<FitStage> stages{};   ///< growing training sets; the last is the result
};

[[nodiscard]] std::string head_of_fits();
[[nodiscard]] std::string line_of(const FitRow& row);
[[nodiscard]] Tree tree_of(const FitRow& row);

/// \param found  forces of the test set by the first potential; \param wanted  their labels
void draw_fits(const std::string& path, const std::vector<FitRow>& rows, const std::vector<std::array<double, 3>>& wanted,
               const std::vector<std::array<double, 3>>& found);

} // namespace ansatz::apps
