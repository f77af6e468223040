// SPDX-License-Identifier: Apache-2.0
/// Optics: maps with a backward map and an explicit residual, and how they compose.
///   lens   get: A -> B,  put: A x B' -> A'                    reverse mode: put(a, b') = J(a)^T b'
///   optic  forward: A -> M x B,  backward: M x B' -> A'       the residual M is what is remembered between the two
///   compose(f, g)     residual M_f x M_g: runs f, g forward, then g, f backward; nothing is recomputed
///   product(f, g)     f and g side by side on a pair
///   as_optic(lens)    F: remembers the input, M = A
///   as_lens(optic)    U: forgets the residual; put(a, b') = backward(residual of forward(a), b').  U F = identity
///   checkpoint(optic) F U: remembers the input only and runs forward again when the cotangent arrives. The 2-cell F U => id (the counit) replaces
///     the residual by the input; it changes what is remembered, never a value or a cotangent.
/// Parameters are a second input, a span `p`; their cotangent is added into a span `g` of the same layout (the arenas of arena.hpp).
/// Cite: B. Gavranovic, Space-time tradeoffs of lenses and optics via higher category theory, arXiv:2209.09351 (2022).
/// Rules for an optic: `get(a, p)` equals the value of `forward(a, p)` bit for bit; a backward that is not J^T (detach) says `exact_adjoint = false`.
/// Threads: as the optics composed.
#pragma once

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

namespace ansatz::learning {

/// What the forward map of an optic returns.
template <class Residual, class Out>
struct Recorded {
  Residual residual;
  Out out;
};

/// The residual of maps that remember nothing.
struct Nothing {};

template <class O>
concept Optic = requires(const O& o, const typename O::In& a, typename O::Residual m, const typename O::Out& db,
                         std::span<const typename O::Scalar> p, std::span<typename O::Scalar> g) {
  { o.get(a, p) } -> std::same_as<typename O::Out>;
  { o.forward(a, p) } -> std::same_as<Recorded<typename O::Residual, typename O::Out>>;
  { o.backward(std::move(m), db, p, g) } -> std::same_as<typename O::In>;
};

template <class L>
concept Lens = requires(const L& l, const typename L::In& a, const typename L::Out& db, std::span<const typename L::Scalar> p,
                        std::span<typename L::Scalar> g) {
  { l.get(a, p) } -> std::same_as<typename L::Out>;
  { l.put(a, db, p, g) } -> std::same_as<typename L::In>;
};

/// False for optics whose backward is not the transposed derivative: those that say `static constexpr bool exact_adjoint = false`.
template <class O>
inline constexpr bool has_exact_adjoint = true;
template <class O>
requires requires { O::exact_adjoint; }
inline constexpr bool has_exact_adjoint<O> = O::exact_adjoint;

template <Optic F, Optic G>
requires std::same_as<typename F::Out, typename G::In>
struct Composite {
  using Scalar = typename F::Scalar;
  using In = typename F::In;
  using Out = typename G::Out;
  using Residual = std::pair<typename F::Residual, typename G::Residual>;
  static constexpr bool exact_adjoint = has_exact_adjoint<F> && has_exact_adjoint<G>;
  F first;
  G second;

  [[nodiscard]] Out get(const In& a, std::span<const Scalar> p) const { return second.get(first.get(a, p), p); }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& a, std::span<const Scalar> p) const {
    auto one = first.forward(a, p);
    auto two = second.forward(one.out, p);
    return {{std::move(one.residual), std::move(two.residual)}, std::move(two.out)};
  }
  [[nodiscard]] In backward(Residual m, const Out& dc, std::span<const Scalar> p, std::span<Scalar> g) const {
    return first.backward(std::move(m.first), second.backward(std::move(m.second), dc, p, g), p, g);
  }
};

template <Optic F, Optic G>
requires std::same_as<typename F::Scalar, typename G::Scalar>
struct Product {
  using Scalar = typename F::Scalar;
  using In = std::pair<typename F::In, typename G::In>;
  using Out = std::pair<typename F::Out, typename G::Out>;
  using Residual = std::pair<typename F::Residual, typename G::Residual>;
  static constexpr bool exact_adjoint = has_exact_adjoint<F> && has_exact_adjoint<G>;
  F left;
  G right;

  [[nodiscard]] Out get(const In& a, std::span<const Scalar> p) const { return {left.get(a.first, p), right.get(a.second, p)}; }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& a, std::span<const Scalar> p) const {
    auto one = left.forward(a.first, p);
    auto two = right.forward(a.second, p);
    return {{std::move(one.residual), std::move(two.residual)}, {std::move(one.out), std::move(two.out)}};
  }
  [[nodiscard]] In backward(Residual m, const Out& db, std::span<const Scalar> p, std::span<Scalar> g) const {
    auto right_cotangent = right.backward(std::move(m.second), db.second, p, g);
    return {left.backward(std::move(m.first), db.first, p, g), std::move(right_cotangent)};
  }
};

template <Lens L>
struct Remembering {
  using Scalar = typename L::Scalar;
  using In = typename L::In;
  using Out = typename L::Out;
  using Residual = In;
  static constexpr bool exact_adjoint = has_exact_adjoint<L>;
  L lens;

  [[nodiscard]] Out get(const In& a, std::span<const Scalar> p) const { return lens.get(a, p); }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& a, std::span<const Scalar> p) const { return {a, lens.get(a, p)}; }
  [[nodiscard]] In backward(Residual a, const Out& db, std::span<const Scalar> p, std::span<Scalar> g) const { return lens.put(a, db, p, g); }
};

template <Optic O>
struct Forgetting {
  using Scalar = typename O::Scalar;
  using In = typename O::In;
  using Out = typename O::Out;
  static constexpr bool exact_adjoint = has_exact_adjoint<O>;
  O optic;

  [[nodiscard]] Out get(const In& a, std::span<const Scalar> p) const { return optic.get(a, p); }
  [[nodiscard]] In put(const In& a, const Out& db, std::span<const Scalar> p, std::span<Scalar> g) const {
    return optic.backward(std::move(optic.forward(a, p).residual), db, p, g);
  }
};

template <Optic F, Optic G>
[[nodiscard]] Composite<F, G> compose(F first, G second) {
  return {std::move(first), std::move(second)};
}
template <Optic F, Optic G>
[[nodiscard]] Product<F, G> product(F left, G right) {
  return {std::move(left), std::move(right)};
}
template <Lens L>
[[nodiscard]] Remembering<L> as_optic(L lens) {
  return {std::move(lens)};
}
template <Optic O>
[[nodiscard]] Forgetting<O> as_lens(O optic) {
  return {std::move(optic)};
}
template <Optic O>
[[nodiscard]] Remembering<Forgetting<O>> checkpoint(O optic) {
  return as_optic(as_lens(std::move(optic)));
}

} // namespace ansatz::learning
