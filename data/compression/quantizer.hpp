// SPDX-License-Identifier: Apache-2.0
/// The quantizer that predictors share: integers c of step D = 2 eps, and a list of the values that integers cannot stand for within eps.
///   c = round((x - p) / D), |c| < 2^51, else 0;   x_r = p + D c, rounded to T
/// Every value is compared with what the reader will compute, in the same operations; if |x - x_r| <= eps does not hold exactly (NaN and infinities
/// included), x itself goes on the list and is put in its place last. So neither rounding nor a prediction that goes astray can break the bound, and
/// predictions never meet a NaN of the field. The file is compiled without contraction of a product and a sum into one operation: writer and reader
/// must round alike.
/// Shapes: rows of n values.  Threads: one object a thread.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ansatz::compression {

/// z, y, x; x runs fastest.
using Shape = std::array<std::size_t, 3>;

[[nodiscard]] constexpr std::size_t volume(const Shape& n) noexcept { return n[0] * n[1] * n[2]; }

/// A value kept as it is.
template <class T>
struct Exact {
  std::size_t position; ///< in the chunk
  T value;
};

// Adding 1.5 2^52 leaves the nearest integer in the low bits of a double, for |v| < 2^51: rounding, conversion and its inverse in one operation each.
inline constexpr double rounding_shift = 6755399441055744.0;
inline constexpr double largest_code = 2251799813685248.0; // 2^51, not reached

[[nodiscard]] inline double double_of(std::int64_t code) noexcept {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(rounding_shift) + static_cast<std::uint64_t>(code)) - rounding_shift;
}

/// Whether |x - r| <= eps in exact arithmetic.
[[nodiscard]] inline bool within(double x, double r, double eps) noexcept {
  const double d = x - r;
  if (std::fabs(d) != eps) return std::fabs(d) < eps; // rounding is monotone: a difference beyond eps does not round below it
  const double b = d - x;
  const double rest = (x - (d - b)) - (r + b); // x - r = d + rest exactly (Knuth's two-sum)
  return d > 0 ? rest <= 0 : rest >= 0;
}

template <class T>
class Quantizer {
public:
  explicit Quantizer(double eps) : eps_(eps), step_(2 * eps), inverse_(1 / step_) {}

  /// Codes of the row x[0], x[stride], ... against predictions; `r` receives what the reader will have. \param first, stride  positions in the chunk
  void row(const T* x, std::size_t stride, std::size_t first, const double* prediction, std::size_t n, std::int64_t* codes, double* r) {
    const std::uint64_t bad = stride == 1   ? sweep<1>(x, 1, prediction, n, codes, r)
                              : stride == 2 ? sweep<2>(x, 2, prediction, n, codes, r)
                                            : sweep<0>(x, stride, prediction, n, codes, r);
    if (bad == 0) return;
    for (std::size_t i = 0; i < n; ++i)
      if (!within(static_cast<double>(x[i * stride]), r[i], eps_)) exact_.push_back({first + i * stride, x[i * stride]});
  }

  [[nodiscard]] std::vector<Exact<T>>& exact() noexcept { return exact_; }

private:
  template <std::size_t Stride>
  std::uint64_t sweep(const T* x, std::size_t any_stride, const double* prediction, std::size_t n, std::int64_t* codes, double* r) const {
    const std::size_t stride = Stride == 0 ? any_stride : Stride;
    const double eps = eps_;
    const double step = step_;
    const double inverse = inverse_;
    std::uint64_t bad = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double value = static_cast<double>(x[i * stride]);
      const double v = (value - prediction[i]) * inverse;
      const double shifted = (std::fabs(v) < largest_code ? v : 0.0) + rounding_shift;
      codes[i] = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(shifted) - std::bit_cast<std::uint64_t>(rounding_shift));
      const double reached = static_cast<double>(static_cast<T>(prediction[i] + step * (shifted - rounding_shift)));
      r[i] = reached;
      bad |= std::fabs(value - reached) < eps ? std::uint64_t{0} : std::uint64_t{1};
    }
    return bad;
  }

  double eps_, step_, inverse_;
  std::vector<Exact<T>> exact_;
};

/// The reader's side of Quantizer::row.
template <class T>
void restore_row(const std::int64_t* codes, const double* prediction, std::size_t n, double step, double* r) {
  for (std::size_t i = 0; i < n; ++i) r[i] = static_cast<double>(static_cast<T>(prediction[i] + step * double_of(codes[i])));
}

} // namespace ansatz::compression
