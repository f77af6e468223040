// SPDX-License-Identifier: Apache-2.0
/// Time and error of the methods of the Gaunt product on random signals, side by side: methods are visited in an order drawn anew for every
/// repetition. A product is one signal times one signal, in lane blocks. `cached` data fill at most half of a second-level cache; `streamed` ones
/// four times the last level, so that every number comes from memory.  Threads: the plan's.  MPI: local.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace ansatz::apps {

struct MeasureOptions {
  std::vector<std::string> methods; ///< to compare; `direct` is left out above degree 10
  std::string kernels = "best";
  int threads = 1;
  int repeats = 15;
  double seconds = 0.01; ///< of one timing
  bool streaming = false;
};

/// One method at one degree. Times are seconds a signal, one a repetition; those of streamed data are empty if not asked for.
struct Measurement {
  int degree = 0, output_degree = 0;
  std::string method, kernels;
  std::vector<double> product, gradient, streamed_product, streamed_gradient;
  double flops = 0.0; ///< of a product by formula, 2 a multiply-add; 0 for methods without one
  double bytes = 0.0; ///< of a product: its factors and its result, once each
  double plan = 0.0;  ///< seconds to make the plan
  double error = 0.0; ///< relative to |z|: to L = 10 against the sum over exact coefficients, above against another method in double precision
  double peak = 0.0;  ///< Gflop/s of multiply-adds, the best seen between the repetitions
};

template <class T>
[[nodiscard]] std::vector<Measurement> measure(int degree, int output_degree, const MeasureOptions& options, std::mt19937& random);

} // namespace ansatz::apps
