// SPDX-License-Identifier: Apache-2.0
/// Geometries, the cycle as a function on natural vectors, and Krylov runs with it, for the tests of solvers/multigrid.
#pragma once

#include "../dcdm/support.hpp"
#include "../poisson/support.hpp"

#include <ansatz/solvers/multigrid/cycle_weights.hpp>
#include <ansatz/solvers/multigrid/reference/cycle.hpp>
#include <ansatz/solvers/multigrid/voxel_matrix.hpp>
#include <ansatz/solvers/multigrid/voxmg.hpp>
#include <ansatz/solvers/poisson/components.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace multigrid_test {

using namespace poisson_test;
using ansatz::solvers::register_multigrid;
using ansatz::solvers::multigrid::CycleOptions;
using ansatz::solvers::multigrid::CycleType;
using ansatz::solvers::multigrid::CycleWeights;
using ansatz::solvers::multigrid::Smoother;
using dcdm_test::OptionList;
using dcdm_test::Options;
using dcdm_test::Solver;
namespace reference = ansatz::solvers::reference;

constexpr double rounding = 0x1p-24; // of single precision

/// Precondition of cases that learn nothing from more ranks: there they show as skipped.
inline boost::test_tools::assertion_result one_rank(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(rank_count() == 1);
  result.message() << "runs on one rank";
  return result;
}

struct Geometry {
  std::string name;
  Kind kind;
};
inline std::ostream& operator<<(std::ostream& out, const Geometry& g) { return out << g.name; }

/// Independent cells: `fluid` and `air` of a hundred.
inline Geometry mixture(unsigned seed, unsigned fluid, unsigned air) {
  return {"mixture " + std::to_string(fluid) + '/' + std::to_string(air) + " seed " + std::to_string(seed), [=](int i, int j, int k) {
            std::uint64_t h = seed + 0x9E3779B97F4A7C15U * static_cast<std::uint64_t>(i + 1024 * (j + std::int64_t{1024} * k) + 1);
            h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9U; // the mixing function of splitmix64: cells are asked for many times
            h = (h ^ (h >> 27)) * 0x94D049BB133111EBU;
            const auto roll = (h ^ (h >> 31)) % 100;
            return roll < fluid ? Cell::fluid : (roll < fluid + air ? Cell::air : Cell::solid);
          }};
}
/// Plates one cell thick every `period` cells along every axis, with holes of one cell if `holes`; otherwise closed pools, one of which touches air.
inline Geometry plates(int period, int offset, bool holes) {
  return {(holes ? "perforated plates " : "pools ") + std::to_string(period) + '+' + std::to_string(offset), [=](int i, int j, int k) {
            const int on = ((i + offset) % period == 0) + ((j + offset) % period == 0) + ((k + offset) % period == 0);
            if (on == 1 && holes && (i + 2 * j + 3 * k) % 7 == 0) return Cell::fluid;
            if (on > 0) return Cell::solid;
            return i == 1 && j == 1 && k == 1 ? Cell::air : Cell::fluid;
          }};
}
/// Fluid in every second column along z, each with its own number of air cells on top: channels of one cell.
inline Geometry channels() {
  return {"channels", [](int i, int j, int k) { return (i + j) % 2 ? Cell::solid : (k == 0 && (i + 3 * j) % 4 == 0 ? Cell::air : Cell::fluid); }};
}
inline Geometry checkerboard() {
  return {"checkerboard", [](int i, int j, int k) { return (i + j + k) % 2 ? (i % 3 ? Cell::solid : Cell::air) : Cell::fluid; }};
}
/// Fluid and solid blocks of 2 x 2 x 2 cells, shifted by one so that no block is a coarse cell.
inline Geometry blocks() {
  return {"blocks",
          [](int i, int j, int k) { return ((i + 1) / 2 + (j + 1) / 2 + (k + 1) / 2) % 2 ? (k % 5 ? Cell::solid : Cell::air) : Cell::fluid; }};
}
inline Geometry open_box() {
  return {"open box", [](int, int, int k) { return k == 0 ? Cell::air : Cell::fluid; }};
}
inline Geometry closed_box() {
  return {"closed box", [](int, int, int) { return Cell::fluid; }};
}
inline Geometry one_cell(bool air) {
  return {air ? "one cell under air" : "one isolated cell",
          [=](int i, int j, int k) { return i || j ? Cell::solid : (k == 0 ? Cell::fluid : (k == 1 && air ? Cell::air : Cell::solid)); }};
}
/// Fluid with a wavy surface and a ball in it.
inline Geometry pond(int n) {
  return {"pond", [n](int i, int j, int k) {
            const double x = (i + 0.5) / n, y = (j + 0.5) / n, z = (k + 0.5) / n;
            if (std::hypot(x - 0.6, y - 0.4, z - 0.3) < 0.22) return Cell::solid;
            return z > 0.8 + 0.1 * std::sin(7 * x) * std::cos(5 * y) ? Cell::air : Cell::fluid;
          }};
}
inline std::vector<Geometry> geometries() {
  return {mixture(1, 20, 10),
          mixture(2, 50, 10),
          mixture(3, 80, 10),
          mixture(4, 95, 3),
          mixture(5, 70, 0),
          plates(3, 0, true),
          plates(4, 1, true),
          plates(5, 0, false),
          plates(3, 1, false),
          channels(),
          checkerboard(),
          blocks(),
          open_box(),
          closed_box(),
          one_cell(true),
          one_cell(false),
          pond(8)};
}

