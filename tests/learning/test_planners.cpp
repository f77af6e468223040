// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <map>

namespace ansatz::learning::tests {

namespace {

using Kind = Action::Kind;

/// Evaluations of a plan by following what every action knows: each step is reversed once, in order, from a state or record of its own place.
std::int64_t follow(const Plan& plan) {
  constexpr std::int64_t none = -1;
  std::int64_t state = 0;             // the working state is the input of this step
  std::int64_t next = plan.steps - 1; // to be reversed
  std::int64_t evaluations = 0;
  std::vector<std::pair<bool, std::int64_t>> slots; // is a record, of which step
  for (const Action& a : plan.actions) {
    switch (a.kind) {
      case Kind::store_state: slots.emplace_back(false, state); break;
      case Kind::load_state:
        BOOST_REQUIRE(!slots.empty() && !slots.back().first);
        state = slots.back().second;
        slots.pop_back();
        break;
      case Kind::advance:
        BOOST_REQUIRE(a.begin == state && a.end > a.begin);
        state = a.end;
        evaluations += a.end - a.begin;
        break;
      case Kind::store_record:
        BOOST_REQUIRE(a.begin == state);
        slots.emplace_back(true, state++);
        ++evaluations;
        break;
      case Kind::reverse:
        BOOST_REQUIRE(a.begin == state && a.begin == next);
        ++evaluations;
        state = none;
        --next;
        break;
      case Kind::reverse_stored:
        BOOST_REQUIRE(!slots.empty() && slots.back().first && slots.back().second == a.begin && a.begin == next);
        slots.pop_back();
        --next;
        break;
    }
  }
  BOOST_TEST(next == none);
  BOOST_TEST(slots.empty());
  return evaluations;
}

/// Least evaluations of any bracketing of n steps with s stored states: the recurrence itself.
std::int64_t least(std::int64_t n, std::int64_t s) {
  static std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> known;
  if (n == 1) return 1;
  if (s == 0) return 1'000'000;
  auto [found, added] = known.emplace(std::pair{n, s}, 1'000'000);
  if (added) {
    std::int64_t best = 1'000'000;
    for (std::int64_t m = 1; m < n; ++m) best = std::min(best, m + least(m, s) + least(n - m, s - 1));
    known[{n, s}] = best;
    return best;
  }
  return found->second;
}

std::int64_t revolve_formula(std::int64_t n, std::int64_t s) {
  if (n == 1) return 1;
  std::int64_t r = 0;
  while (reach(s, r) < n) ++r;
  return n + r * n - reach(s + 1, r - 1); // C(s + r, r - 1)
}

Bracketing random_tree(std::int64_t n, std::uint64_t seed) {
  if (n == 1) return Bracketing::left(1);
  const auto m = 1 + static_cast<std::int64_t>(uniform(seed, 3, static_cast<std::uint64_t>(n)) * static_cast<double>(n - 1));
  return random_tree(m, seed + 1) * random_tree(n - m, seed + 2);
}

void require_cost(const Plan& plan, std::int64_t evaluations, std::int64_t units) {
  BOOST_TEST(follow(plan) == evaluations);
  BOOST_TEST(cost(plan).evaluations() == evaluations);
  BOOST_TEST(cost(plan).units() == units);
  BOOST_TEST(cost(plan).backward == plan.steps);
}

} // namespace

BOOST_AUTO_TEST_SUITE(planners)

BOOST_AUTO_TEST_CASE(table_of_bracketings) {
  struct Row {
    std::int64_t n, left, balanced, balanced_units, right;
  };
  for (const auto& [n, left, balanced, balanced_units, right] :
       {Row{8, 36, 20, 4, 15}, Row{64, 2'080, 256, 7, 127}, Row{1'000, 500'500, 5'932, 11, 1'999}}) {
    require_cost(plan(Bracketing::left(n)), left, 2);
    require_cost(plan(Bracketing::balanced(n)), balanced, balanced_units);
    require_cost(plan(Bracketing::right(n)), right, n);
    require_cost(store_all(n), n, n);
  }
}

BOOST_AUTO_TEST_CASE(closed_forms_up_to_200_steps) {
  std::int64_t bits = 0; // popcounts of the numbers below n
  for (std::int64_t n = 1; n <= 200; ++n) {
    require_cost(plan(Bracketing::left(n)), n * (n + 1) / 2, n > 1 ? 2 : 1);
    require_cost(plan(Bracketing::right(n)), 2 * n - 1, n);
    require_cost(plan(Bracketing::balanced(n)), n + bits, 1 + static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(n - 1))));
    require_cost(store_all(n), n, n);
    bits += std::popcount(static_cast<std::uint64_t>(n));
  }
}

BOOST_AUTO_TEST_CASE(revolve_is_the_optimum) {
  for (std::int64_t n = 1; n <= 60; ++n)
    for (std::int64_t s = 1; s < std::max<std::int64_t>(n, 2); ++s) {
      const Bracketing tree = Bracketing::revolve(n, s);
      BOOST_TEST(tree.evaluations() == least(n, s));
      BOOST_TEST(tree.states() <= s + 1);
    }
  for (std::int64_t n = 1; n <= 200; ++n)
    for (std::int64_t s = 1; s <= 12; ++s) BOOST_TEST(Bracketing::revolve(n, s).evaluations() == revolve_formula(n, s));
}

BOOST_AUTO_TEST_CASE(ends_of_revolve) {
  for (const std::int64_t n : {2, 7, 64}) {
    BOOST_TEST(Bracketing::revolve(n, 1).left_sizes() == Bracketing::left(n).left_sizes());
    BOOST_TEST(Bracketing::revolve(n, n - 1).left_sizes() == Bracketing::right(n).left_sizes());
  }
  BOOST_TEST(Bracketing::revolve(1'000'000, 30).states() == 31);
}

BOOST_AUTO_TEST_CASE(table_of_1000_steps) {
  const std::vector<std::int64_t> slots{1, 2, 3, 5, 10, 20, 40, 60, 80};
  const std::vector<std::int64_t> revolve{500'500, 29'820, 13'155, 7'284, 4'636, 3'747, 3'097, 2'938, 2'918};
  const std::vector<std::int64_t> with_records{500'499, 29'775, 12'986, 6'828, 3'921, 2'823, 2'142, 1'958, 1'932};

  const auto best = mixed_evaluations(1'000, 80);

  for (std::size_t i = 0; i < slots.size(); ++i) {
    BOOST_TEST(Bracketing::revolve(1'000, slots[i]).evaluations() == revolve[i]);
    BOOST_TEST(best[static_cast<std::size_t>(slots[i])][1'000] == with_records[i]);
  }
  require_cost(mixed(1'000, 20), 2'823, 21);
  require_cost(mixed(1'000, 1), 500'499, 2);
}

BOOST_AUTO_TEST_CASE(small_tables) {
  const std::vector<std::int64_t> slots{1, 2, 3, 4, 7};
  struct Row {
    std::int64_t n;
    std::vector<std::int64_t> revolve, with_records;
  };
  for (const auto& [n, revolve, with_records] :
       {Row{10, {55, 30, 25, 24, 21}, {54, 26, 19, 17, 13}}, Row{100, {5050, 945, 590, 474, 355}, {5049, 931, 554, 421, 278}}})
    for (std::size_t i = 0; i < slots.size(); ++i) {
      require_cost(plan(Bracketing::revolve(n, slots[i])), revolve[i], slots[i] + 1);
      require_cost(mixed(n, slots[i]), with_records[i], slots[i] + 1);
    }
}

BOOST_AUTO_TEST_CASE(mixed_is_no_worse_than_revolve_and_ends_at_store_all) {
  const auto best = mixed_evaluations(60, 59);
  for (std::int64_t n = 2; n <= 60; ++n) {
    BOOST_TEST(best[1][static_cast<std::size_t>(n)] == n * (n + 1) / 2 - 1);
    for (std::int64_t s = 1; s < n; ++s) {
      const std::int64_t e = best[static_cast<std::size_t>(s)][static_cast<std::size_t>(n)];
      BOOST_TEST(e <= least(n, s));
      BOOST_TEST((e == n) == (n <= s + 1));
    }
  }
  require_cost(mixed(60, 59), 60, 60);
  require_cost(mixed(60, 1'000), 60, 60);
}

BOOST_AUTO_TEST_CASE(random_trees_cost_what_they_say) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Bracketing tree = random_tree(1 + static_cast<std::int64_t>(seed % 40), seed);
    require_cost(plan(tree), tree.evaluations(), tree.states());
  }
}

BOOST_AUTO_TEST_CASE(bad_inputs) {
  BOOST_CHECK_THROW((void)store_all(0), UsageError);
  BOOST_CHECK_THROW((void)Bracketing::balanced(0), UsageError);
  BOOST_CHECK_THROW((void)Bracketing::revolve(5, 0), UsageError);
  BOOST_CHECK_THROW((void)mixed(5, 0), UsageError);
  BOOST_CHECK_THROW((void)mixed(0, 3), UsageError);
  BOOST_CHECK_THROW((void)Bracketing::from_left_sizes(3, {3, 1}), UsageError);
  BOOST_CHECK_THROW((void)Bracketing::from_left_sizes(3, {1, 1, 1}), UsageError);
  BOOST_CHECK_THROW((void)Bracketing::from_left_sizes(3, {1}), UsageError);
  const auto names_the_nearest = [](const UsageError& error) {
    return std::string(error.what()).find("did you mean \"revolve\"") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION((void)make_plan("revolv", 5, 2), UsageError, names_the_nearest);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
