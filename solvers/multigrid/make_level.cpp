// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/coarsen.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <map>
#include <numeric>

namespace ansatz::solvers::multigrid {
namespace {

using Cell3 = std::array<int, 3>;

std::size_t at(std::ptrdiff_t i) { return static_cast<std::size_t>(i); }

/// All ranks' records on rank 0, in rank order; empty elsewhere.
template <class Record>
std::vector<Record> collect(MPI_Comm comm, const std::vector<Record>& own) {
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  const int bytes = static_cast<int>(own.size() * sizeof(Record));
  std::vector<int> counts(at(size));
  std::vector<int> offsets(at(size) + 1, 0);
  MPI_Gather(&bytes, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, comm);
  std::partial_sum(counts.begin(), counts.end(), offsets.begin() + 1);
  std::vector<Record> all(rank == 0 ? at(offsets.back()) / sizeof(Record) : 0);
  MPI_Gatherv(own.data(), bytes, MPI_BYTE, all.data(), counts.data(), offsets.data(), MPI_BYTE, 0, comm);
  return all;
}

class LevelMaker {
public:
  LevelMaker(MPI_Comm comm, Level& fine, CoarseOperator op, const Partition& partition) : comm_(comm), fine_(fine), op_(std::move(op)) {
    MPI_Comm_rank(comm, &rank_);
    level_.partition = partition;
    level_.box = split_box(partition, rank_);
    level_.distributed = partition.blocks(0) * partition.blocks(1) * partition.blocks(2) > 1;
  }

  [[nodiscard]] Level make(const CycleWeights* weights, std::size_t depth, Strengths& strengths) {
    if (level_.partition == fine_.arriving_partition)
      level_.weight = std::move(op_.weight);
    else
      gather();
    level_.extras = static_cast<int>(op_.extras.size());
    for (const ExtraUnknown& e : op_.extras) level_.extra_cells.push_back(local(e.cell));
    if (level_.distributed) {
      level_.halo = std::make_unique<Halo>(comm_, level_.partition);
      add_ghost_extras();
    }
    add_rows();
    const std::size_t unknowns = level_.box.size + at(level_.extras + level_.ghost_extras);
    op_.delta.resize(unknowns, 0.0F);
    for (int e = 0; e < level_.extras; ++e) op_.delta[level_.box.size + at(e)] = op_.extras[at(e)].delta;
    for (float& d : op_.delta)
      if (d < smallest_delta) d = 0.0F;
    if (weights) scale(*weights, depth, unknowns);
    if (level_.distributed)
      for (auto& w : level_.weight) level_.halo->exchange(MPI_FLOAT, w.data());
    add_diagonal(unknowns);
    level_.stencils = make_stencils(level_.box, level_.weight, level_.diagonal, level_.inverse_diagonal);
    if (weights) forget_vanished();
    level_.z = ZeroedArray<float>(unknowns);
    level_.r = ZeroedArray<float>(unknowns);
    strengths = {std::move(op_.delta), std::move(op_.shapes)};
    return std::move(level_);
  }

private:
  // delta is at least 2^-l where it is not 0; less is what subtracting a moved child's share left over by rounding, and would make a closed component regular.
  static constexpr float smallest_delta = 1e-5F;

  [[nodiscard]] Cell3 cell3(std::int64_t cell) const {
    const Cell3 n = level_.partition.cells();
    return {static_cast<int>(cell % n[0]), static_cast<int>(cell / n[0] % n[1]), static_cast<int>(cell / n[0] / n[1])};
  }
  [[nodiscard]] std::int32_t local(std::int64_t cell) const {
    const Cell3 c = cell3(cell);
    const Cell3& s = level_.box.start;
    return static_cast<std::int32_t>(level_.box.index(c[0] - s[0], c[1] - s[1], c[2] - s[2]));
  }

  /// Moves everything to the level's own partition (rank 0) and keeps the way for later values.
  void gather() {
    const std::size_t arriving = fine_.arriving.size + op_.extras.size();
    op_.extras = collect(comm_, op_.extras);
    std::sort(op_.extras.begin(), op_.extras.end(), [](const ExtraUnknown& a, const ExtraUnknown& b) { return a.cell < b.cell; });
    op_.couplings = collect(comm_, op_.couplings);
    std::stable_sort(op_.couplings.begin(), op_.couplings.end(),
                     [](const Coupling& a, const Coupling& b) { return std::pair(a.row_cell, a.row_sheet) < std::pair(b.row_cell, b.row_sheet); });
    std::vector<Leaf> leaves;
    const SplitBox& box = level_.box;
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j)
        for (int i = 0; i < box.n[0]; ++i) {
          const int owner = fine_.arriving_partition.owner({i, j, k});
          const SplitBox from = split_box(fine_.arriving_partition, owner);
          const auto there = from.index(i - from.start[0], j - from.start[1], k - from.start[2]);
          leaves.push_back({static_cast<PetscInt>(box.index(i, j, k)), owner, static_cast<PetscInt>(there)});
        }
    for (std::size_t e = 0; e < op_.extras.size(); ++e)
      leaves.push_back({static_cast<PetscInt>(box.size + e), op_.extras[e].rank, op_.extras[e].arriving});
    fine_.gather = make_sf(comm_, arriving, leaves);
    fine_.staging.assign(arriving, 0.0F);
    const auto fetch = [&](AlignedVector<float>& values) {
      AlignedVector<float> own(box.size + op_.extras.size(), 0.0F);
      values.resize(arriving, 0.0F);
      broadcast(fine_.gather.get(), MPI_FLOAT, values.data(), own.data());
      return own;
    };
    for (std::size_t a = 0; a < 3; ++a) {
      level_.weight[a] = fetch(op_.weight[a]);
      level_.weight[a].resize(box.size);
    }
    op_.delta = fetch(op_.delta);
    op_.delta.resize(box.size);
    for (auto& values : op_.shapes)
      if (!values.empty()) values = fetch(values);
  }

