// SPDX-License-Identifier: Apache-2.0
#include "render.hpp"

#include <algorithm>
#include <cmath>

namespace ansatz::apps {

namespace {

using Vector = std::array<double, 3>;

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vector scaled(const Vector& a, double s) { return {a[0] * s, a[1] * s, a[2] * s}; }
Vector sum(const Vector& a, const Vector& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Vector unit(const Vector& a) { return scaled(a, 1.0 / std::max(std::sqrt(dot(a, a)), 1e-30)); }

/// One value a cell, linear between centres; beyond the box that of the nearest cell.
class Samples {
public:
  Samples(const std::array<int, 3>& cells, std::vector<float> values) : n_(cells), values_(std::move(values)) {}

  [[nodiscard]] double at(const Vector& p) const { // in cells
    std::array<int, 3> low{};
    std::array<int, 3> high{};
    Vector f{};
    for (std::size_t a = 0; a < 3; ++a) {
      const double q = std::clamp(p[a] - 0.5, 0.0, static_cast<double>(n_[a] - 1));
      low[a] = static_cast<int>(q);
      high[a] = std::min(low[a] + 1, n_[a] - 1);
      f[a] = q - low[a];
    }
    const auto row = [&](int j, int k) { return (1 - f[0]) * value(low[0], j, k) + f[0] * value(high[0], j, k); };
    const auto plane = [&](int k) { return (1 - f[1]) * row(low[1], k) + f[1] * row(high[1], k); };
    return (1 - f[2]) * plane(low[2]) + f[2] * plane(high[2]);
  }
  [[nodiscard]] Vector gradient(const Vector& p) const {
    Vector g{};
    for (std::size_t a = 0; a < 3; ++a) {
      Vector up = p;
      Vector down = p;
      up[a] += 1.0; // two cells wide: a staircase of cells looks smooth
      down[a] -= 1.0;
      g[a] = at(up) - at(down);
    }
    return g;
  }
  [[nodiscard]] double value(int i, int j, int k) const { return static_cast<double>(values_[index(i, j, k)]); }
  [[nodiscard]] std::size_t index(int i, int j, int k) const {
    return static_cast<std::size_t>(i) +
           static_cast<std::size_t>(n_[0]) * (static_cast<std::size_t>(j) + static_cast<std::size_t>(n_[1]) * static_cast<std::size_t>(k));
  }
  std::vector<float>& values() { return values_; }

private:
  std::array<int, 3> n_;
  std::vector<float> values_;
};

/// Where cells are of a kind, blurred with (1, 2, 1) / 4 along each axis.
Samples soft_indicator(const Volume& volume, std::uint8_t kind) {
  const auto& n = volume.cells;
  if (volume.kind.empty()) return {n, {}};
  std::vector<float> start(volume.kind.size());
  for (std::size_t c = 0; c < start.size(); ++c) start[c] = volume.kind[c] == kind ? 1.0F : 0.0F;
  Samples soft(n, std::move(start));
  for (std::size_t a = 0; a < 3; ++a) {
    const Samples before = soft;
    for (int k = 0; k < n[2]; ++k)
      for (int j = 0; j < n[1]; ++j)
        for (int i = 0; i < n[0]; ++i) {
          std::array<int, 3> up{i, j, k};
          std::array<int, 3> down{i, j, k};
          up[a] = std::min(up[a] + 1, n[a] - 1);
          down[a] = std::max(down[a] - 1, 0);
          const double mean = 0.5 * before.value(i, j, k) + 0.25 * (before.value(up[0], up[1], up[2]) + before.value(down[0], down[1], down[2]));
          soft.values()[soft.index(i, j, k)] = static_cast<float>(mean);
        }
  }
  return soft;
}

/// Light that arrives in each cell from straight above, through smoke and past solids.
Samples light_from_above(const Volume& volume, double absorption) {
  const auto& n = volume.cells;
  Samples light(n, std::vector<float>(volume.density.size()));
  for (int j = 0; j < n[1]; ++j)
    for (int i = 0; i < n[0]; ++i) {
      double through = 1.0;
      for (int k = n[2] - 1; k >= 0; --k) {
        const std::size_t c = light.index(i, j, k);
        through *= std::exp(-absorption * std::max(0.0, static_cast<double>(volume.density[c])));
        if (!volume.kind.empty() && volume.kind[c] == 1) through *= 0.7; // soft shadows: bodies let some light pass
        light.values()[c] = static_cast<float>(through);
      }
    }
  return light;
}

/// Brightness 0..1 and what a pixel mostly shows.
struct Shade {
  double brightness = 0.0;
  double solid = 0.0; ///< share of obstacles in it
};

class Camera {
public:
  Camera(const std::array<int, 3>& cells, int longest) {
    constexpr double azimuth = 0.5;   // radians, to the right of the x-z plane
    constexpr double elevation = 0.3; // radians, above the horizon
    forward = {-std::sin(azimuth) * std::cos(elevation), std::cos(azimuth) * std::cos(elevation), -std::sin(elevation)};
    right = {std::cos(azimuth), std::sin(azimuth), 0.0};
    up = {-std::sin(azimuth) * std::sin(elevation), std::cos(azimuth) * std::sin(elevation), std::cos(elevation)};
    for (std::size_t a = 0; a < 3; ++a) middle[a] = 0.5 * cells[a];
    double wide = 0.0;
    double high = 0.0;
    for (std::size_t a = 0; a < 3; ++a) {
      wide += std::abs(right[a]) * cells[a];
      high += std::abs(up[a]) * cells[a];
    }
    constexpr double margin = 1.04;
    pixel = margin * std::max(wide, high) / longest;
    width = std::max(1, static_cast<int>(margin * wide / pixel)) / 2 * 2;
    height = std::max(1, static_cast<int>(margin * high / pixel)) / 2 * 2;
  }
  /// Where the ray of a pixel meets the plane through the middle of the box.
  [[nodiscard]] Vector origin(int column, int row) const {
    return sum(middle, sum(scaled(right, (column + 0.5 - 0.5 * width) * pixel), scaled(up, (0.5 * height - row - 0.5) * pixel)));
  }

  Vector forward{}, right{}, up{}, middle{};
  double pixel = 1.0;
  int width = 0, height = 0;
};

class Scene {
public:
  Scene(const Volume& volume, const Camera& camera)
      : n_(volume.cells), ray_(camera.forward), smoke_(!volume.density.empty()),
        absorption_(18.0 / (volume.densest * std::max({n_[0], n_[1], n_[2]}))), density_(n_, volume.density), solid_(soft_indicator(volume, 1)),
        water_(n_, {}), light_(n_, {}), bodies_(!volume.kind.empty()) {
    if (smoke_) light_ = light_from_above(volume, 0.5 * absorption_);
    if (!smoke_ && bodies_) water_ = soft_indicator(volume, 2);
  }

  [[nodiscard]] Shade look(const Vector& origin) const {
    double from = 0.0;
    double to = 0.0;
    if (!clip(origin, from, to)) return {.brightness = 0.5 * background};
    constexpr double step = 0.7; // cells
    double through = 1.0;
    double bright = 0.0;
    for (double s = from; s < to && through > 0.02; s += step) {
      const Vector p = sum(origin, scaled(ray_, s));
      if (bodies_ && solid_.at(p) > 0.5) return {.brightness = bright + through * lambert(solid_, p), .solid = through};
      if (!smoke_ && bodies_ && water_.at(p) > 0.5) return {.brightness = water_shade(p), .solid = 0.0};
      if (!smoke_) continue;
      const double a = 1.0 - std::exp(-absorption_ * step * std::max(0.0, density_.at(p)));
      constexpr double ambient = 0.35;
      bright += through * a * (ambient + (1.0 - ambient) * light_.at(p));
      through *= 1.0 - a;
    }
    return {.brightness = bright + through * background};
  }

private:
  static constexpr double background = 0.06;

  bool clip(const Vector& origin, double& from, double& to) const {
    from = -1e9;
    to = 1e9;
    for (std::size_t a = 0; a < 3; ++a) {
      if (std::abs(ray_[a]) < 1e-12) {
        if (origin[a] < 0 || origin[a] > n_[a]) return false;
        continue;
      }
      const double one = -origin[a] / ray_[a];
      const double other = (n_[a] - origin[a]) / ray_[a];
      from = std::max(from, std::min(one, other));
      to = std::min(to, std::max(one, other));
    }
    return from < to;
  }
  [[nodiscard]] double lambert(const Samples& body, const Vector& p) const {
    static const Vector light = unit({-0.4, -0.5, 0.8});
    const Vector normal = unit(scaled(body.gradient(p), -1.0));
    return 0.22 + 0.68 * std::max(0.0, dot(normal, light));
  }
  /// A wall of the tank has no gradient across it: seen from outside it is the nearest face.
  [[nodiscard]] double water_shade(const Vector& p) const {
    Vector normal = scaled(water_.gradient(p), -1.0);
    for (std::size_t a = 0; a < 3; ++a)
      if (p[a] < 1.0 || p[a] > n_[a] - 1.0) normal[a] += p[a] < 1.0 ? -0.5 : 0.5;
    static const Vector light = unit({-0.4, -0.5, 0.8});
    const Vector n = unit(normal);
    const double facing = std::max(0.0, -dot(n, ray_));
    constexpr double shine = 24.0; // Phong exponent
    const Vector mirrored = sum(scaled(n, 2 * dot(n, light)), scaled(light, -1.0));
    return 0.2 + 0.5 * std::max(0.0, dot(n, light)) + 0.1 * (1 - facing) + 0.3 * std::pow(std::max(0.0, -dot(mirrored, ray_)), shine);
  }

  std::array<int, 3> n_;
  Vector ray_;
  bool smoke_;
  double absorption_;
  Samples density_, solid_, water_, light_;
  bool bodies_;
};

/// Smoke from night blue to white, water from deep blue to foam, obstacles from brown to sand; and mixtures.
std::array<std::uint8_t, 3> colour(const Shade& shade, bool smoke) {
  const double w = std::round(4 * shade.solid) / 4;
  const int steps = w > 0 ? 35 : 71; // 72 + 4 x 36 colours; a picture of a GIF has 256, some of them for letters
  const double b = std::round(std::clamp(shade.brightness, 0.0, 1.0) * steps) / steps;
  const Vector body{40 + 200 * b, 28 + 172 * b, 20 + 130 * b};
  const Vector medium = smoke ? Vector{14 + 238 * b, 20 + 232 * b, 36 + 214 * b} : Vector{10 + 200 * b * b, 22 + 218 * b, 48 + 205 * std::sqrt(b)};
  std::array<std::uint8_t, 3> rgb{};
  for (std::size_t c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>(std::clamp((1 - w) * medium[c] + w * body[c], 0.0, 255.0));
  return rgb;
}

} // namespace

Image render(const Volume& volume, int longest) {
  const Camera camera(volume.cells, longest);
  const Scene scene(volume, camera);
  Image image{.width = camera.width, .height = camera.height, .rgb = {}};
  image.rgb.reserve(std::size_t{3} * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  for (int row = 0; row < image.height; ++row)
    for (int column = 0; column < image.width; ++column)
      for (const std::uint8_t c : colour(scene.look(camera.origin(column, row)), !volume.density.empty())) image.rgb.push_back(c);
  return image;
}

} // namespace ansatz::apps
