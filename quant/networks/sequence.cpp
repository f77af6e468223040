// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/model_file.hpp>
#include <ansatz/learning/image_batches.hpp>
#include <ansatz/learning/layers/images.hpp>
#include <ansatz/learning/layers/linear.hpp>
#include <ansatz/learning/training_state.hpp>
#include <ansatz/quant/networks/sequence.hpp>

#include <algorithm>

namespace ansatz::quant {

namespace {

using learning::ImageLayer;
using learning::Tensor;

} // namespace

void apply(const LinearLayer& layer, const learning::Patches& patches, std::span<const float> x, std::span<float> y,
           learning::LinearKernels<float>& kernels) {
  kernels.forward(patches, layer.out, x.data(), layer.weight.data(), y.data());
  learning::add_bias(patches.places(), layer.out, layer.bias.data(), layer.relu ? learning::Activation::relu : learning::Activation::identity,
                     y.data());
}

std::vector<float> Sequence::evaluate(const Tensor<float>& images, const LinearMap& map) const {
  Tensor<float> x = images;
  std::size_t number = 0;
  for (const ImageLayer& layer : layers) {
    if (layer.kind == ImageLayer::Kind::max_pool) x = learning::MaxPool<float>{}.get(x, {});
    if (layer.kind == ImageLayer::Kind::flatten) x = learning::Flatten<float>{}.get(x, {});
    if (!layer.is_linear()) continue;
    const learning::Patches patches = learning::patches_of(x.shape(), layer.in, layer.side());
    learning::Shape shape = x.shape();
    shape.x = layer.out;
    x = x.make(shape, [&](float* y) { map(number, patches, x.values(), {y, static_cast<std::size_t>(shape.size())}); });
    ++number;
  }
  return {x.values().begin(), x.values().end()};
}

Sequence as_sequence(const std::string& model, const learning::Arena<float>& arena) {
  Sequence net{.name = model, .layers = learning::image_network_info(model).layers};
  if (net.layers.empty())
    throw UsageError("bad_value", "the network " + model + " is no plain sequence of layers; only those can be quantized after training");
  std::int64_t side = learning::image_network_info(model).side;
  const auto block = [&](const std::string& name) {
    for (const learning::Block& b : arena.layout().blocks())
      if (b.name == name) return std::vector<float>(arena.parameters(b).begin(), arena.parameters(b).end());
    throw InternalError("internal", "the network " + model + " has no parameters called " + name);
  };
  for (const ImageLayer& layer : net.layers) {
    if (layer.kind == ImageLayer::Kind::max_pool) side /= 2;
    if (layer.kind == ImageLayer::Kind::flatten) side = 1;
    if (layer.is_linear())
      net.linear.push_back(
          {layer.name, {1, side, side, layer.in, layer.side()}, layer.out, layer.relu, block(layer.name + ".weight"), block(layer.name + ".bias")});
  }
  return net;
}

Sequence read_sequence(const std::string& path) {
  const std::string name = read_model_name(path);
  learning::Arena<float> arena(learning::image_network<float>(name).layout);
  learning::load_model(path, name, arena);
  return as_sequence(name, arena);
}

std::vector<float> logits_of(const Sequence& net, const LabelledImages& set, std::int64_t images, const LinearMap& map) {
  constexpr std::int64_t block = 64;
  const auto kernels = learning::make_linear_kernels<float>();
  const LinearMap plain = [&](std::size_t number, const learning::Patches& p, std::span<const float> x, std::span<float> y) {
    apply(net.linear[number], p, x, y, *kernels);
  };
  const auto memory = learning::Memory::real();
  std::vector<float> logits;
  for (std::int64_t from = 0; from < images; from += block) {
    const auto numbers = learning::counted(from, std::min(from + block, images));
    const std::vector<float> part = net.evaluate(learning::as_tensor(memory, set, numbers), map ? map : plain);
    logits.insert(logits.end(), part.begin(), part.end());
  }
  return logits;
}

} // namespace ansatz::quant
