// SPDX-License-Identifier: Apache-2.0
// Fast kernels against the definition in float64, over shapes around the tile of 6, the strip of 4 and the block of 8. Error bound of a sum of n
// products computed in any order with unit roundoff u, also with fused operations: (n + 2) u times the sum of absolute products.
#include "support.hpp"

#include <ansatz/learning/layers/direct.hpp>
#include <ansatz/learning/layers/reference/convolution.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::learning {

namespace direct_generic {
extern const DirectTable<float> table_f32;
extern const DirectTable<double> table_f64;
} // namespace direct_generic

namespace tests {

namespace {

struct Case {
  Shape in;
  std::int64_t out;
};

const std::vector<Case> cases{{{1, 1, 1, 1, 1}, 1},   {{1, 1, 2, 3, 5}, 16},  {{2, 16, 3, 4, 13}, 16}, {{1, 16, 5, 2, 6}, 1},
                              {{1, 8, 4, 5, 7}, 8},   {{2, 3, 3, 3, 3}, 5},   {{1, 24, 2, 9, 12}, 8},  {{1, 8, 1, 4, 11}, 24},
                              {{1, 16, 8, 8, 8}, 16}, {{3, 5, 2, 2, 19}, 16}, {{1, 16, 2, 17, 2}, 3},  {{1, 9, 3, 1, 1}, 40}};

template <class T>
std::vector<double> widen(const std::vector<T>& v) {
  return {v.begin(), v.end()};
}
std::vector<double> absolute(std::vector<double> v) {
  for (double& x : v) x = std::abs(x);
  return v;
}

/// The three operations on the same random data, by some kernels or by their definition in float64.
template <class T>
struct Data {
  std::vector<T> x, w, bias, dy, y, dx, dw, dbias;
  explicit Data(const Case& c)
      : x(random_values<T>(c.in.size(), 1)), w(random_values<T>(27 * c.in.channels * c.out, 2)), bias(random_values<T>(c.out, 3)),
        dy(random_values<T>(c.in.with_channels(c.out).size(), 4)), y(dy.size()), dx(x.size()), dw(w.size(), T{1}), dbias(bias.size(), T{2}) {}
};

template <class T>
void compute(const Case& c, Data<T>& d, ConvolutionKernels<T>& kernels, Activation a) {
  kernels.forward(c.in, c.out, d.x.data(), d.w.data(), d.bias.data(), a, d.y.data());
  kernels.backward_data(c.in, c.out, d.w.data(), d.dy.data(), d.dx.data());
  kernels.backward_weights(c.in, c.out, d.x.data(), d.dy.data(), d.dw.data(), d.dbias.data());
}

/// \param terms  products in one sum
template <class T>
void require_close(const std::vector<T>& got, const std::vector<double>& truth, const std::vector<double>& size, std::int64_t terms,
                   const std::string& what) {
  const double u = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(got[i]) - truth[i]) / (static_cast<double>(terms + 2) * u * size[i] + 1e-300));
  BOOST_TEST(worst <= 1, what << ": " << worst << " times the bound");
}

template <class T>
void require_right(const std::string& name, ConvolutionKernels<T>& kernels, Activation a) {
  for (const Case& c : cases) {
    Data<T> got(c);
    Data<double> truth(c), size(c);
    for (auto member : {&Data<double>::x, &Data<double>::w, &Data<double>::bias, &Data<double>::dy}) {
      if constexpr (std::is_same_v<T, float>)
        for (double& v : truth.*member) v = static_cast<double>(static_cast<float>(v));
      size.*member = absolute(truth.*member);
    }
    reference::Convolution<double> definition;
    compute(c, truth, definition, a);
    compute(c, size, definition, Activation::identity);

    compute(c, got, kernels, a);

    const std::string what = name + " " + to_string(c.in) + " -> " + std::to_string(c.out);
    require_close(got.y, truth.y, size.y, 27 * c.in.channels + 1, what + " forward");
    require_close(got.dx, truth.dx, size.dx, 27 * c.out, what + " backward data");
    require_close(got.dw, truth.dw, size.dw, c.in.batch * c.in.voxels() + 1, what + " backward weights");
    require_close(got.dbias, truth.dbias, size.dbias, c.in.batch * c.in.voxels() + 1, what + " backward bias");
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(convolution)

BOOST_AUTO_TEST_CASE(definition_by_hand) {
  // One voxel and its right neighbour: the kernel is not flipped.
  reference::Convolution<double> definition;
  std::vector<double> w(27);
  w[13] = 2;                                           // centre
  w[14] = 3;                                           // x + 1
  w[4] = 5;                                            // z - 1
  const std::vector<double> x{10, 100, 1'000, 10'000}; // z, x in {0, 1}
  std::vector<double> y(4);
  const double bias = 7;
  definition.forward({1, 1, 2, 1, 2}, 1, x.data(), w.data(), &bias, Activation::identity, y.data());
  BOOST_TEST(y == (std::vector<double>{20 + 300 + 7, 200 + 7, 2'000 + 30'000 + 50 + 7, 20'000 + 500 + 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_kernel_is_the_definition) {
  for (const Activation a : {Activation::identity, Activation::relu}) {
    for (const std::string& name : convolution_kernel_names<float>()) require_right(name + " f32", *make_convolution_kernels<float>(name), a);
    for (const std::string& name : convolution_kernel_names<double>()) require_right(name + " f64", *make_convolution_kernels<double>(name), a);
    DirectConvolution<float> single(direct_generic::table_f32);
    DirectConvolution<double> wide(direct_generic::table_f64);
    require_right<float>("generic f32", single, a);
    require_right<double>("generic f64", wide, a);
  }
}

BOOST_AUTO_TEST_CASE(fused_activation_is_the_activation_afterwards) {
  const Case c{{1, 16, 3, 4, 7}, 16};
  for (const std::string& name : convolution_kernel_names<float>())
    for (const Activation a : {Activation::relu, Activation::elu}) {
      const auto kernels = make_convolution_kernels<float>(name);
      Data<float> fused(c), apart(c);
      kernels->forward(c.in, c.out, fused.x.data(), fused.w.data(), fused.bias.data(), a, fused.y.data());
      kernels->forward(c.in, c.out, apart.x.data(), apart.w.data(), apart.bias.data(), Activation::identity, apart.y.data());
      activate(a, static_cast<std::int64_t>(apart.y.size()), apart.y.data());
      BOOST_TEST((fused.y == apart.y), name);
    }
}

BOOST_AUTO_TEST_CASE(repeats_are_bitwise_equal) {
  const Case c{{1, 16, 6, 7, 8}, 16};
  for (const std::string& name : convolution_kernel_names<float>()) {
    const auto kernels = make_convolution_kernels<float>(name);
    Data<float> one(c), two(c);
    compute(c, one, *kernels, Activation::relu);
    compute(c, two, *kernels, Activation::relu);
    BOOST_TEST((one.y == two.y && one.dx == two.dx && one.dw == two.dw && one.dbias == two.dbias), name);
  }
}

BOOST_AUTO_TEST_CASE(bad_names) {
  BOOST_CHECK_THROW((void)make_convolution_kernels<double>("onednn"), UsageError);
  BOOST_CHECK_THROW((void)make_convolution_kernels<float>("dirct"), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tests

} // namespace ansatz::learning
