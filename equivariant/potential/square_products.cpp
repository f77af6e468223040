// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>
#include <ansatz/equivariant/potential/square_products.hpp>

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

} // namespace

std::vector<std::string> product_names() { return {"gaunt"}; }

std::unique_ptr<SquareProduct> make_square_product(const std::string& name, int degree, int square_degree, std::size_t /*blocks*/,
                                                   std::int64_t /*seed*/) {
  if (name == "gaunt") return std::make_unique<GauntSquare>(degree, square_degree);
  throw UsageError("bad_value", "product \"" + name + "\" is unknown");
}

} // namespace ansatz::equivariant
