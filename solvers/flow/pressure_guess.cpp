// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/pressure_guess.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <cmath>

namespace ansatz::solvers::flow {

Guess guess_of(const std::string& name) {
  if (name == "zero") return Guess::zero;
  if (name == "previous") return Guess::previous;
  if (name == "fischer") return Guess::fischer;
  throw UsageError("bad_value", "guess \"" + name + "\": must be zero, previous or fischer");
}

PressureGuess::PressureGuess(Guess kind, int size, Vec like) : kind_(kind), size_(static_cast<std::size_t>(size)) {
  petsc_check(VecDuplicate(like, &work_));
}

PressureGuess::~PressureGuess() {
  clear();
  VecDestroy(&work_);
}

void PressureGuess::clear() {
  for (Vec& v : vectors_) VecDestroy(&v);
  vectors_.clear();
}

void PressureGuess::grow() {
  Vec v = nullptr;
  petsc_check(VecDuplicate(work_, &v));
  vectors_.push_back(v);
}

void PressureGuess::restore(std::size_t count, double dt) {
  clear();
  while (vectors_.size() < count) grow();
  dt_ = dt;
}

void PressureGuess::forget() {
  if (kind_ == Guess::fischer) clear();
}

bool PressureGuess::propose(Vec b, double dt, Vec x) const {
  petsc_check(VecSet(x, 0.0));
  if (vectors_.empty()) return false;
  if (kind_ == Guess::previous) {
    petsc_check(VecAXPY(x, dt / dt_, vectors_[0]));
    return true;
  }
  std::vector<PetscScalar> part(vectors_.size());
  petsc_check(VecMDot(b, static_cast<PetscInt>(vectors_.size()), vectors_.data(), part.data()));
  petsc_check(VecMAXPY(x, static_cast<PetscInt>(vectors_.size()), part.data(), const_cast<Vec*>(vectors_.data())));
  return true;
}

void PressureGuess::learn(const PressureOperator& A, Vec x0, Vec x, double dt) {
  if (kind_ == Guess::zero) return;
  if (kind_ == Guess::previous) {
    if (vectors_.empty()) grow();
    petsc_check(VecCopy(x, vectors_[0]));
    dt_ = dt;
    return;
  }
  const bool full = vectors_.size() == size_;
  if (full) clear();
  grow();
  Vec added = vectors_.back();
  petsc_check(VecCopy(x, added));
  if (!full) petsc_check(VecAXPY(added, -1.0, x0));
  // Twice, since one pass leaves rounding that the small norm of the remainder magnifies.
  PetscScalar energy = 0.0;
  for (int pass = 0; pass < 2; ++pass) {
    A.apply(added, work_);
    const auto others = static_cast<PetscInt>(vectors_.size() - 1);
    std::vector<PetscScalar> part(vectors_.size());
    petsc_check(VecMDot(work_, others, vectors_.data(), part.data()));
    for (PetscScalar& p : part) p = -p;
    petsc_check(VecMAXPY(added, others, part.data(), vectors_.data()));
  }
  A.apply(added, work_);
  petsc_check(VecDot(added, work_, &energy));
  if (energy > 0.0 && std::isfinite(energy)) {
    petsc_check(VecScale(added, 1.0 / std::sqrt(energy)));
  } else {
    VecDestroy(&added);
    vectors_.pop_back();
  }
}

} // namespace ansatz::solvers::flow
