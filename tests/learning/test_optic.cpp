// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace ansatz::learning::tests {

namespace {

using Pair = std::array<double, 2>;
const std::vector<double> p{0.7, -1.3, 0.4};

/// (u, v) -> (p_k u v, sin(p_k v)), written as a lens.
struct Curve {
  using Scalar = double;
  using In = Pair;
  using Out = Pair;
  std::size_t k = 0;
  [[nodiscard]] Out get(const In& a, std::span<const double> w) const { return {w[k] * a[0] * a[1], std::sin(w[k] * a[1])}; }
  [[nodiscard]] In put(const In& a, const Out& d, std::span<const double> w, std::span<double> g) const {
    g[k] += a[0] * a[1] * d[0] + a[1] * std::cos(w[k] * a[1]) * d[1];
    return {w[k] * a[1] * d[0], w[k] * a[0] * d[0] + w[k] * std::cos(w[k] * a[1]) * d[1]};
  }
};

/// The same map as an optic that remembers what backward needs and no more.
struct CurveOptic {
  using Scalar = double;
  using In = Pair;
  using Out = Pair;
  using Residual = std::pair<Pair, double>; // input, cosine
  std::size_t k = 0;
  [[nodiscard]] Out get(const In& a, std::span<const double> w) const { return Curve{k}.get(a, w); }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& a, std::span<const double> w) const { return {{a, std::cos(w[k] * a[1])}, get(a, w)}; }
  [[nodiscard]] In backward(Residual m, const Out& d, std::span<const double> w, std::span<double> g) const {
    const auto& [a, cosine] = m;
    g[k] += a[0] * a[1] * d[0] + a[1] * cosine * d[1];
    return {w[k] * a[1] * d[0], w[k] * a[0] * d[0] + w[k] * cosine * d[1]};
  }
};

static_assert(Lens<Curve> && Optic<CurveOptic> && !Optic<Curve>);

const Pair input{0.3, -0.8};
const Pair seed{1.1, 0.6};

/// Value, cotangent of the input and of the parameters.
template <class Value, class In>
struct Run {
  Value value;
  In cotangent;
  std::vector<double> gradient;
  bool operator==(const Run&) const = default;
};

template <Optic O>
auto run_optic(const O& optic, const typename O::In& a, const typename O::Out& d) {
  std::vector<double> g(p.size());
  auto recorded = optic.forward(a, p);
  BOOST_TEST((optic.get(a, p) == recorded.out));
  auto cotangent = optic.backward(std::move(recorded.residual), d, p, g);
  return Run<typename O::Out, typename O::In>{recorded.out, cotangent, g};
}

template <Lens L>
auto run_lens(const L& lens, const typename L::In& a, const typename L::Out& d) {
  std::vector<double> g(p.size());
  auto cotangent = lens.put(a, d, p, g);
  return Run<typename L::Out, typename L::In>{lens.get(a, p), cotangent, g};
}

} // namespace

BOOST_AUTO_TEST_SUITE(optic)

BOOST_AUTO_TEST_CASE(composite_is_the_chain_rule) {
  const auto curves = compose(CurveOptic{0}, compose(CurveOptic{1}, CurveOptic{2}));

  const auto got = run_optic(curves, input, seed);

  const auto scalar = [&](Pair a, std::vector<double> w) {
    for (std::size_t k = 0; k < 3; ++k) a = Curve{k}.get(a, w);
    return a[0] * seed[0] + a[1] * seed[1];
  };
  constexpr double h = 1e-6; // truncation and rounding both below 1e-9
  for (std::size_t i = 0; i < 2; ++i) {
    Pair up = input, down = input;
    up[i] += h;
    down[i] -= h;
    BOOST_TEST(std::abs(got.cotangent[i] - (scalar(up, p) - scalar(down, p)) / (2 * h)) < 1e-9);
  }
  for (std::size_t k = 0; k < 3; ++k) {
    auto up = p, down = p;
    up[k] += h;
    down[k] -= h;
    BOOST_TEST(std::abs(got.gradient[k] - (scalar(input, up) - scalar(input, down)) / (2 * h)) < 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(composition_is_associative_bit_for_bit) {
  const auto left = compose(compose(CurveOptic{0}, CurveOptic{1}), CurveOptic{2});
  const auto right = compose(CurveOptic{0}, compose(CurveOptic{1}, CurveOptic{2}));

  BOOST_TEST((run_optic(left, input, seed) == run_optic(right, input, seed)));
}

BOOST_AUTO_TEST_CASE(forgetting_after_remembering_is_the_identity) {
  BOOST_TEST((run_lens(as_lens(as_optic(Curve{1})), input, seed) == run_lens(Curve{1}, input, seed)));
}

BOOST_AUTO_TEST_CASE(oplaxator_fills_the_second_residual) {
  // F(l1;l2) remembers a; F(l1);F(l2) remembers (a, get1(a)).
  const auto whole = as_optic(as_lens(compose(as_optic(Curve{0}), as_optic(Curve{1}))));
  const auto parts = compose(as_optic(Curve{0}), as_optic(Curve{1}));

  const Pair one = whole.forward(input, p).residual;
  const auto both = parts.forward(input, p).residual;

  BOOST_TEST((both == std::pair(one, Curve{0}.get(one, p))));
  BOOST_TEST((run_optic(whole, input, seed) == run_optic(parts, input, seed)));
}

BOOST_AUTO_TEST_CASE(oplaxator_of_three_steps_is_coherent) {
  const auto a = as_optic(Curve{0});
  const auto b = as_optic(Curve{1});
  const auto c = as_optic(Curve{2});
  const auto left_first = compose(as_optic(as_lens(compose(a, b))), c);
  const auto right_first = compose(a, as_optic(as_lens(compose(b, c))));
  const auto all = compose(a, compose(b, c));

  // Both ways of splitting F(a;b;c) end at the same residuals (x, get a, get b).
  const auto m = all.forward(input, p).residual;
  BOOST_TEST((left_first.forward(input, p).residual == std::pair(m.first, m.second.second)));
  BOOST_TEST((right_first.forward(input, p).residual == std::pair(m.first, m.second.first)));
  BOOST_TEST((run_optic(left_first, input, seed) == run_optic(all, input, seed)));
  BOOST_TEST((run_optic(right_first, input, seed) == run_optic(all, input, seed)));
}

BOOST_AUTO_TEST_CASE(checkpoint_applies_the_counit) {
  const auto optic = compose(CurveOptic{0}, CurveOptic{2});
  const auto kept = checkpoint(optic);

  BOOST_TEST((kept.forward(input, p).residual == input));
  BOOST_TEST((run_optic(kept, input, seed) == run_optic(optic, input, seed)));
}

BOOST_AUTO_TEST_CASE(products_and_composites_interchange) {
  const auto rows = compose(product(CurveOptic{0}, CurveOptic{1}), product(CurveOptic{2}, CurveOptic{0}));
  const auto columns = product(compose(CurveOptic{0}, CurveOptic{2}), compose(CurveOptic{1}, CurveOptic{0}));
  const std::pair in{input, Pair{-0.2, 0.5}};
  const std::pair d{seed, Pair{0.3, -0.9}};

  const auto one = run_optic(rows, in, d);
  const auto two = run_optic(columns, in, d);

  BOOST_TEST((one.value == two.value));
  BOOST_TEST((one.cotangent == two.cotangent));
  // Parameter 0 appears on both sides: its two contributions are added in another order.
  for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(std::abs(one.gradient[k] - two.gradient[k]) <= 2e-16);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
