// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/feature_interaction.hpp>

#include <algorithm>

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

} // namespace

/// The lanes of one block: lane number q = element of the batch times channels + channel; those from `end` on are empty.
template <class T>
struct FeatureInteraction<T>::Lanes {
  std::size_t first, end;
};

template <class T>
FeatureInteraction<T>::FeatureInteraction(const InteractionOptions& o)
    : first_(Irreps(o.irreps1)), second_(Irreps(o.irreps2)), third_(Irreps(o.irreps3)),
      paths_(product_paths(Irreps(o.irreps1), Irreps(o.irreps2), Irreps(o.irreps3))), layout_(o.layout), normalisation_(o.normalisation),
      channels_(common_channels(first_, second_, third_)),
      plan_({.degree1 = first_.degree, .degree2 = second_.degree, .degree3 = third_.degree, .method = o.method, .kernels = o.kernels}) {}

template <class T>
std::size_t FeatureInteraction<T>::workspace() const {
  return plan_.workspace() + 2 * (plan_.block_size(1) + plan_.block_size(2) + plan_.block_size(3));
}

template <class T>
std::size_t FeatureInteraction<T>::place(const SignalIrreps& s, std::size_t lane, int l, int m) const {
  const std::size_t channel = s.channels == 1 ? 0 : lane % channels_;
  const std::size_t term = lane / channels_ * s.size + static_cast<std::size_t>(s.offset[index(l)]);
  return layout_ == Layout::mul_ir ? term + channel * index(2 * l + 1) + index(l + m) : term + index(l + m) * s.channels + channel;
}

template <class T>
T FeatureInteraction<T>::scale(Scaling scaling, int l) const {
  const double s = normalisation_scale(normalisation_, l);
  return static_cast<T>(scaling == Scaling::values ? s : 1.0 / s);
}

template <class T>
void FeatureInteraction<T>::pack(const SignalIrreps& s, const Lanes& at, std::span<const T> from, std::span<const T> weights, Scaling scaling,
                                 T* block) const {
  for (int l = 0; l <= s.degree; ++l)
    for (int m = -l; m <= l; ++m) {
      T* row = block + signal_index(l, m) * lanes<T>;
      std::fill(row, row + lanes<T>, T{0});
      if (s.offset[index(l)] < 0) continue;
      const T factor = scale(scaling, l);
      for (std::size_t q = at.first; q < at.end; ++q) {
        const T w = weights.empty() ? factor : factor * weights[index(l) * channels_ + q % channels_];
        row[q - at.first] = w * from[place(s, q, l, m)];
      }
    }
}

template <class T>
void FeatureInteraction<T>::unpack(const SignalIrreps& s, const Lanes& at, const T* block, std::span<const T> weights, Scaling scaling,
                                   std::span<T> to) const {
  for (int l = 0; l <= s.degree; ++l) {
    if (s.offset[index(l)] < 0) continue;
    const T factor = scale(scaling, l);
    for (int m = -l; m <= l; ++m)
      for (std::size_t q = at.first; q < at.end; ++q) {
        const T w = weights.empty() ? factor : factor * weights[index(l) * channels_ + q % channels_];
        const T value = w * block[signal_index(l, m) * lanes<T> + q - at.first];
        T& out = to[place(s, q, l, m)];
        // A broadcast operand collects its channels, in their order.
        if (s.channels == 1 && q % channels_ != 0)
          out += value;
        else
          out = value;
      }
  }
}

template <class T>
void FeatureInteraction<T>::weight_gradient(const SignalIrreps& s, const Lanes& at, std::span<const T> values, Scaling scaling, const T* block,
                                            std::span<double> to) const {
  if (to.empty()) return;
  for (int l = 0; l <= s.degree; ++l) {
    if (s.offset[index(l)] < 0) continue;
    const auto factor = static_cast<double>(scale(scaling, l));
    for (std::size_t q = at.first; q < at.end; ++q) {
      double sum = 0.0;
      for (int m = -l; m <= l; ++m)
        sum += static_cast<double>(values[place(s, q, l, m)]) * static_cast<double>(block[signal_index(l, m) * lanes<T> + q - at.first]);
      to[index(l) * channels_ + q % channels_] += factor * sum;
    }
  }
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
  const auto need_weights = [&](const char* name, std::span<const T> w, int degree) {
    if (!w.empty()) need(name, w.size(), (index(degree) + 1) * channels_);
  };
  need_weights("the first weights", weights.first, first_.degree);
  need_weights("the second weights", weights.second, second_.degree);
  need_weights("the third weights", weights.third, third_.degree);
  if (work.size() < workspace())
    refuse("the workspace has " + std::to_string(work.size()) + " numbers, " + std::to_string(workspace()) + " are needed");
  return batch;
}

template <class T>
void FeatureInteraction<T>::execute(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<T> z,
                                    std::span<T> work) const {
  const std::size_t total = check(x, y, z.size(), weights, work) * channels_;
  const std::span<T> a = work.subspan(0, plan_.block_size(1));
  const std::span<T> b = work.subspan(a.size(), plan_.block_size(2));
  const std::span<T> c = work.subspan(a.size() + b.size(), plan_.block_size(3));
  const std::span<T> rest = work.subspan(a.size() + b.size() + c.size());
  for (std::size_t q = 0; q < total; q += lanes<T>) {
    const Lanes at{q, std::min(q + lanes<T>, total)};
    pack(first_, at, x, weights.first, Scaling::values, a.data());
    pack(second_, at, y, weights.second, Scaling::values, b.data());
    plan_.execute(a, b, c, rest);
    unpack(third_, at, c.data(), weights.third, Scaling::gradient, z);
  }
}

template <class T>
void FeatureInteraction<T>::vjp(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> g,
                                std::span<T> xbar, std::span<T> ybar, const InteractionWeightGradients& gradients, std::span<T> work) const {
  const std::size_t total = check(x, y, g.size(), weights, work) * channels_;
  if (xbar.size() != x.size() || ybar.size() != y.size()) refuse("gradients must be as large as what they belong to");
  std::size_t used = 0;
  const auto take = [&](int operand) {
    const std::span<T> block = work.subspan(used, plan_.block_size(operand));
    used += block.size();
    return block;
  };
  const auto a = take(1), a_bar = take(1), b = take(2), b_bar = take(2), c = take(3), c_bar = take(3);
  const std::span<T> rest = work.subspan(used);
  for (std::size_t q = 0; q < total; q += lanes<T>) {
    const Lanes at{q, std::min(q + lanes<T>, total)};
    pack(first_, at, x, weights.first, Scaling::values, a.data());
    pack(second_, at, y, weights.second, Scaling::values, b.data());
    pack(third_, at, g, weights.third, Scaling::gradient, c_bar.data());
    plan_.vjp(a, b, c_bar, a_bar, b_bar, rest);
    unpack(first_, at, a_bar.data(), weights.first, Scaling::values, xbar);
    unpack(second_, at, b_bar.data(), weights.second, Scaling::values, ybar);
    weight_gradient(first_, at, x, Scaling::values, a_bar.data(), gradients.first);
    weight_gradient(second_, at, y, Scaling::values, b_bar.data(), gradients.second);
    if (gradients.third.empty()) continue;
    plan_.execute(a, b, c, rest);
    weight_gradient(third_, at, g, Scaling::gradient, c.data(), gradients.third);
  }
}

template class FeatureInteraction<float>;
template class FeatureInteraction<double>;

} // namespace ansatz::equivariant