  void add_ghost_extras() {
    int any = level_.extras;
    MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, comm_);
    if (any == 0) return;
    std::vector<int> slot(level_.box.size, -1);
    for (int e = 0; e < level_.extras; ++e) slot[at(level_.extra_cells[at(e)])] = static_cast<int>(level_.box.size) + e;
    level_.halo->exchange(MPI_INT, slot.data());
    std::vector<Leaf> leaves;
    for (const Coupling& c : op_.couplings) {
      const int owner = level_.partition.owner(cell3(c.column_cell));
      if (c.column_sheet == 0 || owner == rank_ || ghost_.contains(c.column_cell)) continue;
      const auto here = static_cast<PetscInt>(level_.box.size) + level_.extras + level_.ghost_extras++;
      ghost_[c.column_cell] = static_cast<std::int32_t>(here);
      level_.extra_cells.push_back(local(c.column_cell));
      leaves.push_back({here, owner, slot[at(local(c.column_cell))]});
    }
    level_.extra_halo = make_sf(comm_, level_.box.size + at(level_.extras), leaves);
  }

  [[nodiscard]] std::int32_t unknown(std::int64_t cell, int sheet) const {
    if (sheet == 0) return local(cell);
    if (const auto g = ghost_.find(cell); g != ghost_.end()) return g->second;
    const auto e = std::lower_bound(op_.extras.begin(), op_.extras.end(), cell, [](const ExtraUnknown& a, std::int64_t b) { return a.cell < b; });
    return static_cast<std::int32_t>(level_.box.size) + static_cast<std::int32_t>(e - op_.extras.begin());
  }

  /// Explicit rows, every own extra among them even if nothing couples to it, sorted by plane and colour.
  void add_rows() {
    std::map<std::tuple<int, int, int, std::int32_t>, std::vector<const Coupling*>> rows; // (plane, colour, line, unknown)
    const auto key = [&](std::int64_t cell, int sheet) {
      const Cell3 c = cell3(cell);
      const Cell3& s = level_.box.start;
      return std::tuple(c[2] - s[2], (c[0] + c[1] + c[2]) & 1, c[1] - s[1], unknown(cell, sheet));
    };
    for (const ExtraUnknown& e : op_.extras) rows[key(e.cell, 1)];
    for (const Coupling& c : op_.couplings) rows[key(c.row_cell, c.row_sheet)].push_back(&c);
    ExtraRows& out = level_.rows;
    out.group.assign(2 * at(level_.box.n[2]) + 1, 0);
    out.begin.assign(1, 0);
    for (const auto& [where, entries] : rows) {
      ++out.group[2 * at(std::get<0>(where)) + at(std::get<1>(where)) + 1];
      out.line.push_back(std::get<2>(where));
      out.row.push_back(std::get<3>(where));
      for (const Coupling* c : entries) {
        out.column.push_back(unknown(c->column_cell, c->column_sheet));
        out.weight.push_back(c->weight);
      }
      out.begin.push_back(static_cast<std::int32_t>(out.column.size()));
    }
    std::partial_sum(out.group.begin(), out.group.end(), out.group.begin());
  }

