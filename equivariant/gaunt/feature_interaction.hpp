// SPDX-License-Identifier: Apache-2.0
/// Feature interaction of equivariant networks: products of many channels with a weight for every degree and channel,
///   z = w3 o P[(w1 o x) * (w2 o y)],   (w o x)_{u,l,m} = w_{l,u} x_{u,l,m},
/// on features given by irreps strings (irreps.hpp) in e3nn's layouts and any normalisation (normalisation.hpp).
/// Channels meet one to one (`uuu`); an operand with one channel meets all channels of the other (`u1u`). Missing degrees are zeros.
/// Gradients of <g, z>, with g' = w3 o g, a = w1 o x, b = w2 o y:  xbar = w1 o P[g' * b], ybar = w2 o P[g' * a], summed over the channels of a broadcast operand;
///   w1bar_{l,u} = sum x P[g' * b], w2bar = sum y P[g' * a], w3bar = sum g P[a * b], sums over orders and batch.
/// Shapes: x, y, z: batch times irreps.size() numbers, elements of the batch slowest; weights: (L+1) C numbers, [degree][channel], C the channels of the result.
/// Parity: the output's type must be the product of the inputs' types. `paths()` lists what is used and what a product of functions drops.
/// Errors: UsageError (`bad_value`): irreps that are no signals (irreps.hpp), unequal channels, parity, unreachable outputs, wrong sizes.
/// Cost: the plan's, and a pass over the operands to pack lanes (lane_packing.hpp).  MPI: none; split the batch.
/// Threads: const functions, one workspace each; `threads` share the batch. Results are the same bits for any number of them: weight gradients are summed in
/// double precision over a fixed number of slices of the batch, and these in order.
#pragma once

#include <ansatz/equivariant/gaunt/lane_packing.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>

namespace ansatz::equivariant {

struct InteractionOptions {
  std::string irreps1;                                   ///< of x
  std::string irreps2;                                   ///< of y
  std::string irreps3;                                   ///< of z
  Layout layout = Layout::mul_ir;                        ///< of all three
  Normalisation normalisation = Normalisation::integral; ///< of all three
  std::string method = "auto";                           ///< as in GauntOptions
  std::string kernels = "best";                          ///< as in GauntOptions
  std::string gradient_method{};                         ///< as in GauntOptions
  int threads = 1;                                       ///< that share the batch
};

/// Weights by degree and channel; an empty span is all ones.
template <class T>
struct InteractionWeights {
  std::span<const T> first = {}, second = {}, third = {};
};
/// Gradients of the weights, added to what is there; empty spans are left out.
struct InteractionWeightGradients {
  std::span<double> first = {}, second = {}, third = {};
};

template <class T>
class FeatureInteraction {
public:
  explicit FeatureInteraction(const InteractionOptions& options);

  void execute(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<T> z, std::span<T> work) const;
  void vjp(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> g, std::span<T> xbar,
           std::span<T> ybar, const InteractionWeightGradients& gradients, std::span<T> work) const;

  /// Numbers of `work`, 64-byte aligned.
  [[nodiscard]] std::size_t workspace() const;
  [[nodiscard]] const GauntPlan<T>& plan() const { return plan_; }
  [[nodiscard]] const std::vector<Path>& paths() const { return paths_; }
  /// Channels of the result.
  [[nodiscard]] std::size_t channels() const { return channels_; }

private:
  /// Blocks and workspace of one thread.
  struct Room {
    std::span<T> a, a_bar, b, b_bar, c, c_bar, spare, plan;
  };
  std::size_t check(std::span<const T> x, std::span<const T> y, std::size_t z, const InteractionWeights<T>& weights, std::span<T> work) const;
  [[nodiscard]] Room room(std::span<T> work, int part) const;
  [[nodiscard]] std::size_t room_size() const;
  /// Lanes that one thread must take together.
  [[nodiscard]] std::size_t unit() const;

  std::vector<Path> paths_;
  std::size_t channels_;
  int threads_;
  GauntPlan<T> plan_;
  LanePacking<T> first_, second_, third_;
};

} // namespace ansatz::equivariant
