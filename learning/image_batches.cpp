// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/image_batches.hpp>
#include <ansatz/learning/losses/cross_entropy.hpp>
#include <ansatz/learning/random.hpp>

#include <algorithm>
#include <numeric>

namespace ansatz::learning {

std::vector<std::int64_t> counted(std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(to - from));
  std::iota(numbers.begin(), numbers.end(), from);
  return numbers;
}

std::vector<std::int64_t> shuffled(std::int64_t count, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::int64_t> order = counted(0, count);
  const std::uint64_t key = mix(key_of("order") + static_cast<std::uint64_t>(epoch));
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    const double draw = uniform(seed, key, i);
    std::swap(order[i], order[static_cast<std::size_t>(draw * static_cast<double>(i + 1))]);
  }
  return order;
}

Tensor<float> as_tensor(const std::shared_ptr<Memory>& memory, const LabelledImages& set, std::span<const std::int64_t> numbers) {
  Tensor<float> tensor(memory, {static_cast<std::int64_t>(numbers.size()), 1, set.rows, set.columns, 1});
  float* out = tensor.fill();
  for (const std::int64_t number : numbers)
    for (const std::uint8_t pixel : set.image(number)) *out++ = static_cast<float>(pixel) / static_cast<float>(set.white);
  return tensor;
}

std::vector<float> logits_of(const Chain<float>& chain, std::span<const float> parameters, const LabelledImages& set, std::int64_t images) {
  constexpr std::int64_t block = 64;
  const auto memory = Memory::real();
  std::vector<float> logits;
  for (std::int64_t from = 0; from < images; from += block) {
    const auto value = evaluate(chain, {as_tensor(memory, set, counted(from, std::min(from + block, images)))}, parameters);
    logits.insert(logits.end(), value.back().values().begin(), value.back().values().end());
  }
  return logits;
}

double accuracy(std::span<const float> logits, std::span<const std::uint8_t> labels) {
  return static_cast<double>(cross_entropy<float>(logits, labels, {}).correct) / static_cast<double>(labels.size());
}

} // namespace ansatz::learning
