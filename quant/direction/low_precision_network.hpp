// SPDX-License-Identifier: Apache-2.0
/// The published direction networks (learning/networks/direction_network.hpp) in low precision, layer by layer:
///   dfp16   activations and weights in 16 bits with a shared binary exponent, activations with 1 bit of headroom, weights with 2
///   w8a16   activations in 16 bits, weights in 8 with a scale an output
///   int8    between the two convolutions of a block 8 bits without sign, else w8a16: the residual stream keeps its 16 bits
///   bf16    bfloat16 with sums in float32
///   lmul    float32, products by one integer addition
/// In all of them the last affine map is float32, because rounding the output is what the error in the energy norm feels most: white noise of
/// relative size
/// e in it costs e sqrt(6 / lambda), lambda the Rayleigh quotient of the direction.
/// Exponents of activations follow the layer's largest value in the evaluation before, with a margin; a layer that outgrows them is computed again.
/// The first
/// evaluation computes every layer twice. So an evaluation depends on the one before by its rounding, not more.
/// Cite: A. Kaneda et al., ICML 2023, arXiv:2205.10763.
/// Shapes: one channel in and out, [z][y][x], sides even.
/// Errors: UsageError for an unknown format, a grid with an odd side or other sizes, and input that is not finite.
/// Cost: 60,928 products and sums a voxel (from64).  Memory: bytes().
/// Threads: one object per thread.  MPI: local.  Ownership: owns packed weights and buffers.
#pragma once

#include <ansatz/learning/networks/direction_network.hpp>
#include <ansatz/quant/kernels/multiply.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ansatz::quant {

/// dfp16, w8a16, int8, bf16, lmul.
[[nodiscard]] const std::vector<std::string>& low_precision_formats();

class LowPrecisionNetwork {
public:
  LowPrecisionNetwork(const std::string& format, const learning::Network<float>& network, std::span<const float> parameters,
                      const KernelTable& table = kernel_table(instruction_set()));

  void evaluate(const Grid& grid, std::span<const float> x, std::span<float> y);
  [[nodiscard]] const std::string& format() const noexcept { return format_; }
  [[nodiscard]] std::size_t bytes() const;

private:
  enum class Bits { eight, sixteen };
  struct Layer {
    PackedWeights weights;
    bool relu = true;
    float largest = 0.0F; ///< |output| in the evaluation before; 0: none yet
  };
  /// Buffers of one resolution.
  struct Level {
    std::vector<Codes> stream{}; ///< three of the residual stream
    std::vector<Codes> inner{};  ///< between the convolutions of a block, also in 8 bits where the format says so
  };

  void add_layer(const std::string& name, std::int64_t in, const learning::Network<float>& network, std::span<const float> parameters);
  void make_buffers(const Grid& grid);
  void convolve(const std::string& name, const Codes& x, Codes& y, const Codes* skip);
  /// The codes' step for values up to `largest`.
  void set_range(Codes& codes, float largest, Bits bits) const;
  /// Residual blocks NAME0, NAME1, ... from stream[at]; returns where the result is.
  std::size_t blocks(const std::string& name, Level& level, std::size_t at);

  std::string format_;
  const KernelTable& table_;
  std::map<std::string, Layer> layers_;
  std::vector<float> output_;
  float output_bias_ = 0.0F;
  Grid grid_{0, 0, 0};
  std::vector<Codes> input_;
  Level fine_, half_;
};

} // namespace ansatz::quant
