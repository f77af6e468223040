// SPDX-License-Identifier: Apache-2.0
/// Irreducible representations of O(3) as strings, in e3nn's convention (Geiger and Smidt, arXiv:2207.09453):
///   irreps = term { "+" term },  term = [ mul "x" ] l p,   p = e (even, +1), o (odd, -1) or y (that of Y_l, (-1)^l);  blanks are ignored, mul is 1 if left out.
/// "8x0e + 8x1o" is eight scalars and eight vectors. Adjacent equal irreps merge.
/// Data in layout `mul_ir`: terms in order; inside a term channels slow, orders fast. `ir_mul`: orders slow, channels fast.
/// The type of an irrep is p (-1)^l: +1 for signals (0e, 1o, 2e, ..), -1 for pseudo-signals (0o, 1e, 2o, ..).
/// Errors: UsageError (`bad_value`) naming the text, the place and the rule.  Threads: values.
#pragma once

#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <string_view>
#include <vector>

namespace ansatz::equivariant {

struct Irrep {
  int l;
  int parity; ///< +1 or -1
  [[nodiscard]] int type() const { return l % 2 == 0 ? parity : -parity; }
  [[nodiscard]] std::string str() const { return std::to_string(l) + (parity > 0 ? "e" : "o"); }
  friend bool operator==(const Irrep&, const Irrep&) = default;
};

struct IrrepsTerm {
  std::size_t multiplicity;
  Irrep irrep;
};

class Irreps {
public:
  Irreps() = default;
  /// Parses `text`.
  explicit Irreps(std::string_view text);

  [[nodiscard]] const std::vector<IrrepsTerm>& terms() const { return terms_; }
  /// Numbers of one element of the batch.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::string str() const;

private:
  std::vector<IrrepsTerm> terms_;
};

/// Irreps read as signals on the sphere, one a channel: each degree at most once, one type, one multiplicity. Missing degrees are zeros.
struct SignalIrreps {
  int degree;
  int type;
  std::size_t channels;
  std::size_t size;                   ///< numbers of an element of the batch, all channels
  std::vector<std::ptrdiff_t> offset; ///< of degree l in an element, -1 if missing

  explicit SignalIrreps(const Irreps& irreps);
  /// Those of one type among irreps of both; degree -1 if there are none.
  SignalIrreps(const Irreps& irreps, int wanted_type);
  /// All degrees 0..degree.
  SignalIrreps(int degree, std::size_t channels);
};

/// The two halves of the bilinear equivariant maps, by the sum of the degrees of a path: even, which products of functions reach, and odd, which the spherical
/// Poisson bracket reaches.
enum class Parts { even, odd, both };

/// A way from two input degrees to an output degree.
struct Path {
  Irrep first, second, out;
  bool used; ///< false: dropped, l1 + l2 + l3 belongs to the other half
};

/// All paths that the triangle rule and parity allow, those that the wanted half drops included.
/// Throws UsageError (`bad_value`) for an output irrep that no used path reaches.
[[nodiscard]] std::vector<Path> product_paths(const Irreps& first, const Irreps& second, const Irreps& out, Parts parts = Parts::even);

} // namespace ansatz::equivariant
