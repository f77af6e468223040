// SPDX-License-Identifier: Apache-2.0
// A whole training on 1, 2 and 4 ranks: equal bits for equal batches, after a restart, and through a model file.
#include "../data/fixture.hpp"
#include "support.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/learning/data_parallel.hpp>
#include <ansatz/learning/losses/direction_loss.hpp>
#include <ansatz/learning/networks/direction_network.hpp>
#include <ansatz/learning/optimisers/schedule.hpp>
#include <ansatz/learning/training_state.hpp>

namespace ansatz::learning::tests {

namespace {

using ansatz::tests::Scratch;

constexpr std::int64_t side = 4;
constexpr std::int64_t chunks = 8;

/// -Laplacian on a box of zeros.
void laplacian(std::span<const double> x, std::span<double> y) {
  const auto at = [&](std::int64_t k, std::int64_t j, std::int64_t i) {
    const bool inside = std::min({i, j, k}) >= 0 && std::max({i, j, k}) < side;
    return inside ? x[static_cast<std::size_t>((k * side + j) * side + i)] : 0.0;
  };
  for (std::int64_t k = 0; k < side; ++k)
    for (std::int64_t j = 0; j < side; ++j)
      for (std::int64_t i = 0; i < side; ++i)
        y[static_cast<std::size_t>((k * side + j) * side + i)] =
            6 * at(k, j, i) - at(k - 1, j, i) - at(k + 1, j, i) - at(k, j - 1, i) - at(k, j + 1, i) - at(k, j, i - 1) - at(k, j, i + 1);
}

/// Training of from64 on random right-hand sides drawn from seed and step; one sample a chunk.
template <class T>
struct Training {
  Network<T> net = direction_network<T>("from64");
  Arena<T> arena{net.layout};
  Adam<T> adam{net.layout};
  TrainingProgress progress{.seed = 17};
  Plan plan = make_plan("mixed", static_cast<std::int64_t>(net.chain.size()), 6);
  std::shared_ptr<Memory> memory = Memory::real();

  Training() { initialise(arena, 17); }

