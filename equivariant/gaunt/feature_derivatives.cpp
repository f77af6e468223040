// SPDX-License-Identifier: Apache-2.0
// Tangents and second gradients of the feature interaction; values and gradients are in feature_interaction.cpp.
#include <ansatz/equivariant/gaunt/block_check.hpp>
#include <ansatz/equivariant/gaunt/feature_interaction.hpp>
#include <ansatz/equivariant/gaunt/feature_lanes.hpp>

namespace ansatz::equivariant {
namespace {
constexpr const char* name = "FeatureInteraction";
} // namespace

template <class T>
void FeatureInteraction<T>::pack_add(const Side& side, const Lanes& at, std::span<const T> from, std::span<const T> weights, Scaling scaling,
                                     const Pair& to, const Room& room) const {
  // The results' blocks are free while operands are packed.
  const Pair& beside = &side == &first_ ? room.p : room.q;
  pack(side, at, from, weights, scaling, beside);
  for (std::size_t type = 0; type < 2; ++type)
    for (std::size_t i = 0; i < to[type].size(); ++i) to[type][i] += beside[type][i];
}

template <class T>
void FeatureInteraction<T>::tangents(const Pair& a, const Pair& b, const Pair& da, const Pair& db, const Pair& dc, const Room& room) const {
  Sums<T, 2> sums(dc, room.sum[2]);
  for (const Term& t : terms_) {
    t.plan->jvp(a[t.first], b[t.second], da[t.first], db[t.second], sums.part(t.third), room.plan);
    sums.add(t.third);
  }
  sums.finish();
}

template <class T>
void FeatureInteraction<T>::jvp(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> dx,
                                std::span<const T> dy, const InteractionWeights<T>& dw, std::span<T> dz, std::span<T> work) const {
  const std::size_t batch = check(x, y, dz.size(), weights, work);
  (void)check(dx, dy, dz.size(), dw, work);
  check_size(name, "dx", dx.size(), x.size());
  over_lanes(batch, {}, work, [&](const Room& r, const Lanes& at) {
    pack(first_, at, x, weights.first, Scaling::values, r.a);
    pack(second_, at, y, weights.second, Scaling::values, r.b);
    pack(first_, at, dx, weights.first, Scaling::values, r.da);
    pack(second_, at, dy, weights.second, Scaling::values, r.db);
    if (!dw.first.empty()) pack_add(first_, at, x, dw.first, Scaling::values, r.da, r);
    if (!dw.second.empty()) pack_add(second_, at, y, dw.second, Scaling::values, r.db, r);
    tangents(r.a, r.b, r.da, r.db, r.c, r);
    unpack(third_, at, r.c, weights.third, Scaling::gradient, dz, r);
  });
  if (dw.third.empty()) return;
  std::vector<T> other(dz.size());
  execute(x, y, {weights.first, weights.second, dw.third}, other, work);
  for (std::size_t i = 0; i < other.size(); ++i) dz[i] += other[i];
}

template <class T>
void FeatureInteraction<T>::vjp2(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> g,
                                 std::span<const T> u, std::span<const T> v, std::span<T> to_x, std::span<T> to_y, std::span<T> to_g,
                                 const InteractionWeightGradients& gradients_to, std::span<T> work) const {
  const std::size_t batch = check(x, y, g.size(), weights, work);
  check_size(name, "u", u.size(), x.size());
  check_size(name, "v", v.size(), y.size());
  check_size(name, "the gradient to x", to_x.size(), x.size());
  check_size(name, "the gradient to y", to_y.size(), y.size());
  check_size(name, "the gradient to g", to_g.size(), g.size());
  over_lanes(batch, gradients_to, work, [&](const Room& r, const Lanes& at) {
    pack(first_, at, x, weights.first, Scaling::values, r.a);
    pack(second_, at, y, weights.second, Scaling::values, r.b);
    pack(first_, at, u, weights.first, Scaling::values, r.da);
    pack(second_, at, v, weights.second, Scaling::values, r.db);
    pack(third_, at, g, weights.third, Scaling::gradient, r.dc);
    gradients(r.da, r.db, r.dc, r.p, r.q, r);
    unpack(first_, at, r.p, weights.first, Scaling::values, to_x, r);
    unpack(second_, at, r.q, weights.second, Scaling::values, to_y, r);
    tangents(r.a, r.b, r.da, r.db, r.c, r);
    unpack(third_, at, r.c, weights.third, Scaling::gradient, to_g, r);
    add_weight_gradient(first_, at, x, Scaling::values, r.p, at.sums[0]);
    add_weight_gradient(second_, at, y, Scaling::values, r.q, at.sums[1]);
    add_weight_gradient(third_, at, g, Scaling::gradient, r.c, at.sums[2]);
    if (at.sums[0].empty() && at.sums[1].empty()) return;
    // The first and second weights also stand beside u and v.
    gradients(r.a, r.b, r.dc, r.p, r.q, r);
    add_weight_gradient(first_, at, u, Scaling::values, r.p, at.sums[0]);
    add_weight_gradient(second_, at, v, Scaling::values, r.q, at.sums[1]);
  });
}

template void FeatureInteraction<float>::jvp(std::span<const float>, std::span<const float>, const InteractionWeights<float>&, std::span<const float>,
                                             std::span<const float>, const InteractionWeights<float>&, std::span<float>, std::span<float>) const;
template void FeatureInteraction<double>::jvp(std::span<const double>, std::span<const double>, const InteractionWeights<double>&,
                                              std::span<const double>, std::span<const double>, const InteractionWeights<double>&, std::span<double>,
                                              std::span<double>) const;
template void FeatureInteraction<float>::vjp2(std::span<const float>, std::span<const float>, const InteractionWeights<float>&,
                                              std::span<const float>, std::span<const float>, std::span<const float>, std::span<float>,
                                              std::span<float>, std::span<float>, const InteractionWeightGradients&, std::span<float>) const;
template void FeatureInteraction<double>::vjp2(std::span<const double>, std::span<const double>, const InteractionWeights<double>&,
                                               std::span<const double>, std::span<const double>, std::span<const double>, std::span<double>,
                                               std::span<double>, std::span<double>, const InteractionWeightGradients&, std::span<double>) const;

} // namespace ansatz::equivariant
