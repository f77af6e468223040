// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/hierarchy.hpp>

#include <ansatz/solvers/multigrid/coarsen.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <algorithm>

namespace ansatz::solvers::multigrid {
namespace {

constexpr int coarsest_cells = 64; // 4^3: a dense solve of 64 unknowns costs less than one sweep over the next level up
constexpr int smallest_block = 8;  // cells an edge, below which halos cost more than the work they share

std::size_t at(std::ptrdiff_t i) { return static_cast<std::size_t>(i); }

/// Whether a level is the coarsest. Its dense solve needs it on one rank, however long and thin it is.
bool is_coarsest(const Partition& p) {
  const auto n = p.cells();
  return std::int64_t{n[0]} * n[1] * n[2] <= coarsest_cells;
}

/// Number of coarsenings after which blocks are still at least smallest_block cells wide along every divided axis; -1 if not even the finest is.
int count_distributed(const Partition& partition) {
  int levels = 30;
  for (int a = 0; a < 3; ++a) {
    if (partition.blocks(a) == 1) continue;
    int width = partition.cells()[at(a)] / partition.blocks(a);
    int count = -1;
    for (; width >= smallest_block; width /= 2) ++count;
    levels = std::min(levels, count);
  }
  return levels;
}

/// visit(position in a vector of own cells, x fastest; (i,j,k)).
template <class Visit>
void for_cells(const SplitBox& box, Visit&& visit) {
  std::size_t position = 0;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) visit(position++, i, j, k);
}

/// Rows of a vector of own cells (x fastest) against the two halves of the split rows: both(natural row, even part, odd part).
template <class Natural, class Split, class Row>
void for_row_pairs(const SplitBox& box, Natural* natural, Split* split, Row&& both) {
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      Split* even = split + box.index(0, j, k);
      both(natural + at(box.n[0]) * (at(j) + at(box.n[1]) * at(k)), even, even + box.half);
    }
}

template <class T>
void to_split(const SplitBox& box, const T* natural, T* split) {
  for_row_pairs(box, natural, split, [&](const T* in, T* even, T* odd) {
    for (int m = 0; m < box.count[1]; ++m) {
      even[m] = in[2 * m];
      odd[m] = in[2 * m + 1];
    }
    if (box.count[0] > box.count[1]) even[box.count[1]] = in[2 * box.count[1]];
  });
}

template <class T>
void from_split(const SplitBox& box, const T* split, T* natural) {
  for_row_pairs(box, natural, split, [&](T* out, const T* even, const T* odd) {
    for (int m = 0; m < box.count[1]; ++m) {
      out[2 * m] = even[m];
      out[2 * m + 1] = odd[m];
    }
    if (box.count[0] > box.count[1]) out[2 * box.count[1]] = even[box.count[1]];
  });
}

} // namespace

Hierarchy::Hierarchy(MPI_Comm comm, const Partition& partition, std::span<const std::uint8_t> codes, const CycleWeights* weights)
    : comm_(comm), given_(partition) {
  MPI_Comm_rank(comm, &rank_);
  MPI_Comm_size(comm, &size_);
  given_box_ = split_box(partition, rank_);
  add_finest(codes);
  Strengths strengths;
  while (!is_coarsest(levels_.back().partition)) {
    const int depth = static_cast<int>(levels_.size()) - 1;
    CoarseOperator op = coarsen(comm_, levels_.back(), strengths.delta, depth);
    if (weights) op.shapes = coarsen_shapes(levels_.back(), strengths.shapes, op.children);
    const Partition arriving = levels_.back().arriving_partition;
    const bool stay = depth + 1 <= distributed_levels_ && !is_coarsest(arriving);
    levels_.push_back(make_level(comm_, levels_.back(), std::move(op), stay ? arriving : arriving.gathered(), weights,
                                 static_cast<std::size_t>(depth) + 1, strengths));
  }
}

void Hierarchy::add_finest(std::span<const std::uint8_t> codes) {
  Level level;
  distributed_levels_ = size_ == 1 ? 30 : (is_coarsest(given_) ? -1 : count_distributed(given_));
  if (size_ == 1)
    level.partition = given_;
  else
    level.partition = distributed_levels_ < 0 ? given_.gathered() : given_.aligned(1 << (distributed_levels_ + 1));
  level.distributed = size_ > 1 && distributed_levels_ >= 0;
  level.box = split_box(level.partition, rank_);
  level.code.assign(level.box.size, 0);
  if (level.partition == given_) {
    to_split(level.box, codes.data(), level.code.data());
  } else {
    std::vector<Leaf> leaves;
    const SplitBox& box = level.box;
    for_cells(box, [&](std::size_t, int i, int j, int k) {
      const std::array<int, 3> cell = {i + box.start[0], j + box.start[1], k + box.start[2]};
      const int owner = given_.owner(cell);
      std::array<int, 3> start{};
      std::array<int, 3> n{};
      given_.block(owner, start, n);
      const auto there = (cell[0] - start[0]) + n[0] * ((cell[1] - start[1]) + n[1] * (cell[2] - start[2]));
      leaves.push_back({static_cast<PetscInt>(box.index(i, j, k)), owner, there});
    });
    import_ = make_sf(comm_, codes.size(), leaves);
    broadcast(import_.get(), MPI_BYTE, codes.data(), level.code.data());
  }
  if (level.distributed) {
    level.halo = std::make_unique<Halo>(comm_, level.partition);
    level.halo->exchange(MPI_BYTE, level.code.data());
  }
  level.z = ZeroedArray<float>(level.box.size);
  level.r = ZeroedArray<float>(level.box.size);
  levels_.push_back(std::move(level));
}

void Hierarchy::import(std::span<const double> own, std::span<double> split) const {
  if (import_)
    broadcast(import_.get(), MPI_DOUBLE, own.data(), split.data());
  else
    to_split(levels_.front().box, own.data(), split.data());
}

void Hierarchy::export_to(std::span<const double> split, std::span<double> own) const {
  if (import_)
    send_back(import_.get(), MPI_DOUBLE, split.data(), own.data());
  else
    from_split(levels_.front().box, split.data(), own.data());
}

std::size_t Hierarchy::bytes() const {
  std::size_t total = 0;
  for (const Level& level : levels_) total += level.bytes();
  return total;
}

LevelView Level::view() { return view(0, box.n[1]); }

LevelView Level::view(int first_row, int last_row) {
  LevelView v;
  v.box = box;
  v.first_row = first_row;
  v.last_row = last_row;
  v.code = code.empty() ? nullptr : code.data();
  v.stencils = stencils.blocks.data();
  v.stencil_of = stencils.of.data();
  v.z = z.data();
  v.r = r.data();
  return v;
}

std::size_t Level::bytes() const {
  std::size_t floats =
      diagonal.size() + inverse_diagonal.size() + z.size() + r.size() + work.size() + staging.size() + share.size() + rows.weight.size();
  for (const auto& w : weight) floats += w.size();
  return floats * sizeof(float) + code.size() + stencils.bytes() +
         (rows.group.size() + rows.row.size() + rows.line.size() + rows.begin.size() + rows.column.size()) * sizeof(std::int32_t) +
         moved.size() * sizeof(MovedChild);
}

void Level::exchange(float* data, int colour) const {
  if (!distributed) return;
  halo->exchange(MPI_FLOAT, data, colour);
  if (extra_halo) broadcast(extra_halo.get(), MPI_FLOAT, data, data);
}

} // namespace ansatz::solvers::multigrid
