// SPDX-License-Identifier: Apache-2.0
/// A trained classifier that is a plain sequence of layers (learning/networks/image_network.hpp), with its weights laid open: what post-training
/// quantization works on. Its linear layers are counted 0, 1, ...; `evaluate` leaves their products to the caller.
/// Shapes: weight [out][length], in the order of patches ([ky][kx][feature]); bias [out].
/// Errors: FileError as load_model; UsageError for networks that are no plain sequence.
/// Threads: values; one thread per kernels object.  Ownership: values.
#pragma once

#include <ansatz/data/labelled_images.hpp>
#include <ansatz/learning/networks/image_network.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ansatz::quant {

struct LinearLayer {
  std::string name{};
  learning::Patches patches{}; ///< of one image
  std::int64_t out = 0;
  bool relu = false;
  std::vector<float> weight{};
  std::vector<float> bias{};

  [[nodiscard]] std::int64_t length() const noexcept { return patches.length(); }
  [[nodiscard]] std::span<const float> row(std::int64_t o) const { return std::span(weight).subspan(at(o), static_cast<std::size_t>(length())); }
  [[nodiscard]] std::span<float> row(std::int64_t o) { return std::span(weight).subspan(at(o), static_cast<std::size_t>(length())); }

private:
  [[nodiscard]] std::size_t at(std::int64_t o) const noexcept { return static_cast<std::size_t>(o * length()); }
};

/// y = what linear layer `number` makes of x, bias and activation included.
using LinearMap = std::function<void(std::size_t number, const learning::Patches& patches, std::span<const float> x, std::span<float> y)>;

struct Sequence {
  std::string name{};
  std::vector<learning::ImageLayer> layers{};
  std::vector<LinearLayer> linear{};

  /// Logits of images {n, 1, rows, columns, 1}.
  [[nodiscard]] std::vector<float> evaluate(const learning::Tensor<float>& images, const LinearMap& map) const;
};

/// The products of one layer in float32.
void apply(const LinearLayer& layer, const learning::Patches& patches, std::span<const float> x, std::span<float> y,
           learning::LinearKernels<float>& kernels);

[[nodiscard]] Sequence as_sequence(const std::string& model, const learning::Arena<float>& arena);
/// From a model file, which says by itself what it is.
[[nodiscard]] Sequence read_sequence(const std::string& path);

/// Logits of the first images of a set. \param map  empty: float32
[[nodiscard]] std::vector<float> logits_of(const Sequence& net, const LabelledImages& set, std::int64_t images, const LinearMap& map = {});

} // namespace ansatz::quant
