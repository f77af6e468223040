// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/kernels/multiply.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

namespace ansatz::quant {

namespace {

/// Bytes of activations that one pass over the panels keeps in the second-level cache.
constexpr std::int64_t chunk_bytes = 131072;
/// L-Mul of activations without zeros: so many voxels at each end of a row are multiplied with those of the rim masked.
constexpr std::int64_t rim_strip = 4;

void require(bool good, const char* text) {
  if (!good) throw UsageError("bad_value", text);
}

void check(const PackedWeights& w, const Codes& a, const ProductOutput& out) {
  require(a.code() == w.operand, "the activations have another type than these weights read; make them with PackedWeights::operand");
  if (a.channels() != w.shape.in)
    throw UsageError("bad_value", std::to_string(a.channels()) + " channels for weights of " + std::to_string(w.shape.in) + " inputs");
  require(static_cast<int>(a.window()) >= static_cast<int>(w.shape.window), "the activations have no rim for this window; make them with it");
  require(a.code() != Code::u8 || a.zero() == w.zero,
          "weights and activations have different zero points; pack the weights with that of the activations");
  const bool integer = w.format != Format::lmul && w.format != Format::bf16;
  if (integer && a.most > w.most)
    throw UsageError("bad_value", "activation codes up to " + std::to_string(a.most) + ", but no overflow is proven up to " + std::to_string(w.most) +
                                      " alone; pack the weights for them");
  const std::int64_t size = a.grid().voxels() * w.shape.out;
  require(static_cast<int>(!out.values.empty()) + static_cast<int>(!out.sums.empty()) + static_cast<int>(out.codes != nullptr) == 1,
          "a product needs one place for its result: values, sums or codes");
  require(out.values.empty() || static_cast<std::int64_t>(out.values.size()) == size, "the values must number voxels times outputs");
  require(out.sums.empty() || static_cast<std::int64_t>(out.sums.size()) == size, "the sums must number voxels times outputs");
  require(out.sums.empty() || (integer && w.chain_ends.size() == 1), "these sums do not fit one int32 chain; ask for values");
  for (const Codes* other : {static_cast<const Codes*>(out.codes), out.skip})
    require(other == nullptr || (other->grid() == a.grid() && other->channels() == w.shape.out),
            "codes of a result or skip with another grid or number of channels");
  require(out.codes == nullptr || out.codes != &a, "a convolution cannot overwrite its own activations");
}

/// The words of a row that each output needs, from the corner of its window on, cut where chains end.
std::vector<Run> runs_of(const PackedWeights& w, const Codes& a) {
  std::vector<Run> runs;
  auto chain = w.chain_ends.begin();
  std::int64_t word = 0;
  for (std::int64_t t = 0; t < w.shape.taps(); ++t) {
    const std::int64_t tap = t / 9 * a.plane_bytes() + t / 3 % 3 * a.row_bytes() + t % 3 * a.voxel_bytes();
    for (std::int64_t k = 0; k < w.words_a_tap;) {
      const std::int64_t count = std::min(w.words_a_tap - k, *chain - word);
      const std::int64_t offset = tap + 4 * k;
      if (!runs.empty() && runs.back().cuts == 0 && runs.back().offset + 4 * runs.back().words == offset)
        runs.back().words += static_cast<std::int32_t>(count);
      else
        runs.push_back({offset, static_cast<std::int32_t>(count), 0});
      k += count;
      word += count;
      if (word == *chain) {
        runs.back().cuts = 1;
        ++chain;
      }
    }
  }
  return runs;
}

/// L-Mul: the cheapest kernel that is right for these operands.
Product lmul_product(const PackedWeights& w, const Codes& a) {
  const bool in_range = w.least_word >= 0x00800000U && w.least_word + std::uint64_t{a.least_word} >= lmul_offset + 0x00800000ULL &&
                        w.largest_word + std::uint64_t{a.largest_word} < lmul_offset + 0x7F800000ULL;
  if (!in_range) return Product::lmul_guarded;
  return a.has_zeros ? Product::lmul_masked : Product::lmul;
}

std::int64_t corner(const PackedWeights& w, const Codes& a) {
  const std::int64_t plane = w.shape.window == Window::cube ? a.plane_bytes() : 0;
  return w.shape.window == Window::point ? 0 : plane + a.row_bytes() + a.voxel_bytes();
}

Epilogue epilogue_of(const ProductOutput& out) {
  Epilogue e;
  e.relu = out.relu;
  if (out.skip != nullptr) {
    e.skip_code = out.skip->code();
    e.skip_stride = out.skip->voxel_bytes();
    e.skip_scale = e.skip_code == Code::int16 ? static_cast<float>(out.skip->step) : 1.0F;
  }
  if (!out.sums.empty()) e.code = Code::int32;
  if (out.codes == nullptr) return e;
  const Codes& c = *out.codes;
  e.code = c.code();
  int exponent = 0;
  e.inverse = std::frexp(c.step, &exponent) == 0.5;
  e.step = static_cast<float>(e.inverse ? 1.0 / c.step : c.step);
  e.zero = c.code() == Code::u8 ? c.zero() : 0;
  e.low = c.code() == Code::u8 ? 0.0F : static_cast<float>(-c.most);
  e.high = c.code() == Code::u8 ? 255.0F : static_cast<float>(c.most);
  return e;
}

/// All tiles of one product.
class Sweep {
public:
  Sweep(const KernelTable& table, const PackedWeights& w, const Codes& a, const ProductOutput& out)
      : w_(w), a_(a), out_(out), runs_(runs_of(w, a)), product_(w.format == Format::lmul ? lmul_product(w, a) : w.product),
        kernels_(w.width == 16 ? table.narrow : *table.wide), kernel_(kernels_[product_]) {
    require(kernel_.run != nullptr, "these weights were packed for another instruction set");
    const bool folded = product_ != Product::lmul_guarded;
    if (w.format == Format::power4 || !folded) own_ = expand_words(table, w, folded);
    words_ = own_.empty() ? w.words.data() : own_.data();
    const double step = w.format == Format::lmul || w.format == Format::bf16 ? 1.0 : a.step;
    scale_.resize(w.scale.size());
    std::transform(w.scale.begin(), w.scale.end(), scale_.begin(), [step](float s) { return static_cast<float>(static_cast<double>(s) * step); });
    tile_ = {.a = nullptr,
             .a_stride = a.voxel_bytes(),
             .prefetch = w.shape.window == Window::point ? 4 * kernel_.rows : 0,
             .runs = runs_.data(),
             .run_count = static_cast<std::int64_t>(runs_.size()),
             .b = nullptr,
             .start = nullptr,
             .epilogue = epilogue_of(out),
             .y = nullptr,
             .y_stride = 0,
             .columns = 0,
             .largest = largest_};
    value_bytes_ = tile_.epilogue.code == Code::u8 ? 1 : tile_.epilogue.code == Code::int16 || tile_.epilogue.code == Code::bf16 ? 2 : 4;
    tile_.y_stride = out.codes != nullptr ? out.codes->voxel_bytes() : w.shape.out * value_bytes_;
  }
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  float run() {
    const Grid& g = a_.grid();
    const std::int64_t fit = std::max<std::int64_t>(1, chunk_bytes / a_.voxel_bytes() / kernel_.rows) * kernel_.rows;
    for (std::int64_t k = 0; k < g.z; ++k)
      for (std::int64_t j = 0; j < g.y; ++j)
        for (std::int64_t first = 0; first < g.x; first += fit)
          for (std::int64_t panel = 0; panel < w_.panels(); ++panel) columns(k, j, first, std::min(g.x, first + fit), panel);
    return *std::max_element(std::begin(largest_), std::end(largest_));
  }

private:
  [[nodiscard]] std::byte* target(std::int64_t k, std::int64_t j) const {
    if (out_.codes != nullptr) return out_.codes->row(k, j);
    auto* plain = out_.sums.empty() ? reinterpret_cast<std::byte*>(out_.values.data()) : reinterpret_cast<std::byte*>(out_.sums.data());
    return plain + (k * a_.grid().y + j) * a_.grid().x * tile_.y_stride;
  }

