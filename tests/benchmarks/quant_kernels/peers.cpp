// SPDX-License-Identifier: Apache-2.0
// oneDNN and OpenBLAS on the same operands. oneDNN chooses its own layout of weights, and of activations where it wants blocks of channels;
// reordering is
// outside the timing.
#include "contestants.hpp"

#include <cblas.h>
#include <dnnl.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace ansatz::benchmarks {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;
using Type = memory::data_type;

struct Onednn {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

/// A oneDNN primitive with its memories, activations in `in`, results float32.
struct Peer {
  std::shared_ptr<Onednn> library = std::make_shared<Onednn>();
  dnnl::primitive primitive;
  memory x, w, y;
};

memory reordered(Onednn& library, const memory::desc& plain, const void* values, const memory::desc& wanted) {
  memory from(plain, library.engine);
  std::memcpy(from.get_data_handle(), values, plain.get_size());
  memory to(wanted, library.engine);
  dnnl::reorder(from, to).execute(library.stream, from, to);
  library.stream.wait();
  return to;
}

/// float32 values as codes of a oneDNN type: RNE(v / step).
std::vector<std::uint8_t> coded(const std::vector<float>& values, Type type, double step) {
  std::vector<std::uint8_t> bytes(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double q = std::nearbyint(static_cast<double>(values[i]) / step);
    bytes[i] = type == Type::u8 ? static_cast<std::uint8_t>(std::clamp(q, 0.0, 255.0))
                                : static_cast<std::uint8_t>(static_cast<std::int8_t>(std::clamp(q, -127.0, 127.0)));
  }
  return bytes;
}

struct Layout {
  memory::dims x, w, y;
  Tag plain_x, plain_w, plain_y;
  memory::dims padding;
};

Layout layout_of(const Problem& p) {
  const quant::Grid& g = p.grid;
  if (p.window == quant::Window::point) return {{g.x, p.in}, {p.in, p.out}, {g.x, p.out}, Tag::ab, Tag::ab, Tag::ab, {}};
  if (p.window == quant::Window::square)
    return {{1, p.in, g.y, g.x}, {p.out, p.in, 3, 3}, {1, p.out, g.y, g.x}, Tag::nhwc, Tag::oihw, Tag::nhwc, {1, 1}};
  return {{1, p.in, g.z, g.y, g.x}, {p.out, p.in, 3, 3, 3}, {1, p.out, g.z, g.y, g.x}, Tag::ndhwc, Tag::oidhw, Tag::ndhwc, {1, 1, 1}};
}

/// The primitive for these types; throws where oneDNN has none.
Peer make_peer(const Problem& p, Type xt, Type wt) {
  Peer peer;
  const Layout l = layout_of(p);
  const memory::desc any_x(l.x, xt, p.window == quant::Window::point ? l.plain_x : Tag::any);
  const memory::desc any_w(l.w, wt, Tag::any);
  const memory::desc any_y(l.y, Type::f32, p.window == quant::Window::point ? l.plain_y : Tag::any);
  memory::desc x, w, y;
  if (p.window == quant::Window::point) {
    const dnnl::matmul::primitive_desc d(dnnl::matmul::desc(any_x, any_w, any_y), peer.library->engine);
    x = d.src_desc(), w = d.weights_desc(), y = d.dst_desc();
    peer.primitive = dnnl::matmul(d);
  } else {
    const memory::dims ones(l.padding.size(), 1);
    const dnnl::convolution_forward::primitive_desc d(dnnl::convolution_forward::desc(dnnl::prop_kind::forward_inference,
                                                                                      dnnl::algorithm::convolution_direct, any_x, any_w, any_y, ones,
                                                                                      l.padding, l.padding),
                                                      peer.library->engine);
    x = d.src_desc(), w = d.weights_desc(), y = d.dst_desc();
    peer.primitive = dnnl::convolution_forward(d);
  }
  const std::vector<float> xs = operands(p.grid.voxels() * p.in, 1, true);
  const std::vector<float> ws = operands(p.in * p.out * static_cast<std::int64_t>(p.window), 2, false);
  const auto bring = [&](const std::vector<float>& values, const memory::dims& dims, Type type, Tag plain, double step, const memory::desc& wanted) {
    if (type == Type::f32 || type == Type::bf16) return reordered(*peer.library, {dims, Type::f32, plain}, values.data(), wanted);
    return reordered(*peer.library, {dims, type, plain}, coded(values, type, step).data(), wanted);
  };
  peer.x = bring(xs, l.x, xt, l.plain_x, xt == Type::u8 ? 1.0 / 255.0 : 1.0 / 127.0, x);
  peer.w = bring(ws, l.w, wt, l.plain_w, 1.0 / 127.0, w);
  peer.y = memory(y, peer.library->engine);
  return peer;
}

void add(std::vector<Contestant>& field, const Problem& p, const std::string& name, Type xt, Type wt) {
  try {
    const auto peer = std::make_shared<Peer>(make_peer(p, xt, wt));
    const double scale = xt == Type::u8 ? 1.0 / (255.0 * 127.0) : xt == Type::s8 ? 1.0 / (127.0 * 127.0) : 1.0;
    field.push_back(
        {name, "",
         [peer] {
           peer->primitive.execute(peer->library->stream, {{DNNL_ARG_SRC, peer->x}, {DNNL_ARG_WEIGHTS, peer->w}, {DNNL_ARG_DST, peer->y}});
           peer->library->stream.wait();
         },
         [peer, p, scale] {
           const Layout l = layout_of(p);
           memory plain({l.y, Type::f32, l.plain_y}, peer->library->engine);
           dnnl::reorder(peer->y, plain).execute(peer->library->stream, peer->y, plain);
           peer->library->stream.wait();
           const auto* from = static_cast<const float*>(plain.get_data_handle());
           std::vector<float> y(from, from + p.grid.voxels() * p.out);
           for (float& v : y) v = static_cast<float>(static_cast<double>(v) * scale);
           return y;
         }});
  } catch (const dnnl::error&) { // the machine, or this version, has no such primitive
  }
}

void add_openblas(std::vector<Contestant>& field, const Problem& p) {
  struct Product {
    std::vector<float> x, w, y;
  };
  const auto m = std::make_shared<Product>(
      Product{operands(p.grid.x * p.in, 1, true), operands(p.in * p.out, 2, false), std::vector<float>(static_cast<std::size_t>(p.grid.x * p.out))});
  const auto rows = static_cast<int>(p.grid.x);
  const auto in = static_cast<int>(p.in);
  const auto out = static_cast<int>(p.out);
  field.push_back({"OpenBLAS f32", "",
                   [m, rows, in, out] {
                     cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, out, in, 1.0F, m->x.data(), in, m->w.data(), out, 0.0F, m->y.data(),
                                 out);
                   },
                   [m] { return m->y; }});
}

} // namespace

std::vector<Contestant> peer_contestants(const Problem& p) {
  std::vector<Contestant> field;
  add(field, p, "oneDNN f32", Type::f32, Type::f32);
  if (p.window == quant::Window::point) add_openblas(field, p);
  add(field, p, "oneDNN u8s8", Type::u8, Type::s8);
  add(field, p, "oneDNN s8s8", Type::s8, Type::s8);
  add(field, p, "oneDNN bf16", Type::bf16, Type::bf16);
  return field;
}

} // namespace ansatz::benchmarks
