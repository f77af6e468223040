// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include "field_error.hpp"

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace ansatz::apps {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Seconds of one call of f, from calls for `seconds`.
template <class F>
double time_of(double seconds, F&& f) {
  const auto start = Clock::now();
  std::size_t count = 0;
  do {
    f();
    ++count;
  } while (since(start) < seconds);
  return since(start) / static_cast<double>(count);
}

/// Sums of squares of numbers and errors.
struct Squares {
  double error = 0.0, whole = 0.0;
  void add(double exact, double found) {
    error += (exact - found) * (exact - found);
    whole += exact * exact;
  }
  [[nodiscard]] double relative() const { return whole > 0.0 ? std::sqrt(error / whole) : 0.0; }
};

/// A slice of a field: three axes of some length.
bool is_field(const Tensor& t) { return t.dims.size() == 3 && *std::min_element(t.dims.begin(), t.dims.end()) >= 4; }

struct Sums {
  Squares values, products;
  FieldError field;
  double bits = 0.0, count = 0.0;
  bool fields = true;
};

void add_errors(const Tensor& t, const quant::EncodedTensor& e, const std::vector<float>& decoded, Sums& sums, Row& row) {
  double largest = 0.0, worst = 0.0;
  for (std::size_t i = 0; i < t.exact.size(); ++i) {
    sums.values.add(t.exact[i], static_cast<double>(decoded[i]));
    largest = std::max(largest, std::abs(t.exact[i]));
    worst = std::max(worst, std::abs(t.exact[i] - static_cast<double>(decoded[i])));
  }
  const double bound = e.error_bound + 0x1p-24 * largest; // the file's double was rounded to float first
  if (!(worst <= bound))
    throw InternalError("internal",
                        row.method + " is off by " + std::to_string(worst) + " in " + t.name + ", more than its bound of " + std::to_string(bound));
  if (largest > 0.0) row.max_error = std::max(row.max_error, worst / largest);
  if (largest > 0.0) row.error_bound = std::max(row.error_bound, bound / largest);
  sums.bits += e.bits_per_value * static_cast<double>(t.exact.size());
  sums.count += static_cast<double>(t.exact.size());
  row.bytes += static_cast<double>(e.bytes());
  row.encode_bytes += static_cast<double>(e.bytes()) + 4.0 * static_cast<double>(t.exact.size());
  if (is_field(t)) sums.field.add(t.exact, decoded, t.dims);
}

void add_products(const Tensor& t, const quant::TensorFormat& format, Squares& products) {
  constexpr std::size_t most = 65536;
  const std::size_t n = std::min(most, t.values.size());
  const std::vector<float> x(t.values.begin(), t.values.begin() + static_cast<std::ptrdiff_t>(n));
  std::vector<float> y = x, z(n);
  std::rotate(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(n / 3), y.end());
  format.multiply(x, y, z);
  for (std::size_t i = 0; i < n; ++i) products.add(static_cast<double>(x[i]) * static_cast<double>(y[i]), static_cast<double>(z[i]));
}

} // namespace

Row measure(const std::vector<Tensor>& tensors, const quant::TensorFormat& format, const MeasureOptions& options) {
  Row row;
  row.method = format.text();
  std::vector<quant::EncodedTensor> encoded(tensors.size());
  std::vector<std::vector<float>> decoded(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) decoded[i].resize(tensors[i].values.size());
  const auto start = Clock::now();
  for (std::size_t i = 0; i < tensors.size(); ++i) format.fit(tensors[i].values, tensors[i].shape(), encoded[i]);
  row.fit_seconds = since(start);
  for (int repetition = 0; repetition < options.repeats; ++repetition) {
    row.encode_seconds.push_back(time_of(options.seconds, [&] {
      for (std::size_t i = 0; i < tensors.size(); ++i) format.encode(tensors[i].values, encoded[i]);
    }));
    row.decode_seconds.push_back(time_of(options.seconds, [&] {
      for (std::size_t i = 0; i < tensors.size(); ++i) format.decode(encoded[i], decoded[i]);
    }));
  }
  Sums sums;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    add_errors(tensors[i], encoded[i], decoded[i], sums, row);
    add_products(tensors[i], format, sums.products);
    sums.fields = sums.fields && is_field(tensors[i]);
  }
  if (options.store != nullptr)
    row.extra.emplace_back("stored_bits", 8.0 * options.store->add(row.method, tensors, encoded) / std::max(sums.count, 1.0));
  row.bits_per_value = sums.count > 0.0 ? sums.bits / sums.count : 0.0;
  row.rms_error = sums.values.relative();
  row.snr = row.rms_error > 0.0 ? -20.0 * std::log10(row.rms_error) : 400.0;
  row.product_error = sums.products.relative();
  if (sums.fields) {
    row.extra.emplace_back("residual_error", sums.field.residual_error());
    row.extra.emplace_back("energy_error", sums.field.energy_error());
  }
  return row;
}

} // namespace ansatz::apps
