// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/instruction_set.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/equivariant/gaunt/by_precision.hpp>
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <algorithm>
namespace ansatz::equivariant {

namespace isa_generic {
extern const Kernels<float> table_f32;
extern const Kernels<double> table_f64;
} // namespace isa_generic
#ifdef ANSATZ_X86_KERNELS
namespace isa_avx2 {
extern const Kernels<float> table_f32;
extern const Kernels<double> table_f64;
} // namespace isa_avx2
namespace isa_avx512 {
extern const Kernels<float> table_f32;
extern const Kernels<double> table_f64;
} // namespace isa_avx512
#endif

template <class T>
std::size_t mconv_workspace(const RingProduct<T>& p) {
  const auto plain = [](int degree) { return 4 * index(degree + 1); };
  const auto extended = [](int degree) { return 4 * index(2 * degree + 9); };
  const std::size_t product = 4 * index(std::max({p.x.degree, p.y.degree, p.z.degree}) + 1);
  const std::size_t forward = plain(p.x.degree) + extended(p.y.degree);
  const std::size_t backward = plain(p.z.degree) + extended(p.x.degree) + extended(p.y.degree);
  return (std::max(forward, backward) + product) * index(p.z.pairs) * lanes<T>;
}

template <class T>
std::size_t ring_fft_workspace(const RingProduct<T>& p, const FftView<T>& t) {
  const std::size_t rows = 4 * index(2 * p.x.degree + 2 * p.y.degree + p.z.degree + 5) * index(p.z.pairs);
  return (rows + 12 * index(t.length)) * lanes<T>;
}

template <class T>
std::vector<const Kernels<T>*> available_kernels() {
  std::vector<const Kernels<T>*> tables;
#ifdef ANSATZ_X86_KERNELS
  if (runs(InstructionSet::avx512)) tables.push_back(&by_precision<T>(isa_avx512::table_f32, isa_avx512::table_f64));
  if (runs(InstructionSet::avx2)) tables.push_back(&by_precision<T>(isa_avx2::table_f32, isa_avx2::table_f64));
#endif
  tables.push_back(&by_precision<T>(isa_generic::table_f32, isa_generic::table_f64));
  return tables;
}

template <class T>
const Kernels<T>& find_kernels(const std::string& name) {
  std::vector<std::string> names = {"best"};
  for (const auto* table : available_kernels<T>()) {
    if (name == "best" || name == table->name) return *table;
    names.emplace_back(table->name);
  }
  throw UsageError("bad_value", "GauntPlan: kernels \"" + name + "\" are unknown or cannot run on this machine" + did_you_mean(name, names));
}

template std::size_t mconv_workspace(const RingProduct<float>&);
template std::size_t mconv_workspace(const RingProduct<double>&);
template std::size_t ring_fft_workspace(const RingProduct<float>&, const FftView<float>&);
template std::size_t ring_fft_workspace(const RingProduct<double>&, const FftView<double>&);
template std::vector<const Kernels<float>*> available_kernels();
template std::vector<const Kernels<double>*> available_kernels();
template const Kernels<float>& find_kernels(const std::string&);
template const Kernels<double>& find_kernels(const std::string&);

} // namespace ansatz::equivariant
