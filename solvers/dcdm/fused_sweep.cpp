// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/fused_sweep.hpp>

#include <algorithm>
#include <array>

namespace ansatz::solvers::dcdm {

namespace {

constexpr std::size_t block = 512; // 8 arrays of 512 doubles fill 32 KiB: one block of every operand stays in the first-level cache
constexpr std::size_t lanes = 8;   // independent partial sums, so that the compiler may use vector registers without reordering a sum

double dot(const double* a, const double* b, std::size_t n) {
  std::array<double, lanes> partial{};
  std::size_t l = 0;
  for (; l + lanes <= n; l += lanes)
    for (std::size_t s = 0; s < lanes; ++s) partial[s] += a[l + s] * b[l + s];
  double sum = ((partial[0] + partial[4]) + (partial[1] + partial[5])) + ((partial[2] + partial[6]) + (partial[3] + partial[7]));
  for (; l < n; ++l) sum += a[l] * b[l];
  return sum;
}

/// target = source - c target, or a copy of source if the target holds nothing.
void replace(double* target, const double* source, bool holds, double c, std::size_t n) {
  if (!holds) {
    std::copy_n(source, n, target);
    return;
  }
  for (std::size_t l = 0; l < n; ++l) target[l] = source[l] - c * target[l];
}

/// y += a x.
void add(double* y, double a, const double* x, std::size_t n) {
  for (std::size_t l = 0; l < n; ++l) y[l] += a * x[l];
}

} // namespace

void gram(std::span<const double* const> v, std::size_t n, std::span<double> g) {
  std::fill(g.begin(), g.end(), 0.0);
  for (std::size_t first = 0; first < n; first += block) {
    const std::size_t count = std::min(block, n - first);
    for (std::size_t i = 0; i < v.size(); ++i)
      for (std::size_t j = 0; j <= i; ++j) g[packed(i, j)] += dot(v[i] + first, v[j] + first, count);
  }
}

void update(const UpdateOperands& o, std::size_t n) {
  for (std::size_t first = 0; first < n; first += block) {
    const std::size_t count = std::min(block, n - first);
    double* p = o.slot_p + first;
    double* Ap = o.slot_Ap + first;
    replace(p, o.q + first, o.slot_is_direction, o.slot_c, count);
    replace(Ap, o.Aq + first, o.slot_is_direction, o.slot_c, count);
    for (const KeptDirection& k : o.kept) {
      add(p, -k.c, k.p + first, count);
      add(Ap, -k.c, k.Ap + first, count);
    }
    add(o.x + first, o.alpha, p, count);
    add(o.r + first, -o.alpha, Ap, count);
  }
}

} // namespace ansatz::solvers::dcdm
