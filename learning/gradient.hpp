// SPDX-License-Identifier: Apache-2.0
/// Reverse mode by a plan: value and gradient of a chain, with what it cost as exact integers.
///   gradient(chain, plan, input, seed, parameters, gradients) runs the plan; `seed` gets the value of the chain and returns its cotangent; the
///     cotangents of the parameters are added into `gradients`, that of the input is returned.
///   price(...) runs the same program on sizes alone: its report is the prediction, equal to the one of the run in every integer.
/// Residual policies: keep (a record in a slot), recompute (a restart state in a slot, or nothing), spill (the lowest slots of the stack, which live
/// longest, go to an HDF5 file of their own; bit for bit). Gradients are bitwise equal for every plan and policy, provided steps are deterministic.
/// Bytes: states, records and cotangents alive at one time beyond what was alive at the start (the input is the caller's); a buffer shared by several
/// counts once. Parameters, gradients and the scratch of kernels are not counted.
/// Errors: UsageError if plan and chain differ in length, the seed's cotangent does not fit, or the budget is too small (naming the least); FileError
/// of the spill file, after which the program should end.
/// Threads: one per chain.  MPI: local; the spill file belongs to the rank.
#pragma once

#include <ansatz/learning/chain.hpp>
#include <ansatz/learning/plan.hpp>

#include <functional>

namespace ansatz::learning {

struct GradientOptions {
  std::int64_t disk_slots = 0;   ///< so many of the lowest slots are spilled
  std::string spill_folder = ""; ///< where; empty: the system's temporary folder
};

struct GradientReport {
  std::string planner{};
  std::int64_t steps = 0;
  PlanCost done{};                       ///< evaluations, backward calls and slots as they happened
  std::int64_t peak_bytes = 0;           ///< values and cotangents together
  std::int64_t peak_value_bytes = 0;     ///< states and records
  std::int64_t peak_cotangent_bytes = 0; ///< cotangents
  std::int64_t spilled_bytes = 0;        ///< written to the spill file
  double seconds = 0;                    ///< wall time; 0 in a prediction

  /// Equal in every integer.
  [[nodiscard]] bool same_cost(const GradientReport& other) const noexcept;
};

template <class T>
struct Gradient {
  Stack<T> cotangent; ///< of the input
  GradientReport report;
};

/// From the value of the chain to its cotangent; tensors are made with `value[0].make(...)`.
template <class T>
using Seed = std::function<Stack<T>(const Stack<T>& value)>;

template <class T>
[[nodiscard]] Gradient<T> gradient(const Chain<T>& chain, const Plan& plan, const Stack<T>& input, const Seed<T>& seed, std::span<const T> parameters,
                                   std::span<T> gradients, const GradientOptions& options = {});

/// The report of such a run, without running it: nothing is allocated, no kernel is called.
template <class T>
[[nodiscard]] GradientReport price(const Chain<T>& chain, const Plan& plan, const std::vector<Shape>& input, const GradientOptions& options = {});

/// The mixed plan with the most slots whose peak stays within so many bytes.
template <class T>
[[nodiscard]] Plan plan_within(const Chain<T>& chain, const std::vector<Shape>& input, std::int64_t bytes);

} // namespace ansatz::learning
