// SPDX-License-Identifier: Apache-2.0
#include <ansatz/apps/common/zfp.hpp>
#include <ansatz/data/error.hpp>

#if defined(ANSATZ_HAS_ZFP)
#include <zfp.h>

#include <memory>
#include <type_traits>
#endif

namespace ansatz::apps {

#if defined(ANSATZ_HAS_ZFP)

bool has_zfp() { return true; }

namespace {

struct Zfp {
  template <class T>
  Zfp(T* values, const compression::Shape& n, double tolerance)
      : field(zfp_field_3d(values, std::is_same_v<T, float> ? zfp_type_float : zfp_type_double, n[2], n[1], n[0]), zfp_field_free),
        zfp(zfp_stream_open(nullptr), zfp_stream_close) {
    (void)zfp_stream_set_accuracy(zfp.get(), tolerance);
  }
  void open(void* bytes, std::size_t size) {
    bits = {stream_open(bytes, size), stream_close};
    zfp_stream_set_bit_stream(zfp.get(), bits.get());
    zfp_stream_rewind(zfp.get());
  }
  std::unique_ptr<zfp_field, decltype(&zfp_field_free)> field;
  std::unique_ptr<zfp_stream, decltype(&zfp_stream_close)> zfp;
  std::unique_ptr<bitstream, decltype(&stream_close)> bits{nullptr, stream_close};
};

} // namespace

template <class T>
std::vector<std::byte> zfp_encode(std::span<const T> values, const compression::Shape& shape, double tolerance) {
  Zfp z(const_cast<T*>(values.data()), shape, tolerance); // zfp_compress reads only
  std::vector<std::byte> bytes(zfp_stream_maximum_size(z.zfp.get(), z.field.get()));
  z.open(bytes.data(), bytes.size());
  bytes.resize(zfp_compress(z.zfp.get(), z.field.get()));
  return bytes;
}

template <class T>
void zfp_decode(std::span<const std::byte> bytes, const compression::Shape& shape, double tolerance, std::span<T> values) {
  Zfp z(values.data(), shape, tolerance);
  z.open(const_cast<std::byte*>(bytes.data()), bytes.size()); // zfp_decompress reads only
  if (zfp_decompress(z.zfp.get(), z.field.get()) == 0) throw InternalError("internal", "zfp cannot read what it wrote");
}

#else

bool has_zfp() { return false; }

namespace {

[[noreturn]] void refuse() { throw UsageError("environment", "this build has no zfp: install libzfp-dev and configure it again"); }

} // namespace

template <class T>
std::vector<std::byte> zfp_encode(std::span<const T>, const compression::Shape&, double) {
  refuse();
}
template <class T>
void zfp_decode(std::span<const std::byte>, const compression::Shape&, double, std::span<T>) {
  refuse();
}

#endif

template std::vector<std::byte> zfp_encode<float>(std::span<const float>, const compression::Shape&, double);
template std::vector<std::byte> zfp_encode<double>(std::span<const double>, const compression::Shape&, double);
template void zfp_decode<float>(std::span<const std::byte>, const compression::Shape&, double, std::span<float>);
template void zfp_decode<double>(std::span<const std::byte>, const compression::Shape&, double, std::span<double>);

} // namespace ansatz::apps
