// SPDX-License-Identifier: Apache-2.0
/// Search directions from a trained network on a distributed voxel grid:
///   z = |r| m f(r / |r|)  on unknowns,   z_i = r_i elsewhere,
/// f a direction network (learning/networks), m the indicator of the unknowns, |r| the 2-norm over the unknowns of all ranks. r is 0 outside the unknowns
/// for f. Odd sides get a layer of zeros at their upper end, because the network pools pairs.
/// Cite: A. Kaneda et al., A deep conjugate direction method for iteratively solving linear systems, ICML 2023, arXiv:2205.10763. There the output is not masked.
/// Shapes: r and z hold the own cells, x fastest; the network sees the box in its order [z][y][x].
/// MPI: collective. Each rank fetches its block with a margin of the network's reach (22 or 34 cells) in one exchange and evaluates that box alone; zeros around
/// the box of the domain, never around blocks, so values do not depend on the ranks beyond rounding. Small blocks repeat much work: at 64^3 and 8 ranks every
/// rank evaluates 54^3 cells instead of 32^3.
/// Errors: UsageError if r is not finite, with the norm found, on all ranks.
/// Precision: f32, or a format of quant/direction (dfp16, w8a16, int8, bf16, lmul), or `ladder` (precision_ladder.hpp): what is proposed is never more than a
/// proposal, so the loop may take any. In low precision a value also depends, within its rounding, on the block of the rank and on the evaluation before.
/// Cost: see direction_network.hpp.  Memory: about three maps of 16 channels of the widened block, and 12 bytes a cell of it for the exchange.
/// Threads: one object per thread.  Ownership: borrows the communicator; shares the kernels of the network.
#pragma once

#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/networks/direction_network.hpp>
#include <ansatz/quant/direction/low_precision_network.hpp>
#include <ansatz/solvers/dcdm/precision_ladder.hpp>
#include <ansatz/solvers/multigrid/halo.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace ansatz::solvers {

/// A network with its parameters.
struct TrainedNetwork {
  learning::Network<float> network;
  learning::Arena<float> arena;
};

/// \param path   model file of ansatz-train; empty: the one shipped for `model`
/// \param model  from64 or from128; empty: what the file holds, or from64 without a file
/// Errors: FileError of read_model (`file_format` for another model, version, shape or precision) and for parameters that are not finite; UsageError for
/// an unknown model. Local.
[[nodiscard]] TrainedNetwork read_trained_network(const std::string& path, const std::string& model);

/// f32, the formats of quant/direction, ladder.
[[nodiscard]] const std::vector<std::string>& precision_names();

/// What was spent on evaluations since the start, on this rank.
struct DirectionEffort {
  int evaluations = 0;
  double seconds = 0.0;
  std::string precision = "f32"; ///< of the last one
};

class NetworkDirection {
public:
  /// \param codes      0 where a cell is no unknown; own cells, x fastest
  /// \param precision  of precision_names()
  NetworkDirection(MPI_Comm comm, const multigrid::Partition& partition, std::vector<std::uint8_t> codes, learning::Network<float> network,
                   std::string precision = "f32");

  /// The parameters of the first call decide those of low precision.
  void apply(std::span<const float> parameters, std::span<const double> r, std::span<double> z);
  /// Bytes held between calls on this rank, without the parameters.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] const DirectionEffort& effort() const noexcept { return effort_; }

private:
  /// f of widened_, in the precision of this moment.
  void evaluate(std::span<const float> parameters, double size);
  /// f of x, in one precision.
  void evaluate_in(const std::string& precision, std::span<const float> parameters, const learning::Shape& shape, std::span<const float> x,
                   std::vector<float>& y);
  /// The formats of the ladder against f32 on a part of widened_, if the ladder wants it. Collective.
  void try_formats(std::span<const float> parameters);
  /// Largest over the ranks.
  [[nodiscard]] double over_ranks(double value) const;
  [[nodiscard]] double norm(std::span<const double> r) const;

  MPI_Comm comm_;
  std::vector<std::uint8_t> codes_;
  learning::Network<float> network_;
  std::shared_ptr<learning::Memory> memory_ = learning::Memory::real();
  learning::Shape shape_;       ///< of the widened block
  std::array<int, 3> own_{};    ///< own cells
  std::array<int, 3> margin_{}; ///< place of the own block in the widened one
  multigrid::SfHandle sf_;      ///< own cells of all ranks -> widened block
  std::vector<float> scaled_;   ///< r / |r| on own cells
  std::vector<float> widened_;  ///< the same with its margin
  std::vector<float> output_;   ///< f of it
  std::string precision_;
  PrecisionLadder ladder_;
  std::map<std::string, quant::LowPrecisionNetwork> low_; ///< by format, made when first needed
  DirectionEffort effort_;
};

} // namespace ansatz::solvers
