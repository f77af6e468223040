// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/block_check.hpp>
#include <ansatz/equivariant/gaunt/conv_plan.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::equivariant {
namespace {

constexpr const char* name = "ConvPlan";
/// The coefficients of zonal products take seconds to build above.
constexpr int largest_degree = 32;

int checked(const ConvOptions& o) {
  for (const int l : {o.degree1, o.degree2, o.degree3}) check_degree(l, name, largest_degree);
  if (o.channel_blocks == 0) throw UsageError("bad_value", "ConvPlan: channel_blocks must be at least 1");
  return std::max(o.degree1, o.degree3);
}

/// The frame of an edge: r/|r| is the pole.
struct Frame {
  Matrix3 R;
  double length;

  explicit Frame(const Vector3& r) : R(rotation_to_pole(r)), length(std::hypot(r[0], r[1], r[2])) {}
  /// The rotation about x and z that moves the pole as dr moves the direction.
  [[nodiscard]] std::array<double, 2> turn(const Vector3& dr) const {
    const auto along = [&](const Vector3& row) { return (row[0] * dr[0] + row[1] * dr[1] + row[2] * dr[2]) / length; };
    return {along(R[2]), -along(R[0])};
  }
  /// Its transpose.
  void add_back(double about_x, double about_z, Vector3& to) const {
    for (std::size_t a = 0; a < 3; ++a) to[a] += (R[2][a] * about_x - R[0][a] * about_z) / length;
  }
};

template <class T>
double lane_sum(const T* row) {
  double sum = 0.0;
  for (std::size_t lane = 0; lane < lanes<T>; ++lane) sum += static_cast<double>(row[lane]);
  return sum;
}

} // namespace

/// Parts of the workspace; x-like and z-like blocks in the edge's frame.
template <class T>
struct ConvPlan<T>::Buffers {
  T *x, *dx, *z, *g;
  T *h, *hbar, *K, *Kbar; ///< rows
  T *torque_x, *torque_z;
  T* angles;
  T* scratch;
};

template <class T>
ConvPlan<T>::ConvPlan(const ConvOptions& o)
    : degree1_(o.degree1), degree2_(o.degree2), degree3_(o.degree3), channel_blocks_(o.channel_blocks), block1_(signal_size(o.degree1) * lanes<T>),
      block3_(signal_size(o.degree3) * lanes<T>), per_channel_(o.filter_per_channel), kernels_(find_operation_kernels<T>(o.kernels)),
      align_(checked(o)), zonal_(o.degree1, o.degree2, o.degree3, o.parts) {
  const std::size_t rows = 2 * (index(degree2_) + 1) + 2 * zonal_.factors() + 2 + (align_.angles_size() + lanes<T> - 1) / lanes<T>;
  workspace_ = 2 * block1_ + 2 * block3_ + rows * lanes<T> + align_.workspace();
}

template <class T>
auto ConvPlan<T>::buffers(T* work) const -> Buffers {
  const auto take = [&](std::size_t numbers) {
    T* const part = work;
    work += (numbers + lanes<T> - 1) / lanes<T> * lanes<T>;
    return part;
  };
  Buffers b{};
  b.x = take(block1_);
  b.dx = take(block1_);
  b.z = take(block3_);
  b.g = take(block3_);
  b.h = take((index(degree2_) + 1) * lanes<T>);
  b.hbar = take((index(degree2_) + 1) * lanes<T>);
  b.K = take(zonal_.factors() * lanes<T>);
  b.Kbar = take(zonal_.factors() * lanes<T>);
  b.torque_x = take(lanes<T>);
  b.torque_z = take(lanes<T>);
  b.angles = take(align_.angles_size());
  b.scratch = work;
  return b;
}

