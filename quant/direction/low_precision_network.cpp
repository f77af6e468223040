// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/quant/direction/low_precision_network.hpp>
#include <ansatz/quant/direction/rows.hpp>
#include <ansatz/quant/kernels/weight_codes.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::quant {

namespace {

constexpr std::int64_t channels = 16;
constexpr int activation_headroom = 1; // two thirds fewer chains than at 0, and a layer may grow
constexpr int weight_headroom = 2;
constexpr float margin = 1.25F; // of a layer's range over the evaluation before

Code stream_code(const std::string& format) { return format == "bf16" ? Code::bf16 : format == "lmul" ? Code::f32 : Code::int16; }

int activation_bits_spared(const std::string& format) { return format == "dfp16" ? activation_headroom : 0; }

std::span<const float> block_of(const learning::Network<float>& network, std::span<const float> parameters, const std::string& name) {
  for (const learning::Block& block : network.layout.blocks())
    if (block.name == name) return parameters.subspan(static_cast<std::size_t>(block.offset), static_cast<std::size_t>(block.size()));
  return {};
}

} // namespace

const std::vector<std::string>& low_precision_formats() {
  static const std::vector<std::string> names{"dfp16", "w8a16", "int8", "bf16", "lmul"};
  return names;
}

LowPrecisionNetwork::LowPrecisionNetwork(const std::string& format, const learning::Network<float>& network, std::span<const float> parameters,
                                         const KernelTable& table)
    : format_(format), table_(table) {
  const auto& known = low_precision_formats();
  if (std::find(known.begin(), known.end(), format) == known.end())
    throw UsageError("bad_value", "no direction network runs in \"" + format + "\"" + did_you_mean(format, known));
  for (const learning::Block& block : network.layout.blocks())
    if (block.name.ends_with(".weight") && block.name != "output.weight")
      add_layer(block.name.substr(0, block.name.size() - 7), block.shape[1], network, parameters);
  const auto w = block_of(network, parameters, "output.weight");
  output_.assign(w.begin(), w.end());
  output_bias_ = block_of(network, parameters, "output.bias")[0];
}

void LowPrecisionNetwork::add_layer(const std::string& name, std::int64_t in, const learning::Network<float>& network,
                                    std::span<const float> parameters) {
  const auto w = block_of(network, parameters, name + ".weight");
  const auto bias = block_of(network, parameters, name + ".bias");
  const WeightShape shape = convolution_shape(channels, in, Window::cube);
  const auto pack = [&] {
    if (format_ == "bf16") return pack_bf16(table_, shape, w, bias);
    if (format_ == "lmul") return pack_lmul(table_, shape, w, bias);
    if (format_ == "dfp16" || in == 1) { // one channel makes no difference in speed
      const auto codes = dfp16_weights(shape, w, weight_headroom);
      return pack_int16(table_, Format::dfp16, shape, codes.codes, codes.scale, bias, 32767 >> activation_bits_spared(format_));
    }
    const auto codes = int8_weights(shape, w);
    if (format_ == "int8" && name.ends_with(".second")) return pack_int8(table_, shape, codes.codes, codes.scale, bias, 0);
    const std::vector<std::int16_t> wide(codes.codes.begin(), codes.codes.end());
    return pack_int16(table_, Format::w8a16, shape, wide, codes.scale, bias, 32767);
  };
  layers_.emplace(name, Layer{.weights = pack(), .relu = name != "input"});
}

void LowPrecisionNetwork::make_buffers(const Grid& grid) {
  if (grid == grid_) return;
  if (grid.z % 2 != 0 || grid.y % 2 != 0 || grid.x % 2 != 0)
    throw UsageError("bad_value", "a direction network needs even sides, the grid has " + std::to_string(grid.z) + " x " + std::to_string(grid.y) +
                                      " x " + std::to_string(grid.x));
  const Code stream = stream_code(format_);
  const auto level = [&](const Grid& g) {
    Level made;
    made.stream.assign(3, Codes(stream, g, channels, Window::cube));
    made.inner.emplace_back(stream, g, channels, Window::cube);
    if (format_ == "int8") made.inner.emplace_back(Code::u8, g, channels, Window::cube);
    return made;
  };
  input_.assign(1, Codes(stream, grid, 1, Window::cube));
  fine_ = level(grid);
  half_ = level({grid.z / 2, grid.y / 2, grid.x / 2});
  grid_ = grid;
}

