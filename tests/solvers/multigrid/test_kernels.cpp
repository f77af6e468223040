// SPDX-License-Identifier: Apache-2.0
/// Every kernel of every instruction set against one loop over cells in double, for rows of 0 to 2 vectors and a few cells more, on part of a plane;
/// entries that a kernel has no business with must keep their bits.
#include <ansatz/solvers/multigrid/kernels.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>
#include <random>
#include <string>

namespace {

using namespace ansatz::solvers::multigrid;
using ansatz::AlignedVector;

// Values are sums of at most eight terms, each a product of at most 2 and 1 or 12 and 1: 25 in all, and ten roundings by 2^-24 of that.
constexpr float single_bound = 250.0F * 0x1p-24F;
constexpr double double_bound = 250.0 * 0x1p-53;

/// A block of nx x 4 x 3 cells with random content, ghosts included; a third of the cells holds no unknown.
struct Block {
  SplitBox box;
  bool finest;
  std::vector<std::uint8_t> code;
  std::array<AlignedVector<float>, 3> weight;
  AlignedVector<float> diagonal, inverse;
  std::vector<float> z, r, other;
  Stencils stencils;
  std::vector<double> rr;
  std::vector<float> p, previous;

  Block(int nx, bool is_finest, unsigned seed) : box({nx, 4, 3}, {0, 0, 0}), finest(is_finest) {
    std::mt19937 engine(seed + static_cast<unsigned>(nx));
    const auto uniform = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine); };
    code.assign(box.size, 0);
    for (auto* f : {&weight[0], &weight[1], &weight[2], &diagonal, &inverse}) f->assign(box.size, 0.0F);
    for (auto* f : {&z, &r, &other, &p, &previous}) f->assign(box.size, 0.0F);
    rr.assign(box.size, 0.0);
    for_all([&](int i, int j, int k) {
      if (engine() % 3 == 0) return;
      const std::size_t c = at(i, j, k);
      code[c] = static_cast<std::uint8_t>(1 + engine() % 6);
      diagonal[c] = static_cast<float>(uniform(1.0, 12.0));
      inverse[c] = 1.0F / diagonal[c];
      for (auto* f : {&z, &r, &other, &p, &previous}) (*f)[c] = static_cast<float>(uniform(-1.0, 1.0));
      rr[c] = uniform(-1.0, 1.0);
    });
    for_all([&](int i, int j, int k) { // a face has a weight if both its cells hold unknowns
      const std::array<std::array<int, 3>, 3> lower = {{{i - 1, j, k}, {i, j - 1, k}, {i, j, k - 1}}};
      for (std::size_t a = 0; a < 3; ++a) {
        const auto& [p0, q0, r0] = lower[a];
        if (p0 >= -1 && q0 >= -1 && r0 >= -1 && exists(i, j, k) && exists(p0, q0, r0)) weight[a][at(i, j, k)] = static_cast<float>(uniform(0.0, 2.0));
      }
    });
    for_all([&](int i, int j, int k) { // a kernel divides own unknowns only
      if (i < 0 || j < 0 || k < 0 || i >= box.n[0] || j >= box.n[1] || k >= box.n[2]) diagonal[at(i, j, k)] = inverse[at(i, j, k)] = 0.0F;
    });
    stencils = make_stencils(box, weight, diagonal, inverse);
  }

  [[nodiscard]] std::size_t at(int i, int j, int k) const { return static_cast<std::size_t>(box.index(i, j, k)); }
  [[nodiscard]] bool exists(int i, int j, int k) const { return code[at(i, j, k)] > 0; }
  [[nodiscard]] double d(int i, int j, int k) const {
    return finest ? static_cast<double>(code[at(i, j, k)]) : static_cast<double>(diagonal[at(i, j, k)]);
  }
  template <class Visit>
  void for_all(Visit&& visit) const {
    for (int k = -1; k <= box.n[2]; ++k)
      for (int j = -1; j <= box.n[1]; ++j)
        for (int i = -1; i <= box.n[0]; ++i) visit(i, j, k);
  }
  /// sum_j w_ij v_j.
  template <class T>
  [[nodiscard]] double neighbours(const std::vector<T>& v, int i, int j, int k) const {
    const auto w = [&](std::size_t a, int p0, int q0, int r0) { return finest ? 1.0 : static_cast<double>(weight[a][at(p0, q0, r0)]); };
    const auto value = [&](int p0, int q0, int r0) { return static_cast<double>(v[at(p0, q0, r0)]); };
    return w(0, i, j, k) * value(i - 1, j, k) + w(0, i + 1, j, k) * value(i + 1, j, k) + w(1, i, j, k) * value(i, j - 1, k) +
           w(1, i, j + 1, k) * value(i, j + 1, k) + w(2, i, j, k) * value(i, j, k - 1) + w(2, i, j, k + 1) * value(i, j, k + 1);
  }
  /// (A v)_i, 0 where there is no unknown.
  template <class T>
  [[nodiscard]] double product(const std::vector<T>& v, int i, int j, int k) const {
    return exists(i, j, k) ? d(i, j, k) * static_cast<double>(v[at(i, j, k)]) - neighbours(v, i, j, k) : 0.0;
  }
  [[nodiscard]] double residual(int i, int j, int k) const { return static_cast<double>(r[at(i, j, k)]) - product(z, i, j, k); }

  [[nodiscard]] LevelView view(int first, int last) {
    LevelView v;
    v.box = box;
    v.first_row = first;
    v.last_row = last;
    v.z = z.data();
    v.r = r.data();
    if (finest) {
      v.code = code.data();
    } else {
      v.stencils = stencils.blocks.data();
      v.stencil_of = stencils.of.data();
    }
    return v;
  }
  [[nodiscard]] KrylovView krylov() { return {rr.data(), p.data(), previous.data()}; }
};

