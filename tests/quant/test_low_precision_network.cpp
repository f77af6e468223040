// SPDX-License-Identifier: Apache-2.0
// The shipped direction network in low precision against itself in double.
#include <ansatz/data/error.hpp>
#include <ansatz/data/model_file.hpp>
#include <ansatz/learning/gradient.hpp>
#include <ansatz/learning/random.hpp>
#include <ansatz/learning/training_state.hpp>
#include <ansatz/quant/direction/low_precision_network.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>

namespace ansatz::quant {

namespace {

struct Shipped {
  learning::Network<float> network = learning::direction_network<float>("from64");
  learning::Arena<float> arena{network.layout};
  Shipped() { learning::load_model(std::string(ANSATZ_SOURCE_DIR) + "/data/models/from64.h5", "from64", arena); }
  [[nodiscard]] std::span<const float> parameters() const { return arena.parameters(); }
};

/// A smooth residual with some noise, of norm 1.
std::vector<float> residual(const Grid& g, std::uint64_t seed) {
  std::vector<float> r;
  double square = 0.0;
  for (std::int64_t v = 0; v < g.voxels(); ++v) {
    const auto x = static_cast<double>(v % g.x) / static_cast<double>(g.x);
    const auto z = static_cast<double>(v / (g.x * g.y)) / static_cast<double>(g.z);
    const double value =
        std::sin(6.0 * x + static_cast<double>(seed)) * std::cos(4.0 * z) + 0.2 * learning::normal(seed, 1, static_cast<std::uint64_t>(v));
    r.push_back(static_cast<float>(value));
    square += value * value;
  }
  for (float& v : r) v = static_cast<float>(static_cast<double>(v) / std::sqrt(square));
  return r;
}

std::vector<double> in_double(const Shipped& shipped, const Grid& g, const std::vector<float>& r) {
  const auto network = learning::direction_network<double>("from64");
  learning::Arena<double> arena(network.layout);
  const auto p = shipped.parameters();
  std::copy(p.begin(), p.end(), arena.parameters().begin());
  const std::vector<double> wide(r.begin(), r.end());
  const auto in = learning::from_plain<double>(learning::Memory::real(), {1, 1, g.z, g.y, g.x}, wide);
  return learning::to_plain(learning::evaluate<double>(network.chain, {in}, std::as_const(arena).parameters()).front());
}

double distance(const std::vector<float>& y, const std::vector<double>& truth) {
  double error = 0.0;
  double size = 0.0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    error += std::pow(static_cast<double>(y[i]) - truth[i], 2.0);
    size += truth[i] * truth[i];
  }
  return std::sqrt(error / size);
}

} // namespace

BOOST_AUTO_TEST_SUITE(low_precision_network_)

BOOST_AUTO_TEST_CASE(formats_stay_near_the_network_in_double_in_the_order_of_their_bits) {
  const Shipped shipped;
  const Grid g{8, 12, 10};
  // Twenty roundings of relative size 2^-15 (dfp16), 2^-8 of weights (w8a16, int8), 2^-9 of both (bf16); L-Mul is off by 3 % a product.
  const std::map<std::string, double> bounds{{"dfp16", 2e-3}, {"w8a16", 0.05}, {"int8", 0.08}, {"bf16", 0.05}, {"lmul", 0.5}};

  for (const std::string& format : low_precision_formats()) {
    LowPrecisionNetwork network(format, shipped.network, shipped.parameters());
    for (const std::uint64_t seed : {1U, 2U}) {
      const auto r = residual(g, seed);
      std::vector<float> y(r.size());

      network.evaluate(g, r, y);

      const double error = distance(y, in_double(shipped, g, r));
      BOOST_TEST(error < bounds.at(format), format << " is off by " << error);
    }
  }
}

BOOST_AUTO_TEST_CASE(instruction_sets_give_equal_bits) {
  const Shipped shipped;
  const Grid g{4, 6, 8};
  const auto r = residual(g, 3);
  for (const std::string& format : low_precision_formats()) {
    std::vector<float> first;
    for (const InstructionSet set : instruction_sets_here()) {
      LowPrecisionNetwork network(format, shipped.network, shipped.parameters(), kernel_table(set));
      std::vector<float> y(r.size());

      network.evaluate(g, r, y);

      if (first.empty()) first = y;
      BOOST_TEST((y == first), format << " on " << name(set));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_layer_that_outgrows_its_range_is_computed_again) {
  const Shipped shipped;
  const Grid g{4, 4, 4};
  const auto small = residual(g, 4);
  std::vector<float> large = small;
  for (float& v : large) v *= 64.0F;
  std::vector<float> fresh(small.size());
  std::vector<float> grown(small.size());
  LowPrecisionNetwork one("dfp16", shipped.network, shipped.parameters());
  LowPrecisionNetwork other("dfp16", shipped.network, shipped.parameters());

  one.evaluate(g, large, fresh);
  other.evaluate(g, small, grown);
  other.evaluate(g, large, grown);

  BOOST_TEST(distance(grown, in_double(shipped, g, large)) < 2e-3);
  BOOST_TEST((grown == fresh));
}

BOOST_AUTO_TEST_CASE(foolish_requests_are_refused) {
  const Shipped shipped;
  std::vector<float> x(27, 1.0F);
  std::vector<float> y(27);
  LowPrecisionNetwork network("dfp16", shipped.network, shipped.parameters());

  BOOST_CHECK_EXCEPTION(LowPrecisionNetwork("dfp8", shipped.network, shipped.parameters()), UsageError,
                        [](const UsageError& e) { return std::string(e.what()).find("dfp16") != std::string::npos; });
  BOOST_CHECK_THROW(network.evaluate({3, 3, 3}, x, y), UsageError);
  BOOST_CHECK_THROW(network.evaluate({2, 2, 2}, x, y), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