  /// Learned factors on faces, explicit couplings and surfaces. Faces of blocks need the shapes behind them.
  void scale(const CycleWeights& weights, std::size_t depth, std::size_t unknowns) {
    for (auto& values : op_.shapes) {
      values.resize(unknowns, 0.0F);
      level_.exchange(values.data());
    }
    const SplitBox& b = level_.box;
    constexpr CellShape full = {1.0F, 0.0F, 0.0F, 0.0F};
    const float interior = weights.face(depth, 0, full, full);
    for (int k = 0; k < b.n[2]; ++k)
      for (int j = 0; j < b.n[1]; ++j)
        for (int odd = 0; odd < 2; ++odd) {
          const auto own = b.index(odd, j, k);
          const std::ptrdiff_t lower[3] = {odd ? own - b.half : own + b.half - 1, own - b.row, own - b.plane};
          for (std::size_t a = 0; a < 3; ++a) scale_faces(weights, depth, interior, a, own, lower[a], b.count[at(odd)]);
        }
    scale_rows(weights, depth);
    for (std::size_t i = 0; i < unknowns; ++i)
      if (op_.delta[i] > 0.0F) op_.delta[i] *= weights.surface(depth, shape_at(op_.shapes, i));
  }
  /// Half a row of faces along `axis` between `lower` and `own`: almost all lie between full cells and share the factor `interior`.
  void scale_faces(const CycleWeights& weights, std::size_t depth, float interior, std::size_t axis, std::ptrdiff_t own, std::ptrdiff_t lower,
                   int count) {
    float* w = level_.weight[axis].data() + own;
    const float* above = op_.shapes[0].data() + own;
    const float* below = op_.shapes[0].data() + lower;
    int full_faces = 0;
    for (int m = 1; m < count; ++m) full_faces += above[m] == 1.0F && below[m] == 1.0F ? 1 : 0;
    const int singly = full_faces == count - 1 ? 1 : count; // the first face of a row along x may be a wall
    for (int m = singly; m < count; ++m) w[m] *= interior;
    for (int m = 0; m < singly; ++m)
      if (w[m] > 0.0F)
        w[m] *= above[m] == 1.0F && below[m] == 1.0F
                    ? interior
                    : weights.face(depth, axis, shape_at(op_.shapes, at(lower + m)), shape_at(op_.shapes, at(own + m)));
  }
  /// A closed component that has shrunk to one unknown has left the hierarchy, and its part of the cell with it.
  void forget_vanished() {
    for (std::size_t i = 0; i < level_.box.size; ++i)
      if (level_.diagonal[i] <= 0.0F)
        for (auto& values : op_.shapes) values[i] = 0.0F;
  }
  void scale_rows(const CycleWeights& weights, std::size_t depth) {
    const ExtraRows& rows = level_.rows;
    for (std::size_t s = 0; s < rows.row.size(); ++s)
      for (auto t = at(rows.begin[s]); t < at(rows.begin[s + 1]); ++t) {
        const Cell3 here = place(rows.row[s]);
        const Cell3 there = place(rows.column[t]);
        const std::size_t axis = here[0] != there[0] ? 0 : (here[1] != there[1] ? 1 : 2);
        auto lower = shape_at(op_.shapes, at(rows.row[s]));
        auto upper = shape_at(op_.shapes, at(rows.column[t]));
        if (here[axis] > there[axis]) std::swap(lower, upper);
        level_.rows.weight[t] *= weights.face(depth, axis, lower, upper);
      }
  }
  [[nodiscard]] Cell3 place(std::int32_t unknown) const {
    return level_.box.cell(at(unknown) < level_.box.size ? unknown : level_.extra_cells[at(unknown) - level_.box.size]);
  }

  void add_diagonal(std::size_t unknowns) {
    const SplitBox& b = level_.box;
    level_.diagonal.assign(unknowns, 0.0F);
    level_.inverse_diagonal.assign(unknowns, 0.0F);
    for (int k = 0; k < b.n[2]; ++k)
      for (int j = 0; j < b.n[1]; ++j)
        for (int odd = 0; odd < 2; ++odd) {
          const auto first = b.index(odd, j, k);
          const auto right = odd ? first - b.half + 1 : first + b.half;
          for (int m = 0; m < b.count[at(odd)]; ++m) {
            const auto i = at(first + m);
            level_.diagonal[i] = op_.delta[i] + level_.weight[0][i] + level_.weight[0][at(right + m)] + level_.weight[1][i] +
                                 level_.weight[1][at(first + m + b.row)] + level_.weight[2][i] + level_.weight[2][at(first + m + b.plane)];
          }
        }
    for (int e = 0; e < level_.extras; ++e) level_.diagonal[b.size + at(e)] = op_.delta[b.size + at(e)];
    const ExtraRows& rows = level_.rows;
    for (std::size_t s = 0; s < rows.row.size(); ++s)
      for (auto t = at(rows.begin[s]); t < at(rows.begin[s + 1]); ++t) level_.diagonal[at(rows.row[s])] += rows.weight[t];
    for (std::size_t i = 0; i < unknowns; ++i) level_.inverse_diagonal[i] = level_.diagonal[i] > 0.0F ? 1.0F / level_.diagonal[i] : 0.0F;
  }

  MPI_Comm comm_;
  int rank_ = 0;
  Level& fine_;
  CoarseOperator op_;
  Level level_;
  std::map<std::int64_t, std::int32_t> ghost_;
};

} // namespace

Level make_level(MPI_Comm comm, Level& fine, CoarseOperator op, const Partition& partition, const CycleWeights* weights, std::size_t depth,
                 Strengths& strengths) {
  return LevelMaker(comm, fine, std::move(op), partition).make(weights, depth, strengths);
}

} // namespace ansatz::solvers::multigrid
