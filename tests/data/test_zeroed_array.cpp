// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/zeroed_array.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>

using ansatz::ZeroedArray;

BOOST_AUTO_TEST_SUITE(zeroed_array)

BOOST_AUTO_TEST_CASE(small_and_large_ones_are_zero_aligned_and_writable) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{524288}, std::size_t{524289}, std::size_t{3000001}})
    for (int again = 0; again < 2; ++again) { // memory that was used before
      ZeroedArray<double> a(size);
      BOOST_REQUIRE_EQUAL(a.size(), size);
      BOOST_CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(a.data()) % ansatz::cache_line, 0U);
      BOOST_CHECK(std::all_of(a.begin(), a.end(), [](double v) { return v == 0.0; }));
      std::fill(a.begin(), a.end(), 7.0);
    }
}

BOOST_AUTO_TEST_CASE(moves_hand_over) {
  ZeroedArray<float> a(2000000);
  a[1999999] = 3.0F;
  float* where = a.data();
  ZeroedArray<float> b(std::move(a));
  ZeroedArray<float> c(5);
  c = std::move(b);

  BOOST_CHECK_EQUAL(c.data(), where);
  BOOST_CHECK_EQUAL(c.size(), 2000000U);
  BOOST_CHECK_EQUAL(c[1999999], 3.0F);
  c = {};
  BOOST_CHECK(c.empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_had_is_refused) {
  BOOST_CHECK_THROW(ZeroedArray<double>(SIZE_MAX / 4), std::bad_alloc);
  BOOST_CHECK_THROW(ZeroedArray<double>(std::size_t{1} << 57), std::bad_alloc);
}

BOOST_AUTO_TEST_SUITE_END()
