// SPDX-License-Identifier: Apache-2.0
#include "zfp_peer.hpp"

#include <algorithm>
#include <stdexcept>

#if defined(ANSATZ_HAS_ZFP)
#include <zfp.h>

#include <memory>
#endif

namespace ansatz::benchmarks {

#if defined(ANSATZ_HAS_ZFP)

namespace {

struct Zfp {
  Zfp(double* values, const compression::Shape& n, double tolerance, void* bytes, std::size_t size)
      : field(zfp_field_3d(values, zfp_type_double, n[2], n[1], n[0]), zfp_field_free), zfp(zfp_stream_open(nullptr), zfp_stream_close) {
    (void)zfp_stream_set_accuracy(zfp.get(), tolerance);
    if (size > 0) open(bytes, size);
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

std::vector<std::byte> zfp_encode(const std::vector<double>& values, const compression::Shape& shape, double tolerance) {
  Zfp z(const_cast<double*>(values.data()), shape, tolerance, nullptr, 0); // zfp_compress reads only
  std::vector<std::byte> bytes(zfp_stream_maximum_size(z.zfp.get(), z.field.get()));
  z.open(bytes.data(), bytes.size());
  bytes.resize(zfp_compress(z.zfp.get(), z.field.get()));
  return bytes;
}

void zfp_decode(const std::vector<std::byte>& bytes, const compression::Shape& shape, double tolerance, std::vector<double>& values) {
  Zfp z(values.data(), shape, tolerance, const_cast<std::byte*>(bytes.data()), bytes.size());
  if (zfp_decompress(z.zfp.get(), z.field.get()) == 0) throw std::runtime_error("zfp cannot read what it wrote");
}

#else

std::vector<std::byte> zfp_encode(const std::vector<double>&, const compression::Shape&, double) { return {}; }
void zfp_decode(const std::vector<std::byte>&, const compression::Shape&, double, std::vector<double>&) {}

#endif

double zfp_raised_tolerance(const std::vector<double>& values, const compression::Shape& shape, double eps) {
  std::vector<double> back(values.size());
  double best = 0;
  for (double tolerance = eps; has_zfp; tolerance *= 2) {
    zfp_decode(zfp_encode(values, shape, tolerance), shape, tolerance, back);
    double error = 0;
    for (std::size_t p = 0; p < values.size(); ++p) error = std::max(error, std::fabs(values[p] - back[p]));
    if (!(error <= eps)) break;
    best = tolerance;
  }
  return best;
}

} // namespace ansatz::benchmarks
