// SPDX-License-Identifier: Apache-2.0
/// Threads, places in a batch and packed layouts do not change a bit; rows are moved to lanes and back exactly.
#include "signals.hpp"

#include <ansatz/equivariant/gaunt/feature_interaction.hpp>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <numeric>

namespace {

using namespace equivariant_test;

template <class T>
std::vector<T> random_numbers(std::mt19937& random, std::size_t n) {
  std::normal_distribution<double> normal;
  std::vector<T> x(n);
  for (T& v : x) v = static_cast<T>(normal(random));
  return x;
}

/// What a FeatureInteraction gives with some threads.
struct Outcome {
  std::vector<float> z, xbar, ybar;
  std::vector<double> w1, w2, w3;
};
Outcome interact(int threads, const InteractionOptions& base, std::size_t batch) {
  InteractionOptions o = base;
  o.threads = threads;
  const FeatureInteraction<float> f(o);
  const auto size = [](const std::string& irreps) { return Irreps(irreps).size(); };
  const auto weights = [&](const std::string& irreps) { return (index(SignalIrreps(Irreps(irreps)).degree) + 1) * f.channels(); };
  std::mt19937 random(5);
  const auto x = random_numbers<float>(random, batch * size(o.irreps1)), y = random_numbers<float>(random, batch * size(o.irreps2));
  const auto g = random_numbers<float>(random, batch * size(o.irreps3)), w = random_numbers<float>(random, weights(o.irreps1));
  Outcome r{std::vector<float>(g.size()),
            std::vector<float>(x.size()),
            std::vector<float>(y.size()),
            std::vector<double>(weights(o.irreps1)),
            std::vector<double>(weights(o.irreps2)),
            std::vector<double>(weights(o.irreps3))};
  AlignedVector<float> work(f.workspace());
  f.execute(x, y, {.first = w}, r.z, work);
  f.vjp(x, y, {.first = w}, g, r.xbar, r.ybar, {.first = r.w1, .second = r.w2, .third = r.w3}, work);
  return r;
}

} // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(plans_give_the_same_bits_with_any_number_of_threads) {
  for (const char* method : {"direct", "theta_mconv", "theta_fft"}) {
    std::mt19937 random(3);
    const auto x = random_blocks<float>(random, 3, 7), y = random_blocks<float>(random, 3, 7), g = random_blocks<float>(random, 4, 7);
    Operation<float> one({.degree1 = 3, .degree2 = 3, .degree3 = 4, .method = method});
    const auto z = one.product(x, y);
    Blocks<float> xbar(x.size()), ybar(y.size());
    one.plan.vjp(x, y, g, xbar, ybar, one.work);

    for (const int threads : {2, 3, 16}) {
      Operation<float> many({.degree1 = 3, .degree2 = 3, .degree3 = 4, .method = method, .threads = threads});
      Blocks<float> to_x(x.size()), to_y(y.size());
      many.plan.vjp(x, y, g, to_x, to_y, many.work);

      BOOST_TEST(many.product(x, y) == z, boost::test_tools::per_element());
      BOOST_TEST(to_x == xbar, boost::test_tools::per_element());
      BOOST_TEST(to_y == ybar, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(interactions_give_the_same_bits_with_any_number_of_threads) {
  const std::vector<InteractionOptions> shapes{
      {.irreps1 = "3x0e+3x1o+3x2e", .irreps2 = "3x0e+3x1o", .irreps3 = "3x0e+3x1o+3x2e", .method = "direct"},
      {.irreps1 = "5x0e+5x1o+5x2e", .irreps2 = "0e+1o+2e", .irreps3 = "5x0e+5x1o+5x2e", .method = "theta_mconv"},
      {.irreps1 = "16x0e+16x1o", .irreps2 = "16x0e+16x1o", .irreps3 = "16x0e+16x2e", .layout = Layout::ir_mul, .method = "direct"}};
  for (const auto& o : shapes) {
    const Outcome one = interact(1, o, 37);

    for (const int threads : {2, 5}) {
      const Outcome many = interact(threads, o, 37);

      BOOST_TEST(many.z == one.z, boost::test_tools::per_element());
      BOOST_TEST(many.xbar == one.xbar, boost::test_tools::per_element());
      BOOST_TEST(many.ybar == one.ybar, boost::test_tools::per_element());
      BOOST_TEST(many.w1 == one.w1, boost::test_tools::per_element());
      BOOST_TEST(many.w2 == one.w2, boost::test_tools::per_element());
      BOOST_TEST(many.w3 == one.w3, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(foolish_numbers_of_threads_are_refused) {
  BOOST_CHECK_THROW(GauntPlan<float>({.degree1 = 1, .degree2 = 1, .threads = 0}), ansatz::UsageError);
  BOOST_CHECK_THROW(FeatureInteraction<float>({.irreps1 = "0e", .irreps2 = "0e", .irreps3 = "0e", .threads = -1}), ansatz::UsageError);
}

BOOST_AUTO_TEST_CASE(all_methods_agree_on_a_block) {
  for (const int L : {0, 1, 2, 5, 12}) {
    BOOST_CHECK_NO_THROW(GauntPlan<float>({.degree1 = L, .degree2 = L, .method = "estimate", .verify = true}));
    BOOST_CHECK_NO_THROW(GauntPlan<double>({.degree1 = L, .degree2 = L / 2, .degree3 = L, .method = "estimate", .verify = true}));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(packing)

using Types = boost::mpl::list<float, double>;

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_become_lanes_and_rows_again, T, Types) {
  for (const auto* kernels : available_kernels<T>())
    for (int n = 1; n <= 19; ++n) {
      // Rows of length n with a guard of one number between them.
      const std::size_t stride = index(n) + 1;
      std::vector<T> rows(lanes<T> * stride, T{-1}), back(rows.size(), T{-7});
      AlignedVector<T> scale(lanes<T>), block(index(n) * lanes<T>);
      std::vector<const T*> from(lanes<T>);
      std::vector<T*> to(lanes<T>);
      for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
        scale[lane] = static_cast<T>(1u << lane % 4);
        from[lane] = rows.data() + lane * stride;
        to[lane] = back.data() + lane * stride;
        for (std::size_t m = 0; m < index(n); ++m) rows[lane * stride + m] = static_cast<T>(100 * lane + m);
      }

      kernels->pack(from.data(), n, scale.data(), block.data());
      kernels->unpack(block.data(), n, scale.data(), to.data());

      for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
        for (std::size_t m = 0; m < index(n); ++m) {
          BOOST_TEST(block[m * lanes<T> + lane] == scale[lane] * rows[lane * stride + m]);
          BOOST_TEST(back[lane * stride + m] == scale[lane] * scale[lane] * rows[lane * stride + m]);
        }
        BOOST_TEST(back[lane * stride + index(n)] == T{-7});
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
