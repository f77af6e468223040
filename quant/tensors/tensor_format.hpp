// SPDX-License-Identifier: Apache-2.0
/// A tensor in a number format that is chosen by name at run time. The formats themselves are the small types of quant/formats.
///
///   const auto format = make_format("uniform:b=8,sym,channel,calib=mse");
///   EncodedTensor e;
///   format->fit(x, {rows, columns}, e);    // scales, exponents, codebooks: from these data
///   format->encode(x, e);                  // one pass
///   format->decode(e, y);                  // |x - y| <= e.error_bound
///
/// Formats (keys with their defaults; every key has its range in the error message):
///   f32 | bf16 | fp8-e4m3[:nosat] | fp8-e5m2[:nosat]
///   uniform:b=8,sym|asym,full,tensor|channel|group=N|block=N,calib=minmax,round=nearest_even,seed=1
///   dfp:s=0,b=16,tensor|channel|group=N|block=N,round=nearest_even,seed=1           b = 8 or 16
///   bfp:w=16,B=32                                                                   dfp with an exponent a block
///   power:b=4,a=auto|NUMBER,clip=auto|max,tensor|channel|group=N|block=N
///   ternary[:channel...] | binary[:channel...] | codebook:b=4[,channel...]
///   fixed:W=16,I=auto|NUMBER,Q=TRN,O=WRAP,N=0,unsigned
///   ebq:rel=1e-4|abs=NUMBER,pred=interp|lorenzo                                     rel: of the range; bits a value are known after encoding
///   lmul:l=4,form=carry|formula,k=23,round,comp=0,sat                               multiplies; stores its operands
/// Errors: UsageError `bad_value`.  Threads: const members from several, each with its own EncodedTensor.  MPI: local.
#pragma once

#include <ansatz/quant/formats/concepts.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace ansatz::quant {

struct EncodedTensor {
  Shape shape{};
  std::variant<std::vector<std::int8_t>, std::vector<std::uint8_t>, std::vector<std::int16_t>, std::vector<std::uint16_t>, std::vector<std::int32_t>,
               std::vector<float>>
      codes{};
  std::vector<float> scales{};             ///< one a run: scale, clip, or magnitude of the levels
  std::vector<std::int32_t> zero_points{}; ///< one a run, asymmetric codes only
  std::vector<std::int16_t> exponents{};   ///< one a run: dfp; of the whole tensor: fixed (I)
  std::vector<float> levels{};             ///< codebooks, one after another; exponents of power codes, one a run
  int code_bits = 0;                       ///< of a code in a file, the leading ones of a float
  std::int64_t lowest_code = 0;            ///< what a file subtracts from integer codes
  double bits_per_value = 0.0;             ///< of the codes as a packed file would hold them, and of the scales
  double error_bound = 0.0;                ///< of |x - x^| for the data given to fit, clipping included

  /// Bytes in memory of codes and parameters.
  [[nodiscard]] std::size_t bytes() const;
};

class TensorFormat {
public:
  explicit TensorFormat(std::string text) : text_(std::move(text)) {}
  virtual ~TensorFormat() = default;
  TensorFormat(const TensorFormat&) = delete;
  TensorFormat& operator=(const TensorFormat&) = delete;

  /// The text it was made from.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Chooses the parameters for x and makes room for its codes.
  virtual void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const = 0;
  virtual void encode(std::span<const float> x, EncodedTensor& e) const = 0;
  virtual void decode(const EncodedTensor& e, std::span<float> x) const = 0;
  /// z_i = x_i y_i as this format multiplies: of the decoded operands, rounded once to float; L-Mul: its own product.
  virtual void multiply(std::span<const float> x, std::span<const float> y, std::span<float> z) const;

private:
  std::string text_;
};

/// Throws UsageError `bad_value` with the nearest name for an unknown one.
[[nodiscard]] std::unique_ptr<TensorFormat> make_format(const std::string& text);

/// A name and a sentence for each format.
struct FormatName {
  std::string name;
  std::string sentence;
};
[[nodiscard]] const std::vector<FormatName>& format_names();

} // namespace ansatz::quant
