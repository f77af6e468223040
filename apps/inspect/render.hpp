// SPDX-License-Identifier: Apache-2.0
/// A shaded picture of a flow: smoke as a medium that absorbs and scatters, water as a smooth surface, obstacles as grey bodies, seen in parallel projection.
///   T(s) = exp(-k int_0^s rho ds'),   C = int_0^inf T k rho (a + (1 - a) L) ds + T(surface) C(surface),   L = exp(-k int to the light rho ds)
/// with one scattering towards the eye and a light from above, as in Max, IEEE TVCG 1 (1995) 99, doi:10.1109/2945.468400. Surfaces are Lambert's.
/// Colours come from one ramp for each material, 180 in all, so that an animation needs one palette of a GIF for all its frames.
/// Errors: none.  Threads: no state.  MPI: none.  Cost: pixels times cells along a ray, some 0.1 us each.  Memory: 12 bytes a cell and 3 a pixel.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ansatz::apps {

/// What is looked at, cell by cell, x fastest.
struct Volume {
  std::array<int, 3> cells{};       ///< x, y, z
  std::vector<float> density{};     ///< of smoke; empty: water is drawn instead
  std::vector<std::uint8_t> kind{}; ///< 1 solid, 2 fluid, 3 air, as /fields/flags; empty: all fluid
  double densest = 1.0;             ///< density that is opaque within a sixth of the longest axis
};

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb{}; ///< rows from the top
};

/// \param longest  pixels of the longer edge
[[nodiscard]] Image render(const Volume& volume, int longest);

} // namespace ansatz::apps
