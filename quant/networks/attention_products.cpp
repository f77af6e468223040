// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/quant/formats/lmul.hpp>
#include <ansatz/quant/formats/small_float.hpp>
#include <ansatz/quant/networks/attention_products.hpp>

#include <functional>
#include <memory>
#include <numeric>

namespace ansatz::quant {

namespace {

/// Operands side by side, and room for what is made of them.
struct Operands {
  std::vector<float> a, b;
  std::vector<std::uint8_t> code;
  std::vector<std::uint16_t> wide_code;

  void take(std::int64_t n, const float* from_a, std::int64_t a_stride, const float* from_b, std::int64_t b_stride) {
    const auto count = static_cast<std::size_t>(n);
    a.resize(count);
    b.resize(count);
    code.resize(count);
    wide_code.resize(count);
    for (std::int64_t i = 0; i < n; ++i) {
      a[static_cast<std::size_t>(i)] = from_a[i * a_stride];
      b[static_cast<std::size_t>(i)] = from_b[i * b_stride];
    }
  }
};

/// `multiply` leaves the products in a.
learning::SumOfProducts<float> with_products(std::function<void(Operands&)> multiply) {
  const auto operands = std::make_shared<Operands>();
  return [operands, multiply = std::move(multiply)](std::int64_t n, const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride) {
    operands->take(n, a, a_stride, b, b_stride);
    multiply(*operands);
    return std::accumulate(operands->a.begin(), operands->a.end(), 0.0F);
  };
}

void multiply_real(Operands& o) {
  for (std::size_t i = 0; i < o.a.size(); ++i) o.a[i] *= o.b[i];
}

learning::SumOfProducts<float> with_lmul(const LMulOptions& options) {
  const auto lmul = std::make_shared<LMul>(options);
  return with_products([lmul](Operands& o) {
    lmul->cut(o.a, o.a);
    lmul->cut(o.b, o.b);
    lmul->multiply(o.a, o.b, o.a);
  });
}

learning::SumOfProducts<float> with_fp8(Fp8 kind) {
  return with_products([kind](Operands& o) {
    const SmallFloat format{.kind = kind};
    for (std::vector<float>* x : {&o.a, &o.b}) {
      format.encode(*x, o.code);
      format.decode(o.code, *x);
    }
    multiply_real(o);
  });
}

} // namespace

std::vector<std::string> attention_arithmetics() { return {"exact", "bf16", "fp8-e4m3", "fp8-e5m2", "lmul", "lmul-formula", "lmul-k4", "lmul-k3"}; }

learning::SumOfProducts<float> attention_products(const std::string& name) {
  if (name == "exact") return {};
  if (name == "bf16")
    return with_products([](Operands& o) {
      for (std::vector<float>* x : {&o.a, &o.b}) {
        Bfloat16::encode(*x, o.wide_code);
        Bfloat16::decode(o.wide_code, *x);
      }
      multiply_real(o);
    });
  if (name == "fp8-e4m3") return with_fp8(Fp8::e4m3);
  if (name == "fp8-e5m2") return with_fp8(Fp8::e5m2);
  if (name == "lmul") return with_lmul({});
  if (name == "lmul-formula") return with_lmul({.form = LMulForm::formula});
  if (name == "lmul-k4") return with_lmul({.l = 3, .operand_bits = 4});
  if (name == "lmul-k3") return with_lmul({.l = 3, .operand_bits = 3});
  throw UsageError("bad_value", "no arithmetic of attention is called " + name + did_you_mean(name, attention_arithmetics()));
}

} // namespace ansatz::quant