/// What a cell should hold afterwards.
using Rule = std::function<double(const Block&, int, int, int)>;

constexpr int plane = 1;
constexpr int first_row = 1;
constexpr int last_row = 4;
bool swept(int i, int j, int k, const Block& b, int colour) {
  return i >= 0 && i < b.box.n[0] && j >= first_row && j < last_row && k == plane && (colour < 0 || ((i + j + k) & 1) == colour);
}

/// `after` obeys the rule where the kernel works and is `before` everywhere else.
template <class T>
void check(const Block& b, const std::vector<T>& before, const std::vector<T>& after, int colour, const Rule& rule, T bound) {
  int wrong = 0;
  b.for_all([&](int i, int j, int k) {
    const std::size_t c = b.at(i, j, k);
    if (swept(i, j, k, b, colour))
      wrong += !(std::abs(static_cast<double>(after[c]) - rule(b, i, j, k)) <= static_cast<double>(bound));
    else if (b.finest || i < b.box.n[0] || !swept(i - 1, j, k, b, -1)) // whole packs are stored
      wrong += !(after[c] == before[c]);
  });
  BOOST_CHECK_EQUAL(wrong, 0);
}
double over_rows(const Block& b, const Rule& rule) {
  double sum = 0.0;
  b.for_all([&](int i, int j, int k) { sum += swept(i, j, k, b, -1) ? rule(b, i, j, k) : 0.0; });
  return sum;
}

void check_smoothers(const Kernels& kernels, const Block& b, int colour) {
  Block w = b;
  kernels.relax_from_zero(w.view(first_row, last_row), plane, colour, 1.0F);
  check(
      b, b.z, w.z, colour,
      [](const Block& a, int i, int j, int k) { return a.exists(i, j, k) ? static_cast<double>(a.r[a.at(i, j, k)]) / a.d(i, j, k) : 0.0; },
      single_bound);
  w = b;
  kernels.relax(w.view(first_row, last_row), plane, colour, 1.0F, 0.0F);
  check(
      b, b.z, w.z, colour,
      [](const Block& a, int i, int j, int k) {
        return a.exists(i, j, k) ? (static_cast<double>(a.r[a.at(i, j, k)]) + a.neighbours(a.z, i, j, k)) / a.d(i, j, k) : 0.0;
      },
      single_bound);
  w = b;
  kernels.relax_from_zero(w.view(first_row, last_row), plane, colour, 1.25F);
  check(
      b, b.z, w.z, colour,
      [](const Block& a, int i, int j, int k) { return a.exists(i, j, k) ? 1.25 * static_cast<double>(a.r[a.at(i, j, k)]) / a.d(i, j, k) : 0.0; },
      2.0F * single_bound);
  w = b;
  kernels.relax(w.view(first_row, last_row), plane, colour, 1.25F, -0.25F);
  check(
      b, b.z, w.z, colour,
      [](const Block& a, int i, int j, int k) {
        const double old = static_cast<double>(a.z[a.at(i, j, k)]);
        return a.exists(i, j, k) ? -0.25 * old + 1.25 * (static_cast<double>(a.r[a.at(i, j, k)]) + a.neighbours(a.z, i, j, k)) / a.d(i, j, k)
                                 : -0.25 * old;
      },
      2.0F * single_bound);
  w = b;
  kernels.residual(w.view(first_row, last_row), w.other.data(), plane, colour);
  check(
      b, b.other, w.other, colour, [](const Block& a, int i, int j, int k) { return a.residual(i, j, k); }, single_bound);
  w = b;
  kernels.correct(w.view(first_row, last_row), w.other.data(), 0.75F, plane, colour);
  check(
      b, b.z, w.z, colour,
      [](const Block& a, int i, int j, int k) {
        const std::size_t c = a.at(i, j, k);
        return static_cast<double>(a.z[c]) + (a.exists(i, j, k) ? 0.75 * static_cast<double>(a.other[c]) / a.d(i, j, k) : 0.0);
      },
      single_bound);
}