/// visit(number, cells) for grids of 1 to 17 cells an axis; some of them on several ranks, where starting things costs more than the work.
template <class Visit>
void for_small_sizes(Visit&& visit) {
  constexpr std::array sizes = {1, 2, 3, 5, 7, 8, 9, 17};
  const std::size_t stride = rank_count() == 1 ? 1 : 7;
  for (std::size_t n = 0; n < sizes.size() * sizes.size() * sizes.size(); n += stride) {
    const std::array<int, 3> cells = {sizes[n / 64], sizes[n / 8 % 8], sizes[n % 8]};
    if (fits(cells)) visit(n, cells);
  }
}

/// The same cells for the reference.
inline std::vector<reference::Operator> reference_hierarchy(const System& s, std::array<int, 3> cells, const CycleWeights* weights = nullptr) {
  return reference::hierarchy(reference::finest(
                                  cells, [&](int i, int j, int k) { return s.kind(i, j, k) == Cell::fluid; },
                                  [&](int i, int j, int k) { return s.kind(i, j, k) == Cell::air; }),
                              64, weights);
}

using Weights = std::shared_ptr<const CycleWeights>;
/// Weights far from any that are learned: factors up to exp(2), omega between 0.5 and 1.5.
inline Weights random_weights(unsigned seed) {
  auto weights = std::make_shared<CycleWeights>();
  std::mt19937 engine(seed);
  for (double& v : weights->arena().parameters()) v = static_cast<double>(engine() % 2001) / 1000.0 - 1.0;
  return weights;
}

/// v without its mean on every closed component. M v then does not depend on which unknown of the component the coarsest level pins.
inline Array compatible(const System& s, const Array& v) {
  const Vector projected = s.vector(v);
  const ansatz::solvers::ClosedComponents closed(s.A());
  closed.project(projected.get());
  return s.natural(projected.get());
}

struct DestroyPc {
  void operator()(PC p) const { PCDestroy(&p); }
};

/// z = M r of PC "voxmg" on vectors in natural order.
class Multigrid {
public:
  explicit Multigrid(const System& s, const OptionList& options = {}, Weights weights = nullptr) : s_(s) {
    register_multigrid();
    PC pc = nullptr;
    petsc_check(PCCreate(PetscObjectComm(reinterpret_cast<PetscObject>(s.flags().dm())), &pc));
    pc_.reset(pc);
    petsc_check(PCSetType(pc, ansatz::solvers::voxmg_pc_type));
    petsc_check(PCSetOperators(pc, s.A().shell(), s.A().shell()));
    const Options set(options);
    petsc_check(PCSetFromOptions(pc));
    if (weights) ansatz::solvers::set_voxmg_weights(pc, std::move(weights));
    petsc_check(PCSetUp(pc));
  }
  [[nodiscard]] Array apply(const Array& r) const {
    const Vector from = s_.vector(r);
    const Vector to = s_.zero();
    petsc_check(PCApply(pc_.get(), from.get(), to.get()));
    return s_.natural(to.get());
  }

