// SPDX-License-Identifier: Apache-2.0
// Bodies of the transport kernels. Included once per instruction set by transport_kernels_<isa>.cpp, each of which defines ANSATZ_KERNEL_NAMESPACE,
// ANSATZ_KERNEL_NAME and the doubles in a pack, and is compiled with its own -m flags. Everything here has internal linkage, and nothing of the standard
// library is instantiated with wider instructions (that would let the linker pick a body that the machine cannot run).
#include <ansatz/solvers/flow/transport_kernels.hpp>

#include <cstdint>

namespace ansatz::solvers::flow::ANSATZ_KERNEL_NAMESPACE {
namespace {

using Index = std::ptrdiff_t;
constexpr int centre = 3;

/// The compilers' vector extension, with loads and stores at any address: left to themselves they vectorise none of these loops.
template <int L>
struct PackType {
  typedef double type __attribute__((vector_size(sizeof(double) * static_cast<std::size_t>(L))));
};
template <int L>
using Pack = typename PackType<L>::type;
template <int L>
struct Lanes {};

template <int L>
inline Pack<L> load(const double* p) {
  Pack<L> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class V>
inline void store(double* p, V v) {
  __builtin_memcpy(p, &v, sizeof v);
}
template <class V>
inline V lesser(V a, V b) {
  return a < b ? a : b;
}
template <class V>
inline V greater(V a, V b) {
  return a > b ? a : b;
}

/// body(lanes, i) on whole packs, then on single entries.
template <class Body>
inline void for_packs(int n, Body&& body) {
  constexpr int wide = ANSATZ_KERNEL_LANES;
  int i = 0;
  for (; i + wide <= n; i += wide) body(Lanes<wide>{}, i);
  for (; i < n; ++i) body(Lanes<1>{}, i);
}

/// A velocity component and its slopes (a cell is the unit of length).
template <int L>
struct Jet {
  Pack<L> value;
  Pack<L> slope[3];
};

/// Component `part` where the values of `place` lie: itself, or the mean of the two or four nearest faces. Differences as compact as the faces allow.
template <int L, int place, int part>
inline Jet<L> jet(const double* p, Index row, Index plane) {
  const Index s[3] = {1, row, plane};
  const auto at = [p](Index offset) { return load<L>(p + offset); };
  Jet<L> result{};
  if constexpr (place == part) {
    result.value = at(0);
    for (int d = 0; d < 3; ++d) result.slope[d] = 0.5 * (at(s[d]) - at(-s[d]));
  } else if constexpr (place == centre) {
    const Index up = s[part];
    result.value = 0.5 * (at(0) + at(up));
    for (int d = 0; d < 3; ++d) result.slope[d] = d == part ? at(up) - at(0) : 0.25 * ((at(s[d]) - at(-s[d])) + (at(up + s[d]) - at(up - s[d])));
  } else {
    const Index up = s[part];
    const Index back = -s[place];
    const Pack<L> low = at(0);
    const Pack<L> high = at(up);
    const Pack<L> back_low = at(back);
    const Pack<L> back_high = at(back + up);
    result.value = 0.25 * ((low + high) + (back_low + back_high));
    constexpr int third = 3 - place - part;
    const Index t = s[third];
    result.slope[place] = 0.5 * ((low + high) - (back_low + back_high));
    result.slope[part] = 0.5 * ((high + back_high) - (low + back_low));
    result.slope[third] =
        0.125 * (((at(t) - at(-t)) + (at(up + t) - at(up - t))) + ((at(back + t) - at(back - t)) + (at(back + up + t) - at(back + up - t))));
  }
  return result;
}

template <int L, int place, bool arrival>
inline void trace_pack(const RowView& v, Index i) {
  const Jet<L> x = jet<L, place, 0>(v.velocity[0] + i, v.row, v.plane);
  const Jet<L> y = jet<L, place, 1>(v.velocity[1] + i, v.row, v.plane);
  const Jet<L> z = jet<L, place, 2>(v.velocity[2] + i, v.row, v.plane);
  const Pack<L> reach = v.reach - Pack<L>{};
  const double c = v.courant;
  const auto path = [&](const Jet<L>& part, Index axis) {
    const Pack<L> bend = (0.5 * c * c) * (x.value * part.slope[0] + y.value * part.slope[1] + z.value * part.slope[2]);
    const Pack<L> straight = c * part.value;
    store(v.work + axis * v.n + i, lesser(greater(bend - straight, -reach), reach));
    if constexpr (arrival) store(v.work + (axis + 3) * v.n + i, lesser(greater(bend + straight, -reach), reach));
  };
  path(x, 0);
  path(y, 1);
  path(z, 2);
}

template <int place, bool arrival>
void trace_place(const RowView& v) {
  for_packs(v.n, [&]<int L>(Lanes<L>, Index i) { trace_pack<L, place, arrival>(v, i); });
}

template <bool arrival>
void trace(const RowView& v) {
  switch (v.place) {
    case 0: trace_place<0, arrival>(v); break;
    case 1: trace_place<1, arrival>(v); break;
    case 2: trace_place<2, arrival>(v); break;
    default: trace_place<centre, arrival>(v); break;
  }
}

/// Steps of at most one cell: the eight values lie among the 27 around the entry. Loading all of them in packs and choosing in registers is faster than
/// fetching eight from places that differ from entry to entry.
template <int L>
struct Near {
  using V = Pack<L>;
  V x, y, z;    ///< displacement
  V ax, ay, az; ///< its size

  Near(const double* w, Index n)
      : x(load<L>(w)), y(load<L>(w + n)), z(load<L>(w + 2 * n)), ax(greater(x, -x)), ay(greater(y, -y)), az(greater(z, -z)) {}

  [[nodiscard]] static V mix(V here, V side, V t) { return here + t * (side - here); }

  [[nodiscard]] V value(const double* p, Index row, Index plane) const {
    const auto of_row = [&](const double* q) { return mix(load<L>(q), x > 0.0 ? load<L>(q + 1) : load<L>(q - 1), ax); };
    const auto of_sheet = [&](const double* q) {
      const V below = of_row(q - row);
      const V above = of_row(q + row);
      return mix(of_row(q), y > 0.0 ? above : below, ay);
    };
    const V below = of_sheet(p - plane);
    const V above = of_sheet(p + plane);
    return mix(of_sheet(p), z > 0.0 ? above : below, az);
  }

  struct Range {
    V least, most;
  };
  /// Least and largest of the eight values.
  [[nodiscard]] Range range(const double* p, Index row, Index plane) const {
    const auto choose = [](auto up, const Range& above, const Range& below) {
      return Range{up ? above.least : below.least, up ? above.most : below.most};
    };
    const auto join = [](const Range& a, const Range& b) { return Range{lesser(a.least, b.least), greater(a.most, b.most)}; };
    const auto of_row = [&](const double* q) {
      const V here = load<L>(q);
      const V side = x > 0.0 ? load<L>(q + 1) : load<L>(q - 1);
      return Range{lesser(here, side), greater(here, side)};
    };
    const auto of_sheet = [&](const double* q) { return join(of_row(q), choose(y > 0.0, of_row(q + row), of_row(q - row))); };
    return join(of_sheet(p), choose(z > 0.0, of_sheet(p + plane), of_sheet(p - plane)));
  }
};

void predict_near(const RowView& v, const double* from, double* to) {
  for_packs(v.n, [&]<int L>(Lanes<L>, Index i) { store(to + i, Near<L>(v.work + i, v.n).value(from + i, v.row, v.plane)); });
}

template <bool limit>
void correct_near(const RowView& v, const double* from, const double* predicted, double* to) {
  for_packs(v.n, [&]<int L>(Lanes<L>, Index i) {
    const Near<L> arrival(v.work + 3 * Index{v.n} + i, v.n);
    Pack<L> value = load<L>(predicted + i) + 0.5 * (load<L>(from + i) - arrival.value(predicted + i, v.row, v.plane));
    if constexpr (limit) {
      const auto range = Near<L>(v.work + i, v.n).range(from + i, v.row, v.plane);
      value = lesser(greater(value, range.least), range.most);
    }
    store(to + i, value);
  });
}

/// The cell of values around a displaced point, and where in it the point lies.
struct Corner {
  Index offset;
  double x, y, z;
};

inline Corner corner(double x, double y, double z, std::int32_t row, std::int32_t plane) {
  constexpr std::int32_t bias = 64; // above every reach: casts round towards zero
  const std::int32_t i = static_cast<std::int32_t>(x + bias) - bias;
  const std::int32_t j = static_cast<std::int32_t>(y + bias) - bias;
  const std::int32_t k = static_cast<std::int32_t>(z + bias) - bias;
  return {i + j * row + k * plane, x - i, y - j, z - k};
}

inline double mix(double a, double b, double t) { return a + t * (b - a); }

void predict_far(const RowView& v, const double* from, double* to) {
  const double* w = v.work;
  const Index n = v.n;
  const Index row = v.row;
  const Index plane = v.plane;
  const auto row32 = static_cast<std::int32_t>(row);
  const auto plane32 = static_cast<std::int32_t>(plane);
  for (Index i = 0; i < n; ++i) {
    const Corner c = corner(w[i], w[n + i], w[2 * n + i], row32, plane32);
    const double* p = from + i + c.offset;
    const double low = mix(mix(p[0], p[1], c.x), mix(p[row], p[row + 1], c.x), c.y);
    const double high = mix(mix(p[plane], p[plane + 1], c.x), mix(p[plane + row], p[plane + row + 1], c.x), c.y);
    to[i] = mix(low, high, c.z);
  }
}

template <bool limit>
void correct_far(const RowView& v, const double* from, const double* predicted, double* to) {
  const double* w = v.work;
  const Index n = v.n;
  const Index row = v.row;
  const Index plane = v.plane;
  const auto row32 = static_cast<std::int32_t>(row);
  const auto plane32 = static_cast<std::int32_t>(plane);
  for (Index i = 0; i < n; ++i) {
    const Corner c = corner(w[3 * n + i], w[4 * n + i], w[5 * n + i], row32, plane32);
    const double* p = predicted + i + c.offset;
    const double low = mix(mix(p[0], p[1], c.x), mix(p[row], p[row + 1], c.x), c.y);
    const double high = mix(mix(p[plane], p[plane + 1], c.x), mix(p[plane + row], p[plane + row + 1], c.x), c.y);
    double value = predicted[i] + 0.5 * (from[i] - mix(low, high, c.z));
    if constexpr (limit) {
      const Corner d = corner(w[i], w[n + i], w[2 * n + i], row32, plane32);
      const double* q = from + i + d.offset;
      const double least = lesser(lesser(lesser(q[0], q[1]), lesser(q[row], q[row + 1])),
                                  lesser(lesser(q[plane], q[plane + 1]), lesser(q[plane + row], q[plane + row + 1])));
      const double most = greater(greater(greater(q[0], q[1]), greater(q[row], q[row + 1])),
                                  greater(greater(q[plane], q[plane + 1]), greater(q[plane + row], q[plane + row + 1])));
      value = lesser(greater(value, least), most);
    }
    to[i] = value;
  }
}

void predict(const RowView& v, const double* from, double* to) {
  if (v.reach <= 1.0)
    predict_near(v, from, to);
  else
    predict_far(v, from, to);
}

void correct(const RowView& v, const double* from, const double* predicted, double* to, bool limit) {
  if (v.reach <= 1.0)
    limit ? correct_near<true>(v, from, predicted, to) : correct_near<false>(v, from, predicted, to);
  else
    limit ? correct_far<true>(v, from, predicted, to) : correct_far<false>(v, from, predicted, to);
}

} // namespace

extern const TransportKernels table;
const TransportKernels table = {ANSATZ_KERNEL_NAME, trace<false>, trace<true>, predict, correct};

} // namespace ansatz::solvers::flow::ANSATZ_KERNEL_NAMESPACE
