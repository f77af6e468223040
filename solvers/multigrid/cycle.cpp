// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/cycle.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/multigrid/wavefront.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::multigrid {
namespace {

std::size_t at(std::ptrdiff_t i) { return static_cast<std::size_t>(i); }

/// sum_j w_ij z_j of an explicit row.
float row_sum(const ExtraRows& rows, std::size_t s, const ZeroedArray<float>& z) {
  float sum = 0.0F;
  for (auto t = at(rows.begin[s]); t < at(rows.begin[s + 1]); ++t) sum += rows.weight[t] * z[at(rows.column[t])];
  return sum;
}

/// Calls visit(row number) for the explicit rows of one plane and colour.
template <class Visit>
void for_rows(const Level& level, int k, int colour, Visit&& visit) {
  if (level.rows.row.empty()) return;
  const std::size_t g = 2 * at(k) + at(colour);
  for (auto s = level.rows.group[g]; s < level.rows.group[g + 1]; ++s) visit(at(s));
}

/// Completes a half sweep on the unknowns that explicit rows touch.
void relax_explicit(Level& level, int k, int first_line, int last_line, int colour, bool from_zero, float omega, float keep) {
  for_rows(level, k, colour, [&](std::size_t s) {
    if (level.rows.line[s] < first_line || level.rows.line[s] >= last_line) return;
    const auto i = at(level.rows.row[s]);
    if (level.inverse_diagonal[i] == 0.0F) {
      if (i >= level.box.size) level.z[i] = 0.0F; // nothing determines it, and nothing must pass through it
      return;
    }
    if (i >= level.box.size)
      level.z[i] = omega * ((level.r[i] + (from_zero ? 0.0F : row_sum(level.rows, s, level.z))) * level.inverse_diagonal[i]) +
                   (keep == 0.0F ? 0.0F : keep * level.z[i]);
    else if (!from_zero)
      level.z[i] += omega * (row_sum(level.rows, s, level.z) * level.inverse_diagonal[i]);
  });
}

void residual_explicit(Level& level, AlignedVector<float>& out, int k, int colour) {
  for_rows(level, k, colour, [&](std::size_t s) {
    const auto i = at(level.rows.row[s]);
    const float sum = row_sum(level.rows, s, level.z);
    if (i >= level.box.size)
      out[i] = level.diagonal[i] > 0.0F ? level.r[i] + sum - level.diagonal[i] * level.z[i] : 0.0F;
    else
      out[i] += sum;
  });
}

/// Structured part of (r - A z) at one cell.
float structured_residual(const Level& level, const MovedChild& child) {
  const SplitBox& b = level.box;
  const auto i = static_cast<std::ptrdiff_t>(child.fine);
  const auto left = child.odd ? i - b.half : i + b.half - 1;
  const auto right = left + 1;
  const std::ptrdiff_t lower[3] = {left, i - b.row, i - b.plane};
  const std::ptrdiff_t upper[3] = {right, i + b.row, i + b.plane};
  if (level.code.empty() && !(level.diagonal[at(i)] > 0.0F)) return 0.0F; // as the kernels do
  float sum = level.r[at(i)];
  for (std::size_t a = 0; a < 3; ++a) {
    const float wl = level.code.empty() ? level.weight[a][at(i)] : 1.0F;
    const float wu = level.code.empty() ? level.weight[a][at(upper[a])] : 1.0F;
    sum += wl * level.z[at(lower[a])] + wu * level.z[at(upper[a])];
  }
  return sum - (level.code.empty() ? level.diagonal[at(i)] : static_cast<float>(level.code[at(i)])) * level.z[at(i)];
}

/// Stage h of a wavefront works on plane k: asks for its share of what stage 0 will touch next.
void prefetch(const Level& level, int stages, int h, int k, int first, int last) {
  const int rows = last - first;
  const int from = first + h + rows * h / stages;
  const int to = std::min(first + h + rows * (h + 1) / stages, level.box.n[1]);
  const int next = k + h + 1;
  prefetch_rows(level.z.data(), level.box, next, from, to);
  prefetch_rows(level.r.data(), level.box, next, from, to);
  if (!level.code.empty()) prefetch_rows(level.code.data(), level.box, next, from, to);
}

const Kernels* choose(const std::string& name) {
  const auto tables = available_kernels();
  std::string names;
  for (const Kernels* table : tables) {
    if (name.empty() || name == table->name) return table;
    names += (names.empty() ? "" : ", ") + std::string(table->name);
  }
  throw UsageError("bad_value", "voxmg kernels \"" + name + "\": this machine has " + names);
}

} // namespace

