// SPDX-License-Identifier: Apache-2.0
/// Many-body products against nested products by definition, exact values, laws of powers, and all their derivatives.
#include "derivatives.hpp"

#include <ansatz/equivariant/gaunt/many_body.hpp>
#include <ansatz/equivariant/harmonics/rotation.hpp>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <cstring>
#include <numbers>

namespace {

using namespace equivariant_test;
using Precisions = boost::mpl::list<float, double>;

struct Shape {
  int degree, output, order;
};
/// Odd and even numbers of nodes and longitudes, outputs above and below L, and above N L.
const std::vector<Shape> shapes = {{2, 2, 3}, {3, 2, 3}, {4, 4, 3}, {1, 1, 7}, {0, 0, 3}, {2, 0, 4},
                                   {3, 5, 2}, {1, 4, 2}, {5, 3, 1}, {1, 3, 1}, {6, 1, 2}};

/// x^n to full degree, by the definition.
std::vector<double> power(const std::vector<double>& x, int degree, int n) {
  std::vector<double> p = x;
  for (int i = 1; i < n; ++i) p = product_by_definition(gaunt_table(i * degree, degree, (i + 1) * degree), p, x, (i + 1) * degree);
  return p;
}

/// A plan with random weights for elements of three classes.
template <class T>
struct Case {
  static constexpr std::size_t elements = 7;
  ManyBodyPlan<T> plan;
  Blocks<T> work, x, g;
  std::vector<T> weights;
  std::vector<int> element_class;

