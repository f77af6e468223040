// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/equivariant/gaunt/cg_plan.hpp>
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>
#include <ansatz/equivariant/potential/square_products.hpp>
#include <ansatz/learning/random.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

class GauntSquare final : public SquareProduct {
public:
  GauntSquare(int degree, int square_degree)
      : forward_({.degree1 = degree, .degree2 = degree, .degree3 = square_degree, .method = "estimate"}),
        back_({.degree1 = square_degree, .degree2 = degree, .degree3 = degree, .method = "estimate"}) {}

  void execute(std::span<const double> x, std::span<double> q, std::span<double> work) const override { forward_.execute(x, x, q, work); }
  void pull(std::span<const double> x, std::span<const double> g, std::span<double> xbar, std::span<double> work) const override {
    back_.execute(g, x, xbar, work);
    for (double& v : xbar) v *= 2;
  }
  [[nodiscard]] std::size_t workspace() const override { return std::max(forward_.workspace(), back_.workspace()); }

private:
  GauntPlan<double> forward_, back_;
};

class ClebschGordanSquare final : public SquareProduct {
public:
  ClebschGordanSquare(int degree, int square_degree, std::size_t blocks, std::int64_t seed)
      : channels_(blocks * lanes<double>),
        plan_({.degree1 = degree, .degree2 = degree, .degree3 = square_degree, .parts = Parts::even, .channels = channels_}),
        size_(blocks * plan_.block_size(1)) {
    for (const DegreePath& p : plan_.paths())
      for (std::size_t k = 0; k < channels_; ++k)
        weights_.push_back(static_cast<double>(path_norm(p.l1, p.l2, p.l3)) *
                           learning::normal(static_cast<std::uint64_t>(seed), learning::key_of("paths"), weights_.size()));
  }

  void execute(std::span<const double> x, std::span<double> q, std::span<double> work) const override { plan_.execute(x, x, weights_, q, work); }
  void pull(std::span<const double> x, std::span<const double> g, std::span<double> xbar, std::span<double> work) const override {
    const std::span<double> second = work.first(size_);
    plan_.vjp(x, x, weights_, g, xbar, second, {}, work.subspan(size_));
    for (std::size_t i = 0; i < size_; ++i) xbar[i] += second[i];
  }
  [[nodiscard]] std::size_t workspace() const override { return size_ + plan_.workspace(); }

private:
  std::size_t channels_;
  CGPlan<double> plan_;
  std::size_t size_;
  AlignedVector<double> weights_;
};

} // namespace

std::vector<std::string> product_names() { return {"gaunt", "clebsch_gordan"}; }

std::unique_ptr<SquareProduct> make_square_product(const std::string& name, int degree, int square_degree, std::size_t blocks, std::int64_t seed) {
  if (name == "gaunt") return std::make_unique<GauntSquare>(degree, square_degree);
  if (name == "clebsch_gordan") return std::make_unique<ClebschGordanSquare>(degree, square_degree, blocks, seed);
  throw UsageError("bad_value", "product \"" + name + "\" is unknown" + did_you_mean(name, product_names()));
}

} // namespace ansatz::equivariant