  /// One panel of outputs for some neighbours of a row.
  void columns(std::int64_t k, std::int64_t j, std::int64_t first, std::int64_t last, std::int64_t panel) {
    const std::int64_t column = panel * w_.width;
    Tile t = tile_;
    t.b = words_ + column * w_.word_count();
    if (!w_.start.empty()) t.start = w_.start.data() + column;
    t.epilogue.scale = scale_.data() + column;
    t.epilogue.bias = w_.bias.data() + column;
    t.columns = static_cast<int>(std::min<std::int64_t>(w_.width, w_.shape.out - column));
    const std::byte* from = a_.row(k, j) - corner(w_, a_);
    std::byte* to = target(k, j) + column * value_bytes_;
    const std::byte* skip = out_.skip == nullptr ? nullptr : out_.skip->row(k, j) + column * (out_.skip->code() == Code::f32 ? 4 : 2);
    const auto strip = [&](std::int64_t from_x, std::int64_t to_x, const TileKernel& kernel) {
      const std::int64_t tiles = (to_x - from_x + kernel.rows - 1) / kernel.rows;
      for (std::int64_t i = 0, x = from_x; i < tiles; ++i) {
        t.a = from + x * a_.voxel_bytes();
        t.y = to + x * t.y_stride;
        if (skip != nullptr) t.epilogue.skip = skip + x * t.epilogue.skip_stride;
        const std::int64_t rows = (to_x - x + tiles - i - 1) / (tiles - i); // equal heights: low tiles wait for their own sums
        kernel.run(t, static_cast<int>(rows));
        x += rows;
      }
    };
    const Grid& g = a_.grid();
    if (product_ != Product::lmul || w_.shape.window == Window::point) return strip(first, last, kernel_);
    const bool at_rim = j == 0 || j == g.y - 1 || (w_.shape.window == Window::cube && (k == 0 || k == g.z - 1));
    const std::int64_t inner = at_rim ? last : std::max(first, std::min(last, rim_strip));
    const std::int64_t outer = std::max(inner, std::min(last, g.x - rim_strip));
    strip(first, inner, kernels_[Product::lmul_masked]);
    strip(inner, outer, kernel_);
    strip(outer, last, kernels_[Product::lmul_masked]);
  }

  const PackedWeights& w_;
  const Codes& a_;
  const ProductOutput& out_;
  std::vector<Run> runs_;
  Product product_;
  const TileKernels& kernels_;
  const TileKernel& kernel_;
  AlignedVector<std::uint32_t> own_;
  const std::uint32_t* words_ = nullptr;
  std::vector<float> scale_;
  Tile tile_{};
  std::int64_t value_bytes_ = 4;
  float largest_[largest_lanes] = {};
};

} // namespace

float multiply(const KernelTable& table, const PackedWeights& weights, const Codes& activations, const ProductOutput& output) {
  check(weights, activations, output);
  return Sweep(table, weights, activations, output).run();
}

} // namespace ansatz::quant
