// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/feature_interaction.hpp>
#include <ansatz/equivariant/gaunt/feature_lanes.hpp>

#include <algorithm>
#include <numeric>

namespace ansatz::equivariant {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw UsageError("bad_value", "FeatureInteraction: " + why); }

/// A method of products that brackets do not have leaves theirs to operation counts, if both are wanted.
std::string method_of(const std::string& method, Parts part, Parts wanted) {
  const auto names = method_names(part);
  const bool known = method.empty() || method == "auto" || std::find(names.begin(), names.end(), method) != names.end();
  return known || wanted != Parts::both || part == Parts::even ? method : "estimate";
}

constexpr int type_of(std::size_t number) { return number == 0 ? 1 : -1; }

/// Channels of all signals of some irreps.
std::size_t channels_of(const std::string& text) {
  const Irreps irreps(text);
  std::size_t channels = 0;
  for (const std::size_t type : {std::size_t{0}, std::size_t{1}}) {
    const SignalIrreps s(irreps, type_of(type));
    if (s.degree < 0) continue;
    if (channels != 0 && s.channels != channels)
      refuse("\"" + text + "\" has " + std::to_string(channels) + " signals and " + std::to_string(s.channels) +
             " pseudo-signals; give equal multiplicities");
    channels = s.channels;
  }
  if (channels == 0) refuse("\"" + text + "\" is empty");
  return channels;
}

std::size_t common_channels(std::size_t a, std::size_t b, std::size_t c) {
  const std::size_t channels = std::max(a, b);
  for (const std::size_t n : {a, b})
    if (n != channels && n != 1) refuse("operands of " + std::to_string(a) + " and " + std::to_string(b) + " channels; give equal numbers, or 1");
  if (c != channels) refuse("the output has " + std::to_string(c) + " channels, the operands " + std::to_string(channels));
  return channels;
}

} // namespace

template <class T>
FeatureInteraction<T>::Side::Side(const InteractionOptions& o, const std::string& text, std::size_t channels) : size(Irreps(text).size()) {
  for (const std::size_t type : {std::size_t{0}, std::size_t{1}}) {
    const SignalIrreps s(Irreps(text), type_of(type));
    if (s.degree >= 0) packing[type].emplace(s, channels, o.layout, o.normalisation, find_kernels<T>(o.kernels));
  }
}

template <class T>
std::size_t FeatureInteraction<T>::Side::block(std::size_t type) const {
  return packing[type] ? signal_size(packing[type]->irreps().degree) * lanes<T> : 0;
}

template <class T>
bool FeatureInteraction<T>::Side::broadcast() const {
  return (packing[0] ? packing[0] : packing[1])->broadcast();
}

template <class T>
FeatureInteraction<T>::FeatureInteraction(const InteractionOptions& o)
    : paths_(product_paths(Irreps(o.irreps1), Irreps(o.irreps2), Irreps(o.irreps3), o.parts)),
      channels_(common_channels(channels_of(o.irreps1), channels_of(o.irreps2), channels_of(o.irreps3))), threads_(o.threads),
      first_(o, o.irreps1, channels_), second_(o, o.irreps2, channels_), third_(o, o.irreps3, channels_),
      unit_(first_.broadcast() || second_.broadcast() ? std::lcm(channels_, lanes<T>) : lanes<T>) {
  if (threads_ < 1) refuse(std::to_string(threads_) + " threads; give at least 1");
  for (const Parts part : {Parts::even, Parts::odd})
    for (std::size_t a = 0; a < 2; ++a)
      for (std::size_t b = 0; b < 2; ++b) {
        const std::size_t c = (a + b + (part == Parts::odd ? 1 : 0)) % 2;
        if ((o.parts != part && o.parts != Parts::both) || !first_.packing[a] || !second_.packing[b] || !third_.packing[c]) continue;
        auto plan = std::make_unique<GauntPlan<T>>(GauntOptions{.degree1 = first_.packing[a]->irreps().degree,
                                                                .degree2 = second_.packing[b]->irreps().degree,
                                                                .degree3 = third_.packing[c]->irreps().degree,
                                                                .method = method_of(o.method, part, o.parts),
                                                                .kernels = o.kernels,
                                                                .gradient_method = method_of(o.gradient_method, part, o.parts),
                                                                .part = part,
                                                                .wide = o.wide});
        if (plan->trimmed_degrees()[0] >= 0) terms_.push_back({a, b, c, std::move(plan)});
      }
}

template <class T>
std::size_t FeatureInteraction<T>::room_size() const {
  std::size_t numbers = 0, plan = 0, spare = 0;
  for (const Side* side : {&first_, &second_, &third_}) {
    numbers += 3 * (side->block(0) + side->block(1)) + std::max(side->block(0), side->block(1));
    for (const auto& p : side->packing)
      if (p) spare = std::max(spare, p->spare());
  }
  for (const Term& t : terms_) plan = std::max(plan, t.plan->workspace());
  const auto whole = [](std::size_t n) { return (n + lanes<T> - 1) / lanes<T> * lanes<T>; };
  return numbers + whole(plan) + whole(spare);
}

template <class T>
typename FeatureInteraction<T>::Room FeatureInteraction<T>::room(std::span<T> work, int part) const {
  std::span<T> rest = work.subspan(index(part) * room_size(), room_size());
  const auto take = [&](std::size_t size) {
    const std::span<T> front = rest.first(size);
    rest = rest.subspan(size);
    return front;
  };
  const auto pair = [&](const Side& side) { return Pair{take(side.block(0)), take(side.block(1))}; };
  Room r;
  for (Pair* p : {&r.a, &r.da, &r.p}) *p = pair(first_);
  for (Pair* p : {&r.b, &r.db, &r.q}) *p = pair(second_);
  for (Pair* p : {&r.c, &r.dc}) *p = pair(third_);
  std::size_t operand = 0;
  for (const Side* side : {&first_, &second_, &third_}) r.sum[operand++] = take(std::max(side->block(0), side->block(1)));
  std::size_t plan = 0;
  for (const Term& t : terms_) plan = std::max(plan, t.plan->workspace());
  r.plan = take((plan + lanes<T> - 1) / lanes<T> * lanes<T>);
  r.spare = rest;
  return r;
}

