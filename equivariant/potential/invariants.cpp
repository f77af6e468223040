// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/harmonics/degrees.hpp>
#include <ansatz/equivariant/potential/invariants.hpp>
#include <ansatz/equivariant/potential/square_products.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

constexpr std::size_t width = lanes<double>;

/// Rows of degree l in a block of a signal.
struct Rows {
  std::size_t first, count;
};
Rows rows_of(std::size_t l) { return {l * l * width, (2 * l + 1) * width}; }

/// y[lane] = <a, b> over some rows.
void dot(const double* a, const double* b, Rows rows, double* y) {
  double sums[width] = {};
  for (std::size_t i = rows.first; i < rows.first + rows.count; i += width)
    for (std::size_t v = 0; v < width; ++v) sums[v] += a[i + v] * b[i + v];
  std::copy(sums, sums + width, y);
}

/// to[i][lane] += scale * c[lane] * from[i][lane].
void add_rows(const double* from, const double* c, double scale, Rows rows, double* to) {
  for (std::size_t i = rows.first; i < rows.first + rows.count; i += width)
    for (std::size_t v = 0; v < width; ++v) to[i + v] += scale * c[v] * from[i + v];
}

} // namespace

Invariants::Invariants(const InvariantOptions& o)
    : degree_(o.degree), square_degree_(o.order == 4 ? 2 * o.degree : o.degree), order_(o.order), blocks_(o.blocks) {
  if (o.order < 2 || o.order > 4) throw UsageError("bad_value", "Invariants: order " + std::to_string(o.order) + "; must be 2..4");
  const std::size_t degrees = index(degree_ + 1);
  first_[0] = 0;
  first_[1] = degrees;
  first_[2] = first_[1] + (order_ >= 3 ? degrees : 0);
  first_[3] = first_[2] + (order_ >= 4 ? index(square_degree_ + 1) : 0);
  if (o.order > 2) square_ = make_square_product(o.product, degree_, square_degree_, blocks_, o.seed);
}

void Invariants::evaluate(std::span<const double> x, std::span<double> y, Workspace& at) const {
  const std::size_t channels = blocks_ * width;
  if (square_) {
    at.q.resize(blocks_ * signal_size(square_degree_) * width);
    at.product.resize(square_->workspace());
    square_->execute(x, at.q, at.product);
  }
  for (std::size_t b = 0; b < blocks_; ++b) {
    const double* xb = x.data() + b * signal_size(degree_) * width;
    const double* qb = at.q.data() + b * signal_size(square_degree_) * width;
    double* yb = y.data() + b * width;
    for (std::size_t t = 0; t < first_[1]; ++t) dot(xb, xb, rows_of(t), yb + t * channels);
    for (std::size_t t = first_[1]; t < first_[2]; ++t) dot(qb, xb, rows_of(t - first_[1]), yb + t * channels);
    for (std::size_t t = first_[2]; t < first_[3]; ++t) dot(qb, qb, rows_of(t - first_[2]), yb + t * channels);
  }
}

void Invariants::gradient(std::span<const double> x, std::span<const double> c, std::span<double> xbar, Workspace& at) const {
  const std::size_t channels = blocks_ * width;
  const std::size_t size = signal_size(degree_) * width;
  const std::size_t square_size = signal_size(square_degree_) * width;
  if (square_) {
    at.g.assign(at.q.size(), 0.0);
    for (std::size_t b = 0; b < blocks_; ++b) {
      double* g = at.g.data() + b * square_size;
      for (std::size_t t = first_[1]; t < first_[2]; ++t)
        add_rows(x.data() + b * size, c.data() + t * channels + b * width, 1.0, rows_of(t - first_[1]), g);
      for (std::size_t t = first_[2]; t < first_[3]; ++t)
        add_rows(at.q.data() + b * square_size, c.data() + t * channels + b * width, 2.0, rows_of(t - first_[2]), g);
    }
    square_->pull(x, at.g, xbar, at.product);
  } else {
    std::fill(xbar.begin(), xbar.end(), 0.0);
  }
  for (std::size_t b = 0; b < blocks_; ++b) {
    double* to = xbar.data() + b * size;
    for (std::size_t t = 0; t < first_[1]; ++t) add_rows(x.data() + b * size, c.data() + t * channels + b * width, 2.0, rows_of(t), to);
    for (std::size_t t = first_[1]; t < first_[2]; ++t)
      add_rows(at.q.data() + b * square_size, c.data() + t * channels + b * width, 1.0, rows_of(t - first_[1]), to);
  }
}

void Invariants::gradient(std::span<const double> x, std::size_t term, std::span<double> xbar, Workspace& at) const {
  const std::size_t channels = blocks_ * width;
  at.c.assign(count(), 0.0);
  std::fill_n(at.c.begin() + static_cast<std::ptrdiff_t>(term * channels), channels, 1.0);
  gradient(x, at.c, xbar, at);
}

} // namespace ansatz::equivariant
