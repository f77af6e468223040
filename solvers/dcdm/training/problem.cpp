// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/training/problem.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ansatz::solvers::training {

namespace {

void copy_in(std::span<const double> from, Vec to) {
  double* values = nullptr;
  petsc_check(VecGetArrayWrite(to, &values));
  std::copy(from.begin(), from.end(), values);
  petsc_check(VecRestoreArrayWrite(to, &values));
}

void copy_out(Vec from, std::span<double> to) {
  const double* values = nullptr;
  petsc_check(VecGetArrayRead(from, &values));
  std::copy_n(values, to.size(), to.begin());
  petsc_check(VecRestoreArrayRead(from, &values));
}

} // namespace

Problem::Problem(const Scene& scene) : dm_(create_dm(PETSC_COMM_SELF, scene.grid)) {
  flags_ = cell_flags(scene, dm_).flags;
  A_ = std::make_unique<PressureOperator>(*flags_);
  closed_.emplace(*A_);
  petsc_check(DMCreateGlobalVector(dm_, &x_));
  petsc_check(VecDuplicate(x_, &y_));
  const LocalBox& box = flags_->box();
  codes_.reserve(static_cast<std::size_t>(box.own_cells()));
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) codes_.push_back(A_->diagonal()[static_cast<std::size_t>(box.index(i, j, k))]);
}

Problem::~Problem() {
  (void)VecDestroy(&y_);
  (void)VecDestroy(&x_);
  closed_.reset();
  A_.reset();
  flags_.reset();
  (void)DMDestroy(&dm_);
}

void Problem::apply(std::span<const double> x, std::span<double> y) const {
  copy_in(x, x_);
  A_->apply(x_, y_);
  copy_out(y_, y);
  for (std::size_t i = 0; i < y.size(); ++i)
    if (codes_[i] == 0) y[i] = 0.0;
}

void Problem::project(std::span<double> v) const {
  for (std::size_t i = 0; i < v.size(); ++i)
    if (codes_[i] == 0) v[i] = 0.0;
  copy_in(v, x_);
  closed_->project(x_);
  copy_out(x_, v);
}

double normalise(std::span<double> v) {
  const double size = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
  if (size > 0.0)
    for (double& value : v) value /= size;
  return size;
}

} // namespace ansatz::solvers::training