Cycle::Cycle(Hierarchy& hierarchy, const CycleOptions& options)
    : hierarchy_(hierarchy), options_(options), kernels_(choose(options.kernels)), coarse_solver_(hierarchy.levels().back()) {
  if (options.weights && (options.smoother != Smoother::red_black || options.sweeps != CycleWeights::sweeps))
    throw UsageError("bad_value", "voxmg: learned weights belong to two red-black sweeps, found another smoother or " +
                                      std::to_string(options.sweeps) +
                                      " sweeps; leave -pc_voxmg_smoother and -pc_voxmg_sweeps alone, or -pc_voxmg_weights away");
  for (int h = 0; h < CycleWeights::half_sweeps && options.weights; ++h)
    for (const bool finest : {false, true}) relaxation_[finest ? 1 : 0][at(h)] = options.weights->relaxation(finest, h);
  for (Level& level : hierarchy.levels()) {
    plane_.emplace_back(at(level.arriving.n[0]) * at(level.arriving.n[1]) + Stencils::lanes);
    if (options.smoother != Smoother::red_black) level.work.assign(level.z.size(), 0.0F);
    if (!level.rows.row.empty()) level.share.assign(level.z.size(), 0.0F);
  }
}

void Cycle::apply(const RowsDone& after) { cycle(0, true, options_.type, after); }

void Cycle::cycle(std::size_t l, bool from_zero, CycleType type, const RowsDone& after) {
  Level& level = hierarchy_.levels()[l];
  if (l + 1 == hierarchy_.levels().size()) {
    coarse_solver_.solve(level);
    for (int k = 0; k < level.box.n[2] && after; ++k) after(k, 0, level.box.n[1]);
    return;
  }
  descend(l, from_zero);
  cycle(l + 1, true, type, {});
  if (type == CycleType::w) cycle(l + 1, false, CycleType::w, {});
  if (type == CycleType::f) cycle(l + 1, false, CycleType::v, {});
  ascend(l, after);
}

void Cycle::full_multigrid() {
  auto& levels = hierarchy_.levels();
  for (std::size_t l = 0; l + 1 < levels.size(); ++l) {
    for (int k = 0; k < levels[l].box.n[2]; ++k) restrict_rows(l, {k, 0, levels[l].box.n[1]}, true);
    finish_restriction(l, true);
  }
  cycle(levels.size() - 1, true, CycleType::v, {});
  for (std::size_t l = levels.size() - 1; l-- > 0;) {
    fetch_correction(l);
    for (int k = 0; k < levels[l].box.n[2]; ++k) prolong_rows(l, {k, 0, levels[l].box.n[1]}, false);
    prolong_moved(l, false);
    cycle(l, false, CycleType::v, {});
  }
}

void Cycle::red_black(Level& level, int half_sweep, bool post, bool from_zero, const Rows& rows) {
  const int colour = (half_sweep & 1) ^ (post ? 1 : 0);
  const bool zero = from_zero && half_sweep == 0;
  const LevelView view = level.view(rows.first, rows.last);
  const float omega = relaxation(level, half_sweep, post);
  const float keep = from_zero && half_sweep < 2 ? 0.0F : 1.0F - omega; // from zero, the arrays hold an older z until each colour has been visited
  if (zero)
    kernels_->relax_from_zero(view, rows.k, colour, omega);
  else
    kernels_->relax(view, rows.k, colour, omega, keep);
  relax_explicit(level, rows.k, rows.first, rows.last, colour, zero, omega, keep);
}

float Cycle::relaxation(const Level& level, int half_sweep, bool post) const {
  if (!options_.weights) return 1.0F;
  return relaxation_[level.code.empty() ? 0 : 1][at(post ? CycleWeights::half_sweeps - 1 - half_sweep : half_sweep)];
}

