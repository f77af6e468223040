// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/network_direction.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/data/model_file.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/data/shipped_file.hpp>
#include <ansatz/learning/training_state.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::solvers {

namespace {

/// The widened block of a rank along one axis: own cells and as many around as the network reaches, within the domain, from an even cell to an even cell.
struct Range {
  int from, to;
};

Range widened(int start, int n, int cells, int reach) {
  const int from = std::max(0, start - reach) / 2 * 2;
  return {from, (std::min(cells, start + n + reach) + 1) / 2 * 2};
}

/// A cube of the residual round its largest entry.
struct DirectionSample {
  static constexpr std::int64_t side = 16;

  DirectionSample(const learning::Shape& all, std::span<const float> x)
      : shape{1, 1, std::min(side, all.z), std::min(side, all.y), std::min(side, all.x)} {
    const auto largest = std::max_element(x.begin(), x.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }) - x.begin();
    const auto from = [](std::int64_t at, std::int64_t n, std::int64_t of) { return std::clamp<std::int64_t>(at - n / 2, 0, of - n); };
    const std::int64_t z = from(largest / (all.y * all.x), shape.z, all.z);
    const std::int64_t y = from(largest / all.x % all.y, shape.y, all.y);
    const std::int64_t x0 = from(largest % all.x, shape.x, all.x);
    for (std::int64_t k = 0; k < shape.z; ++k)
      for (std::int64_t j = 0; j < shape.y; ++j) {
        const auto row = x.begin() + ((z + k) * all.y + y + j) * all.x + x0;
        values.insert(values.end(), row, row + shape.x);
      }
  }

  /// |v|_A^2 of the seven-point matrix with zeros around the cube.
  template <class Value>
  [[nodiscard]] double energy(const Value& v) const {
    double sum = 0.0;
    const auto along = [&](std::int64_t i, std::int64_t place, std::int64_t n, std::int64_t stride) {
      const double left = place == 0 ? 0.0 : v(i - stride);
      const double step = v(i) - left;
      sum += step * step;
      if (place + 1 == n) sum += v(i) * v(i);
    };
    std::int64_t i = 0;
    for (std::int64_t z = 0; z < shape.z; ++z)
      for (std::int64_t y = 0; y < shape.y; ++y)
        for (std::int64_t x = 0; x < shape.x; ++x, ++i) {
          along(i, x, shape.x, 1);
          along(i, y, shape.y, shape.x);
          along(i, z, shape.z, shape.x * shape.y);
        }
    return sum;
  }

  /// |low - exact|_A / |exact|_A; NaN where the sample lies outside the unknowns.
  [[nodiscard]] double noise(std::span<const float> low, std::span<const float> exact) const {
    const auto at = [](std::span<const float> v, std::int64_t i) { return static_cast<double>(v[static_cast<std::size_t>(i)]); };
    return std::sqrt(energy([&](std::int64_t i) { return at(low, i) - at(exact, i); }) / energy([&](std::int64_t i) { return at(exact, i); }));
  }

  learning::Shape shape;
  std::vector<float> values{};
};

} // namespace

TrainedNetwork read_trained_network(const std::string& path, const std::string& model) {
  const std::string name = !model.empty() ? model : path.empty() ? "from64" : read_model_name(path);
  learning::Network<float> network = learning::direction_network<float>(name);
  learning::Arena<float> arena(network.layout);
  const std::string file = path.empty() ? shipped_file("models/" + name + ".h5") : path;
  learning::load_model(file, name, arena);
  const auto values = arena.parameters();
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
    throw FileError("file_format", file + ": holds parameters that are NaN or infinite; train it again");
  return {std::move(network), std::move(arena)};
}

const std::vector<std::string>& precision_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"f32"};
    const auto& low = quant::low_precision_formats();
    all.insert(all.end(), low.begin(), low.end());
    all.emplace_back("ladder");
    return all;
  }();
  return names;
}

NetworkDirection::NetworkDirection(MPI_Comm comm, const multigrid::Partition& partition, std::vector<std::uint8_t> codes,
                                   learning::Network<float> network, std::string precision)
    : comm_(comm), codes_(std::move(codes)), network_(std::move(network)), precision_(std::move(precision)) {
  const auto& known = precision_names();
  if (std::find(known.begin(), known.end(), precision_) == known.end())
    throw UsageError("bad_value", "no direction network runs in \"" + precision_ + "\"" + did_you_mean(precision_, known));
  const int ranks = size_of(comm);
  const std::array<int, 3> cells = partition.cells();
  std::array<int, 3> start{};
  partition.block(rank_of(comm), start, own_);
  std::array<Range, 3> box{};
  for (std::size_t a = 0; a < 3; ++a) {
    box[a] = widened(start[a], own_[a], cells[a], learning::direction_network_reach(network_.name));
    margin_[a] = start[a] - box[a].from;
  }
  shape_ = {1, 1, box[2].to - box[2].from, box[1].to - box[1].from, box[0].to - box[0].from};
  scaled_.resize(codes_.size());
  widened_.resize(static_cast<std::size_t>(shape_.size()), 0.0F);

  std::vector<std::array<int, 3>> starts(static_cast<std::size_t>(ranks)), sizes(static_cast<std::size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank) partition.block(rank, starts[static_cast<std::size_t>(rank)], sizes[static_cast<std::size_t>(rank)]);
  std::vector<multigrid::Leaf> leaves;
  leaves.reserve(widened_.size());
  for (int k = box[2].from; k < std::min(box[2].to, cells[2]); ++k)
    for (int j = box[1].from; j < std::min(box[1].to, cells[1]); ++j)
      for (int i = box[0].from; i < std::min(box[0].to, cells[0]); ++i) {
        const int owner = partition.owner({i, j, k});
        const auto& s = starts[static_cast<std::size_t>(owner)];
        const auto& n = sizes[static_cast<std::size_t>(owner)];
        leaves.push_back({.here = static_cast<PetscInt>(shape_.index(0, 0, k - box[2].from, j - box[1].from, i - box[0].from)),
                          .rank = owner,
                          .there = (i - s[0]) + n[0] * ((j - s[1]) + n[1] * (k - s[2]))});
      }
  sf_ = multigrid::make_sf(comm, codes_.size(), leaves);
}

