// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/learning/layers/convolution.hpp>
#include <ansatz/learning/layers/resample.hpp>
#include <ansatz/learning/layers/wiring.hpp>
#include <ansatz/learning/networks/direction_network.hpp>

namespace ansatz::learning {

namespace {

/// Residual blocks before the pooling, at half resolution, and after.
struct Depth {
  int before, half, after;
};

Depth depth_of(const std::string& name) {
  if (name != "from64" && name != "from128")
    throw UsageError("bad_value", "no direction network is called " + name + did_you_mean(name, {"from64", "from128"}));
  return name == "from64" ? Depth{1, 3, 2} : Depth{2, 5, 3};
}

template <class T>
class Builder {
public:
  explicit Builder(std::shared_ptr<ConvolutionKernels<T>> kernels) : kernels_(std::move(kernels)) {}

  void convolution(const std::string& name, std::int64_t in) { add(name, Convolution<T>(network.layout, name, in, channels, kernels_)); }
  void rectified(const std::string& name) { add(name, Convolution<T, Activation::relu>(network.layout, name, channels, channels, kernels_)); }
  void blocks(const std::string& name, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string block = name + std::to_string(i);
      add(block + ".copy", Copy<T>{});
      rectified(block + ".first");
      rectified(block + ".second");
      add(block + ".add", Add<T>{});
    }
  }
  template <class O>
  void add(const std::string& name, O optic) {
    network.chain.emplace_back(name, std::move(optic));
  }

  static constexpr std::int64_t channels = 16;
  Network<T> network{};

private:
  std::shared_ptr<ConvolutionKernels<T>> kernels_;
};

} // namespace

template <class T>
Network<T> direction_network(const std::string& name, std::shared_ptr<ConvolutionKernels<T>> kernels) {
  const Depth depth = depth_of(name);
  Builder<T> b(std::move(kernels));
  b.network.name = name;
  b.convolution("input", 1);
  b.rectified("enter");
  b.blocks("before", depth.before);
  b.rectified("skip");
  b.add("fork", Copy<T>{});
  b.add("average", AveragePool<T>{});
  b.blocks("half", depth.half);
  b.add("upsample", NearestUpsample<T>{});
  b.add("join", Add<T>{});
  b.blocks("after", depth.after);
  b.add("output", PointwiseAffine<T>(b.network.layout, "output", Builder<T>::channels, 1));
  return std::move(b.network);
}

int direction_network_reach(const std::string& name) {
  const Depth depth = depth_of(name);
  // One voxel a convolution at full resolution, two at half; pooling looks one voxel beyond the pair it belongs to, and so does the way back.
  return 3 + 2 * (depth.before + depth.after) + 4 * depth.half + 1;
}

template Network<float> direction_network(const std::string&, std::shared_ptr<ConvolutionKernels<float>>);
template Network<double> direction_network(const std::string&, std::shared_ptr<ConvolutionKernels<double>>);

} // namespace ansatz::learning
