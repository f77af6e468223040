// SPDX-License-Identifier: Apache-2.0
/// What a transformer encoder has beside dense layers, on tokens {n, 1, 1, tokens, features}.
///   LayerNorm      y = gain (x - mean) / sqrt(var + 1e-5) + bias over the features of a token
///   TokenOffset    y = x + b, b learned, one vector a token (its position)
///   Attention      of queries, keys and values side by side, {q | k | v}, in h heads of d features:
///                    O = softmax(Q K^T / sqrt(d)) V,  head by head
/// The sums of products of Q K^T and of softmax V may be computed by another arithmetic, given as a function; derivatives are those of the exact map.
/// Cite: A. Vaswani et al., Attention is all you need, NeurIPS 2017, arXiv:1706.03762; J. L. Ba et al., Layer normalization, arXiv:1607.06450.
/// Shapes: gain and bias [features] as NAME.gain and NAME.bias, offset [tokens][features] as NAME.offset; attention takes 3 h d features, returns h d.
/// Errors: UsageError for another number of features or tokens.
/// Cost: attention 4 tokens^2 h d flops an image.
/// Threads: values.
#pragma once

#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/optic.hpp>
#include <ansatz/learning/tensor.hpp>

#include <functional>

namespace ansatz::learning {

template <class T>
class LayerNorm {
public:
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Tensor<T>;
  LayerNorm(Layout& layout, const std::string& name, std::int64_t features)
      : features_(features), gain_(layout.add({.name = name + ".gain", .shape = {features}, .initial = Initial::one})),
        bias_(layout.add({.name = name + ".bias", .shape = {features}})) {}

  [[nodiscard]] Out get(const In& x, std::span<const T> p) const;
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {x, get(x, p)}; }
  [[nodiscard]] In backward(Residual x, const Out& dy, std::span<const T> p, std::span<T> g) const;

private:
  std::int64_t features_;
  std::int64_t gain_;
  std::int64_t bias_;
};

template <class T>
class TokenOffset {
public:
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Nothing;
  TokenOffset(Layout& layout, const std::string& name, std::int64_t tokens, std::int64_t features)
      : size_(tokens * features), offset_(layout.add({.name = name + ".offset", .shape = {tokens, features}})) {}

  [[nodiscard]] Out get(const In& x, std::span<const T> p) const;
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {{}, get(x, p)}; }
  [[nodiscard]] In backward(Residual, const Out& dy, std::span<const T> p, std::span<T> g) const;

private:
  std::int64_t size_;
  std::int64_t offset_;
};

/// Sum over i < n of a[i a_stride] b[i b_stride], in an arithmetic of its own.
template <class T>
using SumOfProducts = std::function<T(std::int64_t n, const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride)>;

template <class T>
class Attention {
public:
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = std::pair<Tensor<T>, Tensor<T>>; ///< input, and the weights softmax(..) as {n, 1, heads, tokens, tokens}
  Attention(std::int64_t heads, std::int64_t features, SumOfProducts<T> products = {})
      : heads_(heads), features_(features), products_(std::move(products)) {}

  [[nodiscard]] Out get(const In& x, std::span<const T> p) const { return forward(x, p).out; }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const;
  [[nodiscard]] In backward(Residual m, const Out& dy, std::span<const T> p, std::span<T> g) const;

private:
  std::int64_t heads_;
  std::int64_t features_;
  SumOfProducts<T> products_;
};

} // namespace ansatz::learning
