// SPDX-License-Identifier: Apache-2.0
/// The operator against a dense matrix made from its definition, entry by entry, on random flags.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace {

using namespace poisson_test;

struct Case {
  std::array<int, 3> cells;
  unsigned seed;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.cells[0] << 'x' << c.cells[1] << 'x' << c.cells[2] << '/' << c.seed; }

// Lines, planes, odd and prime sizes; 15, 31 and 16, 17 own cells a row stand at the edge of the padded rows (on 2 and 4 ranks through the last two).
std::vector<Case> cases() {
  const int ranks = rank_count();
  std::vector<Case> all;
  for (const std::array<int, 3> cells : {std::array{1, 1, 1}, std::array{1, 5, 3}, std::array{7, 1, 1}, std::array{1, 1, 9}, std::array{4, 1, 6},
                                         std::array{3, 5, 7}, std::array{6, 6, 6}, std::array{15, 2, 2}, std::array{16, 3, 2}, std::array{17, 2, 3},
                                         std::array{15 * ranks, 2, 1}, std::array{16 * ranks, 2, 1}})
    for (unsigned seed : {1U, 2U})
      if (fits(cells)) all.push_back({cells, seed});
  return all;
}

/// `product` applied to every unit vector is the dense matrix.
template <class Product>
double largest_error(const System& s, Product&& product) {
  const Array truth = s.dense();
  double worst = 0.0;
  for (std::size_t c = 0; c < s.size(); ++c) {
    Array unit(s.size(), 0.0);
    unit[c] = 1.0;
    Array column(s.size());
    for (std::size_t r = 0; r < s.size(); ++r) column[r] = truth[r * s.size() + c];
    worst = std::max(worst, largest_difference(product(unit), column));
  }
  return worst;
}

Array multiply(const System& s, Mat A, const Array& x) {
  const Vector from = s.vector(x);
  const Vector to = s.zero();
  petsc_check(MatMult(A, from.get(), to.get()));
  return s.natural(to.get());
}

/// The product on padded arrays, ghosts filled from the global vector.
template <class T>
Array padded_product(const System& s, const Array& x) {
  const auto& box = s.flags().box();
  std::vector<T> in(box.size, T{0}), out(box.size, T{-7});
  for (int k = -1; k <= box.n[2]; ++k)
    for (int j = -1; j <= box.n[1]; ++j)
      for (int i = -1; i <= box.n[0]; ++i) {
        const int p = i + box.start[0], q = j + box.start[1], r = k + box.start[2];
        const bool corner = (i < 0 || i == box.n[0]) + (j < 0 || j == box.n[1]) + (k < 0 || k == box.n[2]) > 1;
        if (!corner && s.kind(p, q, r) != Cell::wall) in[static_cast<std::size_t>(box.index(i, j, k))] = static_cast<T>(x[s.index(p, q, r)]);
      }
  s.A().apply_padded(std::span<const T>(in), std::span<T>(out));
  Array y(s.size(), 0.0);
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i)
        y[s.index(i + box.start[0], j + box.start[1], k + box.start[2])] = static_cast<double>(out[static_cast<std::size_t>(box.index(i, j, k))]);
  MPI_Allreduce(MPI_IN_PLACE, y.data(), static_cast<int>(y.size()), MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  return y;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pressure_operator)

BOOST_AUTO_TEST_CASE(every_entry) {
  for (const Case& c : cases()) BOOST_TEST_CONTEXT(c) {
      const System s(c.cells, random_cells(c.seed));

      const double free = largest_error(s, [&](const Array& x) { return s.apply(x); });
      const double shell = largest_error(s, [&](const Array& x) { return multiply(s, s.A().shell(), x); });
      BOOST_CHECK_EQUAL(free, 0.0);
      BOOST_CHECK_EQUAL(shell, 0.0);
    }
}

