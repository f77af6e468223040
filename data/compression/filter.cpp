// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/byte_stream.hpp>
#include <ansatz/data/compression/filter.hpp>

#include <cstdlib>
#include <limits>
#include <memory>
#include <new>

namespace ansatz::compression {

namespace {

constexpr unsigned version = 1;
constexpr std::size_t most_values = std::numeric_limits<std::int32_t>::max();

struct Plan {
  Coding coding;
  std::size_t bytes;
  Shape shape;
};

Plan plan_of(std::size_t count, const unsigned* p) {
  if (count != filter_parameter_count || p[0] != version) throw Damaged("the filter's parameters are of another version");
  if (p[1] < static_cast<unsigned>(Method::lorenzo) || p[1] > static_cast<unsigned>(Method::bfp)) throw Damaged("the filter's method is unknown");
  if (p[2] != sizeof(float) && p[2] != sizeof(double)) throw Damaged("the filter takes values of 4 or 8 bytes");
  std::size_t left = most_values;
  for (std::size_t a = 3; a < 6; ++a) {
    if (p[a] == 0 || p[a] > left) throw Damaged("the filter takes chunks of 1 to 2^31 - 1 values");
    left /= p[a];
  }
  Plan plan{{static_cast<Method>(p[1])}, p[2], {p[3], p[4], p[5]}};
  if (plan.coding.method == Method::bfp) {
    plan.coding.width = p[6];
    if (p[6] != 8 && p[6] != 16 && p[6] != 32) throw Damaged("the filter's block floating point has 8, 16 or 32 bits");
  } else {
    plan.coding.eps = std::bit_cast<double>(std::uint64_t{p[7]} << 32 | p[6]);
    if (!(plan.coding.eps > 0) || !std::isfinite(plan.coding.eps)) throw Damaged("the filter's bound must be a positive number");
  }
  return plan;
}

void replace(void** buffer, std::size_t* capacity, void* by, std::size_t size) {
  std::free(*buffer);
  *buffer = by;
  *capacity = size;
}

struct Freed {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

using Memory = std::unique_ptr<void, Freed>;

Memory allocate(std::size_t size) {
  Memory memory(std::malloc(size));
  if (!memory) throw std::bad_alloc();
  return memory;
}

template <class T>
std::size_t forward(const Plan& plan, std::size_t used, std::size_t* capacity, void** buffer) {
  const std::size_t n = volume(plan.shape);
  if (used != n * sizeof(T)) throw Damaged("the chunk has not the size of the filter's parameters");
  const auto coded = encode<T>(std::span<const T>(static_cast<const T*>(*buffer), n), plan.shape, plan.coding);
  Memory memory = allocate(coded.size());
  std::memcpy(memory.get(), coded.data(), coded.size());
  replace(buffer, capacity, memory.release(), coded.size());
  return coded.size();
}

template <class T>
std::size_t backward_of(const Plan& plan, std::size_t used, std::size_t* capacity, void** buffer) {
  const std::size_t n = volume(plan.shape);
  Memory memory = allocate(n * sizeof(T));
  decode<T>({static_cast<const std::byte*>(*buffer), used}, plan.shape, {static_cast<T*>(memory.get()), n});
  replace(buffer, capacity, memory.release(), n * sizeof(T));
  return n * sizeof(T);
}

} // namespace

FilterParameters filter_parameters(const Coding& coding, std::size_t bytes, const std::vector<std::size_t>& chunk) {
  FilterParameters p{version, static_cast<unsigned>(coding.method), static_cast<unsigned>(bytes), 1, 1, 1, coding.width, 0};
  for (std::size_t a = 0; a < chunk.size(); ++a) p[a + 6 > chunk.size() + 3 ? a + 6 - chunk.size() : 3] *= static_cast<unsigned>(chunk[a]);
  if (coding.method != Method::bfp) {
    const auto eps = std::bit_cast<std::uint64_t>(coding.eps);
    p[6] = static_cast<unsigned>(eps);
    p[7] = static_cast<unsigned>(eps >> 32);
  }
  return p;
}

std::size_t run_filter(bool backward, std::size_t count, const unsigned* parameters, std::size_t used, std::size_t* capacity, void** buffer,
                       std::string& why) noexcept {
  try {
    const Plan plan = plan_of(count, parameters);
    const bool wide = plan.bytes == sizeof(double);
    if (backward) return wide ? backward_of<double>(plan, used, capacity, buffer) : backward_of<float>(plan, used, capacity, buffer);
    return wide ? forward<double>(plan, used, capacity, buffer) : forward<float>(plan, used, capacity, buffer);
  } catch (const std::exception& e) {
    try {
      why = e.what();
    } catch (const std::bad_alloc&) {
      why.clear();
    }
    return 0;
  }
}

} // namespace ansatz::compression
