// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/losses/cross_entropy.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace ansatz::learning {

template <class T>
Classified cross_entropy(std::span<const T> logits, std::span<const std::uint8_t> labels, std::span<T> gradient) {
  if (labels.empty() || logits.size() % labels.size() != 0 || (!gradient.empty() && gradient.size() != logits.size()))
    throw UsageError("bad_value", std::to_string(logits.size()) + " logits and a gradient of " + std::to_string(gradient.size()) + " for " +
                                      std::to_string(labels.size()) + " labels; there must be equally many logits a label");
  const std::size_t classes = logits.size() / labels.size();
  Classified total;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    const std::span<const T> z = logits.subspan(n * classes, classes);
    const std::size_t label = labels[n];
    if (label >= classes)
      throw UsageError("bad_value", "label " + std::to_string(label) + " of sample " + std::to_string(n) + ": there are " + std::to_string(classes) +
                                        " classes, counted from 0");
    const auto largest = std::max_element(z.begin(), z.end());
    double sum = 0;
    for (const T v : z) sum += std::exp(static_cast<double>(v - *largest));
    total.loss += std::log(sum) - static_cast<double>(z[label] - *largest);
    total.correct += static_cast<std::size_t>(largest - z.begin()) == label ? 1 : 0;
    for (std::size_t k = 0; k < classes && !gradient.empty(); ++k)
      gradient[n * classes + k] = static_cast<T>(std::exp(static_cast<double>(z[k] - *largest)) / sum - (k == label ? 1.0 : 0.0));
  }
  return total;
}

template Classified cross_entropy(std::span<const float>, std::span<const std::uint8_t>, std::span<float>);
template Classified cross_entropy(std::span<const double>, std::span<const std::uint8_t>, std::span<double>);

} // namespace ansatz::learning