template <class T>
void ConvPlan<T>::check(std::size_t x, std::size_t z, const ConvGraph<T>& graph, std::span<const T> work) const {
  (void)check_blocks<T>(name, {{work.first(0), 1, "nothing"}}, work, workspace_);
  check_size(name, "r", graph.r.size(), graph.edges.size());
  check_size(name, "h", graph.h.size(), graph.edges.size() * filter_size());
  check_size(name, "x", x, x / input_size() * input_size());
  check_size(name, "z", z, z / output_size() * output_size());
  for (const auto& [source, target] : graph.edges)
    if (source >= x / input_size() || target >= z / output_size())
      throw UsageError("bad_value", "ConvPlan: an edge goes from node " + std::to_string(source) + " to " + std::to_string(target) + ", but x has " +
                                        std::to_string(x / input_size()) + " nodes and z " + std::to_string(z / output_size()));
}

template <class T>
void ConvPlan<T>::filter(std::span<const T> h, std::size_t edge, std::size_t block, T* rows, T* K) const {
  if (!per_channel_ && block != 0) return; // as for the block before
  const T* from = h.data() + edge * filter_size();
  for (int l = 0; l <= degree2_; ++l, rows += lanes<T>)
    if (per_channel_)
      std::copy_n(from + (index(l) * channel_blocks_ + block) * lanes<T>, lanes<T>, rows);
    else
      std::fill(rows, rows + lanes<T>, from[l]);
  kernels_.zonal_factors(zonal_.view(), rows - (degree2_ + 1) * static_cast<std::ptrdiff_t>(lanes<T>), K);
}

template <class T>
void ConvPlan<T>::add_filter_gradient(const T* rows, std::size_t block, std::span<double> sums) const {
  for (std::size_t l = 0; l <= index(degree2_); ++l, rows += lanes<T>)
    if (per_channel_)
      for (std::size_t lane = 0; lane < lanes<T>; ++lane) sums[(l * channel_blocks_ + block) * lanes<T> + lane] += static_cast<double>(rows[lane]);
    else
      sums[l] += lane_sum(rows);
}

template <class T>
void ConvPlan<T>::torque(const T* a, const T* f, int degree, T sign, const Buffers& b) const {
  kernels_.torque(align_.about_x(degree), sign, a, f, b.torque_x);
  kernels_.torque(align_.about_z(degree), sign, a, f, b.torque_z);
}

template <class T>
void ConvPlan<T>::turn(const std::array<double, 2>& angle, T sign, int degree, const T* f, T* out) const {
  kernels_.turn(align_.about_x(degree), sign * static_cast<T>(angle[0]), f, out);
  kernels_.turn(align_.about_z(degree), sign * static_cast<T>(angle[1]), f, out);
}

template <class T>
void ConvPlan<T>::execute(std::span<const T> x, const ConvGraph<T>& graph, std::span<T> z, std::span<T> work) const {
  check(x.size(), z.size(), graph, work);
  const Buffers b = buffers(work.data());
  std::fill(z.begin(), z.end(), T{0});
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    align_.angles(graph.r[e], b.angles);
    for (std::size_t k = 0; k < channel_blocks_; ++k) {
      filter(graph.h, e, k, b.h, b.K);
      kernels_.align(align_.view(), degree1_, b.angles, x.data() + graph.edges[e].source * input_size() + k * block1_, b.x, b.scratch);
      kernels_.zonal(zonal_.view().forward, b.K, b.x, b.z);
      kernels_.align_back(align_.view(), degree3_, b.angles, b.z, z.data() + graph.edges[e].target * output_size() + k * block3_, b.scratch);
    }
  }
}

