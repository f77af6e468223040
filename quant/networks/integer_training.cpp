// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/networks/integer_map.hpp>
#include <ansatz/quant/networks/integer_training.hpp>
#include <ansatz/quant/networks/pair_products.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace ansatz::quant {

namespace {

using learning::Activation;
using learning::Patches;

class IntegerLinear final : public learning::LinearKernels<float> {
public:
  explicit IntegerLinear(IntegerTrainingOptions options) : options_(options) {
    if (options.headroom < 1 || options.headroom > 6)
      throw UsageError("bad_value", "a headroom of " + std::to_string(options.headroom) + " bits; 1 to 6 can be chosen");
  }

  void forward(const Patches& p, std::int64_t out, const float* x, const float* w, float* y) override {
    if (!suits(p, out)) return real_->forward(p, out, x, w, y);
    to_values(p, out, x, w, false, y);
  }

  void backward_data(const Patches& p, std::int64_t out, const float* w, const float* dy, float* dx) override {
    if (!suits(p, out)) return real_->backward_data(p, out, w, dy, dx);
    pack_turned(p, out, w);
    for_blocks(p, [&](const Patches& part, std::int64_t from) {
      dy_.encode(part, out, dy + from * out, options_.headroom);
      correlate(dy_, part, p.features, false, dx + from * p.features);
    });
  }

  void backward_weights(const Patches& p, std::int64_t out, const float* x, const float* dy, float* dw) override {
    if (!suits(p, out)) return real_->backward_weights(p, out, x, dy, dw);
    for_blocks(p, [&](const Patches& part, std::int64_t from) {
      dy_.encode(part, out, dy + from * out, options_.headroom);
      x_.encode(part, p.features, x + from * p.features, options_.headroom);
      to_weights(part, out, dw);
    });
  }

  void layer(const Patches& p, std::int64_t out, const float* x, const float* w, const float* bias, Activation a, float* y) override {
    if (!suits(p, out)) return real_->layer(p, out, x, w, bias, a, y);
    bias_.assign(static_cast<std::size_t>((out + panel_columns - 1) / panel_columns * panel_columns), 0.0F);
    std::copy_n(bias, out, bias_.begin());
    to_values(p, out, x, w, a == Activation::relu, y);
    bias_.clear();
    if (a == Activation::elu) learning::activate(a, p.places() * out, y);
  }

  void layer_backward(const Patches& p, std::int64_t out, const learning::LinearBackward<float>& b) override {
    if (!suits(p, out)) return real_->layer_backward(p, out, b);
    if (b.dx != nullptr) pack_turned(p, out, b.w);
    for_blocks(p, [&](const Patches& part, std::int64_t from) {
      const float* dy = b.dy + from * out;
      if (b.a != Activation::identity) {
        slope_.resize(static_cast<std::size_t>(part.places() * out));
        learning::activate_backward(b.a, part.places() * out, b.y + from * out, dy, slope_.data());
        dy = slope_.data();
      }
      learning::add_bias_gradient(part.places(), out, dy, b.dbias);
      dy_.encode(part, out, dy, options_.headroom);
      x_.encode(part, p.features, b.x + from * p.features, options_.headroom);
      to_weights(part, out, b.dw);
      if (b.dx != nullptr) correlate(dy_, part, p.features, false, b.dx + from * p.features);
    });
  }

private:
  /// Pairs of terms lie along the features forward and along the outputs backward.
  [[nodiscard]] bool suits(const Patches& p, std::int64_t out) const {
    return p.length() >= options_.least && out >= options_.least && p.features % 2 == 0 && out % 2 == 0;
  }

  /// Calls body(patches of some images, their first place) for blocks whose codes stay in a second-level cache.
  template <class Body>
  static void for_blocks(const Patches& p, Body&& body) {
    constexpr std::int64_t block_places = 1024;
    const std::int64_t image = p.rows * p.columns;
    const std::int64_t most = p.side == 1 ? p.images : std::clamp<std::int64_t>(block_places / image, 1, p.images);
    for (std::int64_t first = 0; first < p.images; first += most) body(p.of(std::min(most, p.images - first)), first * image);
  }

  void to_values(const Patches& p, std::int64_t out, const float* x, const float* w, bool relu, float* y) {
    w_.encode({.images = out}, p.length(), w, options_.headroom);
    pack_columns(out, p.length(), w_.values.data(), packed_);
    for_blocks(p, [&](const Patches& part, std::int64_t from) {
      x_.encode(part, p.features, x + from * p.features, options_.headroom);
      correlate(x_, part, out, relu, y + from * out);
    });
  }

  /// y[place] = sums over the neighbours of a place with the packed columns.
  void correlate(const IntegerMap& x, const Patches& p, std::int64_t out, bool relu, float* y) const {
    const PairRows rows{.stride = x.features, .runs = p.side, .run_pairs = p.side * x.features / 2, .run_stride = x.width() * x.features};
    const PairSweep sweep(packed_, rows, x.largest);
    const float scale = std::ldexp(1.0F, x.exponent + w_.exponent);
    if (p.side == 1) return sweep.run(p.places(), x.values.data(), scale, bias_, relu, y, out);
    for (std::int64_t n = 0; n < p.images; ++n)
      for (std::int64_t row = 0; row < p.rows; ++row, y += p.columns * out) sweep.run(p.columns, x.corner(n, row), scale, bias_, relu, y, out);
  }

  /// The turned filters: terms are (tap, output), columns are features.
  void pack_turned(const Patches& p, std::int64_t out, const float* w) {
    w_.encode({.images = out}, p.length(), w, options_.headroom);
    const std::int64_t taps = p.side * p.side;
    const auto place = [&](std::int64_t term) { return ((term % out) * taps + taps - 1 - term / out) * p.features; };
    pack_terms(taps * out, p.features, w_.values.data(), place, packed_);
  }

  /// dw += dy_^T P(x_): for every tap one product over all positions of the block.
  void to_weights(const Patches& p, std::int64_t out, float* dw) {
    const std::int64_t terms = turn_places(dy_, turned_);
    pairs_.pack(x_);
    const float scale = std::ldexp(1.0F, x_.exponent + dy_.exponent);
    const PairRows rows{.stride = terms, .run_pairs = terms / 2};
    const std::int64_t chain = chain_pairs(x_.largest, dy_.largest);
    const PairSweep whole(panel_columns, chain, rows);
    const PairSweep rest(p.features % panel_columns, chain, rows);
    for (std::int64_t panel = 0; panel * panel_columns < p.features; ++panel) {
      const PairSweep& sweep = (panel + 1) * panel_columns <= p.features ? whole : rest;
      for (std::int64_t tap = 0; tap < p.side * p.side; ++tap) {
        const std::int64_t offset = tap / p.side * x_.width() + tap % p.side;
        sweep.add(out, turned_.data(), pairs_.panel(panel, offset), scale, dw + tap * p.features + panel * panel_columns, p.length());
      }
    }
  }

  IntegerTrainingOptions options_;
  std::shared_ptr<learning::LinearKernels<float>> real_ = learning::make_linear_kernels<float>();
  IntegerMap x_, w_, dy_;
  PackedPairs packed_;
  PlacePairs pairs_;
  AlignedVector<std::int16_t> turned_; ///< errors, [output][position]
  AlignedVector<float> slope_;         ///< errors before the activation, of a block
  std::vector<float> bias_;            ///< filled up to whole panels; empty: none
};

} // namespace

std::shared_ptr<learning::LinearKernels<float>> make_integer_kernels(IntegerTrainingOptions options) {
  return std::make_shared<IntegerLinear>(options);
}

} // namespace ansatz::quant
