// SPDX-License-Identifier: Apache-2.0
/// The published networks of the deep conjugate direction method, from one residual to one direction, without flags or geometry, with 16 channels.
/// C = 3 x 3 x 3 convolution, R = ReLU, B(t) = R(C(R(C(t)))) + t, avg and up those of resample.hpp, D = pointwise 16 -> 1:
///   from64   t0 = C1(in); t1 = R(C t0); t2 = B(t1);    s = R(C t2); u = B B B(avg s);      v = up(u) + s; out = D(B B(v))
///   from128  t0 = C1(in); t1 = R(C t0); t3 = B B(t1);  s = R(C t3); u = B B B B B(avg s);  v = up(u) + s; out = D(B B B(v))
/// 97,457 and 152,881 parameters; an output depends on inputs up to 22 and 34 voxels away.
/// Not homogeneous (biases): give it b / |b|. Shifts by two voxels commute with it away from the borders.
/// Cite: A. Kaneda et al., A deep conjugate direction method for iteratively solving linear systems, ICML 2023, arXiv:2205.10763.
/// Shapes: one channel in and out, sides even; the same weights serve every size.
/// Errors: UsageError for another name.
/// Cost: 121,856 and 184,064 flops a voxel forward.
#pragma once

#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/chain.hpp>
#include <ansatz/learning/layers/convolution_kernels.hpp>

namespace ansatz::learning {

template <class T>
struct Network {
  std::string name{};
  Layout layout{};
  Chain<T> chain{};
};

/// \param name  from64 or from128
template <class T>
[[nodiscard]] Network<T> direction_network(const std::string& name, std::shared_ptr<ConvolutionKernels<T>> kernels = make_convolution_kernels<T>());

/// Cells an output looks away from itself: 22 or 34.
[[nodiscard]] int direction_network_reach(const std::string& name);

} // namespace ansatz::learning