BOOST_AUTO_TEST_CASE(every_entry_assembled) {
  for (const Case& c : cases()) BOOST_TEST_CONTEXT(c) {
      const System s(c.cells, random_cells(c.seed));

      for (const char* type : {MATAIJ, MATHYPRESTRUCT}) {
        if (std::string(type) == MATHYPRESTRUCT && ((c.cells[0] == 1 && c.cells[1] * c.cells[2] > 1) || (c.cells[1] == 1 && c.cells[2] > 1))) {
          BOOST_CHECK_THROW(static_cast<void>(s.A().assemble(type)), ansatz::UsageError);
          continue;
        }
        const Matrix assembled(s.A().assemble(type));
        BOOST_TEST_INFO(type);
        BOOST_CHECK_EQUAL(largest_error(s, [&](const Array& x) { return multiply(s, assembled.get(), x); }), 0.0);
      }
    }
}

BOOST_AUTO_TEST_CASE(counts_and_diagonal) {
  for (const Case& c : cases()) BOOST_TEST_CONTEXT(c) {
      const System s(c.cells, random_cells(c.seed));
      const Array truth = s.dense();
      std::int64_t unknowns = 0;
      std::int64_t fluid = 0;
      Array expected(s.size());
      s.for_each_cell([&](int i, int j, int k) {
        unknowns += s.unknown(i, j, k);
        fluid += s.kind(i, j, k) == Cell::fluid;
        expected[s.index(i, j, k)] = truth[s.index(i, j, k) * (s.size() + 1)];
      });

      const Vector d = s.zero();
      petsc_check(MatGetDiagonal(s.A().shell(), d.get()));

      BOOST_CHECK_EQUAL(largest_difference(s.natural(d.get()), expected), 0.0);
      BOOST_CHECK_EQUAL(s.A().unknowns(), unknowns);
      BOOST_CHECK_EQUAL(s.A().isolated_cells(), fluid - unknowns);
      BOOST_CHECK_EQUAL(s.flags().fluid_cells(), fluid);
    }
}

BOOST_AUTO_TEST_CASE(random_vectors) {
  for (const Case& c : cases()) BOOST_TEST_CONTEXT(c) {
      const System s(c.cells, random_cells(c.seed));
      const Array x = s.random(5);
      const Array y = s.random(6);
      const Array Ax = times(s.dense(), x);
      const double eps = std::numeric_limits<double>::epsilon();
      const double scale = 12.0 * (1.0 + norm(x)); // ||A|| <= 12

      // Seven terms a row: 7 eps of |A||x| in the arithmetic used, one more where x is rounded to f32.
      BOOST_CHECK_LE(norm(difference(s.apply(x), Ax)), 7 * eps * scale);
      BOOST_CHECK_LE(norm(difference(padded_product<double>(s, x), Ax)), 7 * eps * scale);
      BOOST_CHECK_LE(norm(difference(padded_product<float>(s, x), Ax)), 8 * static_cast<double>(std::numeric_limits<float>::epsilon()) * scale);
      BOOST_CHECK_SMALL(dot(y, s.apply(x)) - dot(x, s.apply(y)), 14 * eps * scale * (1.0 + norm(y)));
      BOOST_CHECK_GE(dot(x, s.apply(x)), -14 * eps * scale * norm(x));
    }
}

BOOST_AUTO_TEST_CASE(shell_is_recognised) {
  const System s({8, 8, 8}, random_cells(3));
  const Matrix assembled(s.A().assemble(MATAIJ));
  PetscBool known = PETSC_FALSE;
  PetscBool symmetric = PETSC_FALSE;

  petsc_check(MatIsSymmetricKnown(s.A().shell(), &known, &symmetric));

  BOOST_CHECK(PressureOperator::from_mat(s.A().shell()) == &s.A());
  BOOST_CHECK(PressureOperator::from_mat(assembled.get()) == nullptr);
  BOOST_CHECK(known && symmetric);
}

BOOST_AUTO_TEST_SUITE_END()
