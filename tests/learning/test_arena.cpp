// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace ansatz::learning::tests {

namespace {

Layout sample() {
  Layout layout;
  layout.add({.name = "a.weight", .shape = {3, 5}, .initial = Initial::glorot_uniform, .fan_in = 5, .fan_out = 3, .decays = true});
  layout.add({.name = "a.bias", .shape = {3}});
  layout.add({.name = "b.weight", .shape = {100, 100}, .initial = Initial::glorot_normal, .fan_in = 100, .fan_out = 100});
  layout.add({.name = "gain", .shape = {1}, .initial = Initial::one, .trainable = false});
  return layout;
}

} // namespace

BOOST_AUTO_TEST_SUITE(arena)

BOOST_AUTO_TEST_CASE(blocks_start_on_cache_lines) {
  Arena<float> single(sample());
  Arena<double> wide(sample());
  for (const Block& b : single.layout().blocks()) {
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(single.parameters(b).data()) % 64 == 0);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(single.gradients(b).data()) % 64 == 0);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(wide.parameters(b).data()) % 64 == 0);
  }
  BOOST_TEST(single.layout().parameters() == 15 + 3 + 10'000 + 1);
  BOOST_TEST(single.layout().size() == 16 + 16 + 10'000 + 16);
  BOOST_TEST(single.layout().text() == "a.weight at 0: 3 5 decays\na.bias at 16: 3\nb.weight at 32: 100 100\ngain at 10032: 1 fixed\n");
}

BOOST_AUTO_TEST_CASE(initial_values_have_the_stated_law) {
  Arena<double> a(sample());
  initialise(a, 42);
  const auto& blocks = a.layout().blocks();

  const double limit = std::sqrt(6.0 / 8);
  for (const double v : a.parameters(blocks[0])) BOOST_TEST(std::abs(v) <= limit);
  const auto normal = a.parameters(blocks[2]);
  const double mean = std::accumulate(normal.begin(), normal.end(), 0.0) / 10'000;
  const double square = dot(normal, normal) / 10'000;
  BOOST_TEST(std::abs(mean) < 5 * 0.1 / 100);              // five standard errors, sigma = 0.1
  BOOST_TEST(std::abs(square - 0.01) < 5 * 0.01 * 0.0142); // of the variance: sqrt(2 / 10000)
  for (const double v : a.parameters(blocks[1])) BOOST_TEST(v == 0);
  BOOST_TEST(a.parameters(blocks[3])[0] == 1);
}

BOOST_AUTO_TEST_CASE(initial_values_follow_seed_and_name_alone) {
  Layout reversed;
  const Layout first = sample();
  for (auto b = first.blocks().rbegin(); b != first.blocks().rend(); ++b) reversed.add(*b);
  Arena<double> a(first), b(reversed), c(first);
  Arena<float> single(first);
  initialise(a, 1);
  initialise(b, 1);
  initialise(c, 2);
  initialise(single, 1);

  for (std::size_t i = 0; i < 4; ++i) {
    const Block& block = first.blocks()[i];
    BOOST_TEST(same_bits<double>(a.parameters(block), b.parameters(reversed.blocks()[3 - i])));
    for (std::size_t k = 0; k < a.parameters(block).size(); ++k)
      BOOST_TEST(single.parameters(block)[k] == static_cast<float>(a.parameters(block)[k]));
  }
  BOOST_TEST(!same_bits(std::as_const(a).parameters(), std::as_const(c).parameters()));
}

BOOST_AUTO_TEST_CASE(random_numbers_are_uniform) {
  std::array<int, 16> bins{};
  for (std::uint64_t i = 0; i < 160'000; ++i) ++bins[static_cast<std::size_t>(16 * uniform(1, 2, i))];
  double chi2 = 0;
  for (const int n : bins) chi2 += (n - 10'000.0) * (n - 10'000.0) / 10'000.0;
  BOOST_TEST(chi2 < 44.3); // 15 degrees of freedom, 1e-4
  BOOST_TEST(uniform(1, 2, 3) != uniform(2, 2, 3));
  BOOST_TEST(uniform(1, 2, 3) != uniform(1, 3, 3));
}

BOOST_AUTO_TEST_CASE(bad_inputs) {
  Layout layout = sample();
  BOOST_CHECK_THROW(layout.add({.name = "gain", .shape = {1}}), UsageError);
  BOOST_CHECK_THROW(layout.add({.name = "a/b", .shape = {1}}), UsageError);
  BOOST_CHECK_THROW(layout.add({.name = "new", .shape = {}}), UsageError);
  BOOST_CHECK_THROW(layout.add({.name = "new", .shape = {3, 0}}), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
