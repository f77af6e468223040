// SPDX-License-Identifier: Apache-2.0
#include "statements.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gp_sweep {

namespace {

constexpr double pi = std::numbers::pi;

/// Highest number of half waves along an axis.
double most_half_waves(Kind kind, std::size_t dimensions) {
  if (kind == Kind::regression) return 12.0; // sensors alone must see them
  if (dimensions == 1) return 60.0;
  return kind == Kind::forward ? 20.0 : 8.0;
}

/// u and c_x u_xx + c_y u_yy as formulas.
std::pair<std::string, std::string> random_solution(Dice& dice, Kind kind, std::size_t dimensions, const std::array<std::string, 2>& c,
                                                    const std::array<double, 2>& length, std::array<double, 2>& highest) {
  std::string u = with_all_digits(dice.between(-1.0, 1.0)) + "*x + exp(-x/5)";
  std::string f = c[0] + "*exp(-x/5)/25";
  const int waves = dice.upto(kind == Kind::forward && dimensions == 1 ? 3 : 2);
  for (int w = 0; w < waves; ++w) {
    std::string product = with_all_digits(dice.between(0.1, 1.0));
    std::string symbol = "0";
    for (std::size_t d = 0; d < dimensions; ++d) {
      const double m = dice.between(4.0, most_half_waves(kind, dimensions)) * pi / length[d];
      highest[d] = std::max(highest[d], m);
      const std::string text = with_all_digits(m);
      product += "*sin(" + text + "*" + (d == 0 ? "x" : "y") + "+" + with_all_digits(dice.between(0.0, 6.0)) + ")";
      symbol += "+" + c[d] + "*" + text + "^2";
    }
    u += "+" + product;
    f += "-(" + symbol + ")*" + product;
  }
  return {u, f};
}

void add_sensors(Dice& dice, RandomStatement& one, std::size_t dimensions) {
  const int count = 9 + dice.upto(51);
  const Problem problem = to_problem(one.text);
  one.noise = std::pow(10.0, dice.between(-3.0, -0.5));
  one.sensors.points = latin_hypercube(problem.box, static_cast<int>(dimensions), count, static_cast<std::uint64_t>(dice.upto(1 << 20)));
  one.sensors.noise = dimensions == 1 && dice.one_in(3) ? 0.0 : one.noise;
  const Expression exact(one.text.exact, "exact", static_cast<int>(dimensions));
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    one.sensors.values.push_back(exact(one.sensors.points.x[at], one.sensors.points.y[at]) + one.noise * dice.normal());
  }
}

void leave_out_faces(Dice& dice, RandomStatement& one, std::size_t dimensions) {
  std::vector<std::string> faces{"x_low", "x_high", "y_low", "y_high"};
  faces.resize(2 * dimensions);
  std::erase_if(faces, [&](const std::string&) { return one.kind == Kind::regression || dice.one_in(2); });
  one.all_faces = faces.size() == 2 * dimensions;
  one.text.faces = std::move(faces);
}

} // namespace

double Dice::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - between(0.0, 1.0)));
  return radius * std::cos(2.0 * pi * between(0.0, 1.0));
}

RandomStatement random_statement(Dice& dice, Kind kind) {
  RandomStatement one;
  one.kind = kind;
  const std::size_t dimensions = kind != Kind::regression && dice.one_in(kind == Kind::forward ? 4 : 8) ? 2 : 1;
  const std::string k = with_all_digits(dice.between(0.0, 50.0));
  std::array<double, 2> length{};
  std::array<std::string, 2> c;
  one.text.box.clear();
  one.coercivity = std::stod(k);
  for (std::size_t d = 0; d < dimensions; ++d) {
    const double low = dice.between(-2.0, 2.0);
    length[d] = dice.between(0.5, 6.0);
    one.text.box.insert(one.text.box.end(), {low, low + length[d]});
    c[d] = with_all_digits(dice.between(0.2, 3.0));
    one.coercivity += std::stod(c[d]) * std::pow(pi / length[d], 2);
  }
  std::array<double, 2> highest{};
  const auto [u, f] = random_solution(dice, kind, dimensions, c, length, highest);
  one.points_per_wave = dice.between(kind == Kind::forward ? 1.2 : 2.2, 8.0);
  for (std::size_t d = 0; d < dimensions; ++d)
    one.text.points[d] = std::max(12, static_cast<int>(one.points_per_wave * highest[d] * length[d] / (2.0 * pi)));
  one.text.terms = {"xx: " + c[0]};
  if (dimensions == 2) one.text.terms.push_back("yy: " + c[1]);
  one.text.terms.push_back("u: -" + k);
  one.text.source = f + "-" + k + "*(" + u + ")";
  one.text.boundary = u;
  one.text.exact = u;
  if (kind == Kind::regression) {
    one.text.terms = {"u: 1"};
    one.text.source = "0";
  }
  if (kind == Kind::forward) return one;
  leave_out_faces(dice, one, dimensions);
  add_sensors(dice, one, dimensions);
  return one;
}

} // namespace gp_sweep
