// SPDX-License-Identifier: Apache-2.0
// The two sweeps against loops written out, over lengths around the lane and block sizes and from misaligned starts.
#include "support.hpp"

#include <ansatz/solvers/dcdm/fused_sweep.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ansatz::solvers::dcdm;
using dcdm_test::Array;
using dcdm_test::random_array;

namespace {

const std::vector<std::size_t> lengths{0, 1, 2, 7, 8, 9, 511, 512, 513, 1025};

} // namespace

BOOST_AUTO_TEST_SUITE(fused_sweep)

BOOST_DATA_TEST_CASE(gram_is_all_inner_products, boost::unit_test::data::make(lengths) * boost::unit_test::data::xrange(2), n, offset) {
  const std::size_t start = static_cast<std::size_t>(offset);
  std::vector<Array> v;
  std::vector<const double*> pointers;
  pointers.reserve(5);
  for (unsigned i = 0; i < 5; ++i) v.push_back(random_array(n + start, i));
  for (const Array& a : v) pointers.push_back(a.data() + start);
  Array g(15, std::numeric_limits<double>::quiet_NaN());

  gram(pointers, n, g);

  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      double sum = 0.0, size = 0.0;
      for (std::size_t l = 0; l < n; ++l) {
        sum += pointers[i][l] * pointers[j][l];
        size += std::abs(pointers[i][l] * pointers[j][l]);
      }
      BOOST_TEST(std::abs(g[packed(i, j)] - sum) <= 1e-13 * size);
    }
}

BOOST_DATA_TEST_CASE(update_is_four_axpys, boost::unit_test::data::make(lengths) * boost::unit_test::data::xrange(4), n, kept_count) {
  const Array q = random_array(n, 1), Aq = random_array(n, 2), old_p = random_array(n, 3), old_Ap = random_array(n, 4);
  Array p = old_p, Ap = old_Ap, x = random_array(n, 5), r = random_array(n, 6);
  const Array old_x = x, old_r = r;
  const bool full = kept_count != 1; // once with a slot that holds nothing
  std::vector<Array> P, AP;
  std::vector<KeptDirection> kept;
  for (int j = 0; j < kept_count; ++j) {
    P.push_back(random_array(n, 10 + static_cast<unsigned>(j)));
    AP.push_back(random_array(n, 20 + static_cast<unsigned>(j)));
  }
  for (std::size_t j = 0; j < P.size(); ++j) kept.push_back({P[j].data(), AP[j].data(), 0.5 + static_cast<double>(j)});
  if (!full) p.assign(n, std::numeric_limits<double>::quiet_NaN());
  if (!full) Ap.assign(n, std::numeric_limits<double>::quiet_NaN());

  update({.q = q.data(),
          .Aq = Aq.data(),
          .kept = kept,
          .slot_p = p.data(),
          .slot_Ap = Ap.data(),
          .slot_is_direction = full,
          .slot_c = -0.75,
          .alpha = 1.25,
          .x = x.data(),
          .r = r.data()},
         n);

  BOOST_TEST(p.size() == n);
  for (std::size_t l = 0; l < n; ++l) {
    double want_p = q[l] + (full ? 0.75 * old_p[l] : 0.0), want_Ap = Aq[l] + (full ? 0.75 * old_Ap[l] : 0.0);
    for (std::size_t j = 0; j < P.size(); ++j) {
      want_p -= kept[j].c * P[j][l];
      want_Ap -= kept[j].c * AP[j][l];
    }
    BOOST_TEST(std::abs(p[l] - want_p) <= 1e-13 * (1.0 + std::abs(want_p)));
    BOOST_TEST(std::abs(Ap[l] - want_Ap) <= 1e-13 * (1.0 + std::abs(want_Ap)));
    BOOST_TEST(std::abs(x[l] - (old_x[l] + 1.25 * want_p)) <= 1e-13 * (1.0 + std::abs(x[l])));
    BOOST_TEST(std::abs(r[l] - (old_r[l] - 1.25 * want_Ap)) <= 1e-13 * (1.0 + std::abs(r[l])));
  }
}

BOOST_AUTO_TEST_SUITE_END()
