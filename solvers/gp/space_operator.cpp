// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/space_operator.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::solvers::gp {

namespace {

std::array<const Matrix*, 3> pointers(const std::array<Matrix, 3>& a) { return {a.data(), &a[1], &a[2]}; }

Matrix rows_between(const Matrix& a, int begin, int count) {
  Matrix part(count, a.cols);
  for (int j = 0; j < a.cols; ++j) std::copy_n(a.column(j) + begin, count, part.column(j));
  return part;
}

int most(const std::array<int, 3>& order) { return order[0] + order[1] + order[2]; }

} // namespace

SpaceOperator::SpaceOperator(MPI_Comm comm, const SpaceProblem& problem, const std::array<TensorAxis, 3>& axes)
    : comm_(comm), problem_(problem), axes_(axes) {
  const auto count = [&](std::size_t axis) { return static_cast<int>(axes_[axis].points.size()); };
  block_ = grid_block({count(0), count(1), count(2)}, rank_of(comm), size_of(comm));
  prepare_axes();
  agree(comm_, [&] { place_terms(); });
  agree(comm_, [&] { lift_faces(); });
  build_diagonal();
  build_right_side();
}

std::array<int, 3> SpaceOperator::shape() const { return {axes_[0].mode_count(), axes_[1].mode_count(), axes_[2].mode_count()}; }

bool SpaceOperator::diagonal_is_exact() const {
  return on_modes_alone_ && std::all_of(axes_.begin(), axes_.end(), [](const TensorAxis& axis) { return axis.nodal; }) &&
         std::all_of(terms_.begin(), terms_.end(), [](const PlacedTerm& term) { return most(term.order) == 0 || most(term.order) == 2; }) &&
         std::none_of(terms_.begin(), terms_.end(), [](const PlacedTerm& term) { return std::count(term.order.begin(), term.order.end(), 1) > 0; });
}

void SpaceOperator::prepare_axes() {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    tests_[axis] = columns(axes_[axis].test, block_.start[axis], block_.count[axis]);
    for (int order = 0; order < 3; ++order) {
      const auto o = static_cast<std::size_t>(order);
      const Matrix all = mode_values(axes_[axis], axes_[axis].points, order);
      modes_at_[axis][o] = rows_between(all, block_.start[axis], block_.count[axis]);
      small_[axis][o] = product(axes_[axis].test, all);
    }
  }
}

Cube SpaceOperator::on_block(const Expression& formula) const {
  Cube values(block_.count);
  std::array<std::vector<double>, 3> x;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto first = axes_[axis].points.begin() + block_.start[axis];
    x[axis].assign(first, first + block_.count[axis]);
  }
  std::size_t n = 0;
  for (const double c : x[2])
    for (const double b : x[1])
      for (const double a : x[0]) values.values[n++] = formula(a, b, c);
  return values;
}

double SpaceOperator::mean_over_grid(double sum) const {
  double all = 0.0;
  check_mpi(MPI_Reduce(&sum, &all, 1, MPI_DOUBLE, MPI_SUM, 0, comm_), "MPI_Reduce");
  check_mpi(MPI_Bcast(&all, 1, MPI_DOUBLE, 0, comm_), "MPI_Bcast");
  double points = 1.0;
  for (const TensorAxis& axis : axes_) points *= static_cast<double>(axis.points.size());
  return all / points;
}

void SpaceOperator::place_terms() {
  on_modes_alone_ = !problem_.nonlinear();
  for (const SpaceTerm& term : problem_.terms) {
    PlacedTerm placed{.order = term.order};
    if (term.coefficient.is_constant()) {
      placed.mean = term.coefficient(0.0, 0.0, 0.0);
    } else {
      placed.values = on_block(term.coefficient);
      on_modes_alone_ = false;
    }
    terms_.push_back(std::move(placed));
  }
}

/// Of each pair of faces: the values at the two ends, in the coefficients of the end functions, fitted along the other two axes.
void SpaceOperator::lift_faces() {
  for (std::size_t b = 0; b < 3; ++b) {
    std::array<std::vector<double>, 3> x;
    std::array<int, 3> count{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      x[axis] = axes_[axis].points;
      if (axis == b) x[axis] = {axes_[axis].points.front(), axes_[axis].points.back()};
      count[axis] = static_cast<int>(x[axis].size());
    }
    Cube g(count);
    std::size_t n = 0;
    for (const double z : x[2])
      for (const double y : x[1])
        for (const double c : x[0]) g.values[n++] = problem_.boundary(c, y, z);
    for (const std::size_t factor : {1U, 0U}) {
      std::array<Matrix, 3> fits;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const TensorAxis& own = axes_[axis];
        fits[axis] = own.fit[factor];
        if (axis == b) fits[axis] = factor == 0 ? identity(2) : solve_general(columns(own.basis(x[b], 0), 0, 2), identity(2));
        if (axis < b && factor == 0) fits[axis] = rows_between(own.fit[0], 2, own.size - 2);
      }
      g = along_all(pointers(fits), g);
    }
    faces_[b] = std::move(g);
  }
}

void SpaceOperator::build_diagonal() {
  diagonal_ = Cube(shape());
  for (PlacedTerm& term : terms_) {
    if (!problem_.terms[static_cast<std::size_t>(&term - terms_.data())].coefficient.is_constant()) {
      double sum = 0.0;
      for (const double value : term.values.values) sum += value;
      term.mean = mean_over_grid(sum);
    }
    const auto twice = std::find(term.order.begin(), term.order.end(), 2);
    if (most(term.order) != 0 && (most(term.order) != 2 || twice == term.order.end())) continue;
    for (int k = 0; k < diagonal_.shape[2]; ++k)
      for (int j = 0; j < diagonal_.shape[1]; ++j)
        for (int i = 0; i < diagonal_.shape[0]; ++i) {
          const std::array<int, 3> at{i, j, k};
          const auto axis = static_cast<std::size_t>(twice - term.order.begin());
          diagonal_(i, j, k) += term.mean * (most(term.order) == 0 ? 1.0 : axes_[axis].eigenvalues[static_cast<std::size_t>(at[axis])]);
        }
  }
}

