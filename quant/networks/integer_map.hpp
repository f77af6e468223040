// SPDX-License-Identifier: Apache-2.0
/// Values of images as int16 with one exponent (formats/dynamic_fixed_point.hpp), laid out for products that look at 3 x 3 neighbours or sum over all places:
///   position(n, row, column) = origin + (n height + row) width + column,   width = columns + reach,  height = rows + reach,  reach = side / 2
/// with the features of a position side by side. After every row and every image come `reach` positions of zeros, which are the rim of both neighbours, so a
/// neighbour of a place is a fixed distance away, whatever the place, and products over places are one long sum.
/// Errors: UsageError for values that are not finite.
/// Cost: a pass to find the largest value, one to convert.  Threads: values.
#pragma once

#include <ansatz/data/aligned.hpp>
#include <ansatz/learning/layers/linear_kernels.hpp>
#include <ansatz/quant/networks/pair_products.hpp>

#include <cstdint>

namespace ansatz::quant {

struct IntegerMap {
  std::int64_t images = 0, rows = 0, columns = 0, features = 0, reach = 0;
  AlignedVector<std::int16_t> values{};
  int exponent = 0;
  std::int32_t largest = 0; ///< magnitude

  /// \param p         images, places and side
  /// \param features  of a place of x, in place of those of p
  void encode(const learning::Patches& p, std::int64_t features, const float* x, int headroom);

  [[nodiscard]] std::int64_t width() const noexcept { return columns + reach; }
  [[nodiscard]] std::int64_t height() const noexcept { return rows + reach; }
  /// Distance from a place to the first of its neighbours.
  [[nodiscard]] std::int64_t origin() const noexcept { return reach * (width() + 1); }
  /// Positions from the first place of an image to that of the next.
  [[nodiscard]] std::int64_t image() const noexcept { return height() * width(); }
  /// First of the neighbours of the first place of a row.
  [[nodiscard]] const std::int16_t* corner(std::int64_t n, std::int64_t row) const noexcept {
    return values.data() + (n * image() + row * width()) * features;
  }
};

/// Pairs of neighbouring positions as panels of features, [panel][pair][16]: `even` begins at the corner of the first place of an image, `odd` one position
/// later. So the columns of any tap over places 0, 1, ... are one run of words of the one or the other.
class PlacePairs {
public:
  void pack(const IntegerMap& x);
  /// Words of the tap that lies `offset` positions behind the corner.
  [[nodiscard]] const std::uint32_t* panel(std::int64_t number, std::int64_t offset) const noexcept {
    return (offset % 2 == 0 ? even_ : odd_).data() + (number * pairs_ + offset / 2) * panel_columns;
  }

private:
  std::int64_t pairs_ = 0; ///< of a panel
  AlignedVector<std::uint32_t> even_, odd_;
};

/// out[feature][position] for the positions from the first place on, filled up with zeros to an even number. \return that number
std::int64_t turn_places(const IntegerMap& y, AlignedVector<std::int16_t>& out);

} // namespace ansatz::quant
