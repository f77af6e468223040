// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/components.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

namespace ansatz::solvers {
namespace {

std::size_t at(std::ptrdiff_t i) { return static_cast<std::size_t>(i); }

class UnionFind {
public:
  int add() {
    parent_.push_back(static_cast<int>(parent_.size()));
    return parent_.back();
  }
  int root(int a) {
    while (parent_[at(a)] != a) a = parent_[at(a)] = parent_[at(parent_[at(a)])];
    return a;
  }
  void join(int a, int b) {
    a = root(a);
    b = root(b);
    parent_[at(std::max(a, b))] = std::min(a, b);
  }
  [[nodiscard]] std::size_t size() const { return parent_.size(); }

private:
  std::vector<int> parent_;
};

/// A maximal row segment [first, last) of unknowns; `set` numbers it in the union-find.
struct Run {
  int first, last, set;
};

/// Joins the runs of two neighbouring rows wherever they overlap.
void join_rows(UnionFind& sets, const std::vector<Run>& a, const std::vector<Run>& b) {
  for (std::size_t p = 0, q = 0; p < a.size() && q < b.size();) {
    if (std::max(a[p].first, b[q].first) < std::min(a[p].last, b[q].last)) sets.join(a[p].set, b[q].set);
    if (a[p].last < b[q].last)
      ++p;
    else
      ++q;
  }
}

/// Local components: label per own cell (-1 without an unknown), and per label whether it touches air here.
struct LocalLabels {
  std::vector<std::int32_t> label;
  std::vector<std::uint8_t> open;
};

LocalLabels label_locally(const PressureOperator& A) {
  const LocalBox& box = A.flags().box();
  const auto diagonal = A.diagonal();
  const auto flags = A.flags().padded();
  constexpr auto air = static_cast<std::uint8_t>(Cell::air);
  UnionFind sets;
  std::vector<std::vector<Run>> runs(at(box.n[1]) * at(box.n[2]));
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      auto& row = runs[at(j) + at(box.n[1]) * at(k)];
      const std::uint8_t* d = diagonal.data() + box.index(0, j, k);
      for (int i = 0; i < box.n[0];) {
        if (d[i] == 0) {
          ++i;
          continue;
        }
        const int first = i;
        while (i < box.n[0] && d[i] > 0) ++i;
        row.push_back({first, i, sets.add()});
      }
      if (j > 0) join_rows(sets, row, runs[at(j - 1) + at(box.n[1]) * at(k)]);
      if (k > 0) join_rows(sets, row, runs[at(j) + at(box.n[1]) * at(k - 1)]);
    }
  std::vector<std::int32_t> number(sets.size(), -1);
  LocalLabels out;
  out.label.assign(at(box.own_cells()), -1);
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (const Run& run : runs[at(j) + at(box.n[1]) * at(k)]) {
        auto& id = number[at(sets.root(run.set))];
        if (id < 0) {
          id = static_cast<std::int32_t>(out.open.size());
          out.open.push_back(0);
        }
        const std::uint8_t* f = flags.data() + box.index(0, j, k);
        std::int32_t* label = out.label.data() + at(box.n[0]) * (at(j) + at(box.n[1]) * at(k));
        bool touches = false;
        for (int i = run.first; i < run.last; ++i) {
          label[i] = id;
          touches = touches || f[i - 1] == air || f[i + 1] == air || f[i - box.row] == air || f[i + box.row] == air || f[i - box.plane] == air ||
                    f[i + box.plane] == air;
        }
        if (touches) out.open[at(id)] = 1;
      }
  return out;
}

/// Joins the local components of all ranks: writes to `merged` the global number of each local label, to `open` whether a global component touches air.
void merge_ranks(MPI_Comm comm, const PressureOperator& A, const LocalLabels& local, std::vector<std::int32_t>& merged,
                 std::vector<std::uint8_t>& open) {
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  const int own = static_cast<int>(local.open.size());
  std::vector<int> counts(at(size));
  MPI_Allgather(&own, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
  std::vector<int> offset(at(size) + 1, 0);
  std::partial_sum(counts.begin(), counts.end(), offset.begin() + 1);
  open.assign(at(offset.back()), 0);
  MPI_Allgatherv(local.open.data(), own, MPI_BYTE, open.data(), counts.data(), offset.data(), MPI_BYTE, comm);

  // Pairs (own label, neighbour's label) across block faces.
  DM dm = A.flags().dm();
  const LocalBox& box = A.flags().box();
  Vec global = nullptr;
  Vec ghosted = nullptr;
  petsc_check(DMGetGlobalVector(dm, &global));
  petsc_check(DMGetLocalVector(dm, &ghosted));
  PetscScalar* values = nullptr;
  petsc_check(VecGetArrayWrite(global, &values));
  for (std::size_t c = 0; c < local.label.size(); ++c) values[c] = local.label[c] < 0 ? -1.0 : local.label[c] + offset[at(rank)];
  petsc_check(VecRestoreArrayWrite(global, &values));
  petsc_check(DMGlobalToLocal(dm, global, INSERT_VALUES, ghosted));
  PetscScalar*** cells = nullptr;
  petsc_check(DMDAVecGetArrayRead(dm, ghosted, &cells));
  std::vector<int> pairs;
  const auto& s = box.start;
  const auto& n = A.flags().grid().cells;
  for (std::size_t a = 0; a < 3; ++a)
    for (int side = 0; side < 2; ++side) {
      std::array<int, 3> lo = {0, 0, 0};
      std::array<int, 3> hi = box.n;
      lo[a] = side ? box.n[a] - 1 : 0;
      hi[a] = lo[a] + 1;
      std::array<int, 3> step = {0, 0, 0};
      step[a] = side ? 1 : -1;
      if (lo[a] + step[a] + s[a] < 0 || lo[a] + step[a] + s[a] >= n[a]) continue;
      for (int k = lo[2]; k < hi[2]; ++k)
        for (int j = lo[1]; j < hi[1]; ++j)
          for (int i = lo[0]; i < hi[0]; ++i) {
            const double mine = cells[k + s[2]][j + s[1]][i + s[0]];
            const double theirs = cells[k + s[2] + step[2]][j + s[1] + step[1]][i + s[0] + step[0]];
            if (mine < 0.0 || theirs < 0.0) continue;
            const int p = static_cast<int>(mine);
            const int q = static_cast<int>(theirs);
            if (pairs.size() >= 2 && pairs[pairs.size() - 2] == p && pairs.back() == q) continue;
            pairs.push_back(p);
            pairs.push_back(q);
          }
    }
  petsc_check(DMDAVecRestoreArrayRead(dm, ghosted, &cells));
  petsc_check(DMRestoreLocalVector(dm, &ghosted));
  petsc_check(DMRestoreGlobalVector(dm, &global));
  const int mine = static_cast<int>(pairs.size());
  MPI_Allgather(&mine, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
  std::vector<int> starts(at(size) + 1, 0);
  std::partial_sum(counts.begin(), counts.end(), starts.begin() + 1);
  std::vector<int> all(at(starts.back()));
  MPI_Allgatherv(pairs.data(), mine, MPI_INT, all.data(), counts.data(), starts.data(), MPI_INT, comm);

  UnionFind sets;
  for (std::size_t c = 0; c < open.size(); ++c) sets.add();
  for (std::size_t p = 0; p + 1 < all.size(); p += 2) sets.join(all[p], all[p + 1]);
  for (std::size_t c = 0; c < open.size(); ++c)
    if (open[c]) open[at(sets.root(static_cast<int>(c)))] = 1;
  merged.resize(at(own));
  for (int c = 0; c < own; ++c) merged[at(c)] = sets.root(c + offset[at(rank)]);
}

PetscErrorCode remove_means(MatNullSpace, Vec v, void* context) {
  PetscFunctionBegin;
  try {
    static_cast<const ClosedComponents*>(context)->project(v);
  } catch (const std::exception& e) {
    SETERRQ(PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", e.what());
  }
  PetscFunctionReturn(0);
}

} // namespace

ClosedComponents::ClosedComponents(const PressureOperator& A) : comm_(PetscObjectComm(reinterpret_cast<PetscObject>(A.flags().dm()))) {
  LocalLabels local = label_locally(A);
  std::vector<std::int32_t> merged;
  std::vector<std::uint8_t> open;
  int ranks = 1;
  MPI_Comm_size(comm_, &ranks);
  if (ranks > 1) {
    merge_ranks(comm_, A, local, merged, open);
  } else {
    merged.resize(local.open.size());
    std::iota(merged.begin(), merged.end(), 0);
    open = local.open;
  }
  // Closed roots numbered in order; every rank holds the same `open` but only roots that appear somewhere count.
  std::vector<std::uint8_t> present(open.size(), 0);
  for (const std::int32_t m : merged) present[at(m)] = 1;
  if (ranks > 1) MPI_Allreduce(MPI_IN_PLACE, present.data(), static_cast<int>(present.size()), MPI_BYTE, MPI_BOR, comm_);
  std::unordered_map<std::int32_t, std::int32_t> number;
  for (std::size_t c = 0; c < open.size(); ++c)
    if (present[c] && !open[c]) number[static_cast<std::int32_t>(c)] = static_cast<std::int32_t>(count_++);
  if (count_ == 0) return;
  size_.assign(at(count_), 0.0);
  label_.assign(local.label.size(), -1);
  for (std::size_t c = 0; c < label_.size(); ++c) {
    if (local.label[c] < 0) continue;
    const auto found = number.find(merged[at(local.label[c])]);
    if (found == number.end()) continue;
    label_[c] = found->second;
    size_[at(found->second)] += 1.0;
  }
  MPI_Allreduce(MPI_IN_PLACE, size_.data(), static_cast<int>(size_.size()), MPI_DOUBLE, MPI_SUM, comm_);
}

std::vector<double> ClosedComponents::means(Vec v) const {
  std::vector<double> sum(size_.size(), 0.0);
  const PetscScalar* values = nullptr;
  petsc_check(VecGetArrayRead(v, &values));
  for (std::size_t c = 0; c < label_.size(); ++c)
    if (label_[c] >= 0) sum[at(label_[c])] += values[c];
  petsc_check(VecRestoreArrayRead(v, &values));
  MPI_Allreduce(MPI_IN_PLACE, sum.data(), static_cast<int>(sum.size()), MPI_DOUBLE, MPI_SUM, comm_);
  for (std::size_t s = 0; s < sum.size(); ++s) sum[s] /= size_[s];
  return sum;
}

void ClosedComponents::project(Vec v) const {
  if (count_ == 0) return;
  const std::vector<double> mean = means(v);
  PetscScalar* values = nullptr;
  petsc_check(VecGetArray(v, &values));
  for (std::size_t c = 0; c < label_.size(); ++c)
    if (label_[c] >= 0) values[c] -= mean[at(label_[c])];
  petsc_check(VecRestoreArray(v, &values));
}

double ClosedComponents::incompatibility(Vec v) const {
  if (count_ == 0) return 0.0;
  const std::vector<double> mean = means(v);
  double sum = 0.0;
  for (std::size_t s = 0; s < mean.size(); ++s) sum += mean[s] * mean[s] * size_[s];
  return std::sqrt(sum);
}

MatNullSpace ClosedComponents::null_space() const {
  if (count_ == 0) return nullptr;
  MatNullSpace space = nullptr;
  petsc_check(MatNullSpaceCreate(comm_, PETSC_FALSE, 0, nullptr, &space));
  petsc_check(MatNullSpaceSetFunction(space, remove_means, const_cast<ClosedComponents*>(this))); // PETSc passes contexts as void*
  return space;
}

} // namespace ansatz::solvers
