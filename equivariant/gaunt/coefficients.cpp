// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/wigner_3j.hpp>

#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <utility>

namespace ansatz::equivariant {
namespace {

/// Three harmonics sorted by |m|.
struct Sorted {
  std::array<Harmonic, 3> h;
  int sign = 1; ///< of the sorting permutation
  int sines = 0;

  Sorted(Harmonic first, Harmonic second, Harmonic third) : h{first, second, third} {
    for (const auto& [a, b] : {std::pair{0U, 1U}, {1U, 2U}, {0U, 1U}})
      if (std::abs(h[a].m) > std::abs(h[b].m)) {
        std::swap(h[a], h[b]);
        sign = -sign;
      }
    for (const auto& [l, m] : h) sines += m < 0 ? 1 : 0;
  }
  /// sqrt(prod (2l+1) / 4 pi) k (-1)^c (la lb lc; a b -c), 0 unless c = a + b.
  [[nodiscard]] long double common() const {
    const int a = std::abs(h[0].m);
    const int b = std::abs(h[1].m);
    const int c = std::abs(h[2].m);
    if (c != a + b) return 0;
    const long double widths = static_cast<long double>((2 * h[0].l + 1) * (2 * h[1].l + 1)) * (2 * h[2].l + 1);
    const long double k = a == 0 ? 1 : std::sqrt(0.5L);
    return (c % 2 == 0 ? k : -k) * std::sqrt(widths / (4 * std::numbers::pi_v<long double>)) * wigner_3j(h[0].l, h[1].l, h[2].l, a, b, -c);
  }
};

using Coefficient = long double (*)(Harmonic, Harmonic, Harmonic);

/// Non-zero coefficients whose degrees sum to an even (0) or odd (1) number.
std::vector<SparseCoefficient> table(int l1, int l2, int l3, int odd, Coefficient coefficient) {
  for (const int l : {l1, l2, l3}) check_degree(l, "coefficient table", 2 * max_degree);
  std::vector<SparseCoefficient> entries;
  for (int a = 0; a <= l1; ++a)
    for (int ma = -a; ma <= a; ++ma)
      for (int b = 0; b <= l2; ++b)
        for (int mb = -b; mb <= b; ++mb)
          for (int c = std::abs(a - b) + odd; c <= std::min(l3, a + b); c += 2)
            for (int mc = -c; mc <= c; ++mc) {
              const int m = std::abs(mc);
              if (m != std::abs(ma + mb) && m != std::abs(ma - mb)) continue;
              const long double value = coefficient({a, ma}, {b, mb}, {c, mc});
              if (value != 0) entries.push_back({signal_index(a, ma), signal_index(b, mb), signal_index(c, mc), value});
            }
  return entries;
}

} // namespace

long double gaunt_coefficient(Harmonic first, Harmonic second, Harmonic third) {
  const Sorted s(first, second, third);
  if ((first.l + second.l + third.l) % 2 != 0 || s.sines % 2 != 0) return 0;
  const long double common = s.common();
  if (common == 0) return 0;
  const bool both_small_sines = s.h[0].m < 0 && s.h[1].m < 0;
  return (both_small_sines ? -common : common) * wigner_3j(s.h[0].l, s.h[1].l, s.h[2].l, 0, 0, 0);
}

long double bracket_coefficient(Harmonic first, Harmonic second, Harmonic third) {
  const Sorted s(first, second, third);
  if ((first.l + second.l + third.l) % 2 == 0 || s.sines % 2 == 0) return 0;
  const long double common = s.common();
  if (common == 0) return 0;
  const bool only_large_sine = s.sines == 1 && s.h[2].m < 0;
  const auto [la, lb] = std::pair{s.h[0].l, s.h[1].l};
  const long double ladders = std::sqrt(static_cast<long double>(la * (la + 1)) * (lb * (lb + 1)));
  return s.sign * (only_large_sine ? -common : common) * ladders * wigner_3j(la, lb, s.h[2].l, 1, -1, 0);
}

long double path_norm(int l1, int l2, int l3) {
  const long double widths = static_cast<long double>((2 * l1 + 1) * (2 * l2 + 1)) * (2 * l3 + 1);
  const long double common = std::sqrt(widths / (4 * std::numbers::pi_v<long double>));
  if ((l1 + l2 + l3) % 2 == 0) return common * std::abs(wigner_3j(l1, l2, l3, 0, 0, 0));
  const long double ladders = std::sqrt(static_cast<long double>(l1 * (l1 + 1)) * (l2 * (l2 + 1)));
  return common * ladders * std::abs(wigner_3j(l1, l2, l3, 1, -1, 0));
}

std::vector<SparseCoefficient> gaunt_table(int l1, int l2, int l3) { return table(l1, l2, l3, 0, gaunt_coefficient); }
std::vector<SparseCoefficient> bracket_table(int l1, int l2, int l3) { return table(l1, l2, l3, 1, bracket_coefficient); }

} // namespace ansatz::equivariant
