// SPDX-License-Identifier: Apache-2.0
// Every layer as an optic: derivative against central differences and, for linear ones, the dot-product test <J a, b> = <a, J^T b>; float32 against
// float64.
#include "support.hpp"

#include <ansatz/learning/layers/attention.hpp>
#include <ansatz/learning/layers/convolution.hpp>
#include <ansatz/learning/layers/images.hpp>
#include <ansatz/learning/layers/linear.hpp>
#include <ansatz/learning/layers/resample.hpp>
#include <ansatz/learning/layers/wiring.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::learning::tests {

namespace {

enum class Map { linear, smooth };

template <class T>
struct Layer {
  std::string name;
  Map map;
  std::vector<Shape> in;
  Layout layout{};
  Chain<T> step{};
};

template <class T, class Make>
Layer<T> layer(const std::string& name, Map map, std::vector<Shape> in, Make&& make) {
  Layer<T> l{name, map, std::move(in)};
  l.step.emplace_back(name, make(l.layout));
  return l;
}

template <class T>
std::vector<Layer<T>> all_layers() {
  const Shape sixteen{2, 16, 4, 2, 6};
  const Shape three{2, 3, 4, 6, 2};
  std::vector<Layer<T>> list;
  for (const std::string& kernels : convolution_kernel_names<T>()) {
    const auto made = make_convolution_kernels<T>(kernels);
    list.push_back(layer<T>("convolution " + kernels, Map::linear, {three}, [&](Layout& l) { return Convolution<T>(l, "c", 3, 16, made); }));
    list.push_back(layer<T>("convolution relu " + kernels, Map::smooth, {sixteen},
                            [&](Layout& l) { return Convolution<T, Activation::relu>(l, "c", 16, 8, made); }));
    list.push_back(layer<T>("convolution elu " + kernels, Map::smooth, {sixteen},
                            [&](Layout& l) { return Convolution<T, Activation::elu>(l, "c", 16, 1, made); }));
    list.push_back(layer<T>("composite " + kernels, Map::smooth, {three}, [&](Layout& l) {
      return compose(Convolution<T>(l, "c", 3, 16, made), compose(Activate<T>{Activation::elu}, PointwiseAffine<T>(l, "d", 16, 2)));
    }));
  }
  list.push_back(layer<T>("bias", Map::linear, {sixteen}, [](Layout& l) { return Bias<T>(l, "b", 16); }));
  list.push_back(layer<T>("affine", Map::linear, {sixteen}, [](Layout& l) { return PointwiseAffine<T>(l, "a", 16, 3); }));
  list.push_back(layer<T>("relu", Map::smooth, {three}, [](Layout&) { return Activate<T>{Activation::relu}; }));
  list.push_back(layer<T>("elu", Map::smooth, {three}, [](Layout&) { return Activate<T>{Activation::elu}; }));
  list.push_back(layer<T>("average", Map::linear, {sixteen}, [](Layout&) { return AveragePool<T>{}; }));
  list.push_back(layer<T>("average plain", Map::linear, {three}, [](Layout&) { return AveragePool<T>{}; }));
  list.push_back(layer<T>("upsample", Map::linear, {sixteen}, [](Layout&) { return NearestUpsample<T>{}; }));
  list.push_back(layer<T>("upsample plain", Map::linear, {three}, [](Layout&) { return NearestUpsample<T>{}; }));
  const Shape image{3, 1, 4, 6, 5};
  const Shape tokens{2, 1, 1, 5, 12};
  const auto linear = make_linear_kernels<T>();
  list.push_back(layer<T>("dense", Map::linear, {image}, [&](Layout& l) { return Linear<T>(l, "d", 5, 7, 1, linear); }));
  list.push_back(layer<T>("filters", Map::linear, {image}, [&](Layout& l) { return Linear<T>(l, "f", 5, 3, 3, linear); }));
  list.push_back(layer<T>("filters relu", Map::smooth, {image}, [&](Layout& l) { return Linear<T, Activation::relu>(l, "f", 5, 8, 3, linear); }));
  list.push_back(layer<T>("maximum", Map::smooth, {image}, [](Layout&) { return MaxPool<T>{}; }));
  list.push_back(layer<T>("flatten", Map::linear, {image}, [](Layout&) { return Flatten<T>{}; }));
  list.push_back(layer<T>("cut", Map::linear, {image}, [](Layout&) { return CutPatches<T>(2); }));
  list.push_back(layer<T>("mean of tokens", Map::linear, {tokens}, [](Layout&) { return MeanOfTokens<T>{}; }));
  list.push_back(layer<T>("layer norm", Map::smooth, {tokens}, [](Layout& l) { return LayerNorm<T>(l, "n", 12); }));
  list.push_back(layer<T>("token offset", Map::linear, {tokens}, [](Layout& l) { return TokenOffset<T>(l, "o", 5, 12); }));
  list.push_back(layer<T>("attention", Map::smooth, {tokens}, [](Layout&) { return Attention<T>(2, 4); }));
  list.push_back(layer<T>("copy", Map::linear, {sixteen, three}, [](Layout&) { return Copy<T>{}; }));
  list.push_back(layer<T>("add", Map::linear, {sixteen, three, three}, [](Layout&) { return Add<T>{}; }));
  list.push_back(layer<T>("scale", Map::linear, {three}, [](Layout&) { return Scale<T>{static_cast<T>(-1.5)}; }));
  list.push_back(layer<T>("checkpoint", Map::smooth, {three},
                          [](Layout& l) { return checkpoint(compose(PointwiseAffine<T>(l, "a", 3, 4), Activate<T>{Activation::elu})); }));
  return list;
}

template <class T>
Stack<T> input_of(const Layer<T>& l, std::uint64_t seed = 20) {
  const auto memory = Memory::real();
  Stack<T> input;
  for (const Shape& s : l.in) input.push_back(random_tensor<T>(s, seed + input.size(), memory));
  return input;
}

template <class T>
double product(const Stack<T>& a, const Stack<T>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += dot(a[i].values(), b[i].values());
  return sum;
}

/// The stack shifted by h times another one.
Stack<double> shifted(const Stack<double>& x, double h, const Stack<double>& by) {
  Stack<double> out;
  for (std::size_t i = 0; i < x.size(); ++i)
    out.push_back(x[i].make(x[i].shape(), [&](double* v) {
      for (std::size_t k = 0; k < x[i].values().size(); ++k) v[k] = x[i].values()[k] + h * by[i].values()[k];
    }));
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(layers)

BOOST_AUTO_TEST_CASE(get_is_the_value_of_forward) {
  for (const Layer<float>& l : all_layers<float>()) {
    Arena<float> arena(l.layout);
    randomise(arena, 3);
    const auto p = std::as_const(arena).parameters();
    BOOST_TEST(same_bits(l.step[0].get(input_of(l), p), l.step[0].forward(input_of(l), p).out), l.name);
  }
}

BOOST_AUTO_TEST_CASE(derivative_along_random_directions) {
  for (const Layer<double>& l : all_layers<double>()) {
    Arena<double> arena(l.layout);
    randomise(arena, 3);
    const Stack<double> x = input_of(l);
    const Stack<double> direction = input_of(l, 60);
    const std::vector<double> dp = random_values<double>(l.layout.size(), 61);
    const auto value_at = [&](double h) {
      std::vector<double> p(std::as_const(arena).parameters().begin(), std::as_const(arena).parameters().end());
      for (std::size_t i = 0; i < p.size(); ++i) p[i] += h * dp[i];
      return evaluate<double>(l.step, shifted(x, h, direction), p);
    };
    const Stack<double> value = value_at(0);
    const Stack<double> seed = random_seed<double>(99)(value);

    const Gradient<double> got = run(l.step, store_all(1), x, arena);
    const double adjoint = product(got.cotangent, direction) + dot(std::as_const(arena).gradients(), dp);

    constexpr double h = 1e-6;
    const double difference = (product(value_at(h), seed) - product(value_at(-h), seed)) / (2 * h);
    // Rounding of the difference 1e-16 |value| / h, truncation h^2; kinks of relu lie farther than h from all samples.
    const double scale = std::sqrt(product(value, value) * product(seed, seed));
    BOOST_TEST(std::abs(adjoint - difference) <= 1e-8 * scale, l.name << " " << adjoint << " " << difference);
    BOOST_TEST(l.step[0].exact_adjoint(), l.name);
  }
}

BOOST_AUTO_TEST_CASE(linear_layers_pass_the_dot_test) {
  for (const Layer<double>& l : all_layers<double>()) {
    if (l.map != Map::linear) continue;
    Arena<double> arena(l.layout);
    randomise(arena, 3);
    const auto p = std::as_const(arena).parameters();
    const Stack<double> a = input_of(l);
    const Stack<double> zero = shifted(a, -1, a);

    // J a = get(a) - get(0) for an affine map.
    const Stack<double> ja = shifted(evaluate<double>(l.step, a, p), -1, evaluate<double>(l.step, zero, p));
    const Stack<double> b = random_seed<double>(99)(ja);
    const Gradient<double> got = run(l.step, store_all(1), a, arena);

    BOOST_TEST(std::abs(product(ja, b) - product(a, got.cotangent)) <= 1e-12 * std::sqrt(product(ja, ja) * product(b, b)), l.name);
  }
}

BOOST_AUTO_TEST_CASE(float32_agrees_with_float64) {
  const auto single = all_layers<float>();
  const auto wide = all_layers<double>();
  for (const Layer<float>& l : single) {
    // oneDNN exists in float32 only: compare it with the direct kernel.
    std::string name = l.name;
    if (const auto at = name.find("onednn"); at != std::string::npos) name.replace(at, 6, "direct");
    const auto twin = std::find_if(wide.begin(), wide.end(), [&](const Layer<double>& w) { return w.name == name; });
    BOOST_REQUIRE(twin != wide.end());
    Arena<float> a(l.layout);
    Arena<double> b(twin->layout);
    randomise(a, 3);
    randomise(b, 3);

    const Gradient<float> got = run(l.step, store_all(1), input_of(l), a);
    const Gradient<double> truth = run(twin->step, store_all(1), input_of(*twin), b);

    // 432 products at most to a value, 96 to a gradient, through up to three layers: a few 1e-7 each times the largest entry's size.
    for (std::size_t i = 0; i < got.cotangent.size(); ++i)
      for (std::size_t k = 0; k < got.cotangent[i].values().size(); ++k)
        BOOST_REQUIRE_SMALL(static_cast<double>(got.cotangent[i].values()[k]) - truth.cotangent[i].values()[k], 2e-5);
    for (std::size_t k = 0; k < a.gradients().size(); ++k) BOOST_REQUIRE_SMALL(static_cast<double>(a.gradients()[k]) - b.gradients()[k], 2e-4);
  }
}

BOOST_AUTO_TEST_CASE(activations_at_known_points) {
  std::vector<double> v{-2, -0.0, 0, 3};
  activate(Activation::elu, 4, v.data());
  BOOST_TEST(std::abs(v[0] - (std::exp(-2.0) - 1)) < 1e-16);
  BOOST_TEST(v[3] == 3);
  activate(Activation::relu, 4, v.data());
  BOOST_TEST((v == std::vector<double>{0, 0, 0, 3}));
}

BOOST_AUTO_TEST_CASE(pooling_by_hand) {
  const Shape s{1, 1, 2, 2, 4};
  std::vector<double> x(16);
  std::iota(x.begin(), x.end(), 0.0);
  const Tensor<double> in = from_plain<double>(Memory::real(), s, x);
  const auto mean = AveragePool<double>{}.get(in, {});
  BOOST_TEST(to_plain(mean) == (std::vector<double>{(0 + 1 + 4 + 5 + 8 + 9 + 12 + 13) / 8.0, (2 + 3 + 6 + 7 + 10 + 11 + 14 + 15) / 8.0}),
             boost::test_tools::per_element());
  const auto back = NearestUpsample<double>{}.get(mean, {});
  BOOST_TEST((back.shape() == s));
  for (std::size_t i = 0; i < 16; ++i) BOOST_TEST(to_plain(back)[i] == (i % 4 < 2 ? 6.5 : 8.5));
}

BOOST_AUTO_TEST_CASE(plain_order_and_back) {
  for (const std::int64_t channels : {1, 3, 8, 24}) {
    const Shape s{2, channels, 2, 3, 4};
    const std::vector<double> values = random_values<double>(s.size(), 1);
    BOOST_TEST(to_plain(from_plain<double>(Memory::real(), s, values)) == values, boost::test_tools::per_element());
  }
  const Shape s{1, 16, 1, 1, 2}; // channel 9 of voxel 1: second block, voxel 1, lane 1
  BOOST_TEST(s.index(0, 9, 0, 0, 1) == 16 + 8 + 1);
}

BOOST_AUTO_TEST_CASE(detach_stops_gradients) {
  Layout layout;
  Chain<double> chain;
  chain.emplace_back("before", Bias<double>(layout, "before", 1));
  chain.emplace_back("detach", Detach<double>{});
  chain.emplace_back("after", Bias<double>(layout, "after", 1));
  Arena<double> arena(layout);
  const Stack<double> x{random_tensor<double>({1, 1, 2, 2, 2}, 1)};

  const Gradient<double> got = run(chain, store_all(3), x, arena);

  BOOST_TEST(!chain[1].exact_adjoint());
  BOOST_TEST(same_bits(evaluate<double>(chain, x, std::as_const(arena).parameters()), x)); // biases are zero
  for (const double v : got.cotangent[0].values()) BOOST_TEST(v == 0);
  BOOST_TEST(arena.gradients(layout.blocks()[0])[0] == 0);
  BOOST_TEST(arena.gradients(layout.blocks()[1])[0] != 0);
}

BOOST_AUTO_TEST_CASE(bad_shapes) {
  Layout layout;
  const auto memory = Memory::phantom();
  const Tensor<double> odd(memory, {1, 1, 2, 3, 2});
  BOOST_CHECK_THROW((void)AveragePool<double>{}.get(odd, {}), UsageError);
  BOOST_CHECK_THROW((void)Convolution<double>(layout, "c", 2, 3, make_convolution_kernels<double>()).get(odd, {}), UsageError);
  BOOST_CHECK_THROW((void)PointwiseAffine<double>(layout, "p", 2, 3).get(odd, {}), UsageError);
  BOOST_CHECK_THROW((void)Bias<double>(layout, "b", 2).get(odd, {}), UsageError);
  BOOST_CHECK_THROW((void)Add<double>{}.get({odd}, {}), UsageError);
  BOOST_CHECK_THROW((void)Add<double>{}.get({odd, Tensor<double>(memory, {1, 1, 2, 2, 2})}, {}), UsageError);
  BOOST_CHECK_THROW((void)Copy<double>{}.get({}, {}), UsageError);
  const std::vector<double> short_of_values(3);
  BOOST_CHECK_THROW((void)from_plain<double>(Memory::real(), {1, 1, 1, 1, 4}, short_of_values), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
