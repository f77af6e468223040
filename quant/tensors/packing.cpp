// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/tensors/packing.hpp>

#include <bit>
#include <type_traits>

namespace ansatz::quant {

namespace {

template <class Code>
std::uint32_t word_of(Code code, const EncodedTensor& e) {
  if constexpr (std::is_same_v<Code, float>)
    return std::bit_cast<std::uint32_t>(code) >> (32 - e.code_bits);
  else
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(code) - e.lowest_code);
}

template <class Code>
Code code_of(std::uint32_t word, const EncodedTensor& e) {
  if constexpr (std::is_same_v<Code, float>)
    return std::bit_cast<float>(word << (32 - e.code_bits));
  else
    return static_cast<Code>(static_cast<std::int64_t>(word) + e.lowest_code);
}

std::size_t bytes_of(std::size_t codes, int bits) { return (codes * static_cast<std::size_t>(bits) + 7) / 8; }

} // namespace

std::vector<std::byte> pack_codes(const EncodedTensor& e) {
  return std::visit(
      [&](const auto& codes) {
        std::vector<std::byte> bytes;
        bytes.reserve(bytes_of(codes.size(), e.code_bits));
        std::uint64_t held = 0;
        int fill = 0;
        for (const auto code : codes) {
          held |= std::uint64_t{word_of(code, e)} << fill;
          for (fill += e.code_bits; fill >= 8; fill -= 8, held >>= 8) bytes.push_back(static_cast<std::byte>(held & 0xffU));
        }
        if (fill > 0) bytes.push_back(static_cast<std::byte>(held));
        return bytes;
      },
      e.codes);
}

void unpack_codes(std::span<const std::byte> bytes, EncodedTensor& e) {
  std::visit(
      [&](auto& codes) {
        using Code = typename std::remove_reference_t<decltype(codes)>::value_type;
        if (bytes.size() != bytes_of(codes.size(), e.code_bits))
          throw UsageError("bad_value", std::to_string(bytes.size()) + " bytes for " + std::to_string(codes.size()) + " codes of " +
                                            std::to_string(e.code_bits) + " bits; give " + std::to_string(bytes_of(codes.size(), e.code_bits)));
        const std::uint64_t ones = (std::uint64_t{1} << e.code_bits) - 1;
        std::uint64_t held = 0;
        int fill = 0;
        std::size_t next = 0;
        for (auto& code : codes) {
          for (; fill < e.code_bits; fill += 8) held |= static_cast<std::uint64_t>(bytes[next++]) << fill;
          code = code_of<Code>(static_cast<std::uint32_t>(held & ones), e);
          held >>= e.code_bits;
          fill -= e.code_bits;
        }
      },
      e.codes);
}

} // namespace ansatz::quant
