// SPDX-License-Identifier: Apache-2.0
/// Plans: flat lists of what is run, stored and reversed, so that a reversal can be priced before it runs and checked after.
/// One working state; a stack of slots, each with a restart state or the record of one step. Plans differ only in what they remember: backward calls
/// are n in every plan, in the order n..1, so gradients agree bit for bit.
///   store_all()     every record is kept: n evaluations, n - 1 slots
///   plan(tree)      restart states only, as the bracketing says: tree.evaluations(), tree.states() - 1 slots
///   mixed(n, s)     least evaluations with s slots, each a state or a record:  E(1, s) = 1, E(n, 0) infeasible,
///                   E(n, s) = min( min_m [m + E(n - m, s - 1) + E(m, s)], 1 + E(n - 1, s - 1) )
/// A forward evaluation is one run of a step, plain (`get`) or recording (`forward`); the last recording run also gives the value of the chain. The
/// record of the step that is reversed at once, like the working state, is no slot: units held = slots + 1.
/// Cite: J. R. Maddison, Step-based checkpointing with high-level algorithmic differentiation, arXiv:2305.09568 (2024) for the mixed recurrence.
/// Errors: UsageError for n < 1 and slots that cannot reverse the chain.
/// Threads: values.  Cost: as many actions as evaluations at most; mixed: O(n^2 s) time, O(n s) memory (n = 1000, s = 80: below 0.1 s).
#pragma once

#include <ansatz/learning/bracketing.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ansatz::learning {

struct Action {
  enum class Kind {
    store_state,   ///< push the working state
    load_state,    ///< pop a state into the working state
    advance,       ///< run `get` of steps begin..end-1 on the working state
    store_record,  ///< run `forward` of step `begin` and push its record
    reverse,       ///< run `forward` of step `begin` on the working state, then its backward
    reverse_stored ///< pop the record of step `begin` and run its backward
  };
  Kind kind;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct Plan {
  std::string planner{};
  std::int64_t steps = 0;
  std::vector<Action> actions{};
};

/// Evaluations and units a plan needs, counted without running it.
struct PlanCost {
  std::int64_t plain = 0;
  std::int64_t recording = 0;
  std::int64_t backward = 0;
  std::int64_t slots = 0; ///< most occupied at one time
  [[nodiscard]] std::int64_t evaluations() const noexcept { return plain + recording; }
  [[nodiscard]] std::int64_t units() const noexcept { return slots + 1; }
  friend bool operator==(const PlanCost&, const PlanCost&) = default;
};

[[nodiscard]] Plan store_all(std::int64_t n);
[[nodiscard]] Plan plan(const Bracketing& tree, std::string planner = "bracketing");
[[nodiscard]] Plan mixed(std::int64_t n, std::int64_t s);

/// By name: store_all, left, balanced, right, revolve, mixed; the last two take the number of slots `s`.
[[nodiscard]] Plan make_plan(const std::string& planner, std::int64_t n, std::int64_t s = 0);

[[nodiscard]] PlanCost cost(const Plan& plan);

/// E(n, s) of the mixed recurrence for all steps up to n: entry [s][n], s = 0..most slots; infeasible is -1.
[[nodiscard]] std::vector<std::vector<std::int64_t>> mixed_evaluations(std::int64_t n, std::int64_t s);

} // namespace ansatz::learning