Cube SpaceOperator::lifted(std::array<int, 3> order) const {
  std::array<Matrix, 3> basis;
  for (std::size_t axis = 0; axis < 3; ++axis)
    basis[axis] = rows_between(axes_[axis].basis(axes_[axis].points, order[axis]), block_.start[axis], block_.count[axis]);
  return apply_to_faces(basis, faces_);
}

Cube SpaceOperator::evaluated(const Cube& a, std::array<int, 3> order) const {
  const auto at = [&](std::size_t axis) { return &modes_at_[axis][static_cast<std::size_t>(order[axis])]; };
  return along_all({at(0), at(1), at(2)}, a);
}

Cube SpaceOperator::projected(const Cube& values) const {
  const Cube own = along_all(pointers(tests_), values);
  Cube all(own.shape);
  const auto count = static_cast<int>(own.size());
  check_mpi(MPI_Reduce(own.values.data(), all.values.data(), count, MPI_DOUBLE, MPI_SUM, 0, comm_), "MPI_Reduce");
  check_mpi(MPI_Bcast(all.values.data(), count, MPI_DOUBLE, 0, comm_), "MPI_Bcast");
  return all;
}

void SpaceOperator::build_right_side() {
  Cube f;
  agree(comm_, [&] { f = on_block(problem_.source); });
  scale_ = std::sqrt(mean_over_grid(dot(f.values, f.values)));
  for (double& value : f.values) value -= problem_.reaction(0.0);
  if (!on_modes_alone_) lift_ = lifted({0, 0, 0});
  double largest_term = 0.0;
  for (const PlacedTerm& term : terms_) {
    if (!term.values.values.empty() || scale_ == 0.0) {
      Cube part = lifted(term.order);
      for (std::size_t i = 0; i < part.size(); ++i) part.values[i] *= term.values.values.empty() ? term.mean : term.values.values[i];
      if (scale_ == 0.0) largest_term = std::max(largest_term, std::sqrt(mean_over_grid(dot(part.values, part.values))));
      if (!term.values.values.empty()) axpy(-1.0, part.values, f.values);
    }
  }
  if (scale_ == 0.0) scale_ = largest_term > 0.0 ? largest_term : 1.0;
  right_side_ = projected(f);
  for (const PlacedTerm& term : terms_) {
    if (!term.values.values.empty()) continue;
    std::array<Matrix, 3> tested;
    for (std::size_t axis = 0; axis < 3; ++axis) tested[axis] = product(axes_[axis].test, axes_[axis].basis(axes_[axis].points, term.order[axis]));
    axpy(-term.mean, apply_to_faces(tested, faces_).values, right_side_.values);
  }
}

Cube SpaceOperator::by_constant_terms(const Cube& a) const {
  Cube sum(a.shape);
  for (const PlacedTerm& term : terms_) {
    if (!term.values.values.empty()) continue;
    std::array<const Matrix*, 3> parts{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto order = static_cast<std::size_t>(term.order[axis]);
      // Of nodal modes t_i(e_j) is the identity to rounding, and the product would be the most expensive one.
      parts[axis] = order == 0 && axes_[axis].nodal ? nullptr : &small_[axis][order];
    }
    axpy(term.mean, along_all(parts, a).values, sum.values);
  }
  return sum;
}

Cube SpaceOperator::residual(const Cube& a) {
  Cube r = by_constant_terms(a);
  axpy(-1.0, right_side_.values, r.values);
  if (on_modes_alone_) return r;
  Cube u = evaluated(a, {0, 0, 0});
  axpy(1.0, lift_.values, u.values);
  for (double& value : u.values) value = problem_.reaction(value) - problem_.reaction(0.0);
  for (const PlacedTerm& term : terms_) {
    if (term.values.values.empty()) continue;
    const Cube part = evaluated(a, term.order);
    for (std::size_t i = 0; i < part.size(); ++i) u.values[i] += term.values.values[i] * part.values[i];
  }
  axpy(1.0, projected(u).values, r.values);
  return r;
}

void SpaceOperator::linearise(const Cube& a) {
  if (on_modes_alone_) return;
  slope_ = evaluated(a, {0, 0, 0});
  axpy(1.0, lift_.values, slope_.values);
  double sum = 0.0;
  for (double& value : slope_.values) sum += value = problem_.reaction_slope(value);
  mean_slope_ = mean_over_grid(sum);
}

Cube SpaceOperator::derivative(const Cube& d) const {
  Cube image = by_constant_terms(d);
  if (on_modes_alone_) return image;
  Cube on_grid = evaluated(d, {0, 0, 0});
  for (std::size_t i = 0; i < on_grid.size(); ++i) on_grid.values[i] *= slope_.values[i];
  for (const PlacedTerm& term : terms_) {
    if (term.values.values.empty()) continue;
    const Cube part = evaluated(d, term.order);
    for (std::size_t i = 0; i < part.size(); ++i) on_grid.values[i] += term.values.values[i] * part.values[i];
  }
  axpy(1.0, projected(on_grid).values, image.values);
  return image;
}

} // namespace ansatz::solvers::gp
