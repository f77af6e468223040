// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/network_direction.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/data/model_file.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/data/shipped_file.hpp>
#include <ansatz/learning/training_state.hpp>

#include <algorithm>
#include <cmath>

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
  const double start = MPI_Wtime();
  effort_.precision = precision_ == "ladder" ? ladder_.precision(size) : precision_;
  if (effort_.precision == "f32") {
    const learning::Stack<float> out =
        learning::evaluate<float>(network_.chain, {learning::from_plain<float>(memory_, shape_, widened_)}, parameters);
    output_.assign(out.front().data(), out.front().data() + shape_.size());
  } else {
    auto low = low_.find(effort_.precision);
    if (low == low_.end()) low = low_.try_emplace(effort_.precision, effort_.precision, network_, parameters).first;
    output_.resize(widened_.size());
    low->second.evaluate({shape_.z, shape_.y, shape_.x}, widened_, output_);
  }
  ++effort_.evaluations;
  effort_.seconds += MPI_Wtime() - start;
}

std::size_t NetworkDirection::bytes() const {
  std::size_t low = output_.size() * sizeof(float);
  for (const auto& [format, network] : low_) low += network.bytes();
  return codes_.size() + (scaled_.size() + widened_.size()) * sizeof(float) + widened_.size() * 3 * sizeof(PetscInt) + low +
         static_cast<std::size_t>(memory_->peak());
}

} // namespace ansatz::solvers
