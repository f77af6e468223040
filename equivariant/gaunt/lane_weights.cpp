// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/equivariant/gaunt/lane_weights.hpp>

#include <algorithm>
#include <string>

namespace ansatz::equivariant {

/// Where the lanes of a block find their numbers in row 0.
template <class T>
struct LaneWeights<T>::Places {
  std::size_t of[lanes<T>];
  std::size_t used = 0; ///< lanes with an element
  bool adjacent = false;
};

template <class T>
LaneWeights<T>::LaneWeights(const char* plan, std::size_t rows, std::size_t channels, std::size_t classes)
    : plan_(plan), rows_(rows), channels_(channels), classes_(classes) {
  if (channels == 0 || classes == 0) throw UsageError("bad_value", std::string(plan) + ": channels and classes must be at least 1");
}

template <class T>
void LaneWeights<T>::check(std::span<const int> element_class, std::size_t blocks) const {
  if (element_class.empty()) {
    if (classes_ != 1 && blocks != 0)
      throw UsageError("bad_value", std::string(plan_) + ": with " + std::to_string(classes_) + " classes every element needs a class number");
    return;
  }
  const std::size_t needed = (element_class.size() * channels_ + lanes<T> - 1) / lanes<T>;
  if (needed != blocks)
    throw UsageError("bad_value", std::string(plan_) + ": " + std::to_string(element_class.size()) + " class numbers of " +
                                      std::to_string(channels_) + " channels fill " + std::to_string(needed) + " blocks, but there are " +
                                      std::to_string(blocks));
  for (const int c : element_class)
    if (c < 0 || static_cast<std::size_t>(c) >= classes_)
      throw UsageError("bad_value", std::string(plan_) + ": class number " + std::to_string(c) + " is outside 0.." + std::to_string(classes_ - 1));
}

template <class T>
auto LaneWeights<T>::places(std::span<const int> element_class, std::size_t block) const -> Places {
  Places p;
  std::size_t element = block * lanes<T> / channels_, channel = block * lanes<T> % channels_;
  while (p.used < lanes<T> && (element_class.empty() || element < element_class.size())) {
    const std::size_t start = element_class.empty() ? 0 : static_cast<std::size_t>(element_class[element]) * rows_ * channels_;
    const std::size_t end = std::min(channels_, channel + lanes<T> - p.used);
    for (; channel < end; ++channel) p.of[p.used++] = start + channel;
    if (channel < channels_) break;
    channel = 0;
    ++element;
  }
  p.adjacent = p.used == lanes<T> && channels_ % lanes<T> == 0;
  return p;
}

template <class T>
void LaneWeights<T>::gather(std::span<const T> weights, std::span<const int> element_class, std::size_t block, T* rows) const {
  const Places p = places(element_class, block);
  const T* from = weights.data();
  for (std::size_t r = 0; r < rows_; ++r, from += channels_, rows += lanes<T>) {
    if (p.adjacent) {
      std::copy_n(from + p.of[0], lanes<T>, rows);
      continue;
    }
    for (std::size_t lane = 0; lane < p.used; ++lane) rows[lane] = from[p.of[lane]];
    std::fill(rows + p.used, rows + lanes<T>, T{0});
  }
}

template <class T>
void LaneWeights<T>::scatter(const T* rows, std::span<const int> element_class, std::size_t block, std::span<double> to) const {
  const Places p = places(element_class, block);
  double* out = to.data();
  for (std::size_t r = 0; r < rows_; ++r, out += channels_, rows += lanes<T>) {
    if (p.adjacent)
      for (std::size_t lane = 0; lane < lanes<T>; ++lane) out[p.of[0] + lane] += static_cast<double>(rows[lane]);
    else
      for (std::size_t lane = 0; lane < p.used; ++lane) out[p.of[lane]] += static_cast<double>(rows[lane]);
  }
}

template class LaneWeights<float>;
template class LaneWeights<double>;

} // namespace ansatz::equivariant
