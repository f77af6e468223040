// SPDX-License-Identifier: Apache-2.0
/// A chain: steps whose residual can be handed out, stored and handed back, so that a plan may decide at run time what is remembered (gradient.hpp).
/// A step is an optic on stacks of tensors, its type erased. `on_top` makes one of an optic on a single tensor: the product with the identity on the
/// rest of the stack. Residual connections and U-nets are chains with stacks of unequal height: copy, layers on top, add (layers/wiring.hpp).
/// Errors: UsageError of a layer whose input has the wrong shape, with the name of the step in front.
/// Threads: as the optics; layers with kernels cache them, so one thread per chain.  Ownership: steps share their optic.
#pragma once

#include <ansatz/learning/optic.hpp>
#include <ansatz/learning/tensor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ansatz::learning {

/// A residual as a list of tensors.
template <class T>
void pack(Stack<T>&, Nothing) {}
template <class T>
void pack(Stack<T>& list, Tensor<T> tensor) {
  list.push_back(std::move(tensor));
}
template <class T, class A, class B>
void pack(Stack<T>& list, std::pair<A, B> both) {
  pack(list, std::move(both.first));
  pack(list, std::move(both.second));
}

/// The residual back from its list, from `place` on.
template <class M>
struct Unpack {
  template <class T>
  static M from(Stack<T>& list, std::size_t& place) {
    if constexpr (std::is_same_v<M, Nothing>)
      return {};
    else
      return std::move(list[place++]);
  }
};
template <class A, class B>
struct Unpack<std::pair<A, B>> {
  template <class T>
  static std::pair<A, B> from(Stack<T>& list, std::size_t& place) {
    A first = Unpack<A>::from(list, place);
    return {std::move(first), Unpack<B>::from(list, place)};
  }
};

/// An optic on tensors, applied to the last tensor of a stack.
template <Optic O>
requires std::same_as<typename O::In, Tensor<typename O::Scalar>> && std::same_as<typename O::Out, Tensor<typename O::Scalar>>
struct OnTop {
  using Scalar = typename O::Scalar;
  using In = Stack<Scalar>;
  using Out = Stack<Scalar>;
  using Residual = typename O::Residual;
  static constexpr bool exact_adjoint = has_exact_adjoint<O>;
  O optic;

  [[nodiscard]] Out get(const In& a, std::span<const Scalar> p) const { return with_top(a, optic.get(top(a), p)); }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& a, std::span<const Scalar> p) const {
    auto recorded = optic.forward(top(a), p);
    return {std::move(recorded.residual), with_top(a, std::move(recorded.out))};
  }
  [[nodiscard]] In backward(Residual m, const Out& db, std::span<const Scalar> p, std::span<Scalar> g) const {
    return with_top(db, optic.backward(std::move(m), top(db), p, g));
  }

private:
  static const Tensor<Scalar>& top(const In& stack) {
    if (stack.empty()) throw UsageError("bad_value", "a layer met an empty stack; give the chain an input");
    return stack.back();
  }
  static Out with_top(const In& stack, Tensor<Scalar> tensor) {
    Out out(stack.begin(), stack.end() - 1);
    out.push_back(std::move(tensor));
    return out;
  }
};

template <Optic O>
[[nodiscard]] OnTop<O> on_top(O optic) {
  return {std::move(optic)};
}

/// What a step remembers, in a form that can be stored anywhere.
template <class T>
struct Record {
  Stack<T> tensors;
};

template <class T>
class Step {
public:
  template <Optic O>
  requires std::same_as<typename O::In, Stack<T>> && std::same_as<typename O::Out, Stack<T>> Step(std::string name, O optic)
      : name_(std::move(name)), optic_(std::make_shared<Erased<O>>(std::move(optic))) {}
  template <Optic O>
  requires std::same_as<typename O::In, Tensor<T>> Step(std::string name, O optic) : Step(std::move(name), on_top(std::move(optic))) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool exact_adjoint() const noexcept { return optic_->exact_adjoint(); }
  [[nodiscard]] Stack<T> get(const Stack<T>& a, std::span<const T> p) const {
    return named([&] { return optic_->get(a, p); });
  }
  [[nodiscard]] Recorded<Record<T>, Stack<T>> forward(const Stack<T>& a, std::span<const T> p) const {
    return named([&] { return optic_->forward(a, p); });
  }
  [[nodiscard]] Stack<T> backward(Record<T> m, const Stack<T>& db, std::span<const T> p, std::span<T> g) const {
    return optic_->backward(std::move(m), db, p, g);
  }

private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual bool exact_adjoint() const noexcept = 0;
    [[nodiscard]] virtual Stack<T> get(const Stack<T>& a, std::span<const T> p) const = 0;
    [[nodiscard]] virtual Recorded<Record<T>, Stack<T>> forward(const Stack<T>& a, std::span<const T> p) const = 0;
    [[nodiscard]] virtual Stack<T> backward(Record<T> m, const Stack<T>& db, std::span<const T> p, std::span<T> g) const = 0;
  };
  template <class O>
  struct Erased final : Interface {
    explicit Erased(O o) : optic(std::move(o)) {}
    [[nodiscard]] bool exact_adjoint() const noexcept override { return has_exact_adjoint<O>; }
    [[nodiscard]] Stack<T> get(const Stack<T>& a, std::span<const T> p) const override { return optic.get(a, p); }
    [[nodiscard]] Recorded<Record<T>, Stack<T>> forward(const Stack<T>& a, std::span<const T> p) const override {
      auto recorded = optic.forward(a, p);
      Recorded<Record<T>, Stack<T>> out{{}, std::move(recorded.out)};
      pack(out.residual.tensors, std::move(recorded.residual));
      return out;
    }
    [[nodiscard]] Stack<T> backward(Record<T> m, const Stack<T>& db, std::span<const T> p, std::span<T> g) const override {
      std::size_t place = 0;
      return optic.backward(Unpack<typename O::Residual>::from(m.tensors, place), db, p, g);
    }
    O optic;
  };
  template <class Body>
  auto named(Body&& body) const {
    try {
      return body();
    } catch (const UsageError& error) {
      throw UsageError(error.reason(), "step " + name_ + ": " + error.what(), error.where());
    }
  }

  std::string name_;
  std::shared_ptr<const Interface> optic_;
};

template <class T>
using Chain = std::vector<Step<T>>;

/// The value of the chain: `get` of every step; one state is alive at a time, two within a step.
template <class T>
[[nodiscard]] Stack<T> evaluate(const Chain<T>& chain, Stack<T> state, std::span<const T> parameters) {
  for (const Step<T>& step : chain) state = step.get(state, parameters);
  return state;
}

} // namespace ansatz::learning
