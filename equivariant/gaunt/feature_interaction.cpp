// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/feature_interaction.hpp>
#include <ansatz/equivariant/gaunt/parallel_blocks.hpp>

#include <algorithm>
#include <numeric>

namespace ansatz::equivariant {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw UsageError("bad_value", "FeatureInteraction: " + why); }

std::size_t common_channels(const SignalIrreps& a, const SignalIrreps& b, const SignalIrreps& c) {
  const std::size_t channels = std::max(a.channels, b.channels);
  for (const std::size_t n : {a.channels, b.channels})
    if (n != channels && n != 1)
      refuse("operands of " + std::to_string(a.channels) + " and " + std::to_string(b.channels) + " channels; give equal numbers, or 1");
  if (c.channels != channels) refuse("the output has " + std::to_string(c.channels) + " channels, the operands " + std::to_string(channels));
  return channels;
}

template <class T>
LanePacking<T> packing(const InteractionOptions& o, const std::string& irreps, std::size_t channels) {
  return {SignalIrreps(Irreps(irreps)), channels, o.layout, o.normalisation, find_kernels<T>(o.kernels)};
}

} // namespace

template <class T>
FeatureInteraction<T>::FeatureInteraction(const InteractionOptions& o)
    : paths_(product_paths(Irreps(o.irreps1), Irreps(o.irreps2), Irreps(o.irreps3))),
      channels_(common_channels(SignalIrreps(Irreps(o.irreps1)), SignalIrreps(Irreps(o.irreps2)), SignalIrreps(Irreps(o.irreps3)))),
      threads_(o.threads), plan_({.degree1 = SignalIrreps(Irreps(o.irreps1)).degree,
                                  .degree2 = SignalIrreps(Irreps(o.irreps2)).degree,
                                  .degree3 = SignalIrreps(Irreps(o.irreps3)).degree,
                                  .method = o.method,
                                  .kernels = o.kernels,
                                  .gradient_method = o.gradient_method}),
      first_(packing<T>(o, o.irreps1, channels_)), second_(packing<T>(o, o.irreps2, channels_)), third_(packing<T>(o, o.irreps3, channels_)) {
  if (threads_ < 1) refuse(std::to_string(threads_) + " threads; give at least 1");
}

template <class T>
std::size_t FeatureInteraction<T>::room_size() const {
  constexpr std::size_t line = cache_line / sizeof(T);
  const std::size_t spare = std::max({first_.spare(), second_.spare(), third_.spare()});
  return plan_.workspace() + 2 * (plan_.block_size(1) + plan_.block_size(2) + plan_.block_size(3)) + (spare + line - 1) / line * line;
}

template <class T>
std::size_t FeatureInteraction<T>::workspace() const {
  return index(threads_) * room_size();
}

template <class T>
typename FeatureInteraction<T>::Room FeatureInteraction<T>::room(std::span<T> work, int part) const {
  std::size_t used = index(part) * room_size();
  const auto take = [&](std::size_t size) {
    used += size;
    return work.subspan(used - size, size);
  };
  Room r;
  r.a = take(plan_.block_size(1));
  r.a_bar = take(plan_.block_size(1));
  r.b = take(plan_.block_size(2));
  r.b_bar = take(plan_.block_size(2));
  r.c = take(plan_.block_size(3));
  r.c_bar = take(plan_.block_size(3));
  r.plan = take(plan_.workspace());
  r.spare = take(room_size() - (used - index(part) * room_size()));
  return r;
}

template <class T>
std::size_t FeatureInteraction<T>::unit() const {
  return first_.broadcast() || second_.broadcast() ? std::lcm(channels_, lanes<T>) : lanes<T>;
}

template <class T>
std::size_t FeatureInteraction<T>::check(std::span<const T> x, std::span<const T> y, std::size_t z, const InteractionWeights<T>& weights,
                                         std::span<T> work) const {
  const std::size_t batch = x.size() / first_.irreps().size;
  const auto need = [&](const char* name, std::size_t found, std::size_t wanted) {
    if (found != wanted) refuse(std::string(name) + " has " + std::to_string(found) + " numbers, " + std::to_string(wanted) + " are expected");
  };
  need("x", x.size(), batch * first_.irreps().size);
  need("y", y.size(), batch * second_.irreps().size);
  need("the output", z, batch * third_.irreps().size);
  const auto need_weights = [&](const char* name, std::span<const T> w, int degree) {
    if (!w.empty()) need(name, w.size(), (index(degree) + 1) * channels_);
  };
  need_weights("the first weights", weights.first, first_.irreps().degree);
  need_weights("the second weights", weights.second, second_.irreps().degree);
  need_weights("the third weights", weights.third, third_.irreps().degree);
  if (work.size() < workspace())
    refuse("the workspace has " + std::to_string(work.size()) + " numbers, " + std::to_string(workspace()) + " are needed");
  return batch;
}

