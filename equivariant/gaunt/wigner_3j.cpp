// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/wigner_3j.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace ansatz::equivariant {
namespace {

namespace mp = boost::multiprecision;
/// Holds sums below 2^(4 max_degree) and their partial sums.
using Wide = mp::number<mp::cpp_int_backend<640, 640, mp::signed_magnitude, mp::unchecked, void>>;

/// Pascal's triangle up to row n.
template <class Int>
class Binomials {
public:
  explicit Binomials(int n) : row_(static_cast<std::size_t>(n) + 1) {
    for (std::size_t i = 0; i < row_.size(); ++i) {
      row_[i].assign(i + 1, Int{1});
      for (std::size_t k = 1; k < i; ++k) row_[i][k] = row_[i - 1][k - 1] + row_[i - 1][k];
    }
  }
  [[nodiscard]] const Int& operator()(int n, int k) const { return row_[static_cast<std::size_t>(n)][static_cast<std::size_t>(k)]; }

private:
  std::vector<std::vector<Int>> row_;
};

/// The sum over k fits 64 bits with its sign up to here.
constexpr int narrow_limit = 62;

constexpr int wide_limit = 4 * max_degree;

const Binomials<std::int64_t>& narrow() {
  static const Binomials<std::int64_t> table(narrow_limit);
  return table;
}
const Binomials<Wide>& wide() {
  static const Binomials<Wide> table(wide_limit);
  return table;
}

long double choose(int n, int k) { return n <= narrow_limit ? static_cast<long double>(narrow()(n, k)) : static_cast<long double>(wide()(n, k)); }

template <class Int>
long double alternating_sum(const Binomials<Int>& binomial, int a, int b, int c, int u, int v) {
  Int sum{0};
  for (int k = std::max({0, u - b, v - c}); k <= std::min({a, u, v}); ++k) {
    const Int term = binomial(a, k) * binomial(b, u - k) * binomial(c, v - k);
    if (k % 2 == 0)
      sum += term;
    else
      sum -= term;
  }
  return static_cast<long double>(sum);
}

} // namespace

long double wigner_3j(int l1, int l2, int l3, int m1, int m2, int m3) {
  for (const int l : {l1, l2, l3}) check_degree(l, "wigner_3j", 2 * max_degree);
  const int J = l1 + l2 + l3;
  if (J > wide_limit) throw UsageError("bad_value", "wigner_3j: the sum of degrees " + std::to_string(J) + " is above " + std::to_string(wide_limit));
  const int a = J - 2 * l3;
  const int b = J - 2 * l2;
  const int c = J - 2 * l1;
  if (a < 0 || b < 0 || c < 0 || m1 + m2 + m3 != 0 || std::abs(m1) > l1 || std::abs(m2) > l2 || std::abs(m3) > l3) return 0;
  const long double sum =
      J <= narrow_limit ? alternating_sum(narrow(), a, b, c, l1 - m1, l2 + m2) : alternating_sum(wide(), a, b, c, l1 - m1, l2 + m2);
  const long double square =
      choose(2 * l1, a) * choose(2 * l2, a) / ((J + 1) * choose(J, a) * choose(2 * l1, l1 + m1) * choose(2 * l2, l2 + m2) * choose(2 * l3, l3 + m3));
  return ((l1 - l2 - m3) % 2 == 0 ? 1 : -1) * std::sqrt(square) * sum;
}

} // namespace ansatz::equivariant