double NetworkDirection::norm(std::span<const double> r) const {
  double square = 0.0;
  for (std::size_t i = 0; i < r.size(); ++i)
    if (codes_[i] > 0) square += r[i] * r[i];
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &square, 1, MPI_DOUBLE, MPI_SUM, comm_), "MPI_Allreduce");
  return std::sqrt(square);
}

void NetworkDirection::apply(std::span<const float> parameters, std::span<const double> r, std::span<double> z) {
  const double size = norm(r);
  if (!std::isfinite(size))
    throw UsageError("bad_value", "the residual given to the network has the norm " + std::to_string(size) +
                                      "; every entry must be finite (and below 1e154): look at matrix and right-hand side");
  std::copy(r.begin(), r.end(), z.begin());
  if (size == 0.0) return;
  for (std::size_t i = 0; i < r.size(); ++i) scaled_[i] = codes_[i] > 0 ? static_cast<float>(r[i] / size) : 0.0F;
  multigrid::broadcast(sf_.get(), MPI_FLOAT, scaled_.data(), widened_.data());
  evaluate(parameters, size);
  const float* f = output_.data();
  std::size_t at = 0;
  for (int k = 0; k < own_[2]; ++k)
    for (int j = 0; j < own_[1]; ++j) {
      const float* row = f + shape_.index(0, 0, k + margin_[2], j + margin_[1], margin_[0]);
      for (int i = 0; i < own_[0]; ++i, ++at)
        if (codes_[at] > 0) z[at] = size * static_cast<double>(row[i]);
    }
}

void NetworkDirection::evaluate(std::span<const float> parameters, double size) {
  const bool ladder = precision_ == "ladder";
  const double before = MPI_Wtime();
  if (ladder) try_formats(parameters);
  const double start = MPI_Wtime();
  effort_.precision = ladder ? ladder_.precision(size) : precision_;
  evaluate_in(effort_.precision, parameters, shape_, widened_, output_);
  ++effort_.evaluations;
  effort_.seconds += MPI_Wtime() - before;
  if (ladder) ladder_.spent(over_ranks(MPI_Wtime() - start));
}

void NetworkDirection::evaluate_in(const std::string& precision, std::span<const float> parameters, const learning::Shape& shape,
                                   std::span<const float> x, std::vector<float>& y) {
  if (precision == "f32") {
    const learning::Stack<float> out = learning::evaluate<float>(network_.chain, {learning::from_plain<float>(memory_, shape, x)}, parameters);
    y.assign(out.front().data(), out.front().data() + shape.size());
    return;
  }
  auto low = low_.find(precision);
  if (low == low_.end()) low = low_.try_emplace(precision, precision, network_, parameters).first;
  y.resize(x.size());
  low->second.evaluate({shape.z, shape.y, shape.x}, x, y);
}

void NetworkDirection::try_formats(std::span<const float> parameters) {
  constexpr int repeats = 2;                                     // the first makes buffers and finds ranges
  constexpr std::array<const char*, 2> formats{"w8a16", "int8"}; // dfp16 is slower than w8a16 wherever it was measured, and w8a16 exact enough
  const DirectionSample sample(shape_, widened_);
  constexpr double evaluations = repeats * (1.0 + formats.size()) + formats.size(); // the first of a format computes every layer twice
  const double cost = over_ranks(evaluations * static_cast<double>(sample.shape.size()) / static_cast<double>(shape_.size()));
  if (!ladder_.trial_is_due(cost)) return;
  std::vector<float> exact;
  std::vector<float> y;
  const auto seconds = [&](const std::string& precision, std::vector<float>& to) {
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < repeats; ++i) {
      const double start = MPI_Wtime();
      evaluate_in(precision, parameters, sample.shape, sample.values, to);
      least = std::min(least, MPI_Wtime() - start);
    }
    return over_ranks(least);
  };
  const double f32 = seconds("f32", exact);
  std::vector<PrecisionLadder::Rung> rungs;
  for (const char* format : formats) {
    const double low = seconds(format, y);
    const double noise = sample.noise(y, exact);
    rungs.push_back({format, low / f32, over_ranks(noise)});
  }
  ladder_.judge(cost, rungs);
  low_.clear(); // what was not chosen, and buffers of the sample's size
}

double NetworkDirection::over_ranks(double value) const {
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_MAX, comm_), "MPI_Allreduce");
  return value;
}

std::size_t NetworkDirection::bytes() const {
  std::size_t low = output_.size() * sizeof(float);
  for (const auto& [format, network] : low_) low += network.bytes();
  return codes_.size() + (scaled_.size() + widened_.size()) * sizeof(float) + widened_.size() * 3 * sizeof(PetscInt) + low +
         static_cast<std::size_t>(memory_->peak());
}

} // namespace ansatz::solvers
