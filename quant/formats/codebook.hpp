// SPDX-License-Identifier: Apache-2.0
/// Codebooks: any set of up to 256 levels, the code of x is the nearest one (the upper one at the middle).
///   lloyd_max: the levels that minimise the mean squared error of given data: the best partition of up to 2048 cells by dynamic programming, then Lloyd's
///     alternation of nearest levels and means over all values; what no other format of as many bits can beat on these data.
///   ternary:  levels -a, 0, a: a = mean |w| over |w| > t, t = 0.7 mean|w|; codes by |w| > t.       (F. Li, B. Liu, Ternary weight networks, 2016, arXiv:1605.04711)
///   binary:   levels -a, a: a = mean|w|; code by the sign, that of 0 is +.                          (M. Rastegari et al., XNOR-Net, 2016, arXiv:1603.05279)
/// Cite: S. Lloyd, Least squares quantization in PCM, IEEE Trans. Inf. Theory 28 (1982) 129; J. Max, Quantizing for minimum distortion, IRE Trans. (1960).
/// Codes: int8; code + 128 indexes the level (codebook, binary), the sign times 0 or 1 (ternary).
/// Errors: UsageError `bad_value`: levels, lengths, NaN and infinity (with index).  Threads: const members from several.  MPI: local.
#pragma once

#include <ansatz/quant/formats/thresholds.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace ansatz::quant {

class Codebook {
public:
  /// \param levels  1 to 256, rising
  explicit Codebook(std::vector<float> levels);
  [[nodiscard]] static Codebook binary(float scale);

  void encode(std::span<const float> x, std::span<std::int8_t> code) const;
  void decode(std::span<const std::int8_t> code, std::span<float> x) const;
  [[nodiscard]] const std::vector<float>& levels() const { return levels_; }
  [[nodiscard]] double bits_per_value() const;
  /// Of |x - x^| for x between the first and the last level: half the largest gap.
  [[nodiscard]] double error_bound() const;

private:
  std::vector<float> levels_;
  Thresholds thresholds_;
  std::array<float, 256> table_{};
};

struct Ternary {
  float scale = 1.0F;     ///< a
  float threshold = 0.7F; ///< t; 0: every value but 0 counts

  [[nodiscard]] static Ternary fit(std::span<const float> w);
  void encode(std::span<const float> x, std::span<std::int8_t> code) const;
  void decode(std::span<const std::int8_t> code, std::span<float> x) const;
  [[nodiscard]] static double bits_per_value() { return 2.0; } ///< as stored; log2 3 is what is in them
  /// Of |x - x^| for |x| <= largest.
  [[nodiscard]] double error_bound(double largest) const;
};

/// Mean of |w|; of nothing 0.
[[nodiscard]] float mean_magnitude(std::span<const float> w);

/// Levels for x: at most 2^bits (fewer if x has fewer values); `rounds` alternations at most.
/// Cost: sorts x; 2^bits x cells x log(cells), 20 ms for 256 levels of 2048 cells; a round costs levels x log(size).
[[nodiscard]] std::vector<float> lloyd_max(std::span<const float> x, int bits, int rounds = 50);

} // namespace ansatz::quant
