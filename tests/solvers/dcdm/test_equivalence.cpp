// SPDX-License-Identifier: Apache-2.0
// With a fixed symmetric positive definite direction the loop is preconditioned conjugate gradients, and PETSc's flexible CG cut at two directions.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

using namespace dcdm_test;

namespace {

/// Scene S8W: eight solid spheres under a wavy free surface; 1 solid, 2 fluid, 3 air.
int s8w(int i, int j, int k, int N) {
  constexpr double spheres[8][4] = {{.997185, .932557, .115312, .129923}, {.236089, .396581, .349120, .103580}, {.935539, .846311, .281946, .091964},
                                    {.443453, .229577, .480973, .123117}, {.457205, .430699, .845215, .112271}, {.715971, .802758, .083521, .091452},
                                    {.865020, .829147, .746643, .071844}, {.059243, .670528, .533759, .103732}};
  const double x = (i + 0.5) / N, y = (j + 0.5) / N, z = (k + 0.5) / N;
  for (const auto& s : spheres)
    if ((x - s[0]) * (x - s[0]) + (y - s[1]) * (y - s[1]) + (z - s[2]) * (z - s[2]) < s[3] * s[3]) return 1;
  return z > 0.93 + 0.03 * std::sin(7 * x) * std::cos(5 * y) ? 3 : 2;
}

struct Scene {
  int N;
  std::vector<int> cells;

  explicit Scene(int cells_per_edge) : N(cells_per_edge) {
    for (int k = 0; k < N; ++k)
      for (int j = 0; j < N; ++j)
        for (int i = 0; i < N; ++i) cells.push_back(s8w(i, j, k, N));
  }
  [[nodiscard]] int at(int i, int j, int k) const {
    if (i < 0 || j < 0 || k < 0 || i >= N || j >= N || k >= N) return 0;
    const PetscInt cell = i + N * (j + N * k);
    return cells[static_cast<std::size_t>(cell)];
  }
  [[nodiscard]] PetscInt size() const { return static_cast<PetscInt>(cells.size()); }

  /// The pressure matrix with identity rows for cells that are not fluid.
  [[nodiscard]] Matrix matrix() const {
    return sparse(PETSC_COMM_WORLD, size(), 7, [this](PetscInt row, std::vector<PetscInt>& columns, Array& values) {
      const int i = row % N, j = row / N % N, k = row / N / N;
      const int neighbours[6][3] = {{i - 1, j, k}, {i + 1, j, k}, {i, j - 1, k}, {i, j + 1, k}, {i, j, k - 1}, {i, j, k + 1}};
      double centre = 0.0;
      if (at(i, j, k) == 2)
        for (const auto& c : neighbours) {
          const int kind = at(c[0], c[1], c[2]);
          if (kind >= 2) centre += 1.0;
          if (kind != 2) continue;
          columns.push_back(c[0] + N * (c[1] + N * c[2]));
          values.push_back(-1.0);
        }
      columns.push_back(row);
      values.push_back(centre > 0.0 ? centre : 1.0);
    });
  }
  /// White noise in fluid cells, 0 elsewhere.
  [[nodiscard]] Array noise() const {
    Array b = random_array(cells.size(), 42);
    for (std::size_t i = 0; i < b.size(); ++i)
      if (cells[i] != 2) b[i] = 0.0;
    return b;
  }
};

/// Compares the first iterates of two solvers; rounding grows with the step number, so only the first ones agree to all digits.
void same_iterates(const Run& a, const Run& b, std::size_t count, double tolerance) {
  BOOST_REQUIRE_GE(a.iterates.size(), count);
  BOOST_REQUIRE_GE(b.iterates.size(), count);
  for (std::size_t k = 1; k < count; ++k) BOOST_TEST(relative_difference(a.iterates[k], b.iterates[k]) <= tolerance);
}

} // namespace

BOOST_AUTO_TEST_SUITE(equivalence)

BOOST_AUTO_TEST_CASE(identity_gives_conjugate_gradients) {
  const Matrix A = from_dense(PETSC_COMM_WORLD, random_spd(80, 20.0, 7), 80);
  const Array b = random_array(80, 8);

  const Run ours = run(A, b, {.rtol = 1e-10});
  const Run cg = run(A, b, {.type = "cg", .rtol = 1e-10, .options = {{{"-ksp_norm_type", "unpreconditioned"}}}});

  BOOST_TEST(std::abs(ours.iterations - cg.iterations) <= 1);
  same_iterates(ours, cg, 20, 1e-11);
}

BOOST_AUTO_TEST_CASE(jacobi_gives_preconditioned_conjugate_gradients) {
  const Scene scene(12);
  const Matrix A = scene.matrix();
  const Array b = scene.noise();

  const Run ours = run(A, b, {.pc = "jacobi", .rtol = 1e-8});
  const Run cg = run(A, b, {.type = "cg", .pc = "jacobi", .rtol = 1e-8, .options = {{{"-ksp_norm_type", "unpreconditioned"}}}});

  BOOST_TEST(std::abs(ours.iterations - cg.iterations) <= 1);
  same_iterates(ours, cg, 20, 1e-11);
}

BOOST_AUTO_TEST_CASE(two_directions_are_flexible_cg_with_standard_truncation) {
  const Scene scene(32);
  const Matrix A = scene.matrix();
  const Array b = scene.noise();

  const Run ours = run(A, b, {.pc = "jacobi", .rtol = 1e-6, .record = false});
  const Run plain =
      run(A, b, {.pc = "jacobi", .rtol = 1e-6, .options = {{{"-ksp_dcdm_fused", "0"}}, {{"-ksp_dcdm_true_residual", "1"}}}, .record = false});
  const Run fcg = run(A, b,
                      {.type = "fcg",
                       .pc = "jacobi",
                       .rtol = 1e-6,
                       .options = {{{"-ksp_fcg_mmax", "2"}}, {{"-ksp_fcg_truncation_type", "standard"}}, {{"-ksp_norm_type", "unpreconditioned"}}},
                       .record = false});

  BOOST_TEST(std::count(scene.cells.begin(), scene.cells.end(), 2) == 29386);
  BOOST_TEST(ours.reason == KSP_CONVERGED_RTOL);
  BOOST_TEST_MESSAGE("iterations: dcdm " << ours.iterations << ", plain dcdm " << plain.iterations << ", fcg " << fcg.iterations);
  BOOST_TEST(ours.iterations == fcg.iterations);
  BOOST_TEST(plain.iterations == fcg.iterations);
}

BOOST_AUTO_TEST_SUITE_END()