/// A plane of the next coarser level, in natural order, as rows and columns.
struct CoarsePlane {
  int nx;
  std::vector<float> value;
  explicit CoarsePlane(const Block& b) : nx((b.box.n[0] + 1) / 2), value(2 * static_cast<std::size_t>(nx) + Stencils::lanes) {
    for (std::size_t c = 0; c < value.size(); ++c) value[c] = 0.1F * static_cast<float>(c % 7) - 0.3F;
  }
  [[nodiscard]] std::size_t parent(int i, int j) const {
    return static_cast<std::size_t>(i / 2) + static_cast<std::size_t>(nx) * static_cast<std::size_t>(j / 2);
  }
};

void check_transfers(const Kernels& kernels, const Block& b) {
  const auto restricted = [&](int colour, const Rule& rule, const std::function<void(Block&, CoarsePlane&)>& run) {
    const CoarsePlane before(b);
    CoarsePlane after = before;
    Block w = b;
    run(w, after);
    std::vector<double> expected(before.value.begin(), before.value.end());
    b.for_all([&](int i, int j, int k) {
      if (swept(i, j, k, b, colour)) expected[before.parent(i, j)] += rule(b, i, j, k);
    });
    for (std::size_t c = 0; c < expected.size(); ++c)
      BOOST_CHECK_SMALL(static_cast<double>(after.value[c]) - expected[c], 5.0 * static_cast<double>(single_bound)); // four children
  };
  for (const int colour : {-1, 0, 1})
    restricted(
        colour, [](const Block& a, int i, int j, int k) { return a.residual(i, j, k); },
        [&](Block& w, CoarsePlane& c) { kernels.restrict_residual(w.view(first_row, last_row), c.value.data(), plane, colour); });
  restricted(
      -1, [](const Block& a, int i, int j, int k) { return static_cast<double>(a.r[a.at(i, j, k)]); },
      [&](Block& w, CoarsePlane& c) { kernels.restrict_rhs(w.view(first_row, last_row), c.value.data(), plane); });

  const CoarsePlane coarse(b);
  for (const bool add : {false, true}) {
    Block w = b;
    kernels.prolong(w.view(first_row, last_row), coarse.value.data(), plane, add);
    check(
        b, b.z, w.z, -1,
        [&](const Block& a, int i, int j, int k) {
          const double old = add ? static_cast<double>(a.z[a.at(i, j, k)]) : 0.0;
          return old + (a.exists(i, j, k) ? static_cast<double>(coarse.value[coarse.parent(i, j)]) : 0.0);
        },
        single_bound);
  }
  std::vector<float> natural(b.box.size, -1.0F);
  Block w = b;
  kernels.gather_plane(w.box, w.z.data(), natural.data(), plane, first_row, last_row);
  std::fill(w.z.begin(), w.z.end(), 9.0F);
  kernels.scatter_plane(w.box, natural.data(), w.z.data(), plane, first_row, last_row);
  check(
      b, std::vector<float>(b.box.size, 9.0F), w.z, -1, [](const Block& a, int i, int j, int k) { return static_cast<double>(a.z[a.at(i, j, k)]); },
      0.0F);
  for (int i = 0; i < b.box.n[0]; ++i) BOOST_CHECK_EQUAL(natural[static_cast<std::size_t>(i + b.box.n[0] * 2)], b.z[b.at(i, 2, plane)]);
}

double at_cell(const std::vector<float>& v, const Block& b, int i, int j, int k) { return static_cast<double>(v[b.at(i, j, k)]); }

void check_krylov(const Kernels& kernels, const Block& b) {
  const double cells = 3.0 * b.box.n[0];
  const double sum = kernels.dot(Block(b).view(first_row, last_row), plane);
  BOOST_CHECK_SMALL(sum - over_rows(b, [](const Block& a, int i, int j,
                                          int k) { return static_cast<double>(a.z[a.at(i, j, k)]) * static_cast<double>(a.r[a.at(i, j, k)]); }),
                    cells * double_bound);
  for (const float beta : {0.0F, -1.25F}) {
    Block w = b;
    kernels.direction(w.view(first_row, last_row), w.krylov(), beta, plane);
    check(
        b, b.p, w.p, -1,
        [beta](const Block& a, int i, int j, int k) {
          return at_cell(a.z, a, i, j, k) + static_cast<double>(beta) * at_cell(a.previous, a, i, j, k);
        },
        single_bound);
  }
  Block w = b;
  const double energy = kernels.energy(w.view(first_row, last_row), w.krylov(), plane);
  BOOST_CHECK_SMALL(energy - over_rows(b, [](const Block& a, int i, int j, int k) { return at_cell(a.p, a, i, j, k) * a.product(a.p, i, j, k); }),
                    cells * double_bound);

  const Rule reduced = [](const Block& a, int i, int j, int k) { return a.rr[a.at(i, j, k)] - 0.3 * a.product(a.p, i, j, k); };
  w = b;
  const double square = kernels.update(w.view(first_row, last_row), w.krylov(), 0.3, 2.0, plane);
  check(b, b.rr, w.rr, -1, reduced, double_bound);
  check(
      b, b.r, w.r, -1, [&](const Block& a, int i, int j, int k) { return 2.0 * reduced(a, i, j, k); }, single_bound);
  BOOST_CHECK_SMALL(square - over_rows(b, [&](const Block& a, int i, int j, int k) { return reduced(a, i, j, k) * reduced(a, i, j, k); }),
                    25.0 * cells * double_bound);
}

