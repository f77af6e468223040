// SPDX-License-Identifier: Apache-2.0
/// Small classifiers of grey images, from pixels in [0, 1] to ten logits; C3(n) = relu of a 3 x 3 convolution to n features, P = 2 x 2 maximum, D(n) dense.
///   fashion-cnn          28 x 28: C3(16) P C3(32) P flatten relu D(64) D(10), 105,866 parameters, 1.12 million products an image
///   fashion-mlp          28 x 28: flatten relu D(128) D(10), 101,770 parameters
///   digits-mlp           8 x 8:   flatten relu D(32) D(10), 2,410 parameters
///   fashion-transformer  28 x 28: 16 tokens of 7 x 7 pixels, D(48) + position, two blocks of 4 heads x 12 features
///                          x + D(48)(attention(D(144)(norm x))),  x + D(48)(relu D(96)(norm x)),   then norm, mean of the tokens, D(10)
/// The first three are plain sequences; `layers` lists them for those who run them in another arithmetic.
/// Shapes: {images, 1, rows, columns, 1} to {images, 1, 1, 1, 10}.
/// Errors: UsageError for another name.
#pragma once

#include <ansatz/learning/layers/attention.hpp>
#include <ansatz/learning/layers/linear_kernels.hpp>
#include <ansatz/learning/networks/direction_network.hpp>

namespace ansatz::learning {

/// A step of a plain sequence.
struct ImageLayer {
  enum class Kind { convolution, dense, max_pool, flatten };
  Kind kind = Kind::dense;
  std::string name{};
  std::int64_t in = 0;
  std::int64_t out = 0;
  bool relu = false;
  [[nodiscard]] bool is_linear() const noexcept { return kind == Kind::convolution || kind == Kind::dense; }
  [[nodiscard]] std::int64_t side() const noexcept { return kind == Kind::convolution ? 3 : 1; }
};

struct ImageNetworkInfo {
  std::string image_set{}; ///< what it is trained on (data/labelled_images.hpp)
  std::int64_t side = 28;
  std::vector<ImageLayer> layers{}; ///< empty for the transformer
};

[[nodiscard]] std::vector<std::string> image_network_names();
[[nodiscard]] ImageNetworkInfo image_network_info(const std::string& name);

/// \param kernels  of all linear layers
/// \param products  arithmetic of the attention; empty: exact
template <class T>
[[nodiscard]] Network<T> image_network(const std::string& name, std::shared_ptr<LinearKernels<T>> kernels = make_linear_kernels<T>(),
                                       SumOfProducts<T> products = {});

} // namespace ansatz::learning
