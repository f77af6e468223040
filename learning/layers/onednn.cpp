// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/layers/direct.hpp>
#include <ansatz/learning/layers/onednn.hpp>

#include <dnnl.hpp>

#include <map>
#include <optional>
#include <tuple>

namespace ansatz::learning {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;
using Type = memory::data_type;

/// Runs `body`, turning oneDNN's exceptions into ours.
template <class Body>
auto checked(Body&& body) {
  try {
    return body();
  } catch (const dnnl::error& error) {
    throw InternalError(error.status == dnnl_out_of_memory ? "out_of_memory" : "internal", std::string("oneDNN: ") + error.what());
  }
}

memory::desc values_of(const Shape& s) { return {{s.batch, s.channels, s.z, s.y, s.x}, Type::f32, s.block() == lanes ? Tag::nCdhw8c : Tag::ncdhw}; }

/// A primitive with the weights' own layout.
struct Operation {
  dnnl::primitive primitive;
  memory::desc weights;
  memory::desc scratch;
};

/// The operation if oneDNN has one, and more than plain loops for it. \param weights  member function that tells the layout of the weights
template <class Description, class Weights>
std::optional<Operation> operation(const Description& d, Weights weights) {
  if (!d || std::string(d.impl_info_str()).starts_with("ref")) return std::nullopt;
  return Operation{dnnl::primitive(d.get()), (d.*weights)(), d.scratchpad_desc()};
}

/// The three operations of a layer of this size.
struct Primitives {
  std::optional<Operation> forward;
  std::optional<Operation> forward_relu;
  std::optional<Operation> data;
  std::optional<Operation> weights;
};

class OnednnConvolution final : public ConvolutionKernels<float> {
public:
  void forward(const Shape& in, std::int64_t out, const float* x, const float* w, const float* bias, Activation a, float* y) override {
    const auto& op = a == Activation::relu ? primitives(in, out).forward_relu : primitives(in, out).forward;
    if (!op) return direct_.forward(in, out, x, w, bias, a, y);
    checked([&] {
      run(*op, {{DNNL_ARG_SRC, at(values_of(in), x)},
                {DNNL_ARG_WEIGHTS, reordered(in, out, w, op->weights)},
                {DNNL_ARG_BIAS, at(bias_of(out), bias)},
                {DNNL_ARG_DST, at(values_of(in.with_channels(out)), y)}});
    });
    if (a == Activation::elu) activate(a, in.with_channels(out).size(), y);
  }

  void backward_data(const Shape& in, std::int64_t out, const float* w, const float* dy, float* dx) override {
    const auto& op = primitives(in, out).data;
    if (!op) return direct_.backward_data(in, out, w, dy, dx);
    checked([&] {
      run(*op, {{DNNL_ARG_DIFF_DST, at(values_of(in.with_channels(out)), dy)},
                {DNNL_ARG_WEIGHTS, reordered(in, out, w, op->weights)},
                {DNNL_ARG_DIFF_SRC, at(values_of(in), dx)}});
    });
  }

  void backward_weights(const Shape& in, std::int64_t out, const float* x, const float* dy, float* dw, float* dbias) override {
    const auto& op = primitives(in, out).weights;
    if (!op) return direct_.backward_weights(in, out, x, dy, dw, dbias);
    std::vector<float> weights(static_cast<std::size_t>(out * in.channels * 27));
    std::vector<float> bias(static_cast<std::size_t>(out));
    checked([&] {
      memory blocked(op->weights, engine_);
      run(*op, {{DNNL_ARG_SRC, at(values_of(in), x)},
                {DNNL_ARG_DIFF_DST, at(values_of(in.with_channels(out)), dy)},
                {DNNL_ARG_DIFF_WEIGHTS, blocked},
                {DNNL_ARG_DIFF_BIAS, at(bias_of(out), bias.data())}});
      memory plain = at(plain_weights(in, out), weights.data());
      dnnl::reorder(blocked, plain).execute(stream_, blocked, plain);
      stream_.wait();
    });
    for (std::size_t i = 0; i < weights.size(); ++i) dw[i] += weights[i];
    for (std::size_t i = 0; i < bias.size(); ++i) dbias[i] += bias[i];
  }

