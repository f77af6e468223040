// SPDX-License-Identifier: Apache-2.0
// Bodies of the plane kernels. Included once per instruction set by kernels_<isa>.cpp, each of which defines ANSATZ_KERNEL_NAMESPACE, ANSATZ_KERNEL_NAME and the
// width of a pack of floats, and is compiled with its own -m flags. Everything here has internal linkage, and nothing of the standard library is instantiated
// with wider instructions (that would let the linker pick a body that the machine cannot run).
#include <ansatz/solvers/multigrid/kernels.hpp>
#include <ansatz/solvers/multigrid/pack.hpp>

namespace ansatz::solvers::multigrid::ANSATZ_KERNEL_NAMESPACE {
namespace {

using Index = std::ptrdiff_t;
constexpr int floats = ANSATZ_KERNEL_LANES;
constexpr int doubles = ANSATZ_KERNEL_LANES / 2;

/// Row (j,k) seen from the cells of parity `odd` in it: offset of the target cells, of their left and right neighbours along x, and their number.
struct Row {
  Index own, left, right;
  int count;
};

inline Row make_row(const SplitBox& b, int j, int k, int odd) {
  const Index first = b.base + b.row * j + b.plane * k;
  // x = 2m has neighbours 2m-1 = odd[m-1] and 2m+1 = odd[m]; x = 2m+1 has 2m = even[m] and 2m+2 = even[m+1].
  return odd ? Row{first + b.half, first, first + 1, b.count[1]} : Row{first, first + b.half - 1, first + b.half, b.count[0]};
}

inline Pack<float, Stencils::lanes> entry(const float* stencil, Stencils::Entry e) { return load<Stencils::lanes>(stencil + e * Stencils::lanes); }

/// body(stencil, m) for the packs of a row of a coarser level, the last one whole too.
template <class Body>
inline void for_stencils(const LevelView& v, const Row& row, Body&& body) {
  const std::int32_t* of = v.stencil_of + row.own / Stencils::lanes;
  for (int m = 0; m < row.count; m += Stencils::lanes) body(v.stencils + Index{*of++} * Stencils::block, m);
}

/// Sums of the neighbours of the cells of a row.
template <class T>
struct Neighbours {
  const T *left, *right, *back, *front, *below, *above;

