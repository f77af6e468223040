// SPDX-License-Identifier: Apache-2.0
// Writes the unrolled code of the method `direct` for low degrees (direct_schedule.hpp) into the file named by the first argument, at build time.
// A function a shape; below degree 3 the terms stay in registers, above they pass through the work array, in the places of the tables.
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/direct_schedule.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace {

using namespace ansatz::equivariant;

std::string text(int n) { return std::to_string(n); }

/// The two functions of a shape: product and gradients.
class Writer {
public:
  Writer(std::ostream& out, const int (&shape)[3])
      : out_(out), schedule_(shape[0], shape[1], shape[2]), l1_(shape[0]), l2_(shape[1]), l3_(shape[2]), in_registers_(shape[0] < 3) {
    for_uses([&](const DirectUse& u, int, int) { used_.insert(u.at); });
    const std::string name = text(l1_) + "_" + text(l2_) + "_" + text(l3_);
    const bool two_packs = l1_ > 3; // below, one pack at a time is as fast, by measurement on AVX2
    stride_ = two_packs ? "r" : "w";
    const std::string types = "  using V = Pack<T>;\n  constexpr int r = row<T>;\n  [[maybe_unused]] constexpr int w = width<T>;\n";
    out_ << "template <class T>\nvoid direct_" << name
         << "(const T* k, const BlockRange& range, const T* x, const T* y, T* z, [[maybe_unused]] T* t) {\n"
         << types << "  for (std::size_t b = 0; b < range.blocks; ++b, x += range.x - r, y += range.y - r, z += range.z - r) {\n"
         << "  for (int lane = 0; lane < r; lane += w, x += w, y += w" << (two_packs ? ", t += w" : ", z += w") << ") {\n";
    for (const auto& terms : schedule_.terms)
      for (const auto& t : terms) write_terms(t);
    if (!two_packs) {
      write_sums();
      out_ << "  }\n";
    } else {
      // Two packs share a coefficient and are enough sums to hide their latency; a block of one pack has many sums of its own instead.
      out_ << "  }\n  t -= r;\n  if constexpr (r == w) {\n";
      write_sums();
      out_ << "  z += r;\n  } else\n  for (int lane = 0; lane < r; lane += 2 * w, t += 2 * w, z += 2 * w) {\n";
      write_sums_of_two();
      out_ << "  }\n  if constexpr (r != w) t -= r;\n";
    }
    out_ << "  }\n}\ntemplate <class T>\nvoid direct_vjp_" << name
         << "(const T* k, const T* x, const T* y, const T* g, T* xbar, T* ybar, [[maybe_unused]] T* t) {\n"
         << types;
    stride_ = "w";
    write_term_gradients();
    for (const auto& terms : schedule_.terms)
      for (const auto& t : terms) write_factor_gradients(t);
    for (int i = 0; i < (l1_ + 1) * (l1_ + 1); ++i) out_ << "  store(xbar + " << i << " * r, xb" << i << ");\n";
    for (int i = 0; i < (l2_ + 1) * (l2_ + 1); ++i) out_ << "  store(ybar + " << i << " * r, yb" << i << ");\n";
    out_ << "}\n";
  }

private:
  /// visit(use, l, c) for every coefficient, in the order of DirectTable.
  template <class F>
  void for_uses(F&& visit) const {
    for (int c = 0; c <= l3_; ++c)
      for (int parity = 0; parity < 2; ++parity)
        for (const auto& u : schedule_.use[index(c)])
          for (int l = c + parity; l <= l3_; l += 2)
            if (gaunt_coefficient({u.p, u.a}, {u.q, u.b}, {l, c}) != 0) visit(u, l, c);
  }
  static std::string at(const char* array, int i) { return "load(" + std::string(array) + " + " + text(i) + " * r)"; }
  /// x_i y_j, plus x_j y_i.
  static std::string product(int i, int j, bool twin) {
    return at("x", i) + " * " + at("y", j) + (twin ? " + " + at("x", j) + " * " + at("y", i) : "");
  }
  [[nodiscard]] std::string term(int place) const { return in_registers_ ? "t" + text(place) : "load(t + " + text(place) + " * " + stride_ + ")"; }
  void set_term(int place, const std::string& value) {
    if (in_registers_)
      out_ << "  const V t" << place << " = " << value << ";\n";
    else
      out_ << "  store(t + " << place << " * " << stride_ << ", " << value << ");\n";
  }
  [[nodiscard]] bool used(int place) const { return used_.count(place) > 0; }
  /// Begins or continues a sum.
  void add(const std::string& sum, const std::string& value) {
    const bool first = begun_.insert(sum).second;
    out_ << "  " << (first ? "V " : "") << sum << (first ? " = " : " += ") << value << ";\n";
  }

  void write_terms(const DirectTerms& t) {
    const int c1 = t.p * t.p + t.p + t.a, s1 = c1 - 2 * t.a, c2 = t.q * t.q + t.q + t.b, s2 = c2 - 2 * t.b;
    if (t.a == 0 || t.b == 0) {
      if (!used(t.at)) return;
      set_term(t.at, product(c1, c2, t.twin));
      if (t.a > 0) set_term(t.at + 1, product(s1, c2, t.twin));
      if (t.b > 0) set_term(t.at + 1, product(c1, s2, t.twin));
      return;
    }
    const std::string n = text(t.at);
    out_ << "  const V cc" << n << " = " << product(c1, c2, t.twin) << ", ss" << n << " = " << product(s1, s2, t.twin) << ";\n";
    out_ << "  [[maybe_unused]] const V cs" << n << " = " << product(c1, s2, t.twin) << ", sc" << n << " = " << product(s1, c2, t.twin) << ";\n";
    if (used(t.at)) {
      set_term(t.at, "cc" + n + " - ss" + n);
      set_term(t.at + 1, "cs" + n + " + sc" + n);
    }
    if (used(t.at + 2)) {
      set_term(t.at + 2, "cc" + n + " + ss" + n);
      if (t.a != t.b) set_term(t.at + 3, t.a > t.b ? "sc" + n + " - cs" + n : "cs" + n + " - sc" + n);
    }
  }

  void write_sums() {
    int k = 0, loaded = -1, order = -1, parity = -1;
    std::set<int> degrees;
    const auto finish = [&] {
      for (const int l : degrees) {
        out_ << "  store(z + " << l * l + l + order << " * r, c" << l << "_" << order << ");\n";
        if (order > 0) out_ << "  store(z + " << l * l + l - order << " * r, s" << l << "_" << order << ");\n";
      }
      degrees.clear();
    };
    for_uses([&](const DirectUse& u, int l, int c) {
      if (c != order || (l - c) % 2 != parity) finish();
      order = c;
      parity = (l - c) % 2;
      if (u.at != loaded) {
        out_ << "  const V a" << u.at << " = " << term(u.at) << ";\n";
        if (c > 0) out_ << "  const V b" << u.at << " = " << term(u.at + 1) << ";\n";
      }
      loaded = u.at;
      degrees.insert(l);
      const std::string sum = text(l) + "_" + text(c);
      add("c" + sum, "k[" + text(k) + "] * a" + text(u.at));
      if (c > 0) add("s" + sum, "k[" + text(k) + "] * b" + text(u.at));
      ++k;
    });
    finish();
  }

  /// The same for two packs at once, few degrees at a time, so that their sums and terms stay in registers.
  void write_sums_of_two() {
    struct Entry {
      int at, l, k;
    };
    std::map<std::pair<int, int>, std::vector<Entry>> groups; // by order and parity
    int k = 0;
    for_uses([&](const DirectUse& u, int l, int c) { groups[{c, (l - c) % 2}].push_back({u.at, l, k++}); });
    for (const auto& [group, entries] : groups) {
      const auto [c, parity] = group;
      const int sums = c == 0 ? 4 : 2; // degrees at a time
      for (int first = c + parity; first <= l3_; first += 2 * sums) {
        const int last = std::min(first + 2 * (sums - 1), l3_);
        out_ << "  {\n";
        for (int l = first; l <= last; l += 2)
          out_ << "  V c" << l << "a{}, c" << l << "b{}" << (c > 0 ? ", s" + text(l) + "a{}, s" + text(l) + "b{}" : "") << ";\n";
        int loaded = -1;
        for (const Entry& e : entries) {
          if (e.l < first || e.l > last) continue;
          if (e.at != loaded) write_two_terms(e.at, c > 0, loaded < 0);
          loaded = e.at;
          const std::string l = text(e.l);
          out_ << "  q = broadcast(k[" << e.k << "]); c" << l << "a += q * ca; c" << l << "b += q * cb;";
          if (c > 0) out_ << " s" << l << "a += q * sa; s" << l << "b += q * sb;";
          out_ << "\n";
        }
        for (int l = first; l <= last; l += 2) {
          out_ << "  store(z + " << l * l + l + c << " * r, c" << l << "a); store(z + " << l * l + l + c << " * r + w, c" << l << "b);\n";
          if (c > 0) out_ << "  store(z + " << l * l + l - c << " * r, s" << l << "a); store(z + " << l * l + l - c << " * r + w, s" << l << "b);\n";
        }
        out_ << "  }\n";
      }
    }
  }
  void write_two_terms(int at, bool sines, bool first) {
    out_ << (first ? "  V q, ca, cb" : "  ") << (first && sines ? ", sa, sb;\n  " : first ? ";\n  " : "");
    out_ << "ca = load(t + " << at << " * r); cb = load(t + " << at << " * r + w); keep(ca); keep(cb);";
    if (sines) out_ << " sa = load(t + " << at + 1 << " * r); sb = load(t + " << at + 1 << " * r + w); keep(sa); keep(sb);";
    out_ << "\n";
  }

  /// Gradients to the terms, in the places of the terms.
  void write_term_gradients() {
    int k = 0, order = -1, parity = -1, last = -1;
    const auto finish = [&] {
      if (last < 0) return;
      if (!in_registers_) out_ << "  store(t + " << last << " * w, t" << last << ");\n";
      if (!in_registers_ && order > 0) out_ << "  store(t + " << last + 1 << " * w, t" << last + 1 << ");\n";
    };
    for_uses([&](const DirectUse& u, int l, int c) {
      if (u.at != last) finish();
      if (c != order || (l - c) % 2 != parity)
        for (int degree = c + (l - c) % 2; degree <= l3_; degree += 2) {
          const int i = degree * degree + degree;
          out_ << "  const V g" << i + c << " = " << at("g", i + c) << ";\n";
          if (c > 0) out_ << "  const V g" << i - c << " = " << at("g", i - c) << ";\n";
        }
      order = c;
      parity = (l - c) % 2;
      last = u.at;
      add("t" + text(u.at), "k[" + text(k) + "] * g" + text(l * l + l + c));
      if (c > 0) add("t" + text(u.at + 1), "k[" + text(k) + "] * g" + text(l * l + l - c));
      ++k;
    });
    finish();
  }

  /// From the gradient `value` to x_i y_j, and to x_j y_i.
  void pull(const std::string& value, int i, int j, bool twin) {
    add("xb" + text(i), value + " * " + at("y", j));
    add("yb" + text(j), value + " * " + at("x", i));
    if (!twin) return;
    add("xb" + text(j), value + " * " + at("y", i));
    add("yb" + text(i), value + " * " + at("x", j));
  }
  void write_factor_gradients(const DirectTerms& t) {
    const int c1 = t.p * t.p + t.p + t.a, s1 = c1 - 2 * t.a, c2 = t.q * t.q + t.q + t.b, s2 = c2 - 2 * t.b;
    const std::string n = text(t.at);
    if (t.a == 0 || t.b == 0) {
      if (!used(t.at)) return;
      out_ << "  const V c" << n << " = " << term(t.at) << ";\n";
      pull("c" + n, c1, c2, t.twin);
      if (t.a == 0 && t.b == 0) return;
      out_ << "  const V s" << n << " = " << term(t.at + 1) << ";\n";
      if (t.a > 0)
        pull("s" + n, s1, c2, t.twin);
      else
        pull("s" + n, c1, s2, t.twin);
      return;
    }
    if (!used(t.at) && !used(t.at + 2)) return;
    const bool sines = t.a != t.b && used(t.at + 2); // the difference has a sine
    const std::string sum_c = used(t.at) ? term(t.at) : "V{}", sum_s = used(t.at) ? term(t.at + 1) : "V{}";
    const std::string difference_c = used(t.at + 2) ? term(t.at + 2) : "V{}", difference_s = sines ? term(t.at + 3) : "V{}";
    const char* plus = t.a > t.b ? " + " : " - ";
    const char* minus = t.a > t.b ? " - " : " + ";
    out_ << "  const V cc" << n << " = " << sum_c << " + " << difference_c << ", ss" << n << " = " << difference_c << " - " << sum_c << ";\n";
    out_ << "  const V sc" << n << " = " << sum_s << plus << difference_s << ", cs" << n << " = " << sum_s << minus << difference_s << ";\n";
    pull("cc" + n, c1, c2, t.twin);
    pull("ss" + n, s1, s2, t.twin);
    pull("cs" + n, c1, s2, t.twin);
    pull("sc" + n, s1, c2, t.twin);
  }

  std::ostream& out_;
  DirectSchedule schedule_;
  int l1_, l2_, l3_;
  bool in_registers_;
  std::string stride_; ///< from one term to the next: all lanes of a block or one pack
  std::set<int> used_; ///< places of cosines that some harmonic meets
  std::set<std::string> begun_;
};

void write_switch(std::ostream& out, const char* head, const char* prefix, const char* arguments) {
  out << "template <class T>\nvoid " << head << " {\n  switch (shape) {\n";
  int i = 0;
  for (const auto& s : direct_shapes) out << "    case " << i++ << ": " << prefix << s[0] << "_" << s[1] << "_" << s[2] << arguments << "; break;\n";
  out << "    default: break;\n  }\n}\n";
}

} // namespace

int main(int argc, char** argv) {
  std::ofstream out(argc > 1 ? argv[1] : "");
  out << "// Written by generate_direct.cpp.\n";
  for (const auto& shape : direct_shapes) Writer(out, shape);
  write_switch(out, "direct_unrolled(int shape, const T* k, const BlockRange& range, const T* x, const T* y, T* z, T* t)", "direct_",
               "(k, range, x, y, z, t)");
  write_switch(out, "direct_unrolled_vjp(int shape, const T* k, const T* x, const T* y, const T* g, T* xbar, T* ybar, T* t)", "direct_vjp_",
               "(k, x, y, g, xbar, ybar, t)");
  out.close();
  if (!out) std::fprintf(stderr, "generate_direct: cannot write %s\n", argc > 1 ? argv[1] : "(no file named)");
  return out ? 0 : 4;
}
