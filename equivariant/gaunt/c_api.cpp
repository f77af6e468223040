// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/equivariant/gaunt/c_api.h>
#include <ansatz/equivariant/gaunt/feature_interaction.hpp>

#include <algorithm>
#include <new>

namespace {

using namespace ansatz;
using namespace ansatz::equivariant;

thread_local std::string last_error; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): errno of this interface

/// Runs body; no exception leaves a C function.
template <class Body>
int guarded(const Body& body) noexcept {
  try {
    body();
    return 0;
  } catch (const Error& e) {
    last_error = e.what();
    return -static_cast<int>(e.code());
  } catch (const std::bad_alloc&) {
    last_error = "out of memory";
  } catch (const std::exception& e) {
    last_error = e.what();
  }
  return -static_cast<int>(ExitCode::internal);
}

[[noreturn]] void refuse(const std::string& why) { throw UsageError("bad_value", "ansatz_gaunt: " + why); }

void require(const void* pointer, const char* name) {
  if (pointer == nullptr) refuse(std::string(name) + " is NULL");
}

/// All degrees of one channel, "0e+1o+2e".
std::string signal_irreps(int degree) {
  check_degree(degree, "ansatz_gaunt");
  std::string text;
  for (int l = 0; l <= degree; ++l) text += (l > 0 ? "+" : "") + std::to_string(l) + "y";
  return text;
}

template <class Enum>
Enum one_of(int value, int largest, const char* name) {
  if (value < 0 || value > largest) refuse(std::string(name) + " is " + std::to_string(value) + "; it must be 0 to " + std::to_string(largest));
  return static_cast<Enum>(value);
}

/// The fields of a description of this or an earlier version; those it does not have are zeros.
ansatz_gaunt_desc read(const ansatz_gaunt_desc* desc) {
  require(desc, "desc");
  if (desc->struct_size < offsetof(ansatz_gaunt_desc, degree3) + sizeof(int) || desc->struct_size > sizeof(ansatz_gaunt_desc))
    refuse("struct_size is " + std::to_string(desc->struct_size) + "; set it to sizeof(ansatz_gaunt_desc), " +
           std::to_string(sizeof(ansatz_gaunt_desc)) + " in this version");
  ansatz_gaunt_desc d{};
  const auto* from = reinterpret_cast<const unsigned char*>(desc);
  std::copy(from, from + desc->struct_size, reinterpret_cast<unsigned char*>(&d));
  d.method = d.method == nullptr ? "auto" : d.method;
  d.threads = d.threads == 0 ? 1 : d.threads;
  if ((d.flags & ~static_cast<unsigned>(ANSATZ_GAUNT_VERIFY)) != 0) refuse("unknown bits in flags: " + std::to_string(d.flags));
  return d;
}

GauntOptions degrees_of(const ansatz_gaunt_desc& d) {
  return {.degree1 = d.degree1,
          .degree2 = d.degree2,
          .degree3 = d.degree3,
          .method = d.method,
          .threads = d.threads,
          .verify = (d.flags & ANSATZ_GAUNT_VERIFY) != 0};
}

} // namespace

/// What the C functions call, in either precision and any layout.
struct ansatz_gaunt_plan {
  ansatz_gaunt_plan() = default;
  ansatz_gaunt_plan(const ansatz_gaunt_plan&) = delete;
  ansatz_gaunt_plan& operator=(const ansatz_gaunt_plan&) = delete;
  virtual ~ansatz_gaunt_plan() = default;

  virtual void execute(const void* x, const void* y, void* z, std::size_t n, void* work) const = 0;
  virtual void vjp(const void* x, const void* y, const void* g, void* xbar, void* ybar, std::size_t n, void* work) const = 0;
  virtual void jvp(const void* x, const void* y, const void* dx, const void* dy, void* dz, std::size_t n, void* work) const = 0;

  std::size_t size[3] = {};
  std::size_t workspace = 0; // bytes
  std::string method;
};

namespace {

/// Views of the caller's arrays and of a workspace, his or ours.
template <class T>
struct Arrays {
  std::size_t n;
  AlignedVector<T> own;
  std::span<T> work;

