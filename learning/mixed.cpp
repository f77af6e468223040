// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/plan.hpp>

#include <algorithm>

namespace ansatz::learning {

namespace {

using Kind = Action::Kind;
using Row = std::vector<std::int64_t>;
constexpr std::int64_t infeasible = -1;

/// Least evaluations of n steps with `now` slots, and the left size reached by storing a state; 0 if storing the record is no worse.
struct Choice {
  std::int64_t evaluations;
  std::int64_t left;
};

/// \param less  E(., s - 1);  \param here  E(., s) for fewer steps
Choice choose(std::int64_t n, const Row& less, const Row& here) {
  const auto at = [](const Row& row, std::int64_t k) { return row[static_cast<std::size_t>(k)]; };
  Choice best{infeasible, 0};
  if (at(less, n - 1) != infeasible) best = {1 + at(less, n - 1), 0};
  for (std::int64_t m = 1; m < n; ++m) {
    if (at(less, n - m) == infeasible || at(here, m) == infeasible) continue;
    const std::int64_t evaluations = m + at(less, n - m) + at(here, m);
    if (best.evaluations == infeasible || evaluations < best.evaluations) best = {evaluations, m};
  }
  return best;
}

struct Tables {
  std::vector<Row> evaluations; // [s][n]
  std::vector<Row> left;
};

Tables tabulate(std::int64_t n, std::int64_t s) {
  const auto columns = static_cast<std::size_t>(n + 1);
  Tables t{.evaluations = {Row(columns, infeasible)}, .left = {Row(columns, 0)}};
  t.evaluations[0][1] = 1;
  for (std::int64_t k = 1; k <= s; ++k) {
    Row here(columns, infeasible);
    Row left(columns, 0);
    here[1] = 1;
    for (std::int64_t m = 2; m <= n; ++m) {
      const Choice best = choose(m, t.evaluations.back(), here);
      here[static_cast<std::size_t>(m)] = best.evaluations;
      left[static_cast<std::size_t>(m)] = best.left;
    }
    t.evaluations.push_back(std::move(here));
    t.left.push_back(std::move(left));
  }
  return t;
}

void require(std::int64_t n, std::int64_t s) {
  if (n < 1 || s < 0 || (n > 1 && s < 1))
    throw UsageError("bad_value", std::to_string(s) + " slots cannot reverse a chain of " + std::to_string(n) + " steps; both must be at least one");
}

} // namespace

std::vector<std::vector<std::int64_t>> mixed_evaluations(std::int64_t n, std::int64_t s) {
  require(n, s);
  return tabulate(n, s).evaluations;
}

Plan mixed(std::int64_t n, std::int64_t s) {
  require(n, s);
  s = std::min(s, n - 1); // more cannot be used
  const Tables table = tabulate(n, s);
  Plan plan{.planner = "mixed", .steps = n};
  enum class Before { nothing, load };
  struct Part {
    std::int64_t begin, size, slots;
    Before before;
    bool stored; // only its record is left to reverse
  };
  std::vector<Part> open{{0, n, s, Before::nothing, false}};
  while (!open.empty()) {
    const Part part = open.back();
    open.pop_back();
    if (part.before == Before::load) plan.actions.push_back({Kind::load_state});
    if (part.stored) {
      plan.actions.push_back({Kind::reverse_stored, part.begin, part.begin + 1});
    } else if (part.size == 1) {
      plan.actions.push_back({Kind::reverse, part.begin, part.begin + 1});
    } else if (const std::int64_t m = table.left[static_cast<std::size_t>(part.slots)][static_cast<std::size_t>(part.size)]; m > 0) {
      plan.actions.push_back({Kind::store_state});
      plan.actions.push_back({Kind::advance, part.begin, part.begin + m});
      open.push_back({part.begin, m, part.slots, Before::load, false});
      open.push_back({part.begin + m, part.size - m, part.slots - 1, Before::nothing, false});
    } else {
      plan.actions.push_back({Kind::store_record, part.begin, part.begin + 1});
      open.push_back({part.begin, 1, part.slots, Before::nothing, true});
      open.push_back({part.begin + 1, part.size - 1, part.slots - 1, Before::nothing, false});
    }
  }
  return plan;
}

} // namespace ansatz::learning
