// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/dynamic_fixed_point.hpp>
#include <ansatz/quant/networks/integer_training.hpp>
#include <ansatz/quant/networks/pair_products.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace ansatz::quant {

namespace {

using learning::Patches;

/// An int16 tensor with its exponent and largest magnitude.
struct Integers {
  AlignedVector<std::int16_t> values{};
  int exponent = 0;
  std::int32_t largest = 0;

  void encode(std::span<const float> x, int headroom) {
    values.resize(x.size());
    const auto format = DynamicFixedPoint<std::int16_t>::fit(x, headroom);
    format.encode(x, values);
    exponent = format.exponent;
    largest = largest_magnitude(values);
  }
};

class IntegerLinear final : public learning::LinearKernels<float> {
public:
  explicit IntegerLinear(IntegerTrainingOptions options) : options_(options) {
    if (options.headroom < 1 || options.headroom > 6)
      throw UsageError("bad_value", "a headroom of " + std::to_string(options.headroom) + " bits; 1 to 6 can be chosen");
  }

  void forward(const Patches& p, std::int64_t out, const float* x, const float* w, float* y) override {
    if (!suits(p.length(), out)) return real_->forward(p, out, x, w, y);
    x_.encode({x, static_cast<std::size_t>(p.places() * p.features)}, options_.headroom);
    w_.encode({w, static_cast<std::size_t>(out * p.length())}, options_.headroom);
    pack_columns(out, p.length(), w_.values.data(), packed_);
    const float scale = std::ldexp(1.0F, x_.exponent + w_.exponent);
    for_blocks(p, [&](std::int64_t from, std::int64_t places, const std::int16_t* patches) {
      multiply_pairs(places, patches, x_.largest, packed_, scale, y + from * out);
    });
  }

  void backward_data(const Patches& p, std::int64_t out, const float* w, const float* dy, float* dx) override {
    turned_.resize(static_cast<std::size_t>(out * p.length()));
    learning::turn_filters(p, out, w, turned_.data());
    Patches of_dy = p;
    of_dy.features = out;
    if (suits(p.length(), out))
      forward(of_dy, p.features, dy, turned_.data(), dx);
    else
      real_->forward(of_dy, p.features, dy, turned_.data(), dx);
  }

  void backward_weights(const Patches& p, std::int64_t out, const float* x, const float* dy, float* dw) override {
    if (!suits(p.length(), out) || p.rows * p.columns * p.images % 2 != 0) return real_->backward_weights(p, out, x, dy, dw);
    x_.encode({x, static_cast<std::size_t>(p.places() * p.features)}, options_.headroom);
    dy_.encode({dy, static_cast<std::size_t>(p.places() * out)}, options_.headroom);
    const float scale = std::ldexp(1.0F, x_.exponent + dy_.exponent);
    sums_.resize(static_cast<std::size_t>(out * p.length()));
    for_blocks(p, [&](std::int64_t from, std::int64_t places, const std::int16_t* patches) {
      pack_terms(places, p.length(), patches, packed_);
      turn(places, out, dy_.values.data() + from * out);
      multiply_pairs(out, rows_.data(), dy_.largest, packed_, scale, sums_.data());
      for (std::size_t i = 0; i < sums_.size(); ++i) dw[i] += sums_[i];
    });
  }

private:
  [[nodiscard]] bool suits(std::int64_t terms, std::int64_t out) const { return terms >= options_.least && out >= options_.least && terms % 2 == 0; }

  /// Calls body(first place, places, their patches) for blocks of an even number of places that fit a second-level cache.
  template <class Body>
  void for_blocks(const Patches& p, Body&& body) {
    constexpr std::int64_t block_values = 64 * 1024;
    const std::int64_t image = p.rows * p.columns;
    if (p.side == 1) {
      const std::int64_t most = std::max<std::int64_t>(block_values / p.length() / 2 * 2, 2);
      for (std::int64_t from = 0; from < p.places(); from += most)
        body(from, std::min(most, p.places() - from), x_.values.data() + from * p.features);
      return;
    }
    const std::int64_t most = std::max<std::int64_t>(block_values / (image * p.length()) / 2 * 2, 2);
    patches_.resize(static_cast<std::size_t>(most * image * p.length()));
    for (std::int64_t first = 0; first < p.images; first += most) {
      const std::int64_t images = std::min(most, p.images - first);
      learning::gather_patches(p, first, images, x_.values.data(), patches_.data());
      body(first * image, images * image, patches_.data());
    }
  }

  /// rows_[o][place] = dy[place][o]
  void turn(std::int64_t places, std::int64_t out, const std::int16_t* dy) {
    rows_.resize(static_cast<std::size_t>(places * out));
    for (std::int64_t n = 0; n < places; ++n)
      for (std::int64_t o = 0; o < out; ++o) rows_[static_cast<std::size_t>(o * places + n)] = dy[n * out + o];
  }

  IntegerTrainingOptions options_;
  std::shared_ptr<learning::LinearKernels<float>> real_ = learning::make_linear_kernels<float>();
  Integers x_, w_, dy_;
  PackedPairs packed_;
  AlignedVector<std::int16_t> patches_;
  AlignedVector<std::int16_t> rows_;
  AlignedVector<float> turned_;
  AlignedVector<float> sums_;
};

} // namespace

std::shared_ptr<learning::LinearKernels<float>> make_integer_kernels(IntegerTrainingOptions options) {
  return std::make_shared<IntegerLinear>(options);
}

} // namespace ansatz::quant