  Arrays(const ansatz_gaunt_plan& plan, std::size_t count, void* given) : n(count) {
    const std::size_t size = plan.workspace / sizeof(T);
    if (given == nullptr) own.resize(size);
    work = {given == nullptr ? own.data() : static_cast<T*>(given), size};
  }
  std::span<const T> in(const void* p, std::size_t size, const char* name) const {
    if (n > 0) require(p, name);
    return {static_cast<const T*>(p), n * size};
  }
  std::span<T> out(void* p, std::size_t size, const char* name) const {
    if (n > 0) require(p, name);
    return {static_cast<T*>(p), n * size};
  }
};

template <class T>
std::string methods_of(const GauntPlan<T>& plan) {
  return plan.method() == plan.gradient_method() ? plan.method() : plan.method() + " " + plan.gradient_method();
}

template <class T>
class BlockPlan : public ansatz_gaunt_plan {
public:
  explicit BlockPlan(const GauntOptions& options) : plan_(options) {
    for (int operand = 1; operand <= 3; ++operand) size[operand - 1] = plan_.block_size(operand) / lanes<T>;
    workspace = plan_.workspace() * sizeof(T);
    method = methods_of(plan_);
  }
  void execute(const void* x, const void* y, void* z, std::size_t n, void* work) const override {
    const Arrays<T> a(*this, padded(n), work);
    plan_.execute(a.in(x, size[0], "x"), a.in(y, size[1], "y"), a.out(z, size[2], "z"), a.work);
  }
  void vjp(const void* x, const void* y, const void* g, void* xbar, void* ybar, std::size_t n, void* work) const override {
    const Arrays<T> a(*this, padded(n), work);
    plan_.vjp(a.in(x, size[0], "x"), a.in(y, size[1], "y"), a.in(g, size[2], "g"), a.out(xbar, size[0], "xbar"), a.out(ybar, size[1], "ybar"),
              a.work);
  }
  void jvp(const void* x, const void* y, const void* dx, const void* dy, void* dz, std::size_t n, void* work) const override {
    const Arrays<T> a(*this, padded(n), work);
    plan_.jvp(a.in(x, size[0], "x"), a.in(y, size[1], "y"), a.in(dx, size[0], "dx"), a.in(dy, size[1], "dy"), a.out(dz, size[2], "dz"), a.work);
  }

private:
  static std::size_t padded(std::size_t n) { return (n + lanes<T> - 1) / lanes<T> * lanes<T>; }
  GauntPlan<T> plan_;
};

template <class T>
class RowPlan : public ansatz_gaunt_plan {
public:
  explicit RowPlan(const InteractionOptions& options) : plan_(options) {
    size[0] = Irreps(options.irreps1).size();
    size[1] = Irreps(options.irreps2).size();
    size[2] = Irreps(options.irreps3).size();
    workspace = plan_.workspace() * sizeof(T);
    method = methods_of(plan_.plan());
  }
  void execute(const void* x, const void* y, void* z, std::size_t n, void* work) const override {
    const Arrays<T> a(*this, n, work);
    plan_.execute(a.in(x, size[0], "x"), a.in(y, size[1], "y"), {}, a.out(z, size[2], "z"), a.work);
  }
  void vjp(const void* x, const void* y, const void* g, void* xbar, void* ybar, std::size_t n, void* work) const override {
    const Arrays<T> a(*this, n, work);
    plan_.vjp(a.in(x, size[0], "x"), a.in(y, size[1], "y"), {}, a.in(g, size[2], "g"), a.out(xbar, size[0], "xbar"), a.out(ybar, size[1], "ybar"), {},
              a.work);
  }
  void jvp(const void* x, const void* y, const void* dx, const void* dy, void* dz, std::size_t n, void* work) const override {
    const Arrays<T> a(*this, n, work);
    const std::span<T> sum = a.out(dz, size[2], "dz");
    std::vector<T> other(sum.size());
    plan_.execute(a.in(dx, size[0], "dx"), a.in(y, size[1], "y"), {}, sum, a.work);
    plan_.execute(a.in(x, size[0], "x"), a.in(dy, size[1], "dy"), {}, other, a.work);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
  }

private:
  FeatureInteraction<T> plan_;
};

template <class T>
ansatz_gaunt_plan* make_plan(const ansatz_gaunt_desc& d) {
  const int given = (d.irreps1 != nullptr ? 1 : 0) + (d.irreps2 != nullptr ? 1 : 0) + (d.irreps3 != nullptr ? 1 : 0);
  if (given != 0 && given != 3) refuse("give irreps of all three operands, or of none and their degrees");
  if (d.layout == ANSATZ_GAUNT_BLOCKS) {
    if (given != 0) refuse("layout ANSATZ_GAUNT_BLOCKS takes degrees, not irreps");
    if (d.normalisation != ANSATZ_GAUNT_INTEGRAL) refuse("layout ANSATZ_GAUNT_BLOCKS has the integral normalisation only");
    return new BlockPlan<T>(degrees_of(d));
  }
  InteractionOptions o;
  o.layout = one_of<Layout>(d.layout, ANSATZ_GAUNT_BLOCKS, "layout");
  o.normalisation = one_of<Normalisation>(d.normalisation, ANSATZ_GAUNT_NORM, "normalisation");
  o.method = d.method;
  o.threads = d.threads;
  o.irreps1 = given == 3 ? d.irreps1 : signal_irreps(d.degree1);
  o.irreps2 = given == 3 ? d.irreps2 : signal_irreps(d.degree2);
  o.irreps3 = given == 3 ? d.irreps3 : signal_irreps(d.degree3 == -1 ? d.degree1 + d.degree2 : d.degree3);
  auto plan = std::make_unique<RowPlan<T>>(o);
  if ((d.flags & ANSATZ_GAUNT_VERIFY) != 0) {
    GauntOptions degrees = degrees_of(d);
    degrees.degree1 = SignalIrreps(Irreps(o.irreps1)).degree;
    degrees.degree2 = SignalIrreps(Irreps(o.irreps2)).degree;
    degrees.degree3 = SignalIrreps(Irreps(o.irreps3)).degree;
    degrees.method = "estimate";
    (void)GauntPlan<T>(degrees);
  }
  return plan.release();
}

} // namespace

