// SPDX-License-Identifier: Apache-2.0
/// Sums of products for the attention of a transformer (learning/layers/attention.hpp) in other arithmetics; products are summed in float32, in order.
///   exact         float32
///   bf16          both operands rounded to bfloat16
///   fp8-e4m3      both operands rounded to 8 bits, saturating, without scales of tensors
///   fp8-e5m2      the same
///   lmul          carry form on float32 words, l = 4: an integer addition instead of a product
///   lmul-formula  the paper's first equation, l = 4
///   lmul-k4       carry form on operands cut to 4 mantissa bits, l = 3
///   lmul-k3       to 3 bits, as many as e4m3 has, l = 3
/// Cite: H. Luo, W. Sun, Addition is All You Need for Energy-efficient Language Models, 2024, arXiv:2410.00907: projections stay ordinary, Q K^T and softmax V change.
/// Errors: UsageError for another name.
/// Threads: one thread per function object (it keeps scratch).
#pragma once

#include <ansatz/learning/layers/attention.hpp>

#include <string>
#include <vector>

namespace ansatz::quant {

[[nodiscard]] std::vector<std::string> attention_arithmetics();

[[nodiscard]] learning::SumOfProducts<float> attention_products(const std::string& name);

} // namespace ansatz::quant