template <class T>
std::size_t FeatureInteraction<T>::check(std::span<const T> x, std::span<const T> y, std::size_t z, const InteractionWeights<T>& weights,
                                         std::span<T> work) const {
  const std::size_t batch = x.size() / first_.size;
  const auto need = [&](const char* name, std::size_t found, std::size_t wanted) {
    if (found != wanted) refuse(std::string(name) + " has " + std::to_string(found) + " numbers, " + std::to_string(wanted) + " are expected");
  };
  need("x", x.size(), batch * first_.size);
  need("y", y.size(), batch * second_.size);
  need("the output", z, batch * third_.size);
  const auto need_weights = [&](const char* name, std::span<const T> w, const Side& side) {
    if (!w.empty()) need(name, w.size(), side.weights(channels_));
  };
  need_weights("the first weights", weights.first, first_);
  need_weights("the second weights", weights.second, second_);
  need_weights("the third weights", weights.third, third_);
  if (work.size() < workspace())
    refuse("the workspace has " + std::to_string(work.size()) + " numbers, " + std::to_string(workspace()) + " are needed");
  return batch;
}

template <class T>
void FeatureInteraction<T>::pack(const Side& side, const Lanes& at, std::span<const T> from, std::span<const T> weights, Scaling scaling,
                                 const Pair& to) const {
  for (std::size_t type = 0; type < 2; ++type)
    if (side.packing[type]) side.packing[type]->pack(at.first, at.end, from, side.weights_of(type, weights, channels_), scaling, to[type].data());
}

template <class T>
void FeatureInteraction<T>::unpack(const Side& side, const Lanes& at, const Pair& from, std::span<const T> weights, Scaling scaling, std::span<T> to,
                                   const Room& room) const {
  for (std::size_t type = 0; type < 2; ++type)
    if (side.packing[type])
      side.packing[type]->unpack(at.first, at.end, from[type].data(), side.weights_of(type, weights, channels_), scaling, to, room.spare.data());
}

template <class T>
void FeatureInteraction<T>::add_weight_gradient(const Side& side, const Lanes& at, std::span<const T> values, Scaling scaling, const Pair& block,
                                                std::span<double> to) const {
  for (std::size_t type = 0; type < 2; ++type)
    if (side.packing[type])
      side.packing[type]->add_weight_gradient(at.first, at.end, values, scaling, block[type].data(), side.weights_of(type, to, channels_));
}

template <class T>
void FeatureInteraction<T>::products(const Pair& a, const Pair& b, const Pair& c, const Room& room) const {
  Sums<T, 2> sums(c, room.sum[2]);
  for (const Term& t : terms_) {
    const std::span<T> part = sums.part(t.third);
    t.plan->execute(a[t.first], b[t.second], part, room.plan);
    sums.add(t.third);
  }
  sums.finish();
}

template <class T>
void FeatureInteraction<T>::gradients(const Pair& a, const Pair& b, const Pair& g, const Pair& abar, const Pair& bbar, const Room& room) const {
  Sums<T, 2> to_a(abar, room.sum[0]), to_b(bbar, room.sum[1]);
  for (const Term& t : terms_) {
    t.plan->vjp(a[t.first], b[t.second], g[t.third], to_a.part(t.first), to_b.part(t.second), room.plan);
    to_a.add(t.first);
    to_b.add(t.second);
  }
  to_a.finish();
  to_b.finish();
}

template <class T>
void FeatureInteraction<T>::execute(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<T> z,
                                    std::span<T> work) const {
  over_lanes(check(x, y, z.size(), weights, work), {}, work, [&](const Room& r, const Lanes& at) {
    pack(first_, at, x, weights.first, Scaling::values, r.a);
    pack(second_, at, y, weights.second, Scaling::values, r.b);
    products(r.a, r.b, r.c, r);
    unpack(third_, at, r.c, weights.third, Scaling::gradient, z, r);
  });
}

template <class T>
void FeatureInteraction<T>::vjp(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> g,
                                std::span<T> xbar, std::span<T> ybar, const InteractionWeightGradients& gradients_to, std::span<T> work) const {
  const std::size_t batch = check(x, y, g.size(), weights, work);
  if (xbar.size() != x.size() || ybar.size() != y.size()) refuse("gradients must be as large as what they belong to");
  over_lanes(batch, gradients_to, work, [&](const Room& r, const Lanes& at) {
    pack(first_, at, x, weights.first, Scaling::values, r.a);
    pack(second_, at, y, weights.second, Scaling::values, r.b);
    pack(third_, at, g, weights.third, Scaling::gradient, r.dc);
    gradients(r.a, r.b, r.dc, r.p, r.q, r);
    unpack(first_, at, r.p, weights.first, Scaling::values, xbar, r);
    unpack(second_, at, r.q, weights.second, Scaling::values, ybar, r);
    add_weight_gradient(first_, at, x, Scaling::values, r.p, at.sums[0]);
    add_weight_gradient(second_, at, y, Scaling::values, r.q, at.sums[1]);
    if (at.sums[2].empty()) return;
    products(r.a, r.b, r.c, r);
    add_weight_gradient(third_, at, g, Scaling::gradient, r.c, at.sums[2]);
  });
}

template class FeatureInteraction<float>;
template class FeatureInteraction<double>;

} // namespace ansatz::equivariant
