// SPDX-License-Identifier: Apache-2.0
/// Random problem statements: c_x u_xx [+ c_y u_yy] - k u = f on a random box, u a sum of random waves and a smooth part, on a random number of points
/// a wave. `forward`: u on all faces, no noise, from 1.2 points a wave (below Nyquist) to 8. `noisy`: each face given or not, 10 to 60 sensors with noise
/// of 0.1 % to 30 % of a wave's largest amplitude, in one dimension its
/// size told or not, from 2.2 points a wave. `regression`: such sensors alone, no equation.
/// Equal seeds give equal statements with every library.
#pragma once

#include <ansatz/solvers/gp/statement.hpp>

#include <random>

namespace gp_sweep {

using namespace ansatz::solvers::gp;

/// Uniform numbers from the engine's bits alone.
class Dice {
public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  double between(double low, double high) { return low + (high - low) * static_cast<double>(engine_() >> 11U) * 0x1p-53; }
  int upto(int most) { return 1 + static_cast<int>(between(0.0, most) * 0.999999); }
  bool one_in(int n) { return upto(n) == 1; }
  /// Of variance one (Box and Muller).
  double normal();

private:
  std::mt19937_64 engine_;
};

enum class Kind { forward, noisy, regression };

struct RandomStatement {
  Kind kind = Kind::forward;
  ProblemText text;
  double coercivity = 0.0; ///< with u given on all faces |u - u*| <= |residual| / coercivity
  bool all_faces = true;
  double points_per_wave = 0.0;
  Sensors sensors{}; ///< noise 0: not told
  double noise = 0.0;
};

[[nodiscard]] RandomStatement random_statement(Dice& dice, Kind kind);

} // namespace gp_sweep
