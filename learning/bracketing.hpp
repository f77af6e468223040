// SPDX-License-Identifier: Apache-2.0
/// How a composite of n steps is bracketed, which decides what its reversal remembers when every composite is a lens.
/// A bracketing is a full binary tree. A leaf records and reverses one step; a node (L, R) holds its input, runs `get` over L, reverses R, then L:
///   forward evaluations  E(leaf) = 1, E(L, R) = |L| + E(L) + E(R), that is n + the sum of |L| over the nodes
///   states held          P(leaf) = 1, P(L, R) = max(1 + P(R), P(L)), the working input included
/// The tree is kept as its left sizes in preorder, n - 1 numbers.
///   left      ((1;2);3)...   E = n (n + 1) / 2, P = 2            right     1;(2;(3...     E = 2 n - 1, P = n
///   balanced  |L| = floor(n / 2)   E = n + sum of popcount(i), i < n;  P = 1 + ceil(log2 n)
///   revolve   least E with P = s + 1, E = n + r n - C(s + r, r - 1), r the least integer with C(s + r, s) >= n
/// Cite: A. Griewank, A. Walther, Algorithm 799: revolve, ACM TOMS 26 (2000).
/// Errors: UsageError for n < 1, s < 1 with n > 1, sizes that are no tree.
/// Threads: values.  Cost: O(n) to make; the plan that follows from it has E entries at most.
#pragma once

#include <cstdint>
#include <vector>

namespace ansatz::learning {

class Bracketing {
public:
  [[nodiscard]] static Bracketing left(std::int64_t n);
  [[nodiscard]] static Bracketing right(std::int64_t n);
  [[nodiscard]] static Bracketing balanced(std::int64_t n);
  /// \param s  states that may be stored beside the working one, the input included
  [[nodiscard]] static Bracketing revolve(std::int64_t n, std::int64_t s);
  /// Any tree, by its left sizes in preorder.
  [[nodiscard]] static Bracketing from_left_sizes(std::int64_t n, std::vector<std::int64_t> left_sizes);
  /// The composite (a;b).
  friend Bracketing operator*(const Bracketing& a, const Bracketing& b);

  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
  [[nodiscard]] const std::vector<std::int64_t>& left_sizes() const noexcept { return left_sizes_; }
  [[nodiscard]] std::int64_t evaluations() const; ///< E
  [[nodiscard]] std::int64_t states() const;      ///< P

private:
  Bracketing(std::int64_t steps, std::vector<std::int64_t> left_sizes) : steps_(steps), left_sizes_(std::move(left_sizes)) {}

  std::int64_t steps_;
  std::vector<std::int64_t> left_sizes_;
};

/// C(s + r, s), 0 for r < 0, saturating at the largest int64: the longest chain that s stored states reverse with at most r extra runs of a step.
[[nodiscard]] std::int64_t reach(std::int64_t s, std::int64_t r);

} // namespace ansatz::learning