void Cycle::sweep_all(Level& level, bool post, bool from_zero) {
  for (int h = 0; h < 2 * options_.sweeps; ++h) {
    if (!(from_zero && h == 0)) level.exchange(level.z.data(), 1 - ((h & 1) ^ (post ? 1 : 0)));
    for (int k = 0; k < level.box.n[2]; ++k) red_black(level, h, post, from_zero, {k, 0, level.box.n[1]});
  }
}

void Cycle::point_smooth(Level& level, bool post, bool from_zero) {
  if (from_zero) std::fill(level.z.begin(), level.z.end(), 0.0F);
  constexpr double a = 0.25;
  constexpr double jacobi_damping = 0.8;
  for (int s = 1; s <= options_.sweeps; ++s) {
    const int step = post ? options_.sweeps + 1 - s : s;
    const double angle = std::numbers::pi * (2 * step - 1) / (2 * options_.sweeps);
    const double omega = options_.smoother == Smoother::jacobi ? jacobi_damping : 0.5 / ((1 + a) / 2 + (1 - a) / 2 * std::cos(angle));
    level.exchange(level.z.data());
    for (int k = 0; k < level.box.n[2]; ++k)
      for (int colour = 0; colour < 2; ++colour) {
        kernels_->residual(level.view(), level.work.data(), k, colour);
        residual_explicit(level, level.work, k, colour);
      }
    for (int k = 0; k < level.box.n[2]; ++k)
      for (int colour = 0; colour < 2; ++colour) kernels_->correct(level.view(), level.work.data(), static_cast<float>(omega), k, colour);
    for (auto i = level.box.size; i < level.box.size + at(level.extras); ++i)
      level.z[i] += static_cast<float>(omega) * level.work[i] * level.inverse_diagonal[i];
  }
}

void Cycle::descend(std::size_t l, bool from_zero) {
  Level& level = hierarchy_.levels()[l];
  const int planes = level.box.n[2];
  const int rows = level.box.n[1];
  const int half_sweeps = 2 * options_.sweeps;
  if (options_.smoother == Smoother::red_black && options_.fused && !level.distributed) {
    wavefront(planes, rows, band(level), half_sweeps + 1, [&](int h, int k, int first, int last) {
      prefetch(level, half_sweeps + 1, h, k, first, last);
      if (h < half_sweeps)
        red_black(level, h, false, from_zero, {k, first, last});
      else
        restrict_rows(l, {k, first, last}, false);
    });
  } else {
    if (options_.smoother == Smoother::red_black)
      sweep_all(level, false, from_zero);
    else
      point_smooth(level, false, from_zero);
    level.exchange(level.z.data(), options_.smoother == Smoother::red_black ? 1 : -1);
    for (int k = 0; k < planes; ++k) restrict_rows(l, {k, 0, rows}, false);
  }
  finish_restriction(l, false);
}

void Cycle::ascend(std::size_t l, const RowsDone& after) {
  Level& level = hierarchy_.levels()[l];
  const int planes = level.box.n[2];
  const int rows = level.box.n[1];
  const int half_sweeps = 2 * options_.sweeps;
  fetch_correction(l);
  prolong_moved(l, true);
  if (options_.smoother == Smoother::red_black && options_.fused && !level.distributed) {
    wavefront(planes, rows, band(level), half_sweeps + 1, [&](int h, int k, int first, int last) {
      prefetch(level, half_sweeps + 1, h, k, first, last);
      if (h == 0)
        prolong_rows(l, {k, first, last}, true);
      else
        red_black(level, h - 1, true, false, {k, first, last});
      if (after && h == half_sweeps) after(k, first, last);
    });
    return;
  }
  for (int k = 0; k < planes; ++k) prolong_rows(l, {k, 0, rows}, true);
  if (options_.smoother == Smoother::red_black)
    sweep_all(level, true, false);
  else
    point_smooth(level, true, false);
  for (int k = 0; k < planes && after; ++k) after(k, 0, rows);
}

int Cycle::band(const Level& level) const {
  const int bytes = level.code.empty() ? 28 : 9; // what the sweeps touch of a cell
  return band_rows(level.box.row, 2 * options_.sweeps + 2, bytes);
}