  [[nodiscard]] std::size_t bytes() const { return ansatz::solvers::voxmg_bytes(pc_.get()); }

private:
  const System& s_;
  std::unique_ptr<_p_PC, DestroyPc> pc_;
};

/// The way an option list reads in a context message.
inline std::string text(const OptionList& options) {
  std::string all;
  for (const auto& [name, value] : options) all.append(name).append(1, ' ').append(value).append(1, ' ');
  return all;
}
inline CycleOptions cycle_options(Smoother smoother, CycleType type, int sweeps) {
  CycleOptions o;
  o.smoother = smoother;
  o.type = type;
  o.sweeps = sweeps;
  return o;
}
inline OptionList option_list(const CycleOptions& o) {
  constexpr const char* smoothers[] = {"redblack", "chebyshev", "jacobi"};
  constexpr const char* types[] = {"v", "w", "f"};
  return {{"-pc_voxmg_smoother", smoothers[static_cast<int>(o.smoother)]},
          {"-pc_voxmg_cycle", types[static_cast<int>(o.type)]},
          {"-pc_voxmg_sweeps", std::to_string(o.sweeps)},
          {"-pc_voxmg_fused", o.fused ? "1" : "0"}};
}

/// A Krylov run with PC "voxmg" on the shell of a system.
struct Krylov {
  std::string type = "mgcg";
  double rtol = 1e-6;
  int max_iterations = 100;
  OptionList options{};
};
struct Outcome {
  Array x;
  Array history; ///< residual norms
  int iterations = 0;
  KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
};
inline Outcome run(const System& s, const Array& b, const Krylov& c, const Array& guess = {}) {
  register_multigrid();
  KSP ksp = nullptr;
  PC pc = nullptr;
  petsc_check(KSPCreate(PetscObjectComm(reinterpret_cast<PetscObject>(s.flags().dm())), &ksp));
  const Solver owner(ksp);
  petsc_check(KSPSetOperators(ksp, s.A().shell(), s.A().shell()));
  petsc_check(KSPSetType(ksp, c.type.c_str()));
  petsc_check(KSPSetNormType(ksp, KSP_NORM_UNPRECONDITIONED));
  petsc_check(KSPSetTolerances(ksp, c.rtol, 1e-300, 1e30, c.max_iterations));
  petsc_check(KSPSetInitialGuessNonzero(ksp, guess.empty() ? PETSC_FALSE : PETSC_TRUE));
  petsc_check(KSPSetResidualHistory(ksp, nullptr, c.max_iterations + 2, PETSC_TRUE));
  petsc_check(KSPGetPC(ksp, &pc));
  petsc_check(PCSetType(pc, ansatz::solvers::voxmg_pc_type));
  const Options set(c.options);
  petsc_check(KSPSetFromOptions(ksp));
  const Vector rhs = s.vector(b);
  const Vector x = guess.empty() ? s.zero() : s.vector(guess);
  petsc_check(KSPSolve(ksp, rhs.get(), x.get()));
  Outcome o;
  PetscInt its = 0, n = 0;
  const PetscReal* norms = nullptr;
  petsc_check(KSPGetIterationNumber(ksp, &its));
  petsc_check(KSPGetConvergedReason(ksp, &o.reason));
  petsc_check(KSPGetResidualHistory(ksp, &norms, &n));
  o.history.assign(norms, norms + n);
  o.iterations = static_cast<int>(its);
  o.x = s.natural(x.get());
  return o;
}

inline double largest(const Array& a) {
  double m = 0.0;
  for (const double v : a) m = std::max(m, std::abs(v));
  return m;
}

} // namespace multigrid_test
