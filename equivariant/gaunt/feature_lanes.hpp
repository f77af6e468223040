// SPDX-License-Identifier: Apache-2.0
/// What the operations of a feature interaction share: sums of terms, and the walk over the lanes of a batch. Private to its sources.
#pragma once

#include <ansatz/equivariant/gaunt/feature_interaction.hpp>
#include <ansatz/equivariant/gaunt/parallel_blocks.hpp>

#include <algorithm>
#include <array>

namespace ansatz::equivariant {

/// Blocks that are the sum of some terms: the first is written in its place, others beside and then added.
template <class T, std::size_t N>
class Sums {
public:
  Sums(const std::array<std::span<T>, N>& to, std::span<T> beside) : to_(to), beside_(beside) {}
  /// Where a term to this block is to be written; then `add`.
  [[nodiscard]] std::span<T> part(std::size_t number) const { return begun_[number] ? beside_.first(to_[number].size()) : to_[number]; }
  void add(std::size_t number) {
    if (begun_[number])
      for (std::size_t i = 0; i < to_[number].size(); ++i) to_[number][i] += beside_[i];
    begun_[number] = true;
  }
  /// Zeros where there was no term.
  void finish() {
    for (std::size_t number = 0; number < N; ++number)
      if (!begun_[number]) std::fill(to_[number].begin(), to_[number].end(), T{0});
  }

private:
  std::array<std::span<T>, N> to_;
  std::span<T> beside_;
  std::array<bool, N> begun_{};
};

template <class T>
std::size_t FeatureInteraction<T>::Side::weights(std::size_t channels) const {
  std::size_t numbers = 0;
  for (const auto& p : packing)
    if (p) numbers += (index(p->irreps().degree) + 1) * channels;
  return numbers;
}

template <class T>
template <class W>
std::span<W> FeatureInteraction<T>::Side::weights_of(std::size_t type, std::span<W> all, std::size_t channels) const {
  if (all.empty()) return all;
  const auto of_type = [&](std::size_t t) { return packing[t] ? (index(packing[t]->irreps().degree) + 1) * channels : 0; };
  return all.subspan(type == 0 ? 0 : of_type(0), of_type(type));
}

template <class T>
template <class Body>
void FeatureInteraction<T>::over_lanes(std::size_t batch, const InteractionWeightGradients& gradients, std::span<T> work, const Body& body) const {
  const std::size_t total = batch * channels_, units = (total + unit_ - 1) / unit_;
  if (total == 0) return;
  const std::size_t size[3] = {gradients.first.size(), gradients.second.size(), gradients.third.size()}, all = size[0] + size[1] + size[2];
  // Weight gradients of each slice for itself, so that their sums do not depend on the threads.
  const std::size_t slices = all > 0 ? std::min<std::size_t>(16, units) : units;
  std::vector<double> sums(slices * all);
  for_blocks(threads_, slices, [&](int part, std::size_t first_slice, std::size_t end_slice) {
    const Room r = room(work, part);
    for (std::size_t slice = first_slice; slice < end_slice; ++slice) {
      const std::span<double> own = std::span(sums).subspan(slice * all, all);
      const std::size_t stop = std::min(units * (slice + 1) / slices * unit_, total);
      for (std::size_t q = units * slice / slices * unit_; q < stop; q += lanes<T>)
        body(r, Lanes{q, std::min(q + lanes<T>, total), {own.first(size[0]), own.subspan(size[0], size[1]), own.last(size[2])}});
    }
  });
  for (std::size_t slice = 0; slice < slices; ++slice) {
    const double* own = sums.data() + slice * all;
    for (double& v : gradients.first) v += *own++;
    for (double& v : gradients.second) v += *own++;
    for (double& v : gradients.third) v += *own++;
  }
}

} // namespace ansatz::equivariant
