// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/networks/layer_error.hpp>

#include <algorithm>
#include <numeric>

namespace ansatz::quant {

namespace {

double dot(std::span<const float> a, std::span<const float> b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

void add_columns(std::span<const float> patches, std::size_t length, std::vector<double>& sums) {
  for (std::size_t at = 0; at < patches.size(); at += length)
    for (std::size_t i = 0; i < length; ++i) sums[i] += static_cast<double>(patches[at + i]);
}

} // namespace

LayerError::LayerError(const LinearLayer& layer) : out_(layer.out), length_(layer.length()), t_(layer.weight) {
  energy_ = std::max(dot(layer.weight, layer.weight), 1e-30);
  offset_ = -dot(layer.weight, layer.weight);
}

LayerError::LayerError(const LinearLayer& layer, std::int64_t images, std::span<const float> exact, std::span<const float> given)
    : out_(layer.out), length_(layer.length()) {
  learning::Patches all = layer.patches;
  all.images = images;
  const auto values = static_cast<std::size_t>(all.places() * all.features);
  if (images < 1 || exact.size() != values || given.size() != values)
    throw UsageError("bad_value", "layer " + layer.name + ": " + std::to_string(exact.size()) + " and " + std::to_string(given.size()) +
                                      " inputs for " + std::to_string(images) + " images; there must be " + std::to_string(values));
  add_moments(layer, images, exact, given);
  std::vector<float> wh(layer.weight.size());
  kernels_->forward({1, 1, out_, length_, 1}, length_, layer.weight.data(), h_.data(), wh.data());
  energy_ = std::max(dot(layer.weight, wh), 1e-30);
  offset_ = dot(layer.weight, wh) - 2 * dot(layer.weight, t_);
}

void LayerError::add_moments(const LinearLayer& layer, std::int64_t images, std::span<const float> exact, std::span<const float> given) {
  learning::Patches all = layer.patches;
  all.images = images;
  const auto k = static_cast<std::size_t>(length_);
  const std::int64_t image = all.rows * all.columns;
  const std::int64_t most = std::clamp<std::int64_t>(256 / image, 1, images); // enough places that the moments are products of matrices
  std::vector<float> of_exact(static_cast<std::size_t>(most * image * length_)), of_given(of_exact.size());
  std::vector<float> square(k * k), cross(k * k); // of x' x'^T and x x'^T
  mean_exact_.assign(k, 0.0);
  mean_given_.assign(k, 0.0);
  for (std::int64_t n = 0; n < images; n += most) {
    const std::int64_t block = std::min(most, images - n);
    const learning::Patches rows{1, 1, block * image, length_, 1};
    const auto used = static_cast<std::size_t>(rows.places() * length_);
    learning::gather_patches(all, n, block, exact.data(), of_exact.data());
    learning::gather_patches(all, n, block, given.data(), of_given.data());
    kernels_->backward_weights(rows, length_, of_given.data(), of_given.data(), square.data());
    kernels_->backward_weights(rows, length_, of_given.data(), of_exact.data(), cross.data());
    add_columns(std::span(of_exact).first(used), k, mean_exact_);
    add_columns(std::span(of_given).first(used), k, mean_given_);
  }
  const double count = static_cast<double>(images * image);
  for (double& m : mean_exact_) m /= count;
  for (double& m : mean_given_) m /= count;
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j) {
      square[i * k + j] = static_cast<float>(static_cast<double>(square[i * k + j]) / count - mean_given_[i] * mean_given_[j]);
      cross[i * k + j] = static_cast<float>(static_cast<double>(cross[i * k + j]) / count - mean_exact_[i] * mean_given_[j]);
    }
  h_ = std::move(square);
  std::vector<float> turned(k * k); // filters of the product W cov(x, x')
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j) turned[j * k + i] = cross[i * k + j];
  t_.resize(layer.weight.size());
  kernels_->forward({1, 1, out_, length_, 1}, length_, layer.weight.data(), turned.data(), t_.data());
}

double LayerError::gradient(std::span<const float> v, std::span<float> g) const {
  if (h_.empty())
    std::copy(v.begin(), v.end(), g.begin());
  else
    kernels_->forward({1, 1, out_, length_, 1}, length_, v.data(), h_.data(), g.data());
  double sum = -offset_;
  for (std::size_t i = 0; i < v.size(); ++i) {
    sum += static_cast<double>(v[i]) * (static_cast<double>(g[i]) - 2 * static_cast<double>(t_[i]));
    g[i] -= t_[i];
  }
  return sum / energy_;
}

double LayerError::value(std::span<const float> v) const {
  std::vector<float> g(v.size());
  return gradient(v, g);
}

std::vector<float> LayerError::corrected_bias(const LinearLayer& layer, std::span<const float> v) const {
  std::vector<float> bias = layer.bias;
  if (h_.empty()) return bias;
  const auto k = static_cast<std::size_t>(length_);
  for (std::size_t o = 0; o < bias.size(); ++o) {
    double shift = 0;
    for (std::size_t i = 0; i < k; ++i)
      shift += static_cast<double>(layer.weight[o * k + i]) * mean_exact_[i] - static_cast<double>(v[o * k + i]) * mean_given_[i];
    bias[o] += static_cast<float>(shift);
  }
  return bias;
}

} // namespace ansatz::quant