  [[nodiscard]] std::int64_t bytes() const override { return direct_.bytes() + static_cast<std::int64_t>(scratch_.capacity()); }

private:
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

  static memory::desc bias_of(std::int64_t out) { return {{out}, Type::f32, Tag::x}; }
  static memory::desc plain_weights(const Shape& in, std::int64_t out) { return {{out, in.channels, 3, 3, 3}, Type::f32, Tag::oidhw}; }

  /// oneDNN wants a pointer to non-const for inputs too.
  memory at(const memory::desc& d, const float* values) { return {d, engine_, const_cast<float*>(values)}; }

  memory reordered(const Shape& in, std::int64_t out, const float* w, const memory::desc& wanted) {
    memory plain = at(plain_weights(in, out), w);
    if (plain.get_desc() == wanted) return plain;
    memory blocked(wanted, engine_);
    dnnl::reorder(plain, blocked).execute(stream_, plain, blocked);
    return blocked;
  }

  void run(const Operation& op, std::unordered_map<int, memory> arguments) {
    scratch_.resize(std::max(scratch_.size(), op.scratch.get_size()));
    arguments.insert({DNNL_ARG_SCRATCHPAD, memory(op.scratch, engine_, scratch_.data())});
    op.primitive.execute(stream_, arguments);
    stream_.wait();
  }

  const Primitives& primitives(const Shape& in, std::int64_t out) {
    const Key key{in.batch, in.channels, in.z, in.y, in.x, out};
    auto found = primitives_.find(key);
    if (found == primitives_.end()) found = primitives_.emplace(key, checked([&] { return make(in, out); })).first;
    return found->second;
  }

  Primitives make(const Shape& in, std::int64_t out) const {
    using dnnl::algorithm;
    const memory::desc x = values_of(in);
    const memory::desc y = values_of(in.with_channels(out));
    const memory::desc w({out, in.channels, 3, 3, 3}, Type::f32, Tag::any);
    const memory::dims ones{1, 1, 1};
    dnnl::primitive_attr plain;
    dnnl::primitive_attr relu; // no copy of `plain`: copies share one attribute
    plain.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    relu.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::post_ops post;
    post.append_eltwise(1.0F, algorithm::eltwise_relu, 0.0F, 0.0F);
    relu.set_post_ops(post);
    using Forward = dnnl::convolution_forward;
    using Data = dnnl::convolution_backward_data;
    using Weights = dnnl::convolution_backward_weights;
    constexpr bool may_be_missing = true;
    const Forward::desc forward(dnnl::prop_kind::forward_training, algorithm::convolution_direct, x, w, bias_of(out), y, ones, ones, ones);
    const Forward::primitive_desc hint(forward, plain, engine_, may_be_missing);
    if (!hint) return {};
    const Forward::primitive_desc rectified(forward, relu, engine_, may_be_missing);
    const Data::primitive_desc data(Data::desc(algorithm::convolution_direct, x, w, y, ones, ones, ones), plain, engine_, hint, may_be_missing);
    const Weights::primitive_desc weights(Weights::desc(algorithm::convolution_direct, x, w, bias_of(out), y, ones, ones, ones), plain, engine_, hint,
                                          may_be_missing);
    return {operation(hint, &Forward::primitive_desc::weights_desc), operation(rectified, &Forward::primitive_desc::weights_desc),
            operation(data, &Data::primitive_desc::weights_desc), operation(weights, &Weights::primitive_desc::diff_weights_desc)};
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::map<Key, Primitives> primitives_;
  AlignedVector<char> scratch_;
  DirectConvolution<float> direct_;
};

} // namespace

std::shared_ptr<ConvolutionKernels<float>> make_onednn_convolution() {
  return checked([] { return std::make_shared<OnednnConvolution>(); });
}

} // namespace ansatz::learning
