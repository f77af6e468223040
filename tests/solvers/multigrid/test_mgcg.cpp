// SPDX-License-Identifier: Apache-2.0
/// KSP "mgcg" against PETSc's conjugate gradients with PC "voxmg"; options and matrices that both types accept or refuse.
#include "unfold.hpp"

#include <ansatz/data/error.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace multigrid_test;

const OptionList no_start = {{"-ksp_mgcg_fmg", "0"}};

OptionList operator+(OptionList a, const OptionList& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The assembled pressure matrix of a system times `scale`.
Matrix assembled(const System& s, double scale = 1.0) {
  Matrix A(s.A().assemble(MATAIJ));
  petsc_check(MatScale(A.get(), scale));
  return A;
}
/// Entries (row, column, value) of a matrix set to something else.
using Entries = std::vector<std::tuple<PetscInt, PetscInt, double>>;
void set_entries(Mat A, const Entries& entries) {
  petsc_check(MatSetOption(A, MAT_NEW_NONZERO_LOCATION_ERR, PETSC_FALSE));
  petsc_check(MatSetOption(A, MAT_NEW_NONZERO_ALLOCATION_ERR, PETSC_FALSE));
  for (const auto& [row, column, value] : entries) petsc_check(MatSetValue(A, row, column, value, INSERT_VALUES));
  petsc_check(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  petsc_check(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
}
Matrix changed(const System& s, const Entries& entries) {
  Matrix A = assembled(s);
  set_entries(A.get(), entries);
  return A;
}
/// All entries of this rank's rows.
Entries entries_of(Mat A) {
  Entries all;
  PetscInt first = 0, last = 0, n = 0;
  const PetscInt* columns = nullptr;
  const PetscScalar* values = nullptr;
  petsc_check(MatGetOwnershipRange(A, &first, &last));
  for (PetscInt row = first; row < last; ++row) {
    petsc_check(MatGetRow(A, row, &n, &columns, &values));
    for (PetscInt c = 0; c < n; ++c) all.emplace_back(row, columns[c], values[c]);
    petsc_check(MatRestoreRow(A, row, &n, &columns, &values));
  }
  return all;
}

/// What recognise() says about a matrix, empty if it accepts it.
std::string complaint(Mat A) {
  try {
    (void)ansatz::solvers::multigrid::recognise(A, nullptr);
  } catch (const ansatz::UsageError& e) {
    return e.what();
  }
  return {};
}
void refused(Mat A, const std::string& phrase) {
  const std::string said = complaint(A);
  BOOST_TEST_CONTEXT("expected \"" << phrase << "\", it says \"" << said << '"') BOOST_CHECK(said.find(phrase) != std::string::npos);

  register_multigrid();
  PC pc = nullptr;
  petsc_check(PCCreate(PetscObjectComm(reinterpret_cast<PetscObject>(A)), &pc));
  const std::unique_ptr<_p_PC, DestroyPc> owner(pc);
  petsc_check(PCSetType(pc, ansatz::solvers::voxmg_pc_type));
  petsc_check(PCSetOperators(pc, A, A));
  BOOST_CHECK_EQUAL(PCSetUp(pc), PETSC_ERR_ARG_WRONG);
}

/// z = M r with an assembled matrix.
Array apply_assembled(const System& s, Mat A, const Array& r) {
  register_multigrid();
  PC pc = nullptr;
  petsc_check(PCCreate(PetscObjectComm(reinterpret_cast<PetscObject>(A)), &pc));
  const std::unique_ptr<_p_PC, DestroyPc> owner(pc);
  petsc_check(PCSetType(pc, ansatz::solvers::voxmg_pc_type));
  petsc_check(PCSetOperators(pc, A, A));
  const Vector from = s.vector(r), to = s.zero();
  petsc_check(PCApply(pc, from.get(), to.get()));
  return s.natural(to.get());
}

PetscErrorCode solve_with(Mat A, Mat P, const char* ksp_type, const char* pc_type, const OptionList& options, Vec b, Vec x) {
  register_multigrid();
  KSP ksp = nullptr;
  PC pc = nullptr;
  petsc_check(KSPCreate(PetscObjectComm(reinterpret_cast<PetscObject>(A)), &ksp));
  const Solver owner(ksp);
  petsc_check(KSPSetOperators(ksp, A, P));
  petsc_check(KSPSetType(ksp, ksp_type));
  petsc_check(KSPSetTolerances(ksp, 1e-10, PETSC_DEFAULT, PETSC_DEFAULT, 100));
  petsc_check(KSPGetPC(ksp, &pc));
  petsc_check(PCSetType(pc, pc_type));
  const Options set(options);
  if (const PetscErrorCode code = KSPSetFromOptions(ksp); code != 0) return code;
  return KSPSolve(ksp, b, x);
}

/// Compares the norm a monitor is shown with the residual of the iterate it can ask for.
struct Watcher {
  const System* s;
  const Array* b;
  int calls = 0;
  double worst = 0.0; ///< largest relative difference
};
PetscErrorCode watch(KSP ksp, PetscInt, PetscReal norm, void* context) {
  auto& w = *static_cast<Watcher*>(context);
  Vec x = nullptr;
  PetscFunctionBegin;
  PetscCall(KSPBuildSolution(ksp, nullptr, &x));
  const double truth = poisson_test::norm(difference(w.s->apply(w.s->natural(x)), *w.b));
  w.worst = std::max(w.worst, std::abs(norm - truth) / truth);
  ++w.calls;
  PetscFunctionReturn(0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(mgcg)

BOOST_AUTO_TEST_CASE(iterates_equal_conjugate_gradients_with_the_cycle) {
  for (const Geometry& g : {pond(20), plates(4, 1, true), mixture(51, 85, 5)})
    for (const OptionList& options : {OptionList{}, OptionList{{"-pc_voxmg_cycle", "w"}}, OptionList{{"-pc_voxmg_smoother", "chebyshev"}},
                                      OptionList{{"-pc_voxmg_sweeps", "1"}, {"-pc_voxmg_fused", "0"}}})
      BOOST_TEST_CONTEXT(g << ": " << text(options)) {
        const System s({20, 19, 34}, g.kind);
        const Array b = compatible(s, s.random(52)), guess = s.random(53);
        for (const int k : {1, 4}) {
          const Outcome ours = run(s, b, {.rtol = 1e-14, .max_iterations = k, .options = options + no_start});
          const Outcome cg = run(s, b, {.type = "cg", .rtol = 1e-14, .max_iterations = k, .options = options});
          const Outcome from_guess = run(s, b, {.rtol = 1e-14, .max_iterations = k, .options = options}, guess);
          const Outcome cg_from_guess = run(s, b, {.type = "cg", .rtol = 1e-14, .max_iterations = k, .options = options}, guess);

          // Both round r/|r| to f32; where |r| differs in its last bit, so does an entry here and there by 6e-8: 2.2e-6 at most in a sweep.
          BOOST_CHECK_EQUAL(ours.iterations, k);
          BOOST_CHECK_LE(norm(compatible(s, difference(ours.x, cg.x))), 1e-5 * norm(cg.x));
          BOOST_CHECK_LE(norm(compatible(s, difference(from_guess.x, cg_from_guess.x))), 1e-5 * norm(cg_from_guess.x));
          BOOST_CHECK_CLOSE(ours.history.back(), cg.history.back(), 0.1);
        }
      }
}

BOOST_AUTO_TEST_CASE(recursive_residual_is_the_true_one) {
  const System s({20, 19, 34}, pond(20).kind);
  const Array b = s.random(54);

  const Outcome o = run(s, b, {.rtol = 1e-9});

  BOOST_CHECK_EQUAL(o.reason, KSP_CONVERGED_RTOL);
  BOOST_CHECK_CLOSE(o.history.back(), norm(difference(s.apply(o.x), b)), 0.01);
}

BOOST_AUTO_TEST_CASE(monitors_see_the_iterate) {
  const System s({20, 19, 34}, pond(20).kind);
  const Array b = s.random(54);
  const Vector rhs = s.vector(b), x = s.zero();
  Watcher watcher{&s, &b};
  register_multigrid();
  KSP ksp = nullptr;
  PC pc = nullptr;
  petsc_check(KSPCreate(PETSC_COMM_WORLD, &ksp));
  const Solver owner(ksp);
  petsc_check(KSPSetOperators(ksp, s.A().shell(), s.A().shell()));
  petsc_check(KSPSetType(ksp, ansatz::solvers::mgcg_ksp_type));
  petsc_check(KSPGetPC(ksp, &pc));
  petsc_check(PCSetType(pc, ansatz::solvers::voxmg_pc_type));
  petsc_check(KSPMonitorSet(ksp, watch, &watcher, nullptr));

  petsc_check(KSPSolve(ksp, rhs.get(), x.get()));

  PetscInt iterations = 0;
  petsc_check(KSPGetIterationNumber(ksp, &iterations));
  BOOST_CHECK_EQUAL(watcher.calls, iterations + 1);
  BOOST_CHECK_LE(watcher.worst, 1e-6); // rounding of b - A x against residuals of 1e-5
}

BOOST_AUTO_TEST_CASE(full_multigrid_start_helps_a_smooth_right_hand_side_and_yields_to_a_guess) {
  const System s({32, 32, 32}, pond(32).kind);
  Array b = s.random(55);
  for (double& v : b) v = v != 0.0 ? 1.0 : 0.0;

  const Outcome with = run(s, b, {});
  const Outcome without = run(s, b, {.options = no_start});
  const Outcome exact = run(s, b, {}, run(s, b, {.rtol = 1e-9}).x);

  BOOST_CHECK_LT(with.history.front(), 0.3 * norm(b)); // measured 0.18
  BOOST_CHECK_LE(with.iterations, without.iterations);
  BOOST_CHECK_EQUAL(exact.iterations, 0);
}

BOOST_AUTO_TEST_CASE(assembled_matrix_times_any_constant) {
  const System s({18, 17, 19}, mixture(56, 80, 8).kind);
  const Array r = compatible(s, s.random(57));
  const Array expected = Multigrid(s).apply(r);
  for (const double scale : {1.0, 3.7e-5, 2.5e9}) BOOST_TEST_CONTEXT(scale) {
      const Matrix A = assembled(s, scale);
      Array z = apply_assembled(s, A.get(), r);
      for (double& v : z) v *= scale;

      // A cell between six air cells has a diagonal row, taken for an identity row here and divided in double.
      BOOST_CHECK_LE(largest_difference(z, expected), rounding * largest(expected));
    }
}

BOOST_AUTO_TEST_CASE(identity_rows_keep_their_own_diagonal) {
  const System s({9, 8, 10}, pond(9).kind);
  Array r = s.random(58, true);
  Matrix A = assembled(s);
  const Vector diagonal = s.zero();
  petsc_check(MatGetDiagonal(A.get(), diagonal.get()));
  Array d = s.natural(diagonal.get());
  s.for_each_cell([&](int i, int j, int k) {
    if (!s.unknown(i, j, k)) d[s.index(i, j, k)] = 4.0 + i;
  });
  petsc_check(MatDiagonalSet(A.get(), s.vector(d).get(), INSERT_VALUES));

  const Array z = apply_assembled(s, A.get(), r);

  s.for_each_cell([&](int i, int j, int k) {
    const std::size_t c = s.index(i, j, k);
    if (!s.unknown(i, j, k)) BOOST_CHECK_CLOSE(z[c], r[c] / d[c], 1e-10);
  });
}

BOOST_AUTO_TEST_CASE(assembled_system_is_solved) {
  const System s({18, 17, 19}, pond(18).kind);
  const Matrix A = assembled(s, 7.0);
  const Array p = s.random(59, true); // identity rows carry values too
  const Vector exact = s.vector(p), b = s.zero(), x = s.zero();
  petsc_check(MatMult(A.get(), exact.get(), b.get()));

  BOOST_REQUIRE_EQUAL(solve_with(A.get(), A.get(), "mgcg", "voxmg", {}, b.get(), x.get()), 0);

  BOOST_CHECK_LE(norm(difference(s.natural(x.get()), p)), 1e-8 * norm(p));
}

BOOST_AUTO_TEST_CASE(changed_matrix_is_set_up_again) {
  const System s({12, 12, 12}, pond(12).kind), other({12, 12, 12}, mixture(60, 80, 8).kind);
  Matrix A = assembled(s);
  register_multigrid();
  PC pc = nullptr;
  petsc_check(PCCreate(PETSC_COMM_WORLD, &pc));
  const std::unique_ptr<_p_PC, DestroyPc> owner(pc);
  petsc_check(PCSetType(pc, ansatz::solvers::voxmg_pc_type));
  petsc_check(PCSetOperators(pc, A.get(), A.get()));
  const Array r = compatible(other, other.random(61));
  const Vector from = s.vector(r), to = s.zero();
  petsc_check(PCApply(pc, from.get(), to.get()));

  const Matrix B = assembled(other);
  petsc_check(MatZeroEntries(A.get()));
  set_entries(A.get(), entries_of(B.get()));
  petsc_check(PCApply(pc, from.get(), to.get()));

  BOOST_CHECK_LE(largest_difference(s.natural(to.get()), apply_assembled(other, B.get(), r)), 1e-12 * largest(r));
}

BOOST_AUTO_TEST_CASE(arrays_of_another_shape_are_not_kept, *boost::unit_test::precondition(one_rank)) {
  KSP ksp = nullptr;
  petsc_check(KSPCreate(PETSC_COMM_WORLD, &ksp));
  petsc_check(KSPSetType(ksp, ansatz::solvers::mgcg_ksp_type));
  PC pc = nullptr;
  petsc_check(KSPGetPC(ksp, &pc));
  petsc_check(PCSetType(pc, ansatz::solvers::voxmg_pc_type));
  petsc_check(KSPSetTolerances(ksp, 1e-8, PETSC_DEFAULT, PETSC_DEFAULT, 30));
  for (const std::array<int, 3> cells : {std::array{12, 10, 20}, std::array{12, 20, 10}}) { // as many entries, ghosts in other places
    const System s(cells, open_box().kind);
    const Array p = compatible(s, s.random(63));
    const Vector b = s.vector(s.apply(p)), x = s.zero();
    petsc_check(KSPSetOperators(ksp, s.A().shell(), s.A().shell()));
    petsc_check(KSPSolve(ksp, b.get(), x.get()));
    BOOST_CHECK_LE(norm(difference(s.natural(x.get()), p)), 1e-6 * norm(p));
  }
  petsc_check(KSPDestroy(&ksp));
}

BOOST_AUTO_TEST_CASE(memory_is_what_the_estimate_says, *boost::unit_test::precondition(one_rank)) {
  for (const std::array<int, 3> cells : {std::array{32, 32, 32}, std::array{61, 47, 13}}) {
    const System s(cells, open_box().kind);
    const Multigrid M(s);
    const double cell_count = static_cast<double>(s.size());
    const double krylov = 3.0 * sizeof(double) * static_cast<double>(fast_hierarchy(s).levels().front().box.size);

    const double held = (static_cast<double>(M.bytes()) + krylov) / cell_count;

    BOOST_CHECK_CLOSE(held, ansatz::solvers::mgcg_bytes_per_cell(cells[0], cells[1], cells[2]), 12.0);
  }
}

BOOST_AUTO_TEST_CASE(wrong_options_are_refused) {
  const System s({8, 8, 8}, pond(8).kind);
  const Vector b = s.vector(s.random(62)), x = s.zero();
  Mat A = s.A().shell();
  const auto code = [&](const OptionList& options) { return solve_with(A, A, "mgcg", "voxmg", options, b.get(), x.get()); };

  BOOST_CHECK_EQUAL(code({}), 0);
  for (const auto& option : OptionList{{"-pc_voxmg_smoother", "gauss"},
                                       {"-pc_voxmg_cycle", "x"},
                                       {"-pc_voxmg_sweeps", "0"},
                                       {"-pc_voxmg_sweeps", "9"},
                                       {"-pc_voxmg_sweeps", "two"},
                                       {"-pc_voxmg_kernels", "sse9"},
                                       {"-pc_voxmg_fused", "perhaps"},
                                       {"-ksp_mgcg_fmg", "perhaps"},
                                       {"-ksp_norm_type", "preconditioned"},
                                       {"-ksp_pc_side", "right"}})
    BOOST_TEST_CONTEXT(option[0] << ' ' << option[1]) BOOST_CHECK_NE(code({option}), 0);
}

BOOST_AUTO_TEST_CASE(mgcg_runs_its_own_cycle_and_no_other) {
  const System s({8, 8, 8}, pond(8).kind);
  const Vector b = s.vector(s.random(63)), x = s.zero();
  const Matrix A = assembled(s);

  BOOST_CHECK_EQUAL(solve_with(A.get(), A.get(), "mgcg", "jacobi", {}, b.get(), x.get()), PETSC_ERR_SUP);
  BOOST_CHECK_EQUAL(solve_with(s.A().shell(), A.get(), "mgcg", "voxmg", {}, b.get(), x.get()), PETSC_ERR_SUP);
}

BOOST_AUTO_TEST_CASE(other_matrices_are_refused_by_row, *boost::unit_test::precondition(one_rank)) {
  const System s({6, 6, 6}, open_box().kind);
  const auto row = [&](int i, int j, int k) { return static_cast<PetscInt>(s.index(i, j, k)); };
  const PetscInt c = row(3, 3, 3), east = row(4, 3, 3), far = row(5, 3, 3), corner = row(4, 4, 3);
  const std::string name = "row " + std::to_string(c) + " ";

  refused(changed(s, {{c, east, -0.5}}).get(), name);                      // unsymmetric
  refused(changed(s, {{c, east, 1.0}}).get(), name);                       // positive off-diagonal entry
  refused(changed(s, {{c, far, -1.0}}).get(), name + "couples to column"); // eighth entry, along an axis
  refused(changed(s, {{c, corner, -1.0}}).get(), name + "couples to column");
  refused(changed(s, {{c, c, 6.5}}).get(), name + "has the diagonal");
  refused(changed(s, {{c, c, 5.0}}).get(), name + "has the diagonal"); // less than its six neighbours
  refused(changed(s, {{c, c, std::nan("")}}).get(), name);
  refused(changed(s, {{c, east, 0.0}}).get(), name + "does not couple to row " + std::to_string(east));                         // unsymmetric pattern
  refused(changed(s, {{c, east, 0.0}, {east, c, 0.0}, {c, c, 5.0}, {east, east, 5.0}}).get(), name + "does not couple to row"); // wall without cells
}

BOOST_AUTO_TEST_CASE(every_rank_refuses_what_one_rank_sees) {
  const System s({6, 6, 18}, open_box().kind);
  Matrix A = assembled(s);
  PetscInt first = 0, last = 0;
  int rank = 0;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  petsc_check(MatGetOwnershipRange(A.get(), &first, &last));
  set_entries(A.get(), rank == rank_count() - 1 ? Entries{{last - 1, last - 1, 2.5}} : Entries{});

  refused(A.get(), "row");
}

BOOST_AUTO_TEST_CASE(matrices_without_a_grid_are_refused) {
  refused(dcdm_test::diagonal(PETSC_COMM_WORLD, Array(64, 2.0)).get(), "DMDA");

  DM dm = nullptr;
  Mat A = nullptr;
  petsc_check(DMDACreate3d(PETSC_COMM_WORLD, DM_BOUNDARY_NONE, DM_BOUNDARY_NONE, DM_BOUNDARY_NONE, DMDA_STENCIL_STAR, 8, 8, 8, PETSC_DECIDE,
                           PETSC_DECIDE, PETSC_DECIDE, 2, 1, nullptr, nullptr, nullptr, &dm));
  petsc_check(DMSetUp(dm));
  petsc_check(DMCreateMatrix(dm, &A));
  petsc_check(MatShift(A, 2.0));
  refused(A, "2 unknowns a cell");
  petsc_check(MatDestroy(&A));
  petsc_check(DMDestroy(&dm));
}

BOOST_AUTO_TEST_SUITE_END()