template <class T>
void ConvPlan<T>::vjp(std::span<const T> x, const ConvGraph<T>& graph, std::span<const T> g, std::span<T> xbar, std::span<Vector3> rbar,
                      std::span<T> hbar, std::span<T> work) const {
  check(x.size(), g.size(), graph, work);
  check_size(name, "the gradient to x", xbar.size(), x.size());
  check_size(name, "the gradient to r", rbar.size(), graph.r.size());
  check_size(name, "the gradient to h", hbar.size(), graph.h.size());
  const Buffers b = buffers(work.data());
  const auto view = align_.view();
  std::fill(xbar.begin(), xbar.end(), T{0});
  std::vector<double> sums(filter_size());
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const auto [source, target] = graph.edges[e];
    align_.angles(graph.r[e], b.angles);
    std::fill(sums.begin(), sums.end(), 0.0);
    double about_x = 0.0, about_z = 0.0;
    for (std::size_t k = 0; k < channel_blocks_; ++k) {
      filter(graph.h, e, k, b.h, b.K);
      kernels_.align(view, degree1_, b.angles, x.data() + source * input_size() + k * block1_, b.x, b.scratch);
      kernels_.align(view, degree3_, b.angles, g.data() + target * output_size() + k * block3_, b.g, b.scratch);
      kernels_.zonal(zonal_.view().forward, b.K, b.x, b.z);
      kernels_.zonal(zonal_.view().backward, b.K, b.g, b.dx);
      kernels_.align_back(view, degree1_, b.angles, b.dx, xbar.data() + source * input_size() + k * block1_, b.scratch);
      std::fill(b.torque_x, b.torque_z + lanes<T>, T{0});
      torque(b.g, b.z, degree3_, T{1}, b);
      torque(b.dx, b.x, degree1_, T{-1}, b);
      about_x += lane_sum(b.torque_x);
      about_z += lane_sum(b.torque_z);
      std::fill(b.Kbar, b.Kbar + zonal_.factors() * lanes<T>, T{0});
      kernels_.zonal_gradient(zonal_.view(), b.x, b.g, b.Kbar);
      std::fill(b.hbar, b.hbar + (index(degree2_) + 1) * lanes<T>, T{0});
      kernels_.zonal_weights(zonal_.view(), b.Kbar, b.hbar);
      add_filter_gradient(b.hbar, k, sums);
    }
    rbar[e] = {};
    Frame(graph.r[e]).add_back(about_x, about_z, rbar[e]);
    std::transform(sums.begin(), sums.end(), hbar.begin() + static_cast<std::ptrdiff_t>(e * filter_size()),
                   [](double v) { return static_cast<T>(v); });
  }
}

template <class T>
void ConvPlan<T>::jvp(std::span<const T> x, const ConvGraph<T>& graph, std::span<const T> dx, std::span<const Vector3> dr, std::span<const T> dh,
                      std::span<T> dz, std::span<T> work) const {
  check(x.size(), dz.size(), graph, work);
  check_size(name, "dx", dx.size(), x.size());
  check_size(name, "dr", dr.size(), graph.r.size());
  check_size(name, "dh", dh.size(), graph.h.size());
  const Buffers b = buffers(work.data());
  const auto view = align_.view();
  std::fill(dz.begin(), dz.end(), T{0});
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const auto [source, target] = graph.edges[e];
    align_.angles(graph.r[e], b.angles);
    const auto angle = Frame(graph.r[e]).turn(dr[e]);
    for (std::size_t k = 0; k < channel_blocks_; ++k) {
      const std::size_t from = source * input_size() + k * block1_;
      T* const out = dz.data() + target * output_size() + k * block3_;
      // z' = K x', and the turned result less the result of the turned x.
      filter(graph.h, e, k, b.h, b.K);
      kernels_.align(view, degree1_, b.angles, x.data() + from, b.x, b.scratch);
      kernels_.align(view, degree1_, b.angles, dx.data() + from, b.dx, b.scratch);
      kernels_.zonal(zonal_.view().forward, b.K, b.x, b.g);
      turn(angle, T{-1}, degree1_, b.x, b.dx);
      kernels_.zonal(zonal_.view().forward, b.K, b.dx, b.z);
      turn(angle, T{1}, degree3_, b.g, b.z);
      kernels_.align_back(view, degree3_, b.angles, b.z, out, b.scratch);
      filter(dh, e, per_channel_ ? k : 0, b.h, b.Kbar);
      kernels_.zonal(zonal_.view().forward, b.Kbar, b.x, b.z);
      kernels_.align_back(view, degree3_, b.angles, b.z, out, b.scratch);
    }
  }
}

template class ConvPlan<float>;
template class ConvPlan<double>;

} // namespace ansatz::equivariant
