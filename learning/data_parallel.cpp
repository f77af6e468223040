// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/learning/data_parallel.hpp>

#include <bit>

namespace ansatz::learning {

namespace {

/// Gradient and loss of a subtree of chunks.
template <class T>
struct Partial {
  std::int64_t chunks;
  std::vector<T> gradient;
  double loss;
};

void require(MPI_Comm comm, std::int64_t chunks, std::size_t size) {
  const int ranks = size_of(comm);
  agree(comm, [&] {
    if (chunks < 1 || !std::has_single_bit(static_cast<std::uint64_t>(chunks)) || chunks % ranks != 0 ||
        !std::has_single_bit(static_cast<unsigned>(ranks)))
      throw UsageError("bad_value", std::to_string(chunks) + " chunks on " + std::to_string(ranks) +
                                        " ranks; the chunks must be a power of two and a multiple of the ranks, the ranks a power of two");
  });
  std::int64_t extremes[2] = {static_cast<std::int64_t>(size), -static_cast<std::int64_t>(size)};
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, extremes, 2, MPI_INT64_T, MPI_MAX, comm), "MPI_Allreduce");
  if (extremes[0] != -extremes[1])
    throw UsageError("bad_value", "arenas of " + std::to_string(-extremes[1]) + " to " + std::to_string(extremes[0]) +
                                      " values on different ranks; all must train the same network");
}

/// Merges the two newest subtrees as long as they are of equal size: a binary counter.
template <class T>
void merge(std::vector<Partial<T>>& open) {
  while (open.size() > 1 && open[open.size() - 2].chunks == open.back().chunks) {
    Partial<T>& into = open[open.size() - 2];
    for (std::size_t i = 0; i < into.gradient.size(); ++i) into.gradient[i] += open.back().gradient[i];
    into.loss += open.back().loss;
    into.chunks *= 2;
    open.pop_back();
  }
}

template <class T>
void exchange(MPI_Comm comm, int partner, const Partial<T>& mine, Partial<T>& theirs) {
  const MPI_Datatype type = std::is_same_v<T, float> ? MPI_FLOAT : MPI_DOUBLE;
  const auto count = static_cast<int>(mine.gradient.size());
  check_mpi(MPI_Sendrecv(mine.gradient.data(), count, type, partner, 0, theirs.gradient.data(), count, type, partner, 0, comm, MPI_STATUS_IGNORE),
            "MPI_Sendrecv");
  check_mpi(MPI_Sendrecv(&mine.loss, 1, MPI_DOUBLE, partner, 1, &theirs.loss, 1, MPI_DOUBLE, partner, 1, comm, MPI_STATUS_IGNORE), "MPI_Sendrecv");
}

} // namespace

template <class T>
double parallel_gradient(MPI_Comm comm, std::int64_t chunks, double divisor, Arena<T>& arena, const std::function<double(std::int64_t)>& chunk) {
  require(comm, chunks, arena.gradients().size());
  const int ranks = size_of(comm);
  const int rank = rank_of(comm);
  const std::int64_t mine = chunks / ranks;
  std::vector<Partial<T>> open;
  agree(comm, [&] {
    for (std::int64_t c = rank * mine; c < (rank + 1) * mine; ++c) {
      arena.clear_gradients();
      const double loss = chunk(c);
      const std::span<const T> g = arena.gradients();
      open.push_back({1, {g.begin(), g.end()}, loss});
      merge(open);
    }
  });
  Partial<T>& total = open.front();
  Partial<T> other = total;
  for (int distance = 1; distance < ranks; distance *= 2) {
    exchange(comm, rank ^ distance, total, other);
    for (std::size_t i = 0; i < total.gradient.size(); ++i) total.gradient[i] += other.gradient[i];
    total.loss += other.loss;
  }
  const auto scale = static_cast<T>(1 / divisor);
  std::transform(total.gradient.begin(), total.gradient.end(), arena.gradients().begin(), [&](T g) { return g * scale; });
  return total.loss / divisor;
}

template double parallel_gradient(MPI_Comm, std::int64_t, double, Arena<float>&, const std::function<double(std::int64_t)>&);
template double parallel_gradient(MPI_Comm, std::int64_t, double, Arena<double>&, const std::function<double(std::int64_t)>&);

} // namespace ansatz::learning