void Cycle::restrict_rows(std::size_t l, const Rows& rows, bool rhs) {
  Level& level = hierarchy_.levels()[l];
  AlignedVector<float>& plane = plane_[l];
  const LevelView view = level.view(rows.first, rows.last);
  const auto width = level.arriving.n[0];
  const int first = rows.first / 2;
  const int last = (rows.last + 1) / 2;
  if ((rows.k & 1) == 0) std::fill(plane.begin() + std::ptrdiff_t{width} * first, plane.begin() + std::ptrdiff_t{width} * last, 0.0F);
  if (rhs)
    kernels_->restrict_rhs(view, plane.data(), rows.k);
  else
    kernels_->restrict_residual(view, plane.data(), rows.k, options_.smoother == Smoother::red_black ? 0 : -1);
  if ((rows.k & 1) == 1 || rows.k + 1 == level.box.n[2]) {
    float* target = level.gather ? level.staging.data() : hierarchy_.levels()[l + 1].r.data();
    kernels_->scatter_plane(level.arriving, plane.data(), target, rows.k / 2, first, last);
  }
}

void Cycle::finish_restriction(std::size_t l, bool rhs) {
  Level& level = hierarchy_.levels()[l];
  Level& coarse = hierarchy_.levels()[l + 1];
  float* target = level.gather ? level.staging.data() : coarse.r.data();
  if (level.arriving_extras > 0 || !level.moved.empty()) {
    for (int e = 0; e < level.arriving_extras; ++e) target[level.arriving.size + at(e)] = 0.0F;
    const bool red_only = !rhs && options_.smoother == Smoother::red_black;
    // Residuals of extras, and the explicit rows' share of structured unknowns, are not in the structured sums yet.
    for (const std::int32_t i : level.rows.row) level.share[at(i)] = 0.0F;
    for (int k = 0; k < level.box.n[2] && !rhs; ++k)
      for (int colour = 0; colour < (red_only ? 1 : 2); ++colour) residual_explicit(level, level.share, k, colour);
    for (const std::int32_t i : level.rows.row) {
      if (rhs || at(i) >= level.box.size) continue;
      const auto c = level.box.cell(i);
      target[level.arriving.index(c[0] >> 1, c[1] >> 1, c[2] >> 1)] += level.share[at(i)];
    }
    for (const MovedChild& child : level.moved) {
      if (red_only && child.colour == 1) continue;
      const auto i = at(child.fine);
      float value = 0.0F;
      if (rhs)
        value = level.r[i];
      else if (child.parent < 0)
        value = level.share[i];
      else
        value = structured_residual(level, child) + (level.share.empty() ? 0.0F : level.share[i]);
      if (child.parent >= 0) target[child.parent] -= value;
      target[child.coarse] += value;
    }
  }
  if (level.gather) broadcast(level.gather.get(), MPI_FLOAT, level.staging.data(), coarse.r.data());
}

void Cycle::fetch_correction(std::size_t l) {
  Level& level = hierarchy_.levels()[l];
  if (level.gather) send_back(level.gather.get(), MPI_FLOAT, hierarchy_.levels()[l + 1].z.data(), level.staging.data());
}

void Cycle::prolong_rows(std::size_t l, const Rows& rows, bool add) {
  Level& level = hierarchy_.levels()[l];
  const float* source = level.gather ? level.staging.data() : hierarchy_.levels()[l + 1].z.data();
  if ((rows.k & 1) == 0) kernels_->gather_plane(level.arriving, source, plane_[l].data(), rows.k / 2, rows.first / 2, (rows.last + 1) / 2);
  kernels_->prolong(level.view(rows.first, rows.last), plane_[l].data(), rows.k, add);
}

void Cycle::prolong_moved(std::size_t l, bool before_planes) {
  Level& level = hierarchy_.levels()[l];
  const float* source = level.gather ? level.staging.data() : hierarchy_.levels()[l + 1].z.data();
  for (const MovedChild& child : level.moved) {
    float& z = level.z[at(child.fine)];
    const float value = source[child.coarse];
    if (level.code.empty() && level.diagonal[at(child.fine)] <= 0.0F)
      z = 0.0F; // nothing determines it, and over-relaxation would keep what comes in
    else if (child.parent < 0)
      z = before_planes ? z + value : value;
    else if (before_planes)
      z += value - source[child.parent]; // the structured prolongation will add the parent's value
    else
      z = value;
  }
}

} // namespace ansatz::solvers::multigrid
