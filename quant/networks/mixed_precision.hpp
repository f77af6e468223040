// SPDX-License-Identifier: Apache-2.0
/// Bits layer by layer from the curvature of the loss: layer l with weights W rounded to W' adds about
///   Omega_l = (tr H_l / n_l) |W'_l - W_l|^2,   H_l the Hessian of the mean loss with respect to its n_l weights,
/// whose trace is the mean of v.H v over random signs v, with H v from central differences of the gradient. The bits are those of the least sum of Omega within
/// a budget of weight bits, by trying all combinations.
/// Cite: Z. Dong et al., HAWQ-V2: Hessian aware trace-weighted quantization of neural networks, NeurIPS 2020, arXiv:1911.03852.
/// Cost: two gradients of the images a layer and probe; candidates^layers sums.
/// Errors: UsageError if the budget is below the fewest bits or there are more than 10^6 combinations.
/// Threads: one.
#pragma once

#include <ansatz/quant/networks/sequence.hpp>
#include <ansatz/quant/networks/weight_levels.hpp>

#include <vector>

namespace ansatz::quant {

/// tr H_l / n_l of every linear layer, in the order of the sequence, from the first `count` images. \param probes  random sign vectors a layer
[[nodiscard]] std::vector<double> mean_curvatures(const std::string& model, const learning::Arena<float>& arena, const LabelledImages& images,
                                                  std::int64_t count, int probes, std::uint64_t seed);

/// \param budget  mean bits a weight, at most  \param candidates  bits a layer may have
[[nodiscard]] std::vector<int> choose_bits(const Sequence& net, std::span<const double> curvatures, const LevelOptions& levels,
                                           const std::vector<int>& candidates, double budget);

} // namespace ansatz::quant