void LowPrecisionNetwork::set_range(Codes& codes, float largest, Bits bits) const {
  if (codes.code() == Code::bf16 || codes.code() == Code::f32) return;
  const bool eight = bits == Bits::eight;
  codes.step = eight ? static_cast<double>(largest) / 255.0 : dfp_step(largest, activation_bits_spared(format_));
  codes.most = eight ? 255 : 32767 >> activation_bits_spared(format_);
}

void LowPrecisionNetwork::convolve(const std::string& name, const Codes& x, Codes& y, const Codes* skip) {
  Layer& layer = layers_.at(name);
  const ProductOutput to{.codes = &y, .relu = layer.relu, .skip = skip};
  const bool known = layer.largest > 0.0F;
  const Bits bits = format_ == "int8" && name.ends_with(".first") ? Bits::eight : Bits::sixteen;
  set_range(y, known ? margin * layer.largest : 1.0F, bits);
  layer.largest = multiply(table_, layer.weights, x, to);
  const bool ranged = y.code() != Code::bf16 && y.code() != Code::f32;
  if (ranged && layer.largest > 0.0F && (!known || static_cast<double>(layer.largest) > y.step * static_cast<double>(y.most))) {
    set_range(y, layer.largest, bits);
    multiply(table_, layer.weights, x, to);
  }
  if (y.code() == Code::f32) settle(y);
}

std::size_t LowPrecisionNetwork::blocks(const std::string& name, Level& level, std::size_t at) {
  for (int i = 0; layers_.contains(name + std::to_string(i) + ".first"); ++i) {
    const std::string block = name + std::to_string(i);
    const std::size_t next = (at + 1) % 3;
    // 8 bits lie in bytes or in int16, as the kernel of the layer that reads them wants.
    Codes& inner = layers_.at(block + ".second").weights.operand == Code::u8 ? level.inner[1] : level.inner[0];
    convolve(block + ".first", level.stream[at], inner, nullptr);
    convolve(block + ".second", inner, level.stream[next], &level.stream[at]);
    at = next;
  }
  return at;
}

void LowPrecisionNetwork::evaluate(const Grid& grid, std::span<const float> x, std::span<float> y) {
  make_buffers(grid);
  const KernelTable& t = table_;
  if (y.size() != x.size()) throw UsageError("bad_value", std::to_string(y.size()) + " values out for " + std::to_string(x.size()) + " in");
  Codes& in = input_[0];
  if (in.code() == Code::int16)
    encode_dfp16(t, x, activation_bits_spared(format_), in);
  else if (in.code() == Code::bf16)
    encode_bf16(t, x, in);
  else
    encode_f32(t, x, in);
  convolve("input", in, fine_.stream[0], nullptr);
  convolve("enter", fine_.stream[0], fine_.stream[1], nullptr);
  std::size_t at = blocks("before", fine_, 1);
  const std::size_t kept = (at + 1) % 3;
  convolve("skip", fine_.stream[at], fine_.stream[kept], nullptr);
  Codes& skip = fine_.stream[kept];
  half_.stream[0].step = skip.step;
  half_.stream[0].most = skip.most;
  average(t, skip, half_.stream[0]);
  if (skip.code() == Code::f32) settle(half_.stream[0]);
  const Codes& coarse = half_.stream[blocks("half", half_, 0)];
  at = (kept + 1) % 3;
  Codes& joined = fine_.stream[at];
  set_range(joined, static_cast<float>(coarse.step * static_cast<double>(coarse.most) + skip.step * static_cast<double>(skip.most)), Bits::sixteen);
  join(t, coarse, skip, joined);
  if (joined.code() == Code::f32) settle(joined);
  affine(fine_.stream[blocks("after", fine_, at)], output_, output_bias_, y);
}

std::size_t LowPrecisionNetwork::bytes() const {
  std::size_t sum = output_.size() * sizeof(float);
  for (const auto& [name, layer] : layers_) sum += layer.weights.bytes();
  for (const Level* level : {&fine_, &half_}) {
    for (const Codes& c : level->stream) sum += c.bytes();
    for (const Codes& c : level->inner) sum += c.bytes();
  }
  for (const Codes& c : input_) sum += c.bytes();
  return sum;
}

} // namespace ansatz::quant
