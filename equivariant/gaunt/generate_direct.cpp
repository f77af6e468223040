// SPDX-License-Identifier: Apache-2.0
// Writes the unrolled code of the method `direct` for low degrees (direct_schedule.hpp) into the file named by the first argument, at build time.
// A function a shape; below degree 3 the terms stay in registers, above they pass through the work array, in the places of the tables.
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/direct_schedule.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

namespace {

using namespace ansatz::equivariant;

std::string text(int n) { return std::to_string(n); }

/// One function.
class Writer {
public:
  Writer(std::ostream& out, const int (&shape)[3]) : out_(out), schedule_(shape[0], shape[1], shape[2]), l3_(shape[2]), in_registers_(shape[0] < 3) {
    for (int c = 0; c <= l3_; ++c)
      for (const auto& u : schedule_.use[index(c)])
        for (int l = c; l <= l3_; ++l)
          if (gaunt_coefficient({u.p, u.a}, {u.q, u.b}, {l, c}) != 0) used_.insert(u.at);
    out_ << "template <class T>\nvoid direct_" << shape[0] << "_" << shape[1] << "_" << shape[2]
         << "(const T* g, const T* x, const T* y, T* z, [[maybe_unused]] T* t) {\n  using V = Pack<T>;\n"
         << "  constexpr int r = row<T>;\n  [[maybe_unused]] constexpr int w = width<T>;\n";
    for (const auto& terms : schedule_.terms)
      for (const auto& t : terms) write_terms(t);
    for (int c = 0; c <= l3_; ++c)
      for (int parity = 0; parity < 2; ++parity) write_sums(c, parity);
    out_ << "}\n";
  }

private:
  static std::string at(const char* array, int i) { return "load(" + std::string(array) + " + " + text(i) + " * r)"; }
  /// x_i y_j, plus x_j y_i.
  static std::string product(int i, int j, bool twin) {
    return at("x", i) + " * " + at("y", j) + (twin ? " + " + at("x", j) + " * " + at("y", i) : "");
  }
  void term(int place, const std::string& value) {
    if (in_registers_)
      out_ << "  const V t" << place << " = " << value << ";\n";
    else
      out_ << "  store(t + " << place << " * w, " << value << ");\n";
  }
  void write_terms(const DirectTerms& t) {
    const int c1 = t.p * t.p + t.p + t.a, s1 = c1 - 2 * t.a, c2 = t.q * t.q + t.q + t.b, s2 = c2 - 2 * t.b;
    if (t.a == 0 || t.b == 0) {
      if (used_.count(t.at) == 0) return;
      term(t.at, product(c1, c2, t.twin));
      if (t.a > 0) term(t.at + 1, product(s1, c2, t.twin));
      if (t.b > 0) term(t.at + 1, product(c1, s2, t.twin));
      return;
    }
    const std::string n = text(t.at);
    out_ << "  const V cc" << n << " = " << product(c1, c2, t.twin) << ", ss" << n << " = " << product(s1, s2, t.twin) << ";\n";
    out_ << "  [[maybe_unused]] const V cs" << n << " = " << product(c1, s2, t.twin) << ", sc" << n << " = " << product(s1, c2, t.twin) << ";\n";
    if (used_.count(t.at) > 0) {
      term(t.at, "cc" + n + " - ss" + n);
      term(t.at + 1, "cs" + n + " + sc" + n);
    }
    if (used_.count(t.at + 2) > 0) {
      term(t.at + 2, "cc" + n + " + ss" + n);
      if (t.a != t.b) term(t.at + 3, t.a > t.b ? "sc" + n + " - cs" + n : "cs" + n + " - sc" + n);
    }
  }

  /// Degrees c + parity, c + parity + 2, .. at order c.
  void write_sums(int c, int parity) {
    std::set<int> begun;
    out_ << "  {\n";
    for (const auto& u : schedule_.use[index(c)]) write_use(u, c, parity, begun);
    for (int l = c + parity; l <= l3_; l += 2) {
      out_ << "    store(z + " << l * l + l + c << " * r, c" << l << ");\n";
      if (c > 0) out_ << "    store(z + " << l * l + l - c << " * r, s" << l << ");\n";
    }
    out_ << "  }\n";
  }
  void write_use(const DirectUse& u, int c, int parity, std::set<int>& begun) {
    const auto value = [&](int place) { return in_registers_ ? "t" + text(place) : "load(t + " + text(place) + " * w)"; };
    bool loaded = false;
    for (int l = c + parity; l <= l3_; l += 2) {
      if (gaunt_coefficient({u.p, u.a}, {u.q, u.b}, {l, c}) == 0) continue;
      const std::string place = text(u.at);
      if (!loaded) {
        out_ << "    const V a" << place << " = " << value(u.at) << ";\n";
        if (c > 0) out_ << "    const V b" << place << " = " << value(u.at + 1) << ";\n";
      }
      loaded = true;
      const bool first = begun.insert(l).second;
      out_ << "    " << (first ? "V c" : "c") << l << (first ? " = " : " += ") << "g[" << coefficient_ << "] * a" << place << ";\n";
      if (c > 0) out_ << "    " << (first ? "V s" : "s") << l << (first ? " = " : " += ") << "g[" << coefficient_ << "] * b" << place << ";\n";
      ++coefficient_;
    }
  }

  std::ostream& out_;
  DirectSchedule schedule_;
  int l3_;
  bool in_registers_;
  std::set<int> used_; ///< places of cosines that some harmonic meets
  int coefficient_ = 0;
};

} // namespace

int main(int argc, char** argv) {
  std::ofstream out(argc > 1 ? argv[1] : "");
  out << "// Written by generate_direct.cpp.\n";
  for (const auto& shape : direct_shapes) Writer(out, shape);
  out << "template <class T>\nvoid direct_unrolled(int shape, const T* g, const T* x, const T* y, T* z, T* t) {\n  switch (shape) {\n";
  int i = 0;
  for (const auto& s : direct_shapes) out << "    case " << i++ << ": direct_" << s[0] << "_" << s[1] << "_" << s[2] << "(g, x, y, z, t); break;\n";
  out << "    default: break;\n  }\n}\n";
  out.close();
  if (!out) std::fprintf(stderr, "generate_direct: cannot write %s\n", argc > 1 ? argv[1] : "(no file named)");
  return out ? 0 : 4;
}
