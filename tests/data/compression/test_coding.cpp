// SPDX-License-Identifier: Apache-2.0
/// Coded chunks: the bound on 10,000 random fields in arithmetic of 113 bits, both predictors against their definitions point by point, coded size
/// against entropy, block floating point, and bytes that no encoder wrote.
#include "fields.hpp"

#include <ansatz/data/compression/block_float.hpp>
#include <ansatz/data/compression/byte_stream.hpp>
#include <ansatz/data/compression/chunk.hpp>
#include <ansatz/data/compression/code_symbols.hpp>
#include <ansatz/data/compression/interpolation.hpp>
#include <ansatz/data/compression/lorenzo.hpp>
#include <ansatz/data/compression/rans.hpp>
#include <ansatz/data/compression/reference/prediction.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>

namespace ansatz::tests {

using namespace ansatz::compression;

namespace {

__extension__ using Quad = __float128;

/// Whether a value came back within the bound: difference of two doubles in 113 bits, exact wherever it is near eps.
template <class T>
bool kept(T x, T r, double eps) {
  if (!std::isfinite(x)) return std::memcmp(&x, &r, sizeof x) == 0;
  const Quad d = static_cast<Quad>(x) - static_cast<Quad>(r);
  return std::isfinite(r) && (d < 0 ? -d : d) <= static_cast<Quad>(eps);
}

template <class T>
std::vector<T> round_trip(std::span<const T> values, const Shape& shape, const Coding& coding) {
  const auto bytes = encode(values, shape, coding);
  BOOST_REQUIRE_LE(bytes.size(), values.size_bytes() + 20); // the head of a chunk kept as it is
  std::vector<T> back(values.size());
  decode<T>(bytes, shape, back);
  return back;
}

template <class T>
std::size_t broken_bounds(std::uint64_t seed, std::size_t fields) {
  std::mt19937_64 generator(seed);
  std::size_t broken = 0;
  for (std::size_t f = 0; f < fields; ++f) {
    const RandomField<T> field(generator);
    const Method method = f % 2 == 0 ? Method::interp : Method::lorenzo;
    const auto back = round_trip<T>(field.values, field.shape, {method, field.eps});
    bool good = true;
    for (std::size_t p = 0; p < back.size(); ++p) good = good && kept(field.values[p], back[p], field.eps);
    if (!good) ++broken;
  }
  return broken;
}

} // namespace

BOOST_AUTO_TEST_SUITE(compression_coding)

BOOST_AUTO_TEST_CASE(bound_holds_on_ten_thousand_fields) {
  const std::size_t wide = broken_bounds<double>(20251, 6000);
  const std::size_t narrow = broken_bounds<float>(20252, 4000);

  BOOST_TEST(wide == 0U);
  BOOST_TEST(narrow == 0U);
}

BOOST_AUTO_TEST_CASE(exact_comparison_sees_the_last_bit) {
  const double eps = 0x1p-53;

  BOOST_TEST(within(1.0, 1.0 - 0x1p-53, eps)); // exactly eps
  BOOST_TEST(within(-1.0, -1.0 + 0x1p-53, eps));
  BOOST_TEST(!within(1.0, -0x1p-60, 1.0)); // exceeds 1 by 2^-60, and the difference rounds to 1
  BOOST_TEST(within(1.0, 0x1p-60, 1.0));
  BOOST_TEST(!within(-1.0, 0x1p-60, 1.0));
  BOOST_TEST(!within(std::numeric_limits<double>::quiet_NaN(), 0.0, 1.0));
  BOOST_TEST(!within(std::numeric_limits<double>::max(), -std::numeric_limits<double>::max(), 1.0));
}

/// What both sides of a predictor make of a field without values to be kept exactly.
template <class T>
void compare_with_definitions(const std::vector<T>& values, const Shape& n, double eps) {
  Quantizer<T> for_interp(eps);
  Quantizer<T> for_lorenzo(eps);
  std::vector<T> interp(values.size());
  std::vector<T> lorenzo(values.size());

  from_interpolation_codes<T>(interpolation_codes<T>(values, n, for_interp), n, 2 * eps, interp);
  auto codes = lorenzo_codes<T>(values, n, for_lorenzo);
  const bool same_codes = codes == reference::lorenzo<T>(values, n, eps).codes;
  from_lorenzo_codes<T>(codes, n, 2 * eps, lorenzo);

  // Rounding to float can carry a value just beyond the bound; it is then listed, and its reconstruction stays what others are predicted from.
  BOOST_TEST(for_interp.exact().size() <= (sizeof(T) == sizeof(float) ? 1 + values.size() / 200 : 0));
  BOOST_TEST((std::vector<double>(interp.begin(), interp.end()) == reference::interpolation<T>(values, n, eps).reached));
  BOOST_TEST(same_codes);
  BOOST_TEST((std::vector<double>(lorenzo.begin(), lorenzo.end()) == reference::lorenzo<T>(values, n, eps).reached));
}

BOOST_AUTO_TEST_CASE(predictors_are_their_definitions) {
  const std::vector<Shape> shapes{{1, 1, 1},   {1, 1, 2},  {2, 1, 1},  {1, 3, 1},   {3, 3, 3},   {4, 5, 6},
                                  {1, 1, 200}, {70, 2, 3}, {3, 67, 5}, {9, 17, 33}, {8, 16, 31}, {66, 4, 130}};
  std::mt19937_64 generator(7);
  for (const Shape& n : shapes) {
    std::vector<float> narrow;
    std::vector<double> wide;
    for (std::size_t p = 0; p < volume(n); ++p) {
      wide.push_back(std::sin(0.3 * static_cast<double>(p)) + 1e-3 * static_cast<double>(generator() % 1000));
      narrow.push_back(static_cast<float>(wide.back()));
    }
    compare_with_definitions<double>(wide, n, 1e-4);
    compare_with_definitions<float>(narrow, n, 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(symbols_cover_their_codes) {
  for (std::uint32_t s = 0; s < symbol_count; ++s) {
    const CodeRange range = range_of(s);
    if (s == 1) continue; // minus zero
    BOOST_TEST(symbol_of(range.base) == s);
    BOOST_TEST(symbol_of(range.base + (std::int64_t{1} << range.bits) - 1) == s);
  }
}

BOOST_AUTO_TEST_CASE(codes_come_back) {
  std::mt19937_64 generator(3);
  for (const std::size_t n : {0U, 1U, 2U, 3U, 4U, 5U, 7U, 8U, 63U, 1000U})
    for (const unsigned bits : {0U, 1U, 5U, 20U, 54U}) {
      std::vector<std::int64_t> codes(n);
      for (auto& c : codes) c = static_cast<std::int64_t>(generator() & ((std::uint64_t{1} << bits) - 1)) * (generator() % 2 == 0 ? 1 : -1);

      ByteWriter to;
      write_codes(codes, n / 3 + 1, to);
      const auto bytes = to.take();
      ByteReader from(bytes);
      std::vector<std::int64_t> back(n);
      read_codes(from, n / 3 + 1, back);

      BOOST_TEST(from.left() == 0U);
      BOOST_TEST((back == codes));
    }
}

BOOST_AUTO_TEST_CASE(blocks_of_zeros_come_back_and_cost_little) {
  std::mt19937_64 generator(5);
  for (const std::size_t row : {1U, 7U, 8U, 9U, 64U})
    for (const std::size_t rows : {1U, 3U, 500U}) {
      const std::size_t n = row * rows - row / 2;
      std::vector<std::int64_t> codes(n, 0);
      std::size_t some = 0;
      for (std::size_t i = 0; i < n; ++i)
        if (i / row % 16 == 3 && (i % row) / 8 == 0) codes[i] = static_cast<std::int64_t>(generator() % 1024) - 512, ++some; // an edge of the grid

      ByteWriter to;
      write_codes(codes, row, to);
      const auto bytes = to.take();
      ByteReader from(bytes);
      std::vector<std::int64_t> back(n, 1);
      read_codes(from, row, back);

      BOOST_TEST(from.left() == 0U);
      BOOST_TEST((back == codes));
      // ten bits each, a table of their 36 symbols, and a tenth of a bit a block
      BOOST_TEST(bytes.size() <= 140 + (some * 11 + n / 8) / 8 + n / 80, "row " << row << ", " << rows << " rows: " << bytes.size());
    }
  ByteWriter to;
  write_codes(std::vector<std::int64_t>(1000000, 0), 100, to);
  BOOST_TEST(to.size() < 2000U); // every flag costs something: the probability of a surprise never is zero
}

BOOST_AUTO_TEST_CASE(size_is_that_of_the_entropy) {
  const Shape n{48, 96, 96};
  for (const char kind : {'S', 'M', 'F'}) {
    const auto values = smooth_field(kind, n);
    for (const double eps : {1e-4, 1e-6}) {
      const auto interp = static_cast<double>(encode<double>(values, n, {Method::interp, eps}).size()) * 8 / static_cast<double>(volume(n));
      const auto lorenzo = static_cast<double>(encode<double>(values, n, {Method::lorenzo, eps}).size()) * 8 / static_cast<double>(volume(n));
      BOOST_TEST(interp <= 1.05 * reference::entropy(reference::interpolation<double>(values, n, eps).codes));
      BOOST_TEST(lorenzo <= 1.05 * reference::entropy(reference::lorenzo<double>(values, n, eps).codes));
    }
  }
}

BOOST_AUTO_TEST_CASE(constant_blocks_and_masks_cost_next_to_nothing) {
  const Shape n{32, 32, 32};
  std::vector<double> values(volume(n), 273.15);
  BOOST_TEST(encode<double>(values, n, {Method::interp, 1e-6}).size() < 250U);
  BOOST_TEST(encode<double>(values, n, {Method::lorenzo, 1e-6}).size() < 250U);

  for (std::size_t p = 0; p < values.size(); ++p)
    if (p % 32 < 16) values[p] = std::numeric_limits<double>::quiet_NaN();

  BOOST_TEST(encode<double>(values, n, {Method::interp, 1e-6}).size() < values.size()); // below a byte a value
}

BOOST_AUTO_TEST_CASE(block_floating_point_keeps_its_relative_bound) {
  std::mt19937_64 generator(11);
  for (std::size_t f = 0; f < 600; ++f) {
    const RandomField<double> field(generator);
    const unsigned width = 8U << (f % 3);

    const auto back = round_trip<double>(field.values, field.shape, {Method::bfp, 0, width});

    for (std::size_t first = 0; first < back.size(); first += float_block) {
      const std::size_t end = std::min(back.size(), first + float_block);
      double largest = 0;
      for (std::size_t p = first; p < end; ++p)
        if (std::isfinite(field.values[p])) largest = std::max(largest, std::fabs(field.values[p]));
      for (std::size_t p = first; p < end; ++p) BOOST_REQUIRE(kept(field.values[p], back[p], std::ldexp(largest, 1 - static_cast<int>(width))));
    }
  }
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_errors_or_values_but_never_a_crash) {
  std::mt19937_64 generator(13);
  std::size_t refused = 0;
  constexpr std::size_t trials = 6000;
  for (std::size_t t = 0; t < trials; ++t) {
    const RandomField<double> field(generator);
    const std::array<Method, 3> methods{Method::interp, Method::lorenzo, Method::bfp};
    auto bytes = encode<double>(field.values, field.shape, {methods[t % 3], field.eps, 16});
    if (t % 4 == 0)
      bytes.resize(generator() % bytes.size());
    else
      for (std::size_t flips = 1 + generator() % 3; flips > 0; --flips)
        bytes[generator() % bytes.size()] ^= static_cast<std::byte>(1U << generator() % 8);
    const std::vector<std::byte> tight(bytes); // no spare capacity behind the last byte
    std::vector<double> back(field.values.size());
    try {
      decode<double>(tight, field.shape, back);
    } catch (const Damaged& e) {
      ++refused;
      BOOST_TEST(std::string(e.what()).size() > 10U);
    }
  }
  BOOST_TEST(refused > trials / 3); // truncated ones are among them, each of which must be seen
}

BOOST_AUTO_TEST_CASE(every_truncation_is_seen) {
  const Shape n{6, 7, 8};
  const auto values = smooth_field('M', n);
  for (const Method method : {Method::interp, Method::lorenzo, Method::bfp}) {
    const auto bytes = encode<double>(values, n, {method, 1e-3, 16});
    std::vector<double> back(values.size());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      BOOST_REQUIRE_THROW(decode<double>(cut, n, back), Damaged);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