  Neighbours(const LevelView& v, const T* z, const Row& row)
      : left(z + row.left), right(z + row.right), back(z + row.own - v.box.row), front(z + row.own + v.box.row), below(z + row.own - v.box.plane),
        above(z + row.own + v.box.plane) {}
  template <int L>
  [[nodiscard]] inline Pack<T, L> sum(int m) const {
    return ((load<L>(left + m) + load<L>(right + m)) + (load<L>(back + m) + load<L>(front + m))) + (load<L>(below + m) + load<L>(above + m));
  }
  template <int L>
  [[nodiscard]] inline Pack<double, L> wide_sum(int m) const {
    const auto wide = [m](const T* z) { return convert<double, L>(load<L>(z + m)); };
    return ((wide(left) + wide(right)) + (wide(back) + wide(front))) + (wide(below) + wide(above));
  }
  /// The same times the weights of the faces.
  [[nodiscard]] inline Pack<float, Stencils::lanes> sum(const float* stencil, int m) const {
    const auto term = [&](Stencils::Entry face, const float* z) { return entry(stencil, face) * load<Stencils::lanes>(z + m); };
    return ((term(Stencils::lower_x, left) + term(Stencils::upper_x, right)) + (term(Stencils::lower_y, back) + term(Stencils::upper_y, front))) +
           (term(Stencils::lower_z, below) + term(Stencils::upper_z, above));
  }
};

/// a_ii of finest cells as packs, 0 where there is no unknown.
template <int L>
struct Diagonal {
  Pack<std::int32_t, L> code;
  explicit Diagonal(const std::uint8_t* p) : code(load_codes<L>(p)) {}
  template <class T>
  [[nodiscard]] Pack<T, L> value() const {
    return convert<T, L>(code);
  }
  [[nodiscard]] Pack<float, L> inverse() const { return reciprocal<L>(code); }
  /// x on unknowns, 0 elsewhere.
  [[nodiscard]] Pack<float, L> mask(Pack<float, L> x) const { return select(code > 0, x); }
  [[nodiscard]] Pack<double, L> mask(Pack<double, L> x) const { return select(value<double>() > 0.0, x); }
};

/// body(row, j) for the view's rows of one colour in plane k; -1 visits both colours.
template <class F>
inline void for_rows(const LevelView& v, int k, int colour, F&& body) {
  for (int j = v.first_row; j < v.last_row; ++j)
    if (colour < 0) {
      body(make_row(v.box, j, k, 0), j);
      body(make_row(v.box, j, k, 1), j);
    } else {
      body(make_row(v.box, j, k, (j + k + colour) & 1), j);
    }
}

void relax_from_zero(const LevelView& v, int k, int colour, float omega) {
  for_rows(v, k, colour, [&](const Row& row, int) {
    float* z = v.z + row.own;
    const float* r = v.r + row.own;
    if (v.code)
      for_packs<floats>(row.count,
                        [&]<int L>(Lanes<L>, int m) { store(z + m, load<L>(r + m) * Diagonal<L>(v.code + row.own + m).inverse() * omega); });
    else
      for_stencils(v, row,
                   [&](const float* stencil, int m) { store(z + m, load<Stencils::lanes>(r + m) * entry(stencil, Stencils::inverse) * omega); });
  });
}

template <bool Keep>
void relax_rows(const LevelView& v, int k, int colour, float omega, float keep) {
  const auto blend = [omega, keep](auto value, [[maybe_unused]] const float* old) {
    if constexpr (Keep) {
      decltype(value) z;
      __builtin_memcpy(&z, old, sizeof z);
      return keep * z + omega * value;
    } else {
      (void)keep;
      return omega * value;
    }
  };
  for_rows(v, k, colour, [&](const Row& row, int) {
    float* z = v.z + row.own;
    const float* r = v.r + row.own;
    if (v.code) {
      const Neighbours<float> next(v, v.z, row);
      for_packs<floats>(row.count, [&]<int L>(Lanes<L>, int m) {
        store(z + m, blend((load<L>(r + m) + next.template sum<L>(m)) * Diagonal<L>(v.code + row.own + m).inverse(), z + m));
      });
    } else {
      const Neighbours<float> next(v, v.z, row);
      for_stencils(v, row, [&](const float* stencil, int m) {
        store(z + m, blend((load<Stencils::lanes>(r + m) + next.sum(stencil, m)) * entry(stencil, Stencils::inverse), z + m));
      });
    }
  });
}

void relax(const LevelView& v, int k, int colour, float omega, float keep) {
  if (keep == 0.0F)
    relax_rows<false>(v, k, colour, omega, keep);
  else
    relax_rows<true>(v, k, colour, omega, keep);
}

/// One row of r - A z, handed to put(m, pack).
template <class Put>
inline void residual_row(const LevelView& v, const Row& row, Put&& put) {
  const float* z = v.z + row.own;
  const float* r = v.r + row.own;
  if (v.code) {
    const Neighbours<float> next(v, v.z, row);
    for_packs<floats>(row.count, [&]<int L>(Lanes<L>, int m) {
      const Diagonal<L> d(v.code + row.own + m);
      put(m, d.mask(load<L>(r + m) + next.template sum<L>(m) - d.template value<float>() * load<L>(z + m)));
    });
  } else {
    const Neighbours<float> next(v, v.z, row);
    for_stencils(v, row, [&](const float* stencil, int m) {
      // A closed component that has shrunk to one unknown has no equation left: what does not sum to 0 there must not reach its parent.
      const auto d = entry(stencil, Stencils::diagonal);
      put(m, select(d > 0.0F, load<Stencils::lanes>(r + m) + next.sum(stencil, m) - d * load<Stencils::lanes>(z + m)));
    });
  }
}

void residual(const LevelView& v, float* out, int k, int colour) {
  for_rows(v, k, colour, [&](const Row& row, int) {
    float* o = out + row.own;
    residual_row(v, row, [o](int m, auto value) { store(o + m, value); });
  });
}

void correct(const LevelView& v, const float* step, float omega, int k, int colour) {
  for_rows(v, k, colour, [&](const Row& row, int) {
    float* z = v.z + row.own;
    const float* s = step + row.own;
    if (v.code)
      for_packs<floats>(row.count, [&]<int L>(Lanes<L>, int m) {
        store(z + m, load<L>(z + m) + omega * load<L>(s + m) * Diagonal<L>(v.code + row.own + m).inverse());
      });
    else
      for_stencils(v, row, [&](const float* stencil, int m) {
        store(z + m, load<Stencils::lanes>(z + m) + omega * load<Stencils::lanes>(s + m) * entry(stencil, Stencils::inverse));
      });
  });
}

void restrict_residual(const LevelView& v, float* coarse, int k, int colour) {
  const Index nx = v.box.count[0];
  for_rows(v, k, colour, [&](const Row& row, int j) {
    float* o = coarse + nx * (j / 2);
    residual_row(v, row, [o](int m, auto value) {
      decltype(value) sum;
      __builtin_memcpy(&sum, o + m, sizeof sum);
      store(o + m, sum + value);
    });
  });
}

void restrict_rhs(const LevelView& v, float* coarse, int k) {
  const Index nx = v.box.count[0];
  for_rows(v, k, -1, [&](const Row& row, int j) {
    float* o = coarse + nx * (j / 2);
    for_packs<floats>(row.count, [&]<int L>(Lanes<L>, int m) { store(o + m, load<L>(o + m) + load<L>(v.r + row.own + m)); });
  });
}

void prolong(const LevelView& v, const float* coarse, int k, bool add) {
  const Index nx = v.box.count[0];
  for_rows(v, k, -1, [&](const Row& row, int j) {
    const float* c = coarse + nx * (j / 2);
    float* z = v.z + row.own;
    const auto put = [z, add](int m, auto value) {
      decltype(value) old;
      __builtin_memcpy(&old, z + m, sizeof old);
      store(z + m, add ? old + value : value);
    };
    if (v.code)
      for_packs<floats>(row.count, [&]<int L>(Lanes<L>, int m) { put(m, Diagonal<L>(v.code + row.own + m).mask(load<L>(c + m))); });
    else
      for_stencils(v, row,
                   [&](const float* stencil, int m) { put(m, select(entry(stencil, Stencils::diagonal) > 0.0F, load<Stencils::lanes>(c + m))); });
  });
}

void scatter_plane(const SplitBox& b, const float* natural, float* split, int k, int first_row, int last_row) {
  for (int j = first_row; j < last_row; ++j) {
    const float* in = natural + Index{b.n[0]} * j;
    float* even = split + b.index(0, j, k);
    float* odd = even + b.half;
    for (int m = 0; m < b.count[1]; ++m) {
      even[m] = in[2 * m];
      odd[m] = in[2 * m + 1];
    }
    if (b.count[0] > b.count[1]) even[b.count[1]] = in[2 * b.count[1]];
  }
}

void gather_plane(const SplitBox& b, const float* split, float* natural, int k, int first_row, int last_row) {
  for (int j = first_row; j < last_row; ++j) {
    float* out = natural + Index{b.n[0]} * j;
    const float* even = split + b.index(0, j, k);
    const float* odd = even + b.half;
    for (int m = 0; m < b.count[1]; ++m) {
      out[2 * m] = even[m];
      out[2 * m + 1] = odd[m];
    }
    if (b.count[0] > b.count[1]) out[2 * b.count[1]] = even[b.count[1]];
  }
}

/// Sum of body(m) over both halves of the view's rows of plane k.
template <class Body>
inline double sum_rows(const LevelView& v, int k, Body&& body) {
  Sum<doubles> sum;
  for_rows(v, k, -1, [&](const Row& row, int) { for_packs<doubles>(row.count, [&]<int L>(Lanes<L>, int m) { sum.add(body(Lanes<L>{}, row, m)); }); });
  return sum.total();
}

double dot(const LevelView& v, int k) {
  return sum_rows(v, k, [&]<int L>(Lanes<L>, const Row& row, int m) {
    return convert<double, L>(load<L>(v.z + row.own + m)) * convert<double, L>(load<L>(v.r + row.own + m));
  });
}

void direction(const LevelView& v, const KrylovView& w, float beta, int k) {
  for_rows(v, k, -1, [&](const Row& row, int) {
    const float* z = v.z + row.own;
    float* p = w.p + row.own;
    if (beta == 0.0F)
      for_packs<floats>(row.count, [&]<int L>(Lanes<L>, int m) { store(p + m, load<L>(z + m)); });
    else
      for_packs<floats>(row.count, [&]<int L>(Lanes<L>, int m) { store(p + m, load<L>(z + m) + beta * load<L>(w.previous + row.own + m)); });
  });
}

/// (A p)_i before the mask, in double.
template <int L>
inline Pack<double, L> product(const Diagonal<L>& d, const float* p, const Neighbours<float>& next, int m) {
  return d.template value<double>() * convert<double, L>(load<L>(p + m)) - next.template wide_sum<L>(m);
}

double energy(const LevelView& v, const KrylovView& w, int k) {
  return sum_rows(v, k, [&]<int L>(Lanes<L>, const Row& row, int m) {
    const float* p = w.p + row.own;
    return convert<double, L>(load<L>(p + m)) * product<L>(Diagonal<L>(v.code + row.own + m), p, Neighbours<float>(v, w.p, row), m);
  });
}

double update(const LevelView& v, const KrylovView& w, double alpha, double scale, int k) {
  return sum_rows(v, k, [&]<int L>(Lanes<L>, const Row& row, int m) {
    const Index i = row.own + m;
    const Diagonal<L> d(v.code + i);
    const Pack<double, L> r = load<L>(w.r + i) - d.mask(product<L>(d, w.p + row.own, Neighbours<float>(v, w.p, row), m)) * alpha;
    store(w.r + i, r);
    store(v.r + i, convert<float, L>(scale * r));
    return r * r;
  });
}

double take(const LevelView& v, const double* natural, double* r, int k) {
  const SplitBox& b = v.box;
  Sum<doubles> sum;
  for (int j = v.first_row; j < v.last_row; ++j) {
    const double* in = natural + Index{b.n[0]} * (j + Index{b.n[1]} * k);
    const Index even = b.index(0, j, k);
    const auto put = [&]<int L>(Lanes<L>, Index i, Pack<double, L> value) {
      value = Diagonal<L>(v.code + i).mask(value);
      store(r + i, value);
      sum.add(value * value);
    };
    for_packs<doubles>(b.count[1], [&]<int L>(Lanes<L> lanes, int m) {
      const Halves<L> split = part<L>(load<L>(in + 2 * m), load<L>(in + 2 * m + L));
      put(lanes, even + m, split.even);
      put(lanes, even + b.half + m, split.odd);
    });
    if (b.count[0] > b.count[1]) put(Lanes<1>{}, even + b.count[1], load<1>(in + 2 * b.count[1]));
  }
  return sum.total();
}

void combine(const SplitBox& b, const Combination& c, double* natural, bool add, int k) {
  for (int j = 0; j < b.n[1]; ++j) {
    double* out = natural + Index{b.n[0]} * (j + Index{b.n[1]} * k);
    const Index even = b.index(0, j, k);
    // One after another, so that it does not matter how many wait for how long.
    const auto sum = [&]<int L>(Lanes<L>, Pack<double, L> x, Index i) {
      for (unsigned s = 0; s < static_cast<unsigned>(c.count); ++s) x += c.factor[s] * convert<double, L>(load<L>(c.p[s] + i));
      return x;
    };
    for_packs<doubles>(b.count[1], [&]<int L>(Lanes<L> lanes, int m) {
      double* to = out + 2 * m;
      const Halves<L> x = add ? part<L>(load<L>(to), load<L>(to + L)) : Halves<L>{};
      const Halves<L> row = join<L>(sum(lanes, x.even, even + m), sum(lanes, x.odd, even + b.half + m));
      store(to, row.even);
      store(to + L, row.odd);
    });
    if (b.count[0] > b.count[1]) {
      double* to = out + 2 * b.count[1];
      store(to, sum(Lanes<1>{}, add ? load<1>(to) : Pack<double, 1>{}, even + b.count[1]));
    }
  }
}

} // namespace

extern const Kernels table;
const Kernels table = {
    ANSATZ_KERNEL_NAME, relax_from_zero, relax,  residual, correct, restrict_residual, restrict_rhs, prolong, scatter_plane, gather_plane, dot,
    direction,          energy,          update, take,     combine};

} // namespace ansatz::solvers::multigrid::ANSATZ_KERNEL_NAMESPACE
