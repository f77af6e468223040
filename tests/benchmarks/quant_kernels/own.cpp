// SPDX-License-Identifier: Apache-2.0
#include "contestants.hpp"

#include <ansatz/learning/random.hpp>
#include <ansatz/quant/kernels/weight_codes.hpp>

#include <cmath>
#include <memory>

namespace ansatz::benchmarks {

using namespace quant;

namespace {

/// One format on one problem, with everything it owns.
struct Race {
  const KernelTable* table;
  PackedWeights weights;
  Codes codes;
  std::vector<float> x, y;
  std::function<void(Race&)> encode;
};

WeightShape shape_of(const Problem& p) { return p.window == Window::point ? product_shape(p.in, p.out) : convolution_shape(p.out, p.in, p.window); }

void add(std::vector<Contestant>& field, const std::string& name, const KernelTable& table, const Problem& p, PackedWeights weights, int zero,
         std::function<void(Race&)> encode) {
  Codes codes(weights.operand, p.grid, p.in, p.window, zero);
  auto race = std::make_shared<Race>(Race{&table, std::move(weights), std::move(codes), operands(p.grid.voxels() * p.in, 1, true),
                                          std::vector<float>(static_cast<std::size_t>(p.grid.voxels() * p.out)), std::move(encode)});
  race->encode(*race);
  const auto result = [race] { return race->y; };
  const PackedWeights& w = race->weights;
  const TileKernel& kernel = (w.width == 16 ? table.narrow : *table.wide)[w.product];
  const int values = w.operand == Code::u8 ? 4 : w.operand == Code::f32 ? 1 : 2;
  const double operations = 2.0 * kernel.rows * w.width * values;
  field.push_back({name, race->weights.guarantee(), [race] { multiply(*race->table, race->weights, race->codes, {.values = race->y}); }, result,
                   &kernel, operations});
  field.push_back({name + " with conversion", race->weights.guarantee(),
                   [race] {
                     race->encode(*race);
                     multiply(*race->table, race->weights, race->codes, {.values = race->y});
                   },
                   result, &kernel, operations});
}

} // namespace

std::vector<float> operands(std::int64_t count, std::uint64_t seed, bool positive) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double u = learning::uniform(seed, 1, i);
    values[i] = static_cast<float>(positive ? 0.001 + 0.999 * u : 2.0 * u - 1.0);
  }
  return values;
}

std::vector<Contestant> own_contestants(const KernelTable& table, const Problem& p) {
  const WeightShape shape = shape_of(p);
  const std::vector<float> w = operands(shape.size(), 2, false);
  std::vector<Contestant> field;
  const auto as_dfp = [](int headroom) { return [headroom](Race& r) { encode_dfp16(*r.table, r.x, headroom, r.codes); }; };
  const auto as_u8 = [](Race& r) { encode_u8(*r.table, r.x, 1.0 / 255.0, r.codes); };
  const auto dfp = dfp16_weights(shape, w, 2);
  add(field, "dfp16", table, p, pack_int16(table, Format::dfp16, shape, dfp.codes, dfp.scale, {}, 8191), 0, as_dfp(2));
  const auto bytes = int8_weights(shape, w);
  const std::vector<std::int16_t> wide(bytes.codes.begin(), bytes.codes.end());
  add(field, "w8a16", table, p, pack_int16(table, Format::w8a16, shape, wide, bytes.scale, {}, 32767), 0, as_dfp(0));
  add(field, "u8s8", table, p, pack_int8(table, shape, bytes.codes, bytes.scale, {}, 0), 0, as_u8);
  add(field, "s8s8", table, p, pack_int8(table, shape, bytes.codes, bytes.scale, {}, 128), 128,
      [](Race& r) { encode_u8(*r.table, r.x, 1.0 / 127.0, r.codes); });
  const auto power = power4_weights(shape, w);
  add(field, "power4", table, p, pack_power4(table, shape, power.codes, power.scale, {}), 0,
      [](Race& r) { encode_power4(*r.table, r.x, 1.0F, r.codes); });
  const auto power8 = power8_weights(shape, w);
  add(field, "power8", table, p, pack_int16(table, Format::power8, shape, power8.codes, power8.scale, {}, 16129), 0,
      [](Race& r) { encode_power8(*r.table, r.x, 1.0F, r.codes); });
  add(field, "lmul", table, p, pack_lmul(table, shape, w, {}), 0, [](Race& r) { encode_f32(*r.table, r.x, r.codes); });
  add(field, "bf16", table, p, pack_bf16(table, shape, w, {}), 0, [](Race& r) { encode_bf16(*r.table, r.x, r.codes); });
  return field;
}

std::vector<double> exact_result(const Problem& p, std::int64_t first, std::int64_t count) {
  const WeightShape s = shape_of(p);
  const Grid& g = p.grid;
  const std::vector<float> x = operands(g.voxels() * p.in, 1, true);
  const std::vector<float> w = operands(s.size(), 2, false);
  std::vector<double> y(static_cast<std::size_t>(count * p.out), 0.0);
  for (std::int64_t v = first; v < first + count; ++v)
    for (std::int64_t t = 0; t < s.taps(); ++t) {
      const std::int64_t k = v / (g.y * g.x) + (p.window == Window::cube ? t / 9 - 1 : 0);
      const std::int64_t j = v / g.x % g.y + (p.window == Window::point ? 0 : t / 3 % 3 - 1);
      const std::int64_t i = v % g.x + (p.window == Window::point ? 0 : t % 3 - 1);
      if (k < 0 || k >= g.z || j < 0 || j >= g.y || i < 0 || i >= g.x) continue;
      for (std::int64_t c = 0; c < p.in; ++c)
        for (std::int64_t o = 0; o < p.out; ++o)
          y[static_cast<std::size_t>((v - first) * p.out + o)] +=
              static_cast<double>(x[static_cast<std::size_t>(((k * g.y + j) * g.x + i) * p.in + c)]) *
              static_cast<double>(w[static_cast<std::size_t>(s.place(o, c, t))]);
    }
  return y;
}

} // namespace ansatz::benchmarks
