// SPDX-License-Identifier: Apache-2.0
/// Between features of e3nn's layouts and lane blocks (lanes.hpp): one operand of a product of many channels.
///   pack    block[l,m][lane] = w_{l,u} s_l x[e,u,l,m]        unpack    x[e,u,l,m] = w_{l,u} s_l block[l,m][lane]
/// Lane number q = e C + u: element of the batch times channels plus channel; lanes beyond the last are zeros. s_l is the normalisation's scale for
/// values, its inverse for gradients and results. An operand with one channel meets all C: it is read by all of them, and unpacking adds them up in
/// their order.
/// Cost: tiles of 8 x 8 or 4 x 4 numbers transposed in registers, a fraction of a cycle a number; layout `ir_mul` with C a multiple of the lanes
/// needs no transpose.  Errors: none; the caller checks sizes.  Threads: const.
#pragma once

#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/harmonics/irreps.hpp>
#include <ansatz/equivariant/harmonics/normalisation.hpp>

#include <array>
#include <span>
#include <vector>

namespace ansatz::equivariant {

/// Order of the numbers inside a term "C x l p".
enum class Layout {
  mul_ir, ///< channels slow, orders fast: e3nn's default
  ir_mul, ///< orders slow, channels fast
};

/// Whether numbers are coefficients on their way in, or gradients on theirs; the other way round on the way out.
enum class Scaling { values, gradient };

template <class T>
class LanePacking {
public:
  /// \param channels  C of the product
  LanePacking(const SignalIrreps& irreps, std::size_t channels, Layout layout, Normalisation normalisation, const Kernels<T>& kernels);

  /// The block of lanes first .. end-1, at most lanes<T> of them. \param weights  (degree + 1) C numbers, or none
  void pack(std::size_t first, std::size_t end, std::span<const T> from, std::span<const T> weights, Scaling scaling, T* block) const;
  /// \param spare  spare() numbers that lanes beyond the last are written to
  void unpack(std::size_t first, std::size_t end, const T* block, std::span<const T> weights, Scaling scaling, std::span<T> to, T* spare) const;
  /// to[l, u] += s_l sum_m values[e,u,l,m] block[l,m][lane].
  void add_weight_gradient(std::size_t first, std::size_t end, std::span<const T> values, Scaling scaling, const T* block,
                           std::span<double> to) const;

  [[nodiscard]] const SignalIrreps& irreps() const { return irreps_; }
  [[nodiscard]] bool broadcast() const { return irreps_.channels == 1 && channels_ > 1; }
  [[nodiscard]] std::size_t spare() const { return zeros_.size(); }

private:
  /// Neighbouring degrees that lie one after another in a signal's numbers and have one scale.
  struct Run {
    int degree;
    int count; ///< numbers
    T scale;
    bool missing;
  };
  [[nodiscard]] std::vector<Run> find_runs(bool weighted, Scaling scaling) const;
  [[nodiscard]] static std::size_t number_of(bool weighted, Scaling scaling) {
    return (weighted ? std::size_t{2} : 0) + (scaling == Scaling::values ? 0 : 1);
  }
  [[nodiscard]] const std::vector<Run>& runs(bool weighted, Scaling scaling) const { return runs_[number_of(weighted, scaling)]; }
  /// place(lane of the block, number of the first coefficient, channel) for the lanes of a block.
  template <class Visit>
  void for_lanes(std::size_t first, std::size_t end, int degree, const Visit& place) const;
  [[nodiscard]] std::size_t stride() const { return layout_ == Layout::mul_ir ? 1 : irreps_.channels; }
  [[nodiscard]] T scale(Scaling scaling, int l) const;

  SignalIrreps irreps_;
  std::size_t channels_;
  Layout layout_;
  Normalisation normalisation_;
  const Kernels<T>* kernels_;
  std::array<std::vector<Run>, 4> runs_; ///< without and with weights, of values and of gradients
  AlignedVector<T> zeros_;               ///< what lanes beyond the last read
};

} // namespace ansatz::equivariant
