// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/potential/density.hpp>
#include <ansatz/learning/random.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::equivariant {
namespace {

constexpr std::size_t width = lanes<double>;

std::size_t blocks_of(int channels) {
  if (channels < 1 || channels % static_cast<int>(width) != 0)
    throw UsageError("bad_value", "Density: " + std::to_string(channels) + " channels; must be a positive multiple of " + std::to_string(width));
  return static_cast<std::size_t>(channels) / width;
}

/// Slopes of one block of channels along an edge with the direction `unit`, added to sums[axis][lane].
void add_slopes(int degree, const double* xbar, const double* h, const double* dh, const double* y, const Vector3* dy, const Vector3& unit,
                double (&sums)[3][width]) {
  for (int l = 0; l <= degree; ++l) {
    double along[width] = {};
    double across[3][width] = {};
    for (std::size_t i = signal_index(l, -l); i <= signal_index(l, l); ++i)
      for (std::size_t v = 0; v < width; ++v) {
        const double g = xbar[i * width + v];
        along[v] += g * y[i];
        for (std::size_t axis = 0; axis < 3; ++axis) across[axis][v] += g * dy[i][axis];
      }
    const std::size_t row = index(l) * width;
    for (std::size_t axis = 0; axis < 3; ++axis)
      for (std::size_t v = 0; v < width; ++v) sums[axis][v] += dh[row + v] * along[v] * unit[axis] + h[row + v] * across[axis][v];
  }
}

Vector3 direction(const Edge& edge) { return {edge.r[0] / edge.length, edge.r[1] / edge.length, edge.r[2] / edge.length}; }

} // namespace

void find_edges(std::size_t centre, std::span<const std::size_t> elements, std::span<const Vector3> positions, double cutoff,
                std::vector<Edge>& edges) {
  edges.clear();
  for (std::size_t j = 0; j < positions.size(); ++j) {
    if (j == centre) continue;
    const Vector3 r{positions[j][0] - positions[centre][0], positions[j][1] - positions[centre][1], positions[j][2] - positions[centre][2]};
    const double length = std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
    if (length >= cutoff) continue;
    if (!(length > 0))
      throw UsageError("bad_value",
                       "atoms " + std::to_string(centre) + " and " + std::to_string(j) + " are in one place, or a position is not finite");
    edges.push_back({j, elements[j], r, length});
  }
}

Density::Density(const DensityOptions& o) : degree_(o.degree), blocks_(blocks_of(o.channels)), elements_(o.elements), radial_(o.cutoff, o.radial) {
  check_degree(o.degree, "Density", 20);
  if (o.elements == 0) throw UsageError("bad_value", "Density: no elements");
  const std::size_t count = elements_ * radial_.count() * blocks_ * index(degree_ + 1) * width;
  mixing_.resize(count);
  // Smooth functions of the distance first: with 0.3 the errors of a fit are a tenth below those of equal weights, and flat around it.
  constexpr double decay = 0.3;
  const std::size_t row = count / (elements_ * radial_.count());
  for (std::size_t i = 0; i < count; ++i)
    mixing_[i] = std::exp(-decay * static_cast<double>(i / row % radial_.count())) *
                 learning::normal(static_cast<std::uint64_t>(o.seed), learning::key_of("mixing"), i);
}

void Density::tabulate(std::span<const Edge> edges, Workspace& at) const {
  const std::size_t n = radial_.count();
  const std::size_t signal = signal_size(degree_);
  const std::size_t row = blocks_ * index(degree_ + 1) * width;
  at.radial.resize(edges.size() * n);
  at.d_radial.resize(edges.size() * n);
  at.harmonics.resize(edges.size() * signal);
  at.d_harmonics.resize(edges.size() * signal);
  at.mixed.assign(edges.size() * row, 0.0);
  at.d_mixed.assign(edges.size() * row, 0.0);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    radial_.evaluate(edges[e].length, std::span(at.radial).subspan(e * n, n), std::span(at.d_radial).subspan(e * n, n));
    spherical_harmonics(degree_, edges[e].r, std::span(at.harmonics).subspan(e * signal, signal),
                        std::span(at.d_harmonics).subspan(e * signal, signal));
    for (std::size_t k = 0; k < n; ++k) {
      const double* from = mixing_.data() + (edges[e].element * n + k) * row;
      const double value = at.radial[e * n + k];
      const double slope = at.d_radial[e * n + k];
      double* h = at.mixed.data() + e * row;
      double* dh = at.d_mixed.data() + e * row;
      for (std::size_t i = 0; i < row; ++i) {
        h[i] += value * from[i];
        dh[i] += slope * from[i];
      }
    }
  }
}

void Density::evaluate(std::span<const Edge> edges, Workspace& at) const {
  tabulate(edges, at);
  const std::size_t signal = signal_size(degree_);
  at.x.assign(blocks_ * signal * width, 0.0);
  for (std::size_t e = 0; e < edges.size(); ++e)
    for (std::size_t b = 0; b < blocks_; ++b)
      for (int l = 0; l <= degree_; ++l) {
        const double* h = at.mixed.data() + ((e * blocks_ + b) * index(degree_ + 1) + index(l)) * width;
        for (std::size_t i = signal_index(l, -l); i <= signal_index(l, l); ++i) {
          const double y = at.harmonics[e * signal + i];
          double* x = at.x.data() + (b * signal + i) * width;
          for (std::size_t v = 0; v < width; ++v) x[v] += h[v] * y;
        }
      }
}

void Density::slopes(const Workspace& at, const Edge& edge, std::size_t e, std::span<const double> xbar, std::span<double> out) const {
  const std::size_t signal = signal_size(degree_);
  for (std::size_t b = 0; b < blocks_; ++b) {
    const std::size_t row = (e * blocks_ + b) * index(degree_ + 1) * width;
    double sums[3][width] = {};
    add_slopes(degree_, xbar.data() + b * signal * width, at.mixed.data() + row, at.d_mixed.data() + row, at.harmonics.data() + e * signal,
               at.d_harmonics.data() + e * signal, direction(edge), sums);
    for (std::size_t axis = 0; axis < 3; ++axis) std::copy(sums[axis], sums[axis] + width, out.data() + axis * channels() + b * width);
  }
}

Vector3 Density::slope(const Workspace& at, const Edge& edge, std::size_t e, std::span<const double> xbar) const {
  const std::size_t signal = signal_size(degree_);
  double sums[3][width] = {};
  for (std::size_t b = 0; b < blocks_; ++b) {
    const std::size_t row = (e * blocks_ + b) * index(degree_ + 1) * width;
    add_slopes(degree_, xbar.data() + b * signal * width, at.mixed.data() + row, at.d_mixed.data() + row, at.harmonics.data() + e * signal,
               at.d_harmonics.data() + e * signal, direction(edge), sums);
  }
  Vector3 total{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (const double s : sums[axis]) total[axis] += s;
  return total;
}

} // namespace ansatz::equivariant