/// Vectors of the caller's, x fastest.
void check_natural(const Kernels& kernels, const Block& b) {
  const std::size_t cells = static_cast<std::size_t>(b.box.n[0]) * 4 * 3;
  std::vector<double> natural(cells);
  for (std::size_t c = 0; c < cells; ++c) natural[c] = 0.01 * static_cast<double>(c) - 0.3;
  const auto value = [&](const Block& a, int i, int j, int k) {
    return natural[static_cast<std::size_t>(i) + static_cast<std::size_t>(a.box.n[0]) * static_cast<std::size_t>(j + 4 * k)];
  };
  const Rule taken = [&](const Block& a, int i, int j, int k) { return a.exists(i, j, k) ? value(a, i, j, k) : 0.0; };
  Block w = b;
  const double square = kernels.take(w.view(first_row, last_row), natural.data(), w.rr.data(), plane);
  check(b, b.rr, w.rr, -1, taken, 0.0);
  BOOST_CHECK_SMALL(square - over_rows(b, [&](const Block& a, int i, int j, int k) { return taken(a, i, j, k) * taken(a, i, j, k); }),
                    static_cast<double>(cells) * double_bound);

  for (const bool add : {false, true})
    for (int count = 0; count <= 2; ++count) {
      const Combination c = {count, {b.p.data(), b.z.data()}, {0.7, -1.3}};
      std::vector<double> out = natural;
      kernels.combine(b.box, c, out.data(), add, plane);
      int wrong = 0;
      std::size_t at = 0;
      for (int k = 0; k < 3; ++k)
        for (int j = 0; j < 4; ++j)
          for (int i = 0; i < b.box.n[0]; ++i, ++at) {
            double expected = add ? natural[at] : 0.0;
            if (count > 0) expected += 0.7 * at_cell(b.p, b, i, j, k);
            if (count > 1) expected -= 1.3 * at_cell(b.z, b, i, j, k);
            wrong += k == plane ? !(std::abs(out[at] - expected) <= double_bound) : !(out[at] == natural[at]);
          }
      BOOST_CHECK_EQUAL(wrong, 0);
    }
}

const Kernels* find(const std::string& name) {
  for (const Kernels* table : available_kernels())
    if (table->name == name) return table;
  return nullptr;
}
/// Precondition: cases of instruction sets this machine lacks show as skipped.
struct Present {
  std::string name;
  boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
    boost::test_tools::assertion_result result(find(name) != nullptr);
    result.message() << "this machine has no " << name;
    return result;
  }
};

void check_all(const std::string& name) {
  const Kernels* table = find(name);
  BOOST_REQUIRE(table);
  for (int nx = 1; nx <= 67; ++nx) // halves of 0 to 34 cells: up to two vectors of 16 and two cells
    for (const bool finest : {true, false}) BOOST_TEST_CONTEXT(nx << " cells a row, " << (finest ? "finest" : "coarser") << " level") {
        const Block b(nx, finest, 7);
        for (const int colour : {0, 1}) check_smoothers(*table, b, colour);
        check_transfers(*table, b);
        if (finest) check_krylov(*table, b);
        if (finest) check_natural(*table, b);
      }
}

} // namespace

BOOST_AUTO_TEST_SUITE(kernels)

BOOST_AUTO_TEST_CASE(generic) { check_all("generic"); }
BOOST_AUTO_TEST_CASE(avx2, *boost::unit_test::precondition(Present{"avx2"})) { check_all("avx2"); }
BOOST_AUTO_TEST_CASE(avx512, *boost::unit_test::precondition(Present{"avx512"})) { check_all("avx512"); }

BOOST_AUTO_TEST_CASE(tables_are_complete_and_generic_is_last) {
  const auto tables = available_kernels();

  BOOST_REQUIRE(!tables.empty());
  BOOST_CHECK_EQUAL(tables.back()->name, "generic");
}

BOOST_AUTO_TEST_SUITE_END()