  double sample(std::int64_t step, std::int64_t c) {
    const Shape s{1, 1, side, side, side};
    std::vector<T> b = random_values<T>(s.size(), static_cast<std::uint64_t>(1'000 * progress.seed + 100 * step + c));
    const double norm = std::sqrt(dot(b, b));
    for (T& v : b) v = static_cast<T>(static_cast<double>(v) / norm);
    const std::vector<double> wide(b.begin(), b.end());
    double loss = 0;
    const Seed<T> seed = [&](const Stack<T>& value) -> Stack<T> {
      const std::vector<double> f(value[0].values().begin(), value[0].values().end());
      std::vector<double> g(f.size());
      loss = direction_loss(laplacian, wide, f, g).value;
      return {value[0].make(s, [&](T* out) { std::transform(g.begin(), g.end(), out, [](double v) { return static_cast<T>(v); }); })};
    };
    (void)gradient<T>(net.chain, plan, {from_plain<T>(memory, s, b)}, seed, std::as_const(arena).parameters(), arena.gradients());
    return loss;
  }

  void steps(MPI_Comm comm, std::int64_t count) {
    for (std::int64_t end = progress.step + count; progress.step < end; ++progress.step) {
      progress.loss_history.push_back(parallel_gradient<T>(comm, chunks, chunks, arena, [&](std::int64_t c) { return sample(progress.step, c); }));
      (void)clip_gradient(arena, 1.0);
      if (!adam.step(arena, cosine_rate(1e-3, progress.step, 100))) throw InternalError("internal", "a gradient of the test is not finite");
    }
  }
};

template <class T>
bool same(const Training<T>& a, const Training<T>& b) {
  return same_bits(a.arena.parameters(), b.arena.parameters()) && a.progress.loss_history == b.progress.loss_history;
}

/// True only if it is true on every rank.
bool everywhere(bool here_too) {
  int all = here_too ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  return all == 1;
}

bool refused(const std::function<void()>& body, const std::string& phrase) {
  try {
    body();
  } catch (const Error& error) {
    return std::string(error.what()).find(phrase) != std::string::npos;
  }
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(training)

BOOST_AUTO_TEST_CASE(ranks_do_not_change_the_bits) {
  Training<float> together, alone;

  together.steps(MPI_COMM_WORLD, 3);
  alone.steps(MPI_COMM_SELF, 3);

  BOOST_TEST(everywhere(same(together, alone)));
  BOOST_TEST(together.progress.loss_history.back() > 0);
}

BOOST_AUTO_TEST_CASE(chunks_are_added_as_the_tree_says) {
  Layout layout;
  layout.add({.name = "w", .shape = {1}});
  Arena<float> arena(layout);
  const std::vector<float> parts{1e8F, 1.0F, -1e8F, 3.0F, 0.1F, 0.2F, 0.3F, 0.4F}; // the order of addition shows
  const double loss = parallel_gradient<float>(MPI_COMM_WORLD, 8, 4, arena, [&](std::int64_t c) {
    arena.gradients()[0] += parts[static_cast<std::size_t>(c)];
    return static_cast<double>(c);
  });
  const float tree = ((parts[0] + parts[1]) + (parts[2] + parts[3])) + ((parts[4] + parts[5]) + (parts[6] + parts[7]));
  BOOST_TEST(everywhere(arena.gradients()[0] == tree * 0.25F));
  BOOST_TEST(everywhere(loss == 7));
}

BOOST_AUTO_TEST_CASE(a_restart_goes_on_with_the_same_bits) {
  const Scratch folder;
  Training<float> whole, first, second;
  whole.steps(MPI_COMM_WORLD, 4);

  first.steps(MPI_COMM_WORLD, 2);
  save_training(MPI_COMM_WORLD, folder / "training.h5", first.arena, first.adam, first.progress, {.seed = 17});
  second.progress = {};
  load_training(MPI_COMM_WORLD, folder / "training.h5", second.arena, second.adam, second.progress);
  second.steps(MPI_COMM_WORLD, 2);

  BOOST_TEST(everywhere(same(whole, second)));
  BOOST_TEST(second.progress.step == 4);
}

BOOST_AUTO_TEST_CASE(foreign_checkpoints_are_refused) {
  const Scratch folder;
  Training<float> single;
  save_training(MPI_COMM_WORLD, folder / "training.h5", single.arena, single.adam, single.progress, {});
  const auto load = [&](auto& arena, auto& optimiser) { load_training(MPI_COMM_WORLD, folder / "training.h5", arena, optimiser, single.progress); };

  Arena<double> wide(single.net.layout);
  Adam<double> wide_adam(single.net.layout);
  Sgd<float> sgd(single.net.layout);
  const auto other_net = direction_network<float>("from128");
  Arena<float> other(other_net.layout);
  Adam<float> other_adam(other_net.layout);

  BOOST_TEST(everywhere(refused([&] { load(wide, wide_adam); }, "precision is")));
  BOOST_TEST(everywhere(refused([&] { load(single.arena, sgd); }, "optimiser is")));
  BOOST_TEST(everywhere(refused([&] { load(other, other_adam); }, "layout is")));
}

BOOST_AUTO_TEST_CASE(models_come_back_and_foreign_ones_do_not) {
  const Scratch folder;
  Training<float> trained, fresh;
  trained.steps(MPI_COMM_WORLD, 1);
  const std::string path = folder / "model.h5";
  if (rank_of(MPI_COMM_WORLD) == 0) save_model(path, "from64", trained.arena, trained.progress, {.seed = 17});
  MPI_Barrier(MPI_COMM_WORLD);

  load_model(path, "from64", fresh.arena);

  BOOST_TEST(everywhere(same_bits(std::as_const(fresh.arena).parameters(), std::as_const(trained.arena).parameters())));
  Arena<double> wide(trained.net.layout);
  Arena<float> other(direction_network<float>("from128").layout);
  Layout smaller;
  smaller.add(trained.net.layout.blocks().front());
  Arena<float> part(smaller);
  BOOST_TEST(everywhere(refused([&] { load_model(path, "from128", other); }, "wanted is from128")));
  BOOST_TEST(everywhere(refused([&] { load_model(path, "from64", other); }, "has no array")));
  BOOST_TEST(everywhere(refused([&] { load_model(path, "from64", wide); }, "not float64")));
  BOOST_TEST(everywhere(refused([&] { load_model(path, "from64", part); }, "arrays")));
}

BOOST_AUTO_TEST_CASE(the_loss_falls) {
  Training<float> t;
  t.steps(MPI_COMM_WORLD, 80);
  const auto mean = [&](std::ptrdiff_t from) {
    const auto begin = t.progress.loss_history.begin() + from;
    return std::accumulate(begin, begin + 5, 0.0) / 5;
  };
  BOOST_TEST(everywhere(mean(75) < 0.8 * mean(0)), mean(0) << " -> " << mean(75));
}

BOOST_AUTO_TEST_CASE(bad_inputs) {
  Training<float> t;
  const auto none = [](std::int64_t) { return 0.0; };
  for (const std::int64_t count : {0, 3, -8})
    BOOST_TEST(everywhere(refused([&] { (void)parallel_gradient<float>(MPI_COMM_WORLD, count, 1, t.arena, none); }, "chunks")));
  const int ranks = size_of(MPI_COMM_WORLD);
  if (ranks > 1) {
    BOOST_TEST(everywhere(refused([&] { (void)parallel_gradient<float>(MPI_COMM_WORLD, 1, 1, t.arena, none); }, "chunks")));
    Layout layout;
    layout.add({.name = "w", .shape = {rank_of(MPI_COMM_WORLD) == 0 ? 1 : 100}});
    Arena<float> uneven(layout);
    BOOST_TEST(everywhere(refused([&] { (void)parallel_gradient<float>(MPI_COMM_WORLD, ranks, 1, uneven, none); }, "on different ranks")));
  }
  const auto failing = [&](std::int64_t c) -> double {
    if (c == 0) throw UsageError("bad_value", "no sample here");
    return 0;
  };
  BOOST_TEST(everywhere(refused([&] { (void)parallel_gradient<float>(MPI_COMM_WORLD, chunks, 1, t.arena, failing); }, "no sample here")));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
