// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/bracketing.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

namespace ansatz::learning {

namespace {

/// A part of a chain and the states that may be stored for it.
struct Part {
  std::int64_t steps;
  std::int64_t stored;
};

/// Left sizes in preorder, without recursion: chains of 10^5 steps are bracketed to the left or right.
template <class Split>
std::vector<std::int64_t> preorder(Part whole, Split&& split) {
  if (whole.steps < 1)
    throw UsageError("bad_value", "a chain of " + std::to_string(whole.steps) + " steps cannot be bracketed; it needs at least one");
  std::vector<std::int64_t> sizes;
  sizes.reserve(static_cast<std::size_t>(whole.steps));
  std::vector<Part> open{whole};
  while (!open.empty()) {
    const Part part = open.back();
    open.pop_back();
    if (part.steps == 1) continue;
    const std::int64_t m = split(part);
    sizes.push_back(m);
    open.push_back({part.steps - m, part.stored - 1});
    open.push_back({m, part.stored});
  }
  return sizes;
}

/// The least r with reach(s, r) >= n.
std::int64_t repetitions(std::int64_t n, std::int64_t s) {
  std::int64_t low = 0; // reach(s, 0) = 1 < n
  std::int64_t high = n;
  while (high - low > 1) {
    const std::int64_t middle = (low + high) / 2;
    (reach(s, middle) < n ? low : high) = middle;
  }
  return high;
}

} // namespace

std::int64_t reach(std::int64_t s, std::int64_t r) {
  if (r < 0 || s < 0) return 0;
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  std::int64_t value = 1;
  for (std::int64_t k = 1; k <= std::min(s, r); ++k) {
    // value = C(s + r - min + k, k); the product is exact before the division
    const std::int64_t factor = std::max(s, r) + k;
    if (value > most / factor) return most;
    value = value * factor / k;
  }
  return value;
}

Bracketing Bracketing::left(std::int64_t n) {
  return {n, preorder({n, 0}, [](Part p) { return p.steps - 1; })};
}

Bracketing Bracketing::right(std::int64_t n) {
  return {n, preorder({n, 0}, [](Part) { return std::int64_t{1}; })};
}

Bracketing Bracketing::balanced(std::int64_t n) {
  return {n, preorder({n, 0}, [](Part p) { return p.steps / 2; })};
}

Bracketing Bracketing::revolve(std::int64_t n, std::int64_t s) {
  if (n > 1 && s < 1)
    throw UsageError("bad_value",
                     std::to_string(s) + " stored states cannot reverse " + std::to_string(n) + " steps; at least the input must be stored");
  return {n, preorder({n, s}, [](Part p) {
            const std::int64_t r = repetitions(p.steps, p.stored);
            // Optimal are all m with reach(s, r-2) <= m <= reach(s, r-1) and reach(s-1, r-1) <= n-m <= reach(s-1, r).
            return std::max(std::max<std::int64_t>(1, reach(p.stored, r - 2)), p.steps - reach(p.stored - 1, r));
          })};
}

Bracketing Bracketing::from_left_sizes(std::int64_t n, std::vector<std::int64_t> left_sizes) {
  std::size_t next = 0;
  const auto given = [&](Part p) {
    const std::int64_t m = next < left_sizes.size() ? left_sizes[next++] : 0;
    if (m < 1 || m >= p.steps)
      throw UsageError("bad_value", "left size " + std::to_string(m) + " in a part of " + std::to_string(p.steps) +
                                        " steps is no bracketing; it must be 1 to " + std::to_string(p.steps - 1));
    return m;
  };
  preorder({n, 0}, given);
  if (next != left_sizes.size())
    throw UsageError("bad_value",
                     std::to_string(left_sizes.size()) + " left sizes for " + std::to_string(n) + " steps; there must be one fewer than steps");
  return {n, std::move(left_sizes)};
}

Bracketing operator*(const Bracketing& a, const Bracketing& b) {
  std::vector<std::int64_t> sizes{a.steps_};
  sizes.insert(sizes.end(), a.left_sizes_.begin(), a.left_sizes_.end());
  sizes.insert(sizes.end(), b.left_sizes_.begin(), b.left_sizes_.end());
  return {a.steps_ + b.steps_, std::move(sizes)};
}

std::int64_t Bracketing::evaluations() const { return std::accumulate(left_sizes_.begin(), left_sizes_.end(), steps_); }

std::int64_t Bracketing::states() const {
  // P is 1 + the most right turns on the way from the root to a leaf.
  std::int64_t most = 1;
  std::size_t next = 0;
  preorder({steps_, 0}, [&](Part p) {
    most = std::max(most, 2 - p.stored); // the right part of this node has turned once more
    return left_sizes_[next++];
  });
  return most;
}

} // namespace ansatz::learning
