// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/learning/plan.hpp>

#include <algorithm>

namespace ansatz::learning {

namespace {

using Kind = Action::Kind;

void require_steps(std::int64_t n) {
  if (n < 1) throw UsageError("bad_value", "a chain of " + std::to_string(n) + " steps has nothing to reverse; it needs at least one");
}

} // namespace

Plan store_all(std::int64_t n) {
  require_steps(n);
  Plan plan{.planner = "store_all", .steps = n};
  for (std::int64_t i = 0; i + 1 < n; ++i) plan.actions.push_back({Kind::store_record, i, i + 1});
  plan.actions.push_back({Kind::reverse, n - 1, n});
  for (std::int64_t i = n - 2; i >= 0; --i) plan.actions.push_back({Kind::reverse_stored, i, i + 1});
  return plan;
}

Plan plan(const Bracketing& tree, std::string planner) {
  Plan plan{.planner = std::move(planner), .steps = tree.steps()};
  struct Item {
    std::size_t node; // its place in the preorder
    std::int64_t begin, size;
    bool load; // a state is loaded before this part
  };
  std::vector<Item> open{{0, 0, tree.steps(), false}};
  while (!open.empty()) {
    const Item item = open.back();
    open.pop_back();
    if (item.load) plan.actions.push_back({Kind::load_state});
    if (item.size == 1) {
      plan.actions.push_back({Kind::reverse, item.begin, item.begin + 1});
      continue;
    }
    const std::int64_t m = tree.left_sizes()[item.node];
    plan.actions.push_back({Kind::store_state});
    plan.actions.push_back({Kind::advance, item.begin, item.begin + m});
    open.push_back({item.node + 1, item.begin, m, true});
    open.push_back({item.node + static_cast<std::size_t>(m), item.begin + m, item.size - m, false});
  }
  return plan;
}

Plan make_plan(const std::string& planner, std::int64_t n, std::int64_t s) {
  if (planner == "store_all") return store_all(n);
  if (planner == "left") return plan(Bracketing::left(n), planner);
  if (planner == "balanced") return plan(Bracketing::balanced(n), planner);
  if (planner == "right") return plan(Bracketing::right(n), planner);
  if (planner == "revolve") return plan(Bracketing::revolve(n, s), planner);
  if (planner == "mixed") return mixed(n, s);
  throw UsageError("bad_value",
                   "no planner is called " + planner + did_you_mean(planner, {"store_all", "left", "balanced", "right", "revolve", "mixed"}));
}

PlanCost cost(const Plan& plan) {
  PlanCost cost;
  std::int64_t slots = 0;
  for (const Action& a : plan.actions) switch (a.kind) {
      case Kind::store_state: cost.slots = std::max(cost.slots, ++slots); break;
      case Kind::load_state: --slots; break;
      case Kind::advance: cost.plain += a.end - a.begin; break;
      case Kind::store_record:
        ++cost.recording;
        cost.slots = std::max(cost.slots, ++slots);
        break;
      case Kind::reverse:
        ++cost.recording;
        ++cost.backward;
        break;
      case Kind::reverse_stored:
        --slots;
        ++cost.backward;
        break;
    }
  return cost;
}

} // namespace ansatz::learning
