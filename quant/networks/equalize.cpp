// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/networks/equalize.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::quant {

namespace {

void equalize_pair(LinearLayer& first, LinearLayer& second) {
  const auto features = static_cast<std::size_t>(first.out);
  if (features == 0) return;
  std::vector<float> before(features), after(features); // ranges of rows and of columns
  for (std::int64_t o = 0; o < first.out; ++o)
    for (const float w : first.row(o)) before[static_cast<std::size_t>(o)] = std::max(before[static_cast<std::size_t>(o)], std::abs(w));
  // The features lie last, in patches as in flattened images, so weight i of a row of the second layer belongs to feature i mod features.
  for (std::int64_t o = 0; o < second.out; ++o) {
    const auto row = second.row(o);
    for (std::size_t i = 0; i < row.size(); ++i) after[i % features] = std::max(after[i % features], std::abs(row[i]));
  }
  std::vector<float> scale(features, 1.0F);
  for (std::size_t i = 0; i < features; ++i)
    if (before[i] > 0 && after[i] > 0) scale[i] = std::sqrt(before[i] * after[i]) / after[i];
  for (std::int64_t o = 0; o < first.out; ++o) {
    for (float& w : first.row(o)) w /= scale[static_cast<std::size_t>(o)];
    first.bias[static_cast<std::size_t>(o)] /= scale[static_cast<std::size_t>(o)];
  }
  for (std::int64_t o = 0; o < second.out; ++o) {
    const auto row = second.row(o);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] *= scale[i % features];
  }
}

} // namespace

void equalize(Sequence& net, int rounds) {
  for (int round = 0; round < rounds; ++round)
    for (std::size_t l = 0; l + 1 < net.linear.size(); ++l)
      if (net.linear[l].relu) equalize_pair(net.linear[l], net.linear[l + 1]);
}

} // namespace ansatz::quant
