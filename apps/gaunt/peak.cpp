// SPDX-License-Identifier: Apache-2.0
#include "peak.hpp"

#include <chrono>

namespace ansatz::apps {

#ifdef __x86_64__

namespace {

constexpr int chains = 10;
constexpr int loops = 100'000;

/// Vectors of 32 or 64 bytes.
__attribute__((target("avx2,fma"))) void multiply_adds_avx2() {
  for (int i = 0; i < loops; ++i)
    asm volatile("vfmadd231ps %%ymm10, %%ymm11, %%ymm0\n vfmadd231ps %%ymm10, %%ymm11, %%ymm1\n vfmadd231ps %%ymm10, %%ymm11, %%ymm2\n"
                 "vfmadd231ps %%ymm10, %%ymm11, %%ymm3\n vfmadd231ps %%ymm10, %%ymm11, %%ymm4\n vfmadd231ps %%ymm10, %%ymm11, %%ymm5\n"
                 "vfmadd231ps %%ymm10, %%ymm11, %%ymm6\n vfmadd231ps %%ymm10, %%ymm11, %%ymm7\n vfmadd231ps %%ymm10, %%ymm11, %%ymm8\n"
                 "vfmadd231ps %%ymm10, %%ymm11, %%ymm9" ::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9");
}
__attribute__((target("avx512f"))) void multiply_adds_avx512() {
  for (int i = 0; i < loops; ++i)
    asm volatile("vfmadd231ps %%zmm10, %%zmm11, %%zmm0\n vfmadd231ps %%zmm10, %%zmm11, %%zmm1\n vfmadd231ps %%zmm10, %%zmm11, %%zmm2\n"
                 "vfmadd231ps %%zmm10, %%zmm11, %%zmm3\n vfmadd231ps %%zmm10, %%zmm11, %%zmm4\n vfmadd231ps %%zmm10, %%zmm11, %%zmm5\n"
                 "vfmadd231ps %%zmm10, %%zmm11, %%zmm6\n vfmadd231ps %%zmm10, %%zmm11, %%zmm7\n vfmadd231ps %%zmm10, %%zmm11, %%zmm8\n"
                 "vfmadd231ps %%zmm10, %%zmm11, %%zmm9" ::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9");
}

} // namespace

double multiply_add_rate(std::string_view kernels, std::size_t bytes) {
  using Clock = std::chrono::steady_clock;
  if (kernels != "avx2" && kernels != "avx512") return 0.0;
  const bool wide = kernels == "avx512";
  const auto start = Clock::now();
  if (wide)
    multiply_adds_avx512();
  else
    multiply_adds_avx2();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return 2e-9 * chains * loops * (wide ? 64.0 : 32.0) / static_cast<double>(bytes) / seconds;
}

#else

double multiply_add_rate(std::string_view /*kernels*/, std::size_t /*bytes*/) { return 0.0; }

#endif

} // namespace ansatz::apps
