// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/training/direction_training.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/learning/data_parallel.hpp>
#include <ansatz/learning/gradient.hpp>
#include <ansatz/learning/losses/direction_loss.hpp>
#include <ansatz/learning/optimisers/schedule.hpp>
#include <ansatz/solvers/dcdm/training/random_scene.hpp>
#include <ansatz/solvers/dcdm/training/right_hand_sides.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace ansatz::solvers::training {

namespace {

TrainingOptions checked(TrainingOptions o) {
  const auto require = [](bool good, const char* name, const std::string& found, const char* rule) {
    if (!good) throw UsageError("bad_value", std::string(name) + " " + found + ": must be " + rule);
  };
  require(o.samples >= 1, "samples", std::to_string(o.samples), "at least 1");
  require(o.steps >= 1, "steps", std::to_string(o.steps), "at least 1");
  require(o.held_out >= 1, "held-out problems", std::to_string(o.held_out), "at least 1");
  require(o.iterations >= 1, "iterations of the validation", std::to_string(o.iterations), "at least 1");
  require(o.rate > 0.0 && std::isfinite(o.rate), "learning rate", std::to_string(o.rate), "positive");
  require(o.clip > 0.0, "clip", std::to_string(o.clip), "positive");
  return o;
}

Source random_source(Stream& stream) { return static_cast<Source>(stream.integer(sources)); }

} // namespace

DirectionTraining::DirectionTraining(MPI_Comm comm, TrainingOptions options)
    : comm_(comm), options_(checked(std::move(options))), network_(learning::direction_network<float>(options_.model)), arena_(network_.layout),
      optimiser_(network_.layout), plan_(learning::store_all(static_cast<std::int64_t>(network_.chain.size()))) {
  progress_.seed = options_.seed;
  learning::initialise(arena_, static_cast<std::uint64_t>(options_.seed));
  agree(comm, [&] {
    for (int number = rank_of(comm); number < options_.held_out; number += size_of(comm)) {
      Stream stream(options_.seed, "held-out", number);
      auto problem = std::make_unique<Problem>(random_scene(stream, options_.sizes));
      auto b = right_hand_side(*problem, static_cast<Source>(number % sources), stream);
      held_out_.push_back({std::move(problem), std::move(b)});
    }
  });
}

double DirectionTraining::step() {
  const double loss = learning::parallel_gradient<float>(comm_, options_.geometries, options_.geometries * options_.samples, arena_,
                                                         [this](std::int64_t c) { return chunk(c); });
  (void)learning::clip_gradient(arena_, options_.clip);
  (void)optimiser_.step(arena_, learning::cosine_rate(options_.rate, progress_.step, options_.steps));
  ++progress_.step;
  progress_.loss_history.push_back(loss);
  return loss;
}

double DirectionTraining::chunk(std::int64_t c) {
  Stream stream(options_.seed, "training", progress_.step * options_.geometries + c);
  const Problem problem(random_scene(stream, options_.sizes));
  double loss = 0.0;
  for (int i = 0; i < options_.samples; ++i) loss += add_gradient(problem, draw_sample(problem, stream));
  return loss;
}

std::vector<double> DirectionTraining::draw_sample(const Problem& problem, Stream& stream) const {
  const bool from_loop = stream.integer(sources + 1) == sources;
  std::vector<double> b = right_hand_side(problem, random_source(stream), stream);
  const int iterations = 1 + stream.integer(10);
  if (!from_loop) return b;
  std::vector<double> r = residual_after(problem, network_proposal(problem, network_, arena_.parameters()), b, iterations);
  problem.project(r);
  return normalise(r) > 1e-10 ? r : b; // below, the residual is rounding
}

double DirectionTraining::add_gradient(const Problem& problem, const std::vector<double>& b) {
  if (std::all_of(b.begin(), b.end(), [](double v) { return v == 0.0; })) return 0.0; // a scene of isolated cells
  const auto& n = problem.grid().cells;
  const learning::Shape shape{1, 1, n[2], n[1], n[0]};
  const std::vector<float> input(b.begin(), b.end());
  const std::vector<std::uint8_t>& codes = problem.codes();
  double loss = 0.0;
  const learning::Seed<float> seed = [&](const learning::Stack<float>& value) -> learning::Stack<float> {
    const std::span<const float> out = value.front().values();
    std::vector<double> f(out.size()), slope(out.size());
    for (std::size_t i = 0; i < f.size(); ++i) f[i] = codes[i] > 0 ? static_cast<double>(out[i]) : 0.0;
    const learning::Apply apply = [&](std::span<const double> x, std::span<double> y) { problem.apply(x, y); };
    loss = learning::direction_loss(apply, b, f, slope).value;
    return {value.front().make(shape, [&](float* to) {
      for (std::size_t i = 0; i < slope.size(); ++i) to[i] = codes[i] > 0 ? static_cast<float>(slope[i]) : 0.0F;
    })};
  };
  (void)learning::gradient<float>(network_.chain, plan_, {learning::from_plain<float>(memory_, shape, input)}, seed,
                                  std::as_const(arena_).parameters(), arena_.gradients());
  return loss;
}

double DirectionTraining::worth_of(const std::function<Proposal(const Problem&)>& proposal) const {
  std::vector<double> rates(static_cast<std::size_t>(options_.held_out), 0.0);
  agree(comm_, [&] {
    auto number = static_cast<std::size_t>(rank_of(comm_));
    for (const HeldOut& one : held_out_) {
      std::vector<double> r = residual_after(*one.problem, proposal(*one.problem), one.b, options_.iterations);
      rates[number] = std::log(std::max(normalise(r), 1e-16)) / options_.iterations;
      number += static_cast<std::size_t>(size_of(comm_));
    }
  });
  // Every entry is 0 on all ranks but one, so the sum of ranks is exact and that over problems has one order.
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, rates.data(), options_.held_out, MPI_DOUBLE, MPI_SUM, comm_), "MPI_Allreduce");
  return std::exp(std::accumulate(rates.begin(), rates.end(), 0.0) / options_.held_out);
}

double DirectionTraining::validate() {
  const std::span<const float> parameters = std::as_const(arena_).parameters();
  const double worth = worth_of([&](const Problem& problem) { return network_proposal(problem, network_, parameters); });
  if (progress_.best_parameters.empty() || worth < best()) progress_.best_parameters.assign(parameters.begin(), parameters.end());
  progress_.validation_steps.push_back(static_cast<double>(progress_.step));
  progress_.validation_history.push_back(worth);
  return worth;
}

double DirectionTraining::worth_of_residual() const {
  return worth_of([](const Problem&) { return [](std::span<const double> r, std::span<double> z) { std::copy(r.begin(), r.end(), z.begin()); }; });
}

double DirectionTraining::best() const { return *std::min_element(progress_.validation_history.begin(), progress_.validation_history.end()); }

learning::Arena<float> DirectionTraining::best_arena() const {
  learning::Arena<float> best(network_.layout);
  std::transform(progress_.best_parameters.begin(), progress_.best_parameters.end(), best.parameters().begin(),
                 [](double v) { return static_cast<float>(v); });
  return best;
}

void DirectionTraining::save(const std::string& path, const Meta& meta) { learning::save_training(comm_, path, arena_, optimiser_, progress_, meta); }

void DirectionTraining::load(const std::string& path) { learning::load_training(comm_, path, arena_, optimiser_, progress_); }

} // namespace ansatz::solvers::training
