// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/learning/layers/direct.hpp>
#include <ansatz/learning/layers/onednn.hpp>
#include <ansatz/learning/layers/reference/convolution.hpp>

namespace ansatz::learning {

template <class T>
std::vector<std::string> convolution_kernel_names() {
  if constexpr (std::is_same_v<T, float>)
    return {"onednn", "direct", "reference"};
  else
    return {"direct", "reference"};
}

template <class T>
std::shared_ptr<ConvolutionKernels<T>> make_convolution_kernels(const std::string& name) {
  const std::vector<std::string> names = convolution_kernel_names<T>();
  const std::string wanted = name.empty() ? names.front() : name;
  if constexpr (std::is_same_v<T, float>)
    if (wanted == "onednn") return make_onednn_convolution();
  if (wanted == "direct") return std::make_shared<DirectConvolution<T>>();
  if (wanted == "reference") return std::make_shared<reference::Convolution<T>>();
  throw UsageError("bad_value", "no convolution kernels of this precision are called " + wanted + did_you_mean(wanted, names));
}

template std::vector<std::string> convolution_kernel_names<float>();
template std::vector<std::string> convolution_kernel_names<double>();
template std::shared_ptr<ConvolutionKernels<float>> make_convolution_kernels(const std::string&);
template std::shared_ptr<ConvolutionKernels<double>> make_convolution_kernels(const std::string&);

} // namespace ansatz::learning
