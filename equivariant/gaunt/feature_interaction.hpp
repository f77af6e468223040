// SPDX-License-Identifier: Apache-2.0
/// Feature interaction of equivariant networks: products of many channels with a weight for every degree and channel,
///   z = w3 o P[(w1 o x) * (w2 o y)],   (w o x)_{u,l,m} = w_{l,u} x_{u,l,m},
/// on features given by irreps strings (irreps.hpp) in e3nn's layouts and any normalisation (normalisation.hpp).
/// Features may hold signals of both types (irreps.hpp), x+ and x-, and `parts` says which half of the bilinear maps is taken; with both it is the full product of O(3):
///   z+ = x+ * y+ + x- * y- + {x+, y-} + {x-, y+},     z- = x+ * y- + x- * y+ + {x+, y+} + {x-, y-}.
/// Channels meet one to one (`uuu`); an operand with one channel meets all channels of the other (`u1u`). Missing degrees are zeros.
/// Gradients of <g, z>, with g' = w3 o g, a = w1 o x, b = w2 o y:  xbar = w1 o P[g' * b], ybar = w2 o P[g' * a], summed over the channels of a broadcast operand;
///   w1bar_{l,u} = sum x P[g' * b], w2bar = sum y P[g' * a], w3bar = sum g P[a * b], sums over orders and batch.
/// Second gradients, of <u, xbar> + <v, ybar>, are those of <g, z> along (u, v):  to x w1 o P[g' * (w2 o v)], to g w3 o P[(w1 o u) * b + a * (w2 o v)], ..
/// Shapes: x, y, z: batch times irreps.size() numbers, elements of the batch slowest; weights: (L+1) C numbers, [degree][channel], C the channels of the result;
/// with both types those of x+ (its largest degree L), then those of x-.
/// Parity: `paths()` lists what is used and what the chosen half drops; an output that nothing reaches is refused.
/// Errors: UsageError (`bad_value`): irreps that are no signals (irreps.hpp), unequal channels, parity, unreachable outputs, wrong sizes.
/// Cost: the plan's, and a pass over the operands to pack lanes (lane_packing.hpp).  MPI: none; split the batch.
/// Threads: const functions, one workspace each; `threads` share the batch. Results are the same bits for any number of them: weight gradients are summed in
/// double precision over a fixed number of slices of the batch, and these in order.
#pragma once

#include <ansatz/equivariant/gaunt/lane_packing.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>

#include <optional>

namespace ansatz::equivariant {

struct InteractionOptions {
  std::string irreps1;                                   ///< of x
  std::string irreps2;                                   ///< of y
  std::string irreps3;                                   ///< of z
  Layout layout = Layout::mul_ir;                        ///< of all three
  Normalisation normalisation = Normalisation::integral; ///< of all three
  std::string method = "auto";                           ///< as in GauntOptions; for brackets beside products `estimate` if they do not have it
  std::string kernels = "best";                          ///< as in GauntOptions
  std::string gradient_method{};                         ///< as in GauntOptions
  int threads = 1;                                       ///< that share the batch
  Parts parts = Parts::even;                             ///< products, brackets, or both
  bool wide = false;                                     ///< as in GauntOptions
};

/// Weights by degree and channel; an empty span is all ones.
template <class T>
struct InteractionWeights {
  std::span<const T> first = {}, second = {}, third = {};
};
/// Gradients of the weights, added to what is there; empty spans are left out.
struct InteractionWeightGradients {
  std::span<double> first = {}, second = {}, third = {};
};

template <class T>
class FeatureInteraction {
public:
  explicit FeatureInteraction(const InteractionOptions& options);

