// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/lane_packing.hpp>

#include <algorithm>
#include <array>

namespace ansatz::equivariant {

template <class T>
LanePacking<T>::LanePacking(const SignalIrreps& irreps, std::size_t channels, Layout layout, Normalisation normalisation, const Kernels<T>& kernels)
    : irreps_(irreps), channels_(channels), layout_(layout), normalisation_(normalisation), kernels_(&kernels),
      zeros_(std::max(signal_size(irreps.degree), lanes<T>)) {
  for (const bool weighted : {false, true})
    for (const Scaling scaling : {Scaling::values, Scaling::gradient}) runs_[number_of(weighted, scaling)] = find_runs(weighted, scaling);
}

template <class T>
T LanePacking<T>::scale(Scaling scaling, int l) const {
  const double s = normalisation_scale(normalisation_, l);
  return static_cast<T>(scaling == Scaling::values ? s : 1.0 / s);
}

template <class T>
std::vector<typename LanePacking<T>::Run> LanePacking<T>::find_runs(bool weighted, Scaling scaling) const {
  std::vector<Run> all;
  for (int l = 0; l <= irreps_.degree; ++l) {
    Run run{l, 2 * l + 1, scale(scaling, l), irreps_.offset[index(l)] < 0};
    // Of a single channel the whole signal is one row.
    while (!weighted && irreps_.channels == 1 && !run.missing && l < irreps_.degree && scale(scaling, l + 1) == run.scale &&
           irreps_.offset[index(l) + 1] == irreps_.offset[index(l)] + 2 * l + 1) {
      ++l;
      run.count += 2 * l + 1;
    }
    all.push_back(run);
  }
  return all;
}

template <class T>
template <class Visit>
void LanePacking<T>::for_lanes(std::size_t first, std::size_t end, int degree, const Visit& place) const {
  const std::size_t step = irreps_.channels == 1 ? 0 : layout_ == Layout::mul_ir ? index(2 * degree + 1) : 1;
  std::size_t channel = first % channels_;
  std::size_t start = first / channels_ * irreps_.size + static_cast<std::size_t>(irreps_.offset[index(degree)]);
  for (std::size_t q = first; q < end; ++q) {
    place(q - first, start + channel * step, channel);
    if (++channel < channels_) continue;
    channel = 0;
    start += irreps_.size;
  }
}

template <class T>
void LanePacking<T>::pack(std::size_t first, std::size_t end, std::span<const T> from, std::span<const T> weights, Scaling scaling, T* block) const {
  for (const Run& run : runs(!weights.empty(), scaling)) {
    T* rows = block + signal_index(run.degree, -run.degree) * lanes<T>;
    if (run.missing) {
      std::fill(rows, rows + index(run.count) * lanes<T>, T{0});
      continue;
    }
    alignas(cache_line) std::array<T, lanes<T>> factor;
    factor.fill(run.scale);
    std::array<const T*, lanes<T>> lane;
    lane.fill(zeros_.data());
    for_lanes(first, end, run.degree, [&](std::size_t i, std::size_t place, std::size_t channel) {
      lane[i] = from.data() + place;
      if (!weights.empty()) factor[i] = run.scale * weights[index(run.degree) * channels_ + channel];
    });
    if (stride() == 1) {
      kernels_->pack(lane.data(), run.count, factor.data(), rows);
      continue;
    }
    const bool neighbours = end - first == lanes<T> && first % channels_ + lanes<T> <= channels_;
    for (std::size_t m = 0; m < index(run.count); ++m) {
      T* row = rows + m * lanes<T>;
      if (neighbours)
        for (std::size_t i = 0; i < lanes<T>; ++i) row[i] = factor[i] * lane[0][m * stride() + i];
      else
        for (std::size_t i = 0; i < lanes<T>; ++i) row[i] = i < end - first ? factor[i] * lane[i][m * stride()] : T{0};
    }
  }
}

template <class T>
void LanePacking<T>::unpack(std::size_t first, std::size_t end, const T* block, std::span<const T> weights, Scaling scaling, std::span<T> to,
                            T* spare) const {
  for (const Run& run : runs(!weights.empty(), scaling)) {
    if (run.missing) continue;
    const T* rows = block + signal_index(run.degree, -run.degree) * lanes<T>;
    alignas(cache_line) std::array<T, lanes<T>> factor;
    factor.fill(run.scale);
    std::array<T*, lanes<T>> lane;
    lane.fill(spare);
    for_lanes(first, end, run.degree, [&](std::size_t i, std::size_t place, std::size_t channel) {
      lane[i] = to.data() + place;
      if (!weights.empty()) factor[i] = run.scale * weights[index(run.degree) * channels_ + channel];
    });
    if (broadcast()) {
      for (std::size_t i = 0; i < end - first; ++i)
        for (std::size_t m = 0; m < index(run.count); ++m) {
          const T value = factor[i] * rows[m * lanes<T> + i];
          lane[i][m] = (first + i) % channels_ == 0 ? value : lane[i][m] + value;
        }
      continue;
    }
    if (stride() == 1) {
      kernels_->unpack(rows, run.count, factor.data(), lane.data());
      continue;
    }
    const bool neighbours = end - first == lanes<T> && first % channels_ + lanes<T> <= channels_;
    for (std::size_t m = 0; m < index(run.count); ++m) {
      const T* row = rows + m * lanes<T>;
      if (neighbours)
        for (std::size_t i = 0; i < lanes<T>; ++i) lane[0][m * stride() + i] = factor[i] * row[i];
      else
        for (std::size_t i = 0; i < end - first; ++i) lane[i][m * stride()] = factor[i] * row[i];
    }
  }
}

template <class T>
void LanePacking<T>::add_weight_gradient(std::size_t first, std::size_t end, std::span<const T> values, Scaling scaling, const T* block,
                                         std::span<double> to) const {
  if (to.empty()) return;
  for (int l = 0; l <= irreps_.degree; ++l) {
    if (irreps_.offset[index(l)] < 0) continue;
    const auto factor = static_cast<double>(scale(scaling, l));
    const T* rows = block + signal_index(l, -l) * lanes<T>;
    for_lanes(first, end, l, [&](std::size_t i, std::size_t place, std::size_t channel) {
      double sum = 0.0;
      for (std::size_t m = 0; m < index(2 * l + 1); ++m)
        sum += static_cast<double>(values[place + m * stride()]) * static_cast<double>(rows[m * lanes<T> + i]);
      to[index(l) * channels_ + channel] += factor * sum;
    });
  }
}

template class LanePacking<float>;
template class LanePacking<double>;

} // namespace ansatz::equivariant
