// SPDX-License-Identifier: Apache-2.0
/// From images of a set (data/labelled_images.hpp) to tensors, and from tensors to classes.
/// Errors: UsageError of the loss for labels without a class.
/// Threads: one thread per Memory.  MPI: none.
#pragma once

#include <ansatz/data/labelled_images.hpp>
#include <ansatz/learning/chain.hpp>

namespace ansatz::learning {

/// Images `numbers` of a set as a tensor {images, 1, rows, columns, 1}, pixels divided by the value of white.
[[nodiscard]] Tensor<float> as_tensor(const std::shared_ptr<Memory>& memory, const LabelledImages& set, std::span<const std::int64_t> numbers);

/// Logits of the first images of a set, [images][classes]. \param images  at most as many as there are
[[nodiscard]] std::vector<float> logits_of(const Chain<float>& chain, std::span<const float> parameters, const LabelledImages& set,
                                           std::int64_t images);

/// Share of the samples whose largest logit is that of their class.
[[nodiscard]] double accuracy(std::span<const float> logits, std::span<const std::uint8_t> labels);

/// Numbers from..to-1.
[[nodiscard]] std::vector<std::int64_t> counted(std::int64_t from, std::int64_t to);

/// 0..count-1 in an order drawn from seed and epoch (Fisher and Yates).
[[nodiscard]] std::vector<std::int64_t> shuffled(std::int64_t count, std::uint64_t seed, std::int64_t epoch);

} // namespace ansatz::learning
