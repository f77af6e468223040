// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/learning/layers/activation.hpp>
#include <ansatz/learning/layers/wiring.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>

namespace ansatz::learning::tests {

namespace {

const Shape shape{1, 1, 2, 3, 4};
constexpr std::int64_t bytes = 24 * 8;

/// A chain whose stack grows and shrinks: residual blocks round sines and activations.
struct Mixed {
  Layout layout{};
  Chain<double> chain{};
  Mixed() {
    for (int i = 0; i < 3; ++i) {
      const std::string name = "block" + std::to_string(i);
      chain.emplace_back(name + ".copy", Copy<double>{});
      chain.emplace_back(name + ".sine", Sine{layout.add({.name = name, .shape = {1}})});
      chain.emplace_back(name + ".elu", Activate<double>{Activation::elu});
      chain.emplace_back(name + ".scale", Scale<double>{0.5});
      chain.emplace_back(name + ".add", Add<double>{});
    }
  }
};

std::vector<Plan> all_plans(std::int64_t n) {
  std::vector<Plan> plans;
  for (const char* name : {"store_all", "left", "balanced", "right"}) plans.push_back(make_plan(name, n));
  for (const std::int64_t s : {1, 2, 3, 5})
    for (const char* name : {"revolve", "mixed"}) plans.push_back(make_plan(name, n, s));
  return plans;
}

Bracketing random_tree(std::int64_t n, std::uint64_t seed) {
  if (n == 1) return Bracketing::left(1);
  const auto m = 1 + static_cast<std::int64_t>(uniform(seed, 3, static_cast<std::uint64_t>(n)) * static_cast<double>(n - 1));
  return random_tree(m, seed + 1) * random_tree(n - m, seed + 2);
}

/// Every plan gives the bits of store_all and the report that was predicted.
void require_equal_to_store_all(const Chain<double>& chain, const Layout& layout, const std::vector<Plan>& plans,
                                const GradientOptions& options = {}) {
  Arena<double> arena(layout);
  randomise(arena, 5);
  const Stack<double> input{random_tensor<double>(shape, 1)};
  const auto n = static_cast<std::int64_t>(chain.size());
  const Gradient<double> truth = run(chain, store_all(n), input, arena);
  const Arena<double> kept = arena;
  for (const Plan& plan : plans) {
    const Gradient<double> got = run(chain, plan, input, arena, options);

    BOOST_TEST(same_bits(got.cotangent, truth.cotangent), plan.planner);
    BOOST_TEST(same_bits(std::as_const(arena).gradients(), kept.gradients()), plan.planner);
    BOOST_TEST((got.report.done == cost(plan)), plan.planner);
    BOOST_TEST(got.report.same_cost(price(chain, plan, {shape}, options)), plan.planner);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(reversal)

BOOST_AUTO_TEST_CASE(every_plan_gives_the_same_bits) {
  for (const std::int64_t n : {1, 2, 3, 8, 64}) {
    const SineChain own(n);
    require_equal_to_store_all(own.chain, own.layout, all_plans(n));
  }
  const SineChain shared(20, true); // one parameter in all steps
  require_equal_to_store_all(shared.chain, shared.layout, all_plans(20));
  const Mixed blocks;
  require_equal_to_store_all(blocks.chain, blocks.layout, all_plans(15));
}

BOOST_AUTO_TEST_CASE(two_hundred_random_bracketings) {
  const Mixed blocks;
  std::vector<Plan> plans;
  for (std::uint64_t seed = 0; seed < 200; ++seed) plans.push_back(plan(random_tree(15, seed), "tree " + std::to_string(seed)));
  require_equal_to_store_all(blocks.chain, blocks.layout, plans);
}

BOOST_AUTO_TEST_CASE(counts_are_those_of_the_steps_themselves) {
  struct Row {
    const char* planner;
    std::int64_t n, s, evaluations, units;
  };
  for (const auto& [planner, n, s, evaluations, units] :
       {Row{"left", 1'000, 0, 500'500, 2}, Row{"balanced", 1'000, 0, 5'932, 11}, Row{"right", 1'000, 0, 1'999, 1'000},
        Row{"store_all", 1'000, 0, 1'000, 1'000}, Row{"revolve", 1'000, 10, 4'636, 11}, Row{"mixed", 1'000, 20, 2'823, 21},
        Row{"balanced", 64, 0, 256, 7}}) {
    SineChain sines(n);
    Arena<double> arena(sines.layout);
    randomise(arena, 2);

    const GradientReport report = run(sines.chain, make_plan(planner, n, s), {random_tensor<double>({1, 1, 1, 1, 1}, 3)}, arena).report;

    BOOST_TEST(report.done.evaluations() == evaluations);
    BOOST_TEST(report.done.plain == sines.plain);
    BOOST_TEST(report.done.recording == sines.recording);
    BOOST_TEST(report.done.backward == n);
    BOOST_TEST(report.done.units() == units);
  }
}

BOOST_AUTO_TEST_CASE(gradient_is_the_derivative) {
  const Mixed blocks;
  Arena<double> arena(blocks.layout);
  randomise(arena, 8);
  const std::vector<double> x = random_values<double>(24, 4);
  const auto memory = Memory::real();
  const auto objective = [&](const std::vector<double>& at) {
    const Stack<double> value = evaluate<double>(blocks.chain, {from_plain<double>(memory, shape, at)}, std::as_const(arena).parameters());
    return dot(value[0].values(), random_values<double>(24, 99));
  };

  const Gradient<double> got = run(blocks.chain, make_plan("balanced", 15), {from_plain<double>(memory, shape, x)}, arena);

  constexpr double h = 1e-6;
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::vector<double> up = x, down = x;
    up[i] += h;
    down[i] -= h;
    BOOST_TEST(std::abs(got.cotangent[0].values()[i] - (objective(up) - objective(down)) / (2 * h)) < 1e-8);
  }
  for (const Block& b : blocks.layout.blocks()) {
    double& w = arena.parameters(b)[0];
    const double middle = w;
    w = middle + h;
    const double up = objective(x);
    w = middle - h;
    const double down = objective(x);
    w = middle;
    BOOST_TEST(std::abs(arena.gradients(b)[0] - (up - down) / (2 * h)) < 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(peak_bytes_by_hand) {
  // Steps that remember their input, states of c bytes. The input is the caller's, so `units` held states are units - 1 of ours, plus the value a
  // step makes.
  // Cotangents: the one that comes in and the one that goes out.
  for (const std::int64_t n : {1, 2, 8, 64}) {
    const SineChain sines(n);
    for (const Plan& plan : all_plans(n)) {
      const GradientReport report = price(sines.chain, plan, {shape});
      BOOST_TEST(report.peak_value_bytes == cost(plan).units() * bytes, plan.planner << " " << n);
      BOOST_TEST(report.peak_cotangent_bytes == 2 * bytes, plan.planner << " " << n);
      // The value a step made is gone before its cotangent is computed: never two cotangents beside it.
      BOOST_TEST(report.peak_bytes == (cost(plan).units() + 1) * bytes, plan.planner << " " << n);
    }
  }
  // Copies share their buffer; a skip connection holds one state while the layers on top of it run.
  Chain<double> skip;
  skip.emplace_back("copy", Copy<double>{});
  BOOST_TEST(price(skip, store_all(1), {shape}).peak_value_bytes == 0);
  skip.emplace_back("scale", Scale<double>{2});
  skip.emplace_back("add", Add<double>{});
  BOOST_TEST(price(skip, store_all(3), {shape}).peak_value_bytes == 2 * bytes);
}

BOOST_AUTO_TEST_CASE(nothing_stays_behind) {
  const Mixed blocks;
  Arena<double> arena(blocks.layout);
  const auto memory = Memory::real();
  const Stack<double> input{random_tensor<double>(shape, 1, memory)};
  (void)run(blocks.chain, make_plan("mixed", 15, 3), input, arena);
  BOOST_TEST(memory->live() == bytes);
}

BOOST_AUTO_TEST_CASE(spilled_slots_come_back_bit_for_bit) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("ansatz_spill_test_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const Mixed blocks;
  for (const std::int64_t slots : {1, 2, 100})
    require_equal_to_store_all(blocks.chain, blocks.layout, all_plans(15), {.disk_slots = slots, .spill_folder = folder.string()});

  BOOST_TEST(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
  const SineChain sines(8);
  const GradientReport kept = price(sines.chain, store_all(8), {shape});
  const GradientReport spilled = price(sines.chain, store_all(8), {shape}, {.disk_slots = 7});
  BOOST_TEST(spilled.spilled_bytes == 7 * bytes);
  BOOST_TEST(kept.peak_value_bytes == 8 * bytes);
  BOOST_TEST(spilled.peak_value_bytes == 2 * bytes);
}

BOOST_AUTO_TEST_CASE(spilling_more_than_a_chunk) {
  const Shape large{1, 1, 30, 100, 100}; // 2.4 MB: states straddle the 1 MiB chunks of the file
  const SineChain sines(3);
  Arena<double> arena(sines.layout);
  randomise(arena, 5);
  const Stack<double> input{random_tensor<double>(large, 1)};
  const Gradient<double> kept = run(sines.chain, store_all(3), input, arena);

  const Gradient<double> spilled = run(sines.chain, store_all(3), input, arena, {.disk_slots = 2});

  BOOST_TEST(same_bits(kept.cotangent, spilled.cotangent));
  BOOST_TEST(spilled.report.spilled_bytes == 2 * 8 * large.size());
}

BOOST_AUTO_TEST_CASE(plans_within_a_budget) {
  const SineChain sines(64);
  for (const std::int64_t states : {2, 3, 10, 64, 100}) {
    // Two cotangents are alive only while few values are: the peak is the values' plus one or two cotangents.
    const std::int64_t budget = (states + 2) * bytes;
    const Plan plan = plan_within(sines.chain, {shape}, budget);
    const std::int64_t peak = price(sines.chain, plan, {shape}).peak_bytes;
    BOOST_TEST(peak <= budget);
    BOOST_TEST(cost(plan).evaluations() <= mixed_evaluations(64, std::min<std::int64_t>(states - 1, 63)).back().back());
  }
  const auto names_the_least = [&](const UsageError& error) {
    const std::int64_t least = price(sines.chain, mixed(64, 1), {shape}).peak_bytes;
    return std::string(error.what()).find("the least budget is " + std::to_string(least)) != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION((void)plan_within(sines.chain, {shape}, bytes), UsageError, names_the_least);
}

BOOST_AUTO_TEST_CASE(bad_inputs) {
  const SineChain sines(3);
  Arena<double> arena(sines.layout);
  const Stack<double> input{random_tensor<double>(shape, 1)};
  BOOST_CHECK_THROW(run(sines.chain, store_all(4), input, arena), UsageError);
  BOOST_CHECK_THROW(run(Chain<double>{}, store_all(1), input, arena), UsageError);
  BOOST_CHECK_THROW(run(sines.chain, store_all(3), Stack<double>{}, arena), UsageError);
  const Seed<double> wrong = [](const Stack<double>& value) { return Stack<double>{value[0], value[0]}; };
  BOOST_CHECK_THROW((void)gradient<double>(sines.chain, store_all(3), input, wrong, std::as_const(arena).parameters(), arena.gradients()),
                    UsageError);
  BOOST_CHECK_THROW(Tensor<double>(Memory::real(), {1, 0, 1, 1, 1}), UsageError);
  BOOST_CHECK_THROW(Tensor<double>(Memory::phantom(), {1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20}), UsageError);
  Chain<double> lone;
  lone.emplace_back("lonely", Add<double>{});
  const auto names_the_step = [](const UsageError& error) { return std::string(error.what()).starts_with("step lonely: "); };
  BOOST_CHECK_EXCEPTION(run(lone, store_all(1), input, arena), UsageError, names_the_step);
  BOOST_CHECK_THROW(run(sines.chain, store_all(3), input, arena, {.disk_slots = 1, .spill_folder = "/nowhere"}), FileError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
