// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/interpolation.hpp>

#include <algorithm>

namespace ansatz::compression {

namespace {

constexpr std::size_t levels = 6; // strides 1, 2, ..., 32

/// Points of a grid of stride 2^level.
Shape grid_of(const Shape& n, std::size_t level) {
  Shape g{};
  for (std::size_t a = 0; a < 3; ++a) g[a] = (n[a] + (std::size_t{1} << level) - 1) >> level;
  return g;
}

/// Number of levels that add points.
std::size_t levels_of(const Shape& n) {
  std::size_t used = 0;
  while (used < levels && volume(grid_of(n, used)) > 1) ++used;
  return used;
}

/// Sequences that a level's steps along z, y, x belong to.
std::array<std::size_t, 3> sequences_of(std::size_t level) {
  if (level == 0) return {2, 3, 4};
  if (level == 1) return {1, 1, 1};
  return {0, 0, 0};
}

/// The new row between rows k and k + 1 of m known ones; `row(k)` is their place.
template <class Row>
void predict_between(const Row& row, std::size_t k, std::size_t m, std::size_t n, double* p) {
  const double* b = row(k);
  if (k + 1 == m) {
    const double* a = k > 0 ? row(k - 1) : b;
    for (std::size_t i = 0; i < n; ++i) p[i] = (3 * b[i] - a[i]) * 0.5;
    return;
  }
  const double* c = row(k + 1);
  if (k > 0 && k + 2 < m) {
    const double* a = row(k - 1);
    const double* d = row(k + 2);
    for (std::size_t i = 0; i < n; ++i) p[i] = (9 * (b[i] + c[i]) - (a[i] + d[i])) * 0.0625;
  } else if (k > 0 || k + 2 < m) {
    const double* near = k > 0 ? c : b;
    const double* middle = k > 0 ? b : c;
    const double* far = k > 0 ? row(k - 1) : row(k + 2);
    for (std::size_t i = 0; i < n; ++i) p[i] = (3 * near[i] + 6 * middle[i] - far[i]) * 0.125;
  } else {
    for (std::size_t i = 0; i < n; ++i) p[i] = (b[i] + c[i]) * 0.5;
  }
}

/// The same within a row: n new points between and after m known ones, n = m or m - 1.
void predict_inside(const double* e, std::size_t m, std::size_t n, double* p) {
  for (std::size_t i = 1; i + 2 < m; ++i) p[i] = (9 * (e[i] + e[i + 1]) - (e[i - 1] + e[i + 2])) * 0.0625;
  const auto at = [e](std::size_t k) { return e + k; };
  if (n == 0) return;
  predict_between(at, 0, m, 1, p);
  for (std::size_t i = std::max<std::size_t>(m, 3) - 2; i < n; ++i) predict_between(at, i, m, 1, p + i);
}

/// One level: from the compact grid of stride 2s to that of stride s. `coder(axis, position, stride of x, prediction, n, r)` turns a row of
/// predictions into a row of reconstructed values; `keep(k, j, even, odd)` takes a finished row as its even and odd points.
template <class Coder, class Keep>
void refine(const Shape& coarse, const Shape& fine, const double* from, const Coder& coder, const Keep& keep) {
  const std::size_t width = coarse[2];
  const std::size_t odd = fine[2] - width;
  std::vector<double> plane(fine[1] * width);
  std::vector<double> prediction(width);
  std::vector<double> odd_row(width);
  for (std::size_t k = 0; k < fine[0]; ++k) {
    for (std::size_t j = 0; j < fine[1]; j += 2) {
      const auto row = [&](std::size_t plane_index) { return from + (plane_index * coarse[1] + j / 2) * width; };
      double* to = plane.data() + j * width;
      if (k % 2 == 0) {
        std::copy_n(row(k / 2), width, to);
      } else {
        predict_between(row, k / 2, coarse[0], width, prediction.data());
        coder(0, k, j, 0, prediction.data(), width, to);
      }
    }
    for (std::size_t j = 1; j < fine[1]; j += 2) {
      const auto row = [&](std::size_t row_index) { return plane.data() + 2 * row_index * width; };
      predict_between(row, j / 2, coarse[1], width, prediction.data());
      coder(1, k, j, 0, prediction.data(), width, plane.data() + j * width);
    }
    for (std::size_t j = 0; j < fine[1]; ++j) {
      const double* even = plane.data() + j * width;
      predict_inside(even, width, odd, prediction.data());
      coder(2, k, j, 1, prediction.data(), odd, odd_row.data());
      keep(k, j, even, odd_row.data());
    }
  }
}

template <class T>
void interleave(const double* even, const double* odd, std::size_t n, T* to) {
  for (std::size_t i = 0; i < n / 2; ++i) {
    to[2 * i] = static_cast<T>(even[i]);
    to[2 * i + 1] = static_cast<T>(odd[i]);
  }
  if (n % 2 == 1) to[n - 1] = static_cast<T>(even[n / 2]);
}

/// Goes through all levels, coarsest first. `code_row(sequence, first position, stride, prediction, n, r)`.
template <class CodeRow, class Last>
void all_levels(const Shape& n, const CodeRow& code_row, const Last& last) {
  const std::size_t used = levels_of(n);
  Shape grid = grid_of(n, used);
  std::vector<double> known(volume(grid));
  const std::vector<double> zero(grid[2], 0.0);
  const auto position = [&](std::size_t level, std::size_t k, std::size_t j, std::size_t i) { return (((k * n[1] + j) * n[2]) + i) << level; };
  for (std::size_t k = 0; k < grid[0]; ++k)
    for (std::size_t j = 0; j < grid[1]; ++j)
      code_row(0, position(used, k, j, 0), std::size_t{1} << used, zero.data(), grid[2], known.data() + (k * grid[1] + j) * grid[2]);
  if (used == 0) last(0, 0, known.data(), known.data());
  for (std::size_t level = used; level-- > 0;) {
    const Shape fine = grid_of(n, level);
    std::vector<double> next(level > 0 ? volume(fine) : 0);
    const auto of = sequences_of(level);
    const auto coder = [&](std::size_t axis, std::size_t k, std::size_t j, std::size_t i, const double* p, std::size_t count, double* r) {
      code_row(of[axis], position(level, k, j, i), std::size_t{2} << level, p, count, r);
    };
    if (level > 0) {
      refine(grid, fine, known.data(), coder, [&](std::size_t k, std::size_t j, const double* even, const double* odd) {
        interleave(even, odd, fine[2], next.data() + (k * fine[1] + j) * fine[2]);
      });
    } else {
      refine(grid, fine, known.data(), coder, last);
    }
    known.swap(next);
    grid = fine;
  }
}

} // namespace

std::array<std::size_t, Sequences::count> sequence_sizes(const Shape& n) {
  std::array<std::size_t, Sequences::count> sizes{};
  const std::size_t used = levels_of(n);
  sizes[0] = volume(grid_of(n, used));
  for (std::size_t level = 0; level < used; ++level) {
    const Shape fine = grid_of(n, level);
    const Shape coarse = grid_of(n, level + 1);
    const auto of = sequences_of(level);
    sizes[of[0]] += (fine[0] - coarse[0]) * coarse[1] * coarse[2];
    sizes[of[1]] += fine[0] * (fine[1] - coarse[1]) * coarse[2];
    sizes[of[2]] += fine[0] * fine[1] * (fine[2] - coarse[2]);
  }
  return sizes;
}

std::size_t sequence_row(const Shape& n, std::size_t sequence) {
  if (sequence == 4) return std::max<std::size_t>(n[2] / 2, 1);
  return (n[2] + (sequence < 2 ? 3 : 1)) / (sequence < 2 ? 4 : 2);
}

template <class T>
Sequences interpolation_codes(std::span<const T> values, const Shape& shape, Quantizer<T>& quantizer) {
  Sequences sequences;
  std::array<std::int64_t*, Sequences::count> at{};
  const auto sizes = sequence_sizes(shape);
  for (std::size_t s = 0; s < at.size(); ++s) {
    sequences.codes[s].resize(sizes[s]);
    at[s] = sequences.codes[s].data();
  }
  const auto code_row = [&](std::size_t s, std::size_t position, std::size_t stride, const double* p, std::size_t n, double* r) {
    quantizer.row(values.data() + position, stride, position, p, n, at[s], r);
    at[s] += n;
  };
  all_levels(shape, code_row, [](std::size_t, std::size_t, const double*, const double*) {});
  return sequences;
}

template <class T>
void from_interpolation_codes(const Sequences& sequences, const Shape& shape, double step, std::span<T> values) {
  std::array<const std::int64_t*, Sequences::count> at{};
  for (std::size_t s = 0; s < at.size(); ++s) at[s] = sequences.codes[s].data();
  const auto code_row = [&](std::size_t s, std::size_t, std::size_t, const double* p, std::size_t n, double* r) {
    restore_row<T>(at[s], p, n, step, r);
    at[s] += n;
  };
  all_levels(shape, code_row, [&](std::size_t k, std::size_t j, const double* even, const double* odd) {
    interleave(even, odd, shape[2], values.data() + (k * shape[1] + j) * shape[2]);
  });
}

template Sequences interpolation_codes<float>(std::span<const float>, const Shape&, Quantizer<float>&);
template Sequences interpolation_codes<double>(std::span<const double>, const Shape&, Quantizer<double>&);
template void from_interpolation_codes<float>(const Sequences&, const Shape&, double, std::span<float>);
template void from_interpolation_codes<double>(const Sequences&, const Shape&, double, std::span<double>);

} // namespace ansatz::compression