  Case(const Shape& s, std::size_t channels, std::mt19937& random, const std::string& kernels = "best")
      : plan({s.degree, s.output, s.order, channels, 3, kernels}), work(plan.workspace()), weights(plan.weights_size()) {
    const std::size_t used = elements * channels, blocks = (used + lanes<T> - 1) / lanes<T>;
    x = random_blocks<T>(random, s.degree, blocks);
    g = random_blocks<T>(random, s.output, blocks);
    for (Blocks<T>* f : {&x, &g}) { // lanes behind the last channel are empty
      const std::size_t size = f->size() / blocks;
      for (std::size_t i = 0; i < f->size(); ++i)
        if (i / size * lanes<T> + i % lanes<T> >= used) (*f)[i] = 0;
    }
    weights = random_like(random, weights);
    for (std::size_t e = 0; e < elements; ++e) element_class.push_back(static_cast<int>(e % 3));
  }
  [[nodiscard]] ManyBodyWeights<T> w() const { return {weights, element_class}; }
  Blocks<T> forward() {
    Blocks<T> z(g.size(), T{-7});
    plan.execute(x, w(), z, work);
    return z;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(many_body)

BOOST_AUTO_TEST_CASE_TEMPLATE(weighted_powers_follow_the_definition, T, Precisions) {
  std::mt19937 random(31);
  for (const Shape& s : shapes)
    for (const std::string& kernels : kernel_names()) {
      constexpr std::size_t channels = 5;
      Case<T> c(s, channels, random, kernels);
      const auto z = c.forward();
      for (const std::size_t q : {std::size_t{0}, lanes<T> + 2}) { // element 0 channel 0, and some lane of the second block
        const auto block = [&](const Blocks<T>& f, std::size_t size) {
          return Blocks<T>(f.begin() + static_cast<std::ptrdiff_t>(q / lanes<T> * size),
                           f.begin() + static_cast<std::ptrdiff_t>((q / lanes<T> + 1) * size));
        };
        const auto x = lane_of(block(c.x, c.plan.input_block()), s.degree, q % lanes<T>);
        std::vector<double> truth(signal_size(s.output));
        double scale = 0.0;
        for (int n = 1; n <= s.order; ++n) {
          const auto p = power(x, s.degree, n);
          for (int l = 0; l <= std::min(s.output, n * s.degree); ++l) {
            const std::size_t at = ((q / channels % 3 * index(s.order) + index(n - 1)) * (index(s.output) + 1) + index(l)) * channels + q % channels;
            const auto w = static_cast<double>(c.weights[at]);
            for (std::size_t i = signal_size(l - 1); i < signal_size(l); ++i) truth[i] += w * p[i];
            scale += std::abs(w) * norm(p);
          }
        }
        const auto found = lane_of(block(z, c.plan.output_block()), s.output, q % lanes<T>);
        BOOST_TEST(distance(found, truth) <= s.order * bound<T>(s.order * s.degree, s.output, 0) * scale,
                   s.degree << " " << s.output << " " << s.order << " " << kernels);
      }
    }
}

BOOST_AUTO_TEST_CASE(the_cube_of_a_given_signal_has_its_exact_coefficients) {
  const std::vector<double> exact = {0.22698296669387884, 0.17041419846264263,  0.176308035544199,   0.13843324556364196,    0.11906972063895262,
                                     0.1352444711110084,  0.040368563926809016, 0.10257965891272009, -0.00086046544075926495};
  std::vector<double> x(9);
  for (std::size_t i = 0; i < 9; ++i) x[i] = 1.0 / (1.0 + static_cast<double>(i));
  const ManyBodyPlan<double> plan({.degree = 2, .output_degree = 2, .order = 3});
  const auto block = in_all_lanes<double>(x);
  const std::vector<double> cube = {0, 0, 0, 0, 0, 0, 1, 1, 1};
  Blocks<double> z(block.size()), work(plan.workspace());

  plan.execute(block, {cube}, z, work);

  BOOST_TEST(distance(lane_of(z, 2, 5), exact) <= 4e-16);
  const std::vector<std::span<const double>> factors(3, block);
  plan.product(factors, z, work);
  BOOST_TEST(distance(lane_of(z, 2, 5), exact) <= 4e-16);
}

BOOST_AUTO_TEST_CASE(powers_commute_with_rotations_and_have_the_right_integral) {
  std::mt19937 random(32);
  const auto x = lane_of(random_blocks<double>(random, 3, 1), 3, 0);
  const ManyBodyPlan<double> plan({.degree = 3, .output_degree = 2, .order = 4});
  const auto w = random_like(random, std::vector<double>(plan.weights_size()));
  Blocks<double> work(plan.workspace()), z(plan.output_block());
  const auto of = [&](const std::vector<double>& f) {
    plan.execute(in_all_lanes<double>(f), {w}, z, work);
    return lane_of(z, 2, 1);
  };
  const auto before = of(x);
  for (const Matrix3& R : {rotation_about({0.3, -1.0, 0.7}, 2.2), rotation_to_pole({0.6, 0.2, -0.4}), rotation_about({1, 0, 0}, std::numbers::pi)}) {
    std::vector<double> turned(16), after(9);
    rotate_signal(wigner_d(3, R), x, turned);
    rotate_signal(wigner_d(2, R), before, after);
    BOOST_TEST(distance(of(turned), after) <= 1e-13 * norm(after));
  }
  // The integral of x^4 is the square of the norm of x^2.
  std::vector<double> fourth(plan.weights_size());
  fourth[9] = 1.0;
  plan.execute(in_all_lanes<double>(x), {fourth}, z, work);
  const double square = dot(power(x, 3, 2), power(x, 3, 2));
  BOOST_TEST(std::abs(z[0] * std::sqrt(4 * std::numbers::pi) - square) <= 1e-14 * square);
}

BOOST_AUTO_TEST_CASE(one_node_or_longitude_less_is_wrong) {
  std::mt19937 random(33);
  for (const Shape& s : {Shape{2, 2, 3}, {3, 2, 3}, {4, 4, 2}}) {
    const int S = s.order * s.degree + s.output;
    const auto x = random_blocks<double>(random, s.degree, 1);
    auto truth = power(lane_of(x, s.degree, 0), s.degree, s.order);
    truth.resize(signal_size(s.output));
    const auto error = [&](int nodes, int points) {
      const SphereGrid grid(nodes, points);
      const GridTable<double> in(s.degree, grid), out(s.output, grid);
      const auto& kernels = find_operation_kernels<double>("best");
      Blocks<double> f(grid_rows(grid) * lanes<double>), p(f.size()), z(signal_size(s.output) * lanes<double>);
      Blocks<double> work(std::max(grid_workspace(in.view()), grid_workspace(out.view())));
      kernels.spread(in.view(), x.data(), f.data(), work.data());
      p = f;
      for (int n = 1; n < s.order; ++n) kernels.multiply(grid_rows(grid), p.data(), f.data(), p.data());
      kernels.gather(out.view(), p.data(), z.data(), work.data());
      return distance(lane_of(z, s.output, 0), truth) / norm(truth);
    };
    BOOST_TEST(error((S + 2) / 2, S + 1) <= 1e-14);
    BOOST_TEST(error((S + 2) / 2 - 1, S + 1) > 1e-3);
    BOOST_TEST(error((S + 2) / 2, S) > 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(derivatives_are_those_of_the_polynomials) {
  std::mt19937 random(34);
  for (const Shape& s : {Shape{2, 2, 3}, {3, 1, 4}, {2, 3, 2}, {3, 2, 1}, {1, 4, 2}}) {
    Case<double> c(s, 3, random);
    const auto dx = random_like(random, c.x), u = random_like(random, c.x), dg = random_like(random, c.g);
    const auto dw = random_like(random, c.weights);
    Blocks<double> dz(c.g.size(), -7.0), xbar(c.x.size(), -7.0), to_x(c.x.size(), -7.0), to_g(c.g.size(), -7.0);
    std::vector<double> wbar(dw.size()), to_w(dw.size());

    c.plan.jvp(c.x, c.w(), dx, dw, dz, c.work);
    c.plan.vjp(c.x, c.w(), c.g, xbar, wbar, c.work);
    c.plan.vjp2(c.x, c.w(), c.g, u, {to_x, to_g, to_w}, c.work);

    const auto x = c.x, g = c.g;
    const auto weights = c.weights;
    const auto move = [&](double t) {
      c.x = moved(x, t, dx);
      c.weights = moved(weights, t, dw);
      c.g = moved(g, t, dg);
    };
    // The lanes behind the last channel have no weights; g is moved there too, which must not matter.
    const double along = slope([&](double t) {
      move(t);
      return inner(g, c.forward());
    });
    const double scale = std::abs(along) + norm(std::vector(g.begin(), g.end())) * norm(std::vector(dz.begin(), dz.end()));
    BOOST_TEST(std::abs(inner(g, dz) - along) <= 1e-12 * scale);
    BOOST_TEST(std::abs(inner(xbar, dx) + inner(wbar, dw) - along) <= 1e-12 * scale);
    const double second = slope([&](double t) {
      move(t);
      Blocks<double> gradient(x.size());
      c.plan.vjp(c.x, c.w(), c.g, gradient, {}, c.work);
      return inner(u, gradient);
    });
    const double size = inner(to_x, to_x) + inner(to_g, to_g) + inner(to_w, to_w);
    BOOST_TEST(std::abs(inner(to_x, dx) + inner(to_g, dg) + inner(to_w, dw) - second) <= 1e-11 * (std::abs(second) + std::sqrt(size)),
               s.degree << " " << s.output << " " << s.order);
  }
}

BOOST_AUTO_TEST_CASE(products_of_different_signals_have_their_gradients) {
  std::mt19937 random(35);
  const ManyBodyPlan<double> plan({.degree = 2, .output_degree = 3, .order = 3});
  Blocks<double> work(plan.workspace());
  std::vector<Blocks<double>> x, d, bar;
  for (int i = 0; i < 3; ++i) {
    x.push_back(random_blocks<double>(random, 2, 2));
    d.push_back(random_blocks<double>(random, 2, 2));
    bar.emplace_back(x[0].size(), -7.0);
  }
  const auto g = random_blocks<double>(random, 3, 2);

  plan.product_vjp(std::vector<std::span<const double>>(x.begin(), x.end()), g, std::vector<std::span<double>>(bar.begin(), bar.end()), work);

  const double along = slope([&](double t) {
    std::vector<Blocks<double>> at;
    at.reserve(3);
    for (std::size_t i = 0; i < 3; ++i) at.push_back(moved(x[i], t, d[i]));
    Blocks<double> z(g.size());
    plan.product(std::vector<std::span<const double>>(at.begin(), at.end()), z, work);
    return inner(g, z);
  });
  BOOST_TEST(std::abs(inner(bar[0], d[0]) + inner(bar[1], d[1]) + inner(bar[2], d[2]) - along) <= 1e-12 * std::abs(along));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(places_in_the_batch_do_not_matter_and_nan_stays, T, Precisions) {
  std::mt19937 random(36);
  // As many channels as lanes read weights as they lie, others gather them; the numbers must be the same.
  const ManyBodyPlan<T> many({.degree = 3, .output_degree = 2, .order = 3, .channels = 2 * lanes<T>}), one({.degree = 3, .output_degree = 2});
  const auto w = random_like(random, std::vector<T>(one.weights_size()));
  std::vector<T> repeated;
  for (const T v : w) repeated.insert(repeated.end(), 2 * lanes<T>, v);
  auto x = random_blocks<T>(random, 3, 2);
  x[5 * lanes<T> + 3] = std::numeric_limits<T>::quiet_NaN();
  const auto before = x;
  Blocks<T> work(many.workspace()), z(2 * many.output_block()), same(z.size());

  many.execute(x, {repeated}, z, work);
  one.execute(x, {w}, same, work);

  int different = 0, poisoned = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const bool nan = i < many.output_block() && i % lanes<T> == 3;
    poisoned += nan && std::isnan(z[i]) ? 1 : 0;
    different += !nan && z[i] != same[i] ? 1 : 0;
  }
  BOOST_TEST(different == 0);
  BOOST_TEST(poisoned == 9);
  const int changed = std::memcmp(x.data(), before.data(), x.size() * sizeof(T));
  BOOST_TEST(changed == 0);
}

BOOST_AUTO_TEST_CASE(foolish_inputs_are_refused) {
  BOOST_TEST(refused([] { ManyBodyPlan<float>({.degree = 128}); }, "degree 128"));
  BOOST_TEST(refused([] { ManyBodyPlan<float>({.degree = 1, .output_degree = -1}); }, "output: degree -1"));
  BOOST_TEST(refused([] { ManyBodyPlan<float>({.degree = 1, .order = 0}); }, "order 0"));
  BOOST_TEST(refused([] { ManyBodyPlan<float>({.degree = 1, .channels = 0}); }, "channels"));
  BOOST_TEST(refused([] { ManyBodyPlan<float>({.degree = 1, .kernels = "sse9"}); }, "sse9"));
  std::mt19937 random(1);
  Case<float> c({2, 2, 2}, 4, random);
  BOOST_TEST(refused([&] { c.plan.execute(c.x, {std::span(c.weights).first(3), c.element_class}, c.g, c.work); }, "weight array has 3"));
  BOOST_TEST(refused([&] { c.plan.execute(c.x, {c.weights}, c.g, c.work); }, "needs a class number"));
  BOOST_TEST(refused([&] { c.plan.execute(c.x, c.w(), std::span(c.g).first(5), c.work); }, "holds 5"));
  BOOST_TEST(refused([&] { c.plan.execute(c.x, c.w(), c.g, std::span(c.work).first(64)); }, "workspace"));
  c.element_class[0] = 3;
  BOOST_TEST(refused([&] { c.plan.execute(c.x, c.w(), c.g, c.work); }, "class number 3 is outside 0..2"));
  c.element_class.assign(100, 0);
  BOOST_TEST(refused([&] { c.plan.execute(c.x, c.w(), c.g, c.work); }, "fill"));
  c.plan.execute({}, {c.weights, {}}, {}, c.work); // an empty batch is none
}

BOOST_AUTO_TEST_SUITE_END()
