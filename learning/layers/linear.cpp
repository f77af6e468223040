// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/layers/linear.hpp>

namespace ansatz::learning {

Patches patches_of(const Shape& shape, std::int64_t features, std::int64_t side) {
  if (shape.x != features || shape.channels != 1)
    throw UsageError("bad_value", "the input is " + to_string(shape) + ", the layer takes images of " + std::to_string(features) +
                                      " features, last and in one channel");
  return {shape.batch, shape.z, shape.y, features, side};
}

} // namespace ansatz::learning
