// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/learning/layers/images.hpp>
#include <ansatz/learning/layers/linear.hpp>
#include <ansatz/learning/layers/wiring.hpp>
#include <ansatz/learning/networks/image_network.hpp>

#include <algorithm>

namespace ansatz::learning {

namespace {

using Kind = ImageLayer::Kind;

template <class T>
class Builder {
public:
  Builder(const std::string& name, std::shared_ptr<LinearKernels<T>> kernels) : kernels_(std::move(kernels)) { network.name = name; }

  template <class O>
  void add(const std::string& name, O optic) {
    network.chain.emplace_back(name, std::move(optic));
  }
  template <Activation A = Activation::identity, bool First = false>
  void linear(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t side = 1) {
    add(name, Linear<T, A, First>(network.layout, name, in, out, side, kernels_));
  }
  void step(const ImageLayer& l) {
    const bool first = network.layout.blocks().empty();
    if (l.kind == Kind::max_pool) return add(l.name, MaxPool<T>{});
    if (l.kind == Kind::flatten) return add(l.name, Flatten<T>{});
    if (first) return linear<Activation::relu, true>(l.name, l.in, l.out, l.side());
    if (l.relu) return linear<Activation::relu>(l.name, l.in, l.out, l.side());
    linear(l.name, l.in, l.out, l.side());
  }

  Network<T> network{};

private:
  std::shared_ptr<LinearKernels<T>> kernels_;
};

template <class T>
Network<T> transformer(const std::string& name, std::shared_ptr<LinearKernels<T>> kernels, const SumOfProducts<T>& products) {
  constexpr std::int64_t side = 7;
  constexpr std::int64_t tokens = 16;
  constexpr std::int64_t width = 48;
  constexpr std::int64_t heads = 4;
  Builder<T> b(name, std::move(kernels));
  b.add("cut", CutPatches<T>(side));
  b.template linear<Activation::identity, true>("embed", side * side, width);
  b.add("position", TokenOffset<T>(b.network.layout, "position", tokens, width));
  for (const std::string block : {"block0", "block1"}) {
    b.add(block + ".attend", Copy<T>{});
    b.add(block + ".norm", LayerNorm<T>(b.network.layout, block + ".norm", width));
    b.linear(block + ".project", width, 3 * width);
    b.add(block + ".attention", Attention<T>(heads, width, products));
    b.linear(block + ".mix", width, width);
    b.add(block + ".attended", Add<T>{});
    b.add(block + ".think", Copy<T>{});
    b.add(block + ".norm2", LayerNorm<T>(b.network.layout, block + ".norm2", width));
    b.template linear<Activation::relu>(block + ".up", width, 2 * width);
    b.linear(block + ".down", 2 * width, width);
    b.add(block + ".thought", Add<T>{});
  }
  b.add("norm", LayerNorm<T>(b.network.layout, "norm", width));
  b.add("mean", MeanOfTokens<T>{});
  b.linear("output", width, 10);
  return std::move(b.network);
}

} // namespace

std::vector<std::string> image_network_names() { return {"fashion-cnn", "fashion-mlp", "fashion-transformer", "digits-mlp"}; }

ImageNetworkInfo image_network_info(const std::string& name) {
  if (name == "fashion-cnn")
    return {"fashion-mnist",
            28,
            {{Kind::convolution, "conv1", 1, 16, true},
             {Kind::max_pool, "pool1"},
             {Kind::convolution, "conv2", 16, 32, true},
             {Kind::max_pool, "pool2"},
             {Kind::flatten, "flatten"},
             {Kind::dense, "hidden", 1568, 64, true},
             {Kind::dense, "output", 64, 10, false}}};
  if (name == "fashion-mlp")
    return {"fashion-mnist", 28, {{Kind::flatten, "flatten"}, {Kind::dense, "hidden", 784, 128, true}, {Kind::dense, "output", 128, 10, false}}};
  if (name == "digits-mlp")
    return {"digits", 8, {{Kind::flatten, "flatten"}, {Kind::dense, "hidden", 64, 32, true}, {Kind::dense, "output", 32, 10, false}}};
  if (name == "fashion-transformer") return {"fashion-mnist", 28, {}};
  throw UsageError("bad_value", "no image network is called " + name + did_you_mean(name, image_network_names()));
}

template <class T>
Network<T> image_network(const std::string& name, std::shared_ptr<LinearKernels<T>> kernels, SumOfProducts<T> products) {
  const ImageNetworkInfo info = image_network_info(name);
  if (info.layers.empty()) return transformer<T>(name, std::move(kernels), products);
  Builder<T> b(name, std::move(kernels));
  for (const ImageLayer& layer : info.layers) b.step(layer);
  return std::move(b.network);
}

template Network<float> image_network(const std::string&, std::shared_ptr<LinearKernels<float>>, SumOfProducts<float>);
template Network<double> image_network(const std::string&, std::shared_ptr<LinearKernels<double>>, SumOfProducts<double>);

} // namespace ansatz::learning
