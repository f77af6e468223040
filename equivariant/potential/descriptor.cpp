// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/potential/descriptor.hpp>

#include <algorithm>

namespace ansatz::equivariant {

Descriptor::Descriptor(const DescriptorOptions& o) : density_(o.density) {
  if (o.order < 1 || o.order > 4) throw UsageError("bad_value", "Descriptor: order " + std::to_string(o.order) + "; must be 1..4");
  if (o.order > 1)
    invariants_.emplace(
        InvariantOptions{.degree = o.density.degree, .order = o.order, .product = o.product, .blocks = density_.blocks(), .seed = o.density.seed});
}

void Descriptor::evaluate(std::span<const Edge> edges, std::vector<double>& values, std::vector<double>& slopes, Workspace& at) const {
  const std::size_t n = density_.radial().count();
  const std::size_t channels = density_.channels();
  const std::size_t total = features();
  values.assign(total, 0.0);
  values.back() = 1;
  slopes.assign(edges.size() * 3 * total, 0.0);
  density_.evaluate(edges, at.density);
  for (std::size_t e = 0; e < edges.size(); ++e)
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t feature = edges[e].element * n + k;
      values[feature] += at.density.radial[e * n + k];
      for (std::size_t axis = 0; axis < 3; ++axis)
        slopes[(e * 3 + axis) * total + feature] = at.density.d_radial[e * n + k] * edges[e].r[axis] / edges[e].length;
    }
  if (!invariants_) return;
  at.xbar.resize(at.density.x.size());
  at.channel_slopes.resize(3 * channels);
  invariants_->evaluate(at.density.x, std::span(values).subspan(pairs(), many()), at.invariants);
  for (std::size_t term = 0; term < invariants_->terms(); ++term) {
    const std::size_t first = pairs() + term * channels;
    invariants_->gradient(at.density.x, term, at.xbar, at.invariants);
    for (std::size_t e = 0; e < edges.size(); ++e) {
      density_.slopes(at.density, edges[e], e, at.xbar, at.channel_slopes);
      for (std::size_t axis = 0; axis < 3; ++axis)
        std::copy_n(at.channel_slopes.data() + axis * channels, channels, slopes.data() + (e * 3 + axis) * total + first);
    }
  }
}

double Descriptor::evaluate(std::span<const Edge> edges, std::span<const double> c, std::span<Vector3> slopes, Workspace& at) const {
  const std::size_t n = density_.radial().count();
  density_.evaluate(edges, at.density);
  double sum = c.back();
  for (std::size_t e = 0; e < edges.size(); ++e) {
    double slope = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double weight = c[edges[e].element * n + k];
      sum += weight * at.density.radial[e * n + k];
      slope += weight * at.density.d_radial[e * n + k];
    }
    for (std::size_t axis = 0; axis < 3; ++axis) slopes[e][axis] = slope * edges[e].r[axis] / edges[e].length;
  }
  if (!invariants_) return sum;
  at.xbar.resize(at.density.x.size());
  at.many.resize(many());
  const std::span<const double> weights = c.subspan(pairs(), many());
  invariants_->evaluate(at.density.x, at.many, at.invariants);
  invariants_->gradient(at.density.x, weights, at.xbar, at.invariants);
  for (std::size_t k = 0; k < at.many.size(); ++k) sum += weights[k] * at.many[k];
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const Vector3 slope = density_.slope(at.density, edges[e], e, at.xbar);
    for (std::size_t axis = 0; axis < 3; ++axis) slopes[e][axis] += slope[axis];
  }
  return sum;
}

} // namespace ansatz::equivariant