template <class T>
void FeatureInteraction<T>::execute(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<T> z,
                                    std::span<T> work) const {
  const std::size_t total = check(x, y, z.size(), weights, work) * channels_;
  const std::size_t units = (total + unit() - 1) / unit();
  for_blocks(threads_, units, [&](int part, std::size_t from, std::size_t to) {
    const Room r = room(work, part);
    for (std::size_t q = from * unit(); q < std::min(to * unit(), total); q += lanes<T>) {
      const std::size_t end = std::min(q + lanes<T>, total);
      first_.pack(q, end, x, weights.first, Scaling::values, r.a.data());
      second_.pack(q, end, y, weights.second, Scaling::values, r.b.data());
      plan_.execute(r.a, r.b, r.c, r.plan);
      third_.unpack(q, end, r.c.data(), weights.third, Scaling::gradient, z, r.spare.data());
    }
  });
}

template <class T>
void FeatureInteraction<T>::vjp(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> g,
                                std::span<T> xbar, std::span<T> ybar, const InteractionWeightGradients& gradients, std::span<T> work) const {
  const std::size_t total = check(x, y, g.size(), weights, work) * channels_;
  if (xbar.size() != x.size() || ybar.size() != y.size()) refuse("gradients must be as large as what they belong to");
  const std::size_t units = (total + unit() - 1) / unit();
  // Weight gradients of each slice for itself, so that their sums do not depend on the threads.
  const std::size_t slices = std::min<std::size_t>(16, units);
  const std::size_t size1 = gradients.first.size(), size2 = gradients.second.size(), size3 = gradients.third.size();
  std::vector<double> sums(slices * (size1 + size2 + size3));
  for_blocks(threads_, slices, [&](int part, std::size_t first_slice, std::size_t end_slice) {
    const Room r = room(work, part);
    for (std::size_t slice = first_slice; slice < end_slice; ++slice) {
      const std::span<double> own = std::span(sums).subspan(slice * (size1 + size2 + size3), size1 + size2 + size3);
      const std::size_t stop = std::min(units * (slice + 1) / slices * unit(), total);
      for (std::size_t q = units * slice / slices * unit(); q < stop; q += lanes<T>) {
        const std::size_t end = std::min(q + lanes<T>, total);
        first_.pack(q, end, x, weights.first, Scaling::values, r.a.data());
        second_.pack(q, end, y, weights.second, Scaling::values, r.b.data());
        third_.pack(q, end, g, weights.third, Scaling::gradient, r.c_bar.data());
        plan_.vjp(r.a, r.b, r.c_bar, r.a_bar, r.b_bar, r.plan);
        first_.unpack(q, end, r.a_bar.data(), weights.first, Scaling::values, xbar, r.spare.data());
        second_.unpack(q, end, r.b_bar.data(), weights.second, Scaling::values, ybar, r.spare.data());
        first_.add_weight_gradient(q, end, x, Scaling::values, r.a_bar.data(), own.subspan(0, size1));
        second_.add_weight_gradient(q, end, y, Scaling::values, r.b_bar.data(), own.subspan(size1, size2));
        if (size3 == 0) continue;
        plan_.execute(r.a, r.b, r.c, r.plan);
        third_.add_weight_gradient(q, end, g, Scaling::gradient, r.c.data(), own.subspan(size1 + size2, size3));
      }
    }
  });
  for (std::size_t slice = 0; slice < slices; ++slice) {
    const double* own = sums.data() + slice * (size1 + size2 + size3);
    for (double& v : gradients.first) v += *own++;
    for (double& v : gradients.second) v += *own++;
    for (double& v : gradients.third) v += *own++;
  }
}

template class FeatureInteraction<float>;
template class FeatureInteraction<double>;

} // namespace ansatz::equivariant