  void execute(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<T> z, std::span<T> work) const;
  void vjp(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> g, std::span<T> xbar,
           std::span<T> ybar, const InteractionWeightGradients& gradients, std::span<T> work) const;
  /// Derivative of z along (dx, dy, dw); tangents of weights left out are zeros. Allocates an array like z if those of the third weights are given.
  void jvp(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> dx, std::span<const T> dy,
           const InteractionWeights<T>& dw, std::span<T> dz, std::span<T> work) const;
  /// Gradients of <u, xbar> + <v, ybar> to x, y, g and the weights.
  void vjp2(std::span<const T> x, std::span<const T> y, const InteractionWeights<T>& weights, std::span<const T> g, std::span<const T> u,
            std::span<const T> v, std::span<T> to_x, std::span<T> to_y, std::span<T> to_g, const InteractionWeightGradients& gradients,
            std::span<T> work) const;

  /// Numbers of `work`, 64-byte aligned.
  [[nodiscard]] std::size_t workspace() const { return index(threads_) * room_size(); }
  /// The plan of the first pair of types that meets.
  [[nodiscard]] const GauntPlan<T>& plan() const { return *terms_.front().plan; }
  [[nodiscard]] const std::vector<Path>& paths() const { return paths_; }
  /// Channels of the result.
  [[nodiscard]] std::size_t channels() const { return channels_; }

private:
  /// Signals of type +1 and -1.
  using Pair = std::array<std::span<T>, 2>;
  struct Side {
    std::optional<LanePacking<T>> packing[2];
    std::size_t size; ///< numbers of an element
    Side(const InteractionOptions& o, const std::string& irreps, std::size_t channels);
    [[nodiscard]] std::size_t block(std::size_t type) const;
    [[nodiscard]] bool broadcast() const;
    /// Numbers of the weights, and those of one type.
    [[nodiscard]] std::size_t weights(std::size_t channels) const;
    template <class W>
    [[nodiscard]] std::span<W> weights_of(std::size_t type, std::span<W> all, std::size_t channels) const;
  };
  /// Two types that meet, by a product or a bracket, and the type they give.
  struct Term {
    std::size_t first, second, third;
    std::unique_ptr<GauntPlan<T>> plan;
  };
  /// Blocks and workspace of one thread: values, tangents or cotangents, results.
  struct Room {
    Pair a, b, c, da, db, dc, p, q;
    std::span<T> sum[3], spare, plan;
  };
  /// Lanes first .. end-1 of the batch on one thread, and where its slice sums weight gradients.
  struct Lanes {
    std::size_t first, end;
    std::span<double> sums[3];
  };

  std::size_t check(std::span<const T> x, std::span<const T> y, std::size_t z, const InteractionWeights<T>& weights, std::span<T> work) const;
  [[nodiscard]] Room room(std::span<T> work, int part) const;
  [[nodiscard]] std::size_t room_size() const;
  /// body(room, lanes) for all lanes of a batch.
  template <class Body>
  void over_lanes(std::size_t batch, const InteractionWeightGradients& gradients, std::span<T> work, const Body& body) const;

  void pack(const Side& side, const Lanes& at, std::span<const T> from, std::span<const T> weights, Scaling scaling, const Pair& to) const;
  /// to += what `pack` gives.
  void pack_add(const Side& side, const Lanes& at, std::span<const T> from, std::span<const T> weights, Scaling scaling, const Pair& to,
                const Room& room) const;
  void unpack(const Side& side, const Lanes& at, const Pair& from, std::span<const T> weights, Scaling scaling, std::span<T> to,
              const Room& room) const;
  void add_weight_gradient(const Side& side, const Lanes& at, std::span<const T> values, Scaling scaling, const Pair& block,
                           std::span<double> to) const;
  /// c = sum of the terms at (a, b); its derivative along (da, db); its gradients for g.
  void products(const Pair& a, const Pair& b, const Pair& c, const Room& room) const;
  void tangents(const Pair& a, const Pair& b, const Pair& da, const Pair& db, const Pair& dc, const Room& room) const;
  void gradients(const Pair& a, const Pair& b, const Pair& g, const Pair& abar, const Pair& bbar, const Room& room) const;

  std::vector<Path> paths_;
  std::size_t channels_;
  int threads_;
  Side first_, second_, third_;
  std::size_t unit_; ///< lanes that one thread must take together
  std::vector<Term> terms_;
};

} // namespace ansatz::equivariant