int ansatz_gaunt_plan_create(const ansatz_gaunt_desc* desc, ansatz_gaunt_plan** plan) {
  return guarded([&] {
    require(plan, "plan");
    *plan = nullptr;
    const ansatz_gaunt_desc d = read(desc);
    *plan = one_of<int>(d.precision, ANSATZ_GAUNT_F64, "precision") == ANSATZ_GAUNT_F32 ? make_plan<float>(d) : make_plan<double>(d);
  });
}

void ansatz_gaunt_plan_destroy(ansatz_gaunt_plan* plan) { delete plan; }

size_t ansatz_gaunt_size(const ansatz_gaunt_plan* plan, int operand) {
  return plan != nullptr && operand >= 1 && operand <= 3 ? plan->size[operand - 1] : 0;
}

size_t ansatz_gaunt_workspace(const ansatz_gaunt_plan* plan) { return plan != nullptr ? plan->workspace : 0; }

const char* ansatz_gaunt_method(const ansatz_gaunt_plan* plan) { return plan != nullptr ? plan->method.c_str() : ""; }

int ansatz_gaunt_execute(const ansatz_gaunt_plan* plan, const void* x, const void* y, void* z, size_t n, void* work) {
  return guarded([&] {
    require(plan, "plan");
    plan->execute(x, y, z, n, work);
  });
}

int ansatz_gaunt_vjp(const ansatz_gaunt_plan* plan, const void* x, const void* y, const void* g, void* xbar, void* ybar, size_t n, void* work) {
  return guarded([&] {
    require(plan, "plan");
    plan->vjp(x, y, g, xbar, ybar, n, work);
  });
}

int ansatz_gaunt_jvp(const ansatz_gaunt_plan* plan, const void* x, const void* y, const void* dx, const void* dy, void* dz, size_t n, void* work) {
  return guarded([&] {
    require(plan, "plan");
    plan->jvp(x, y, dx, dy, dz, n, work);
  });
}

int ansatz_gaunt_abi_version(void) { return ANSATZ_GAUNT_ABI; }

const char* ansatz_last_error(void) { return last_error.c_str(); }
