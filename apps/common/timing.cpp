// SPDX-License-Identifier: Apache-2.0
#include <ansatz/apps/common/timing.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace ansatz::apps {

double quantile(std::vector<double> samples, double q) {
  std::sort(samples.begin(), samples.end());
  const double at = q * static_cast<double>(samples.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, samples.size() - 1);
  return samples[low] + (at - std::floor(at)) * (samples[high] - samples[low]);
}

Tree statistics(const std::vector<double>& samples) {
  Tree all = Tree::object();
  all["min"] = Tree::of(quantile(samples, 0.0));
  all["q1"] = Tree::of(quantile(samples, 0.25));
  all["median"] = Tree::of(quantile(samples, 0.5));
  all["q3"] = Tree::of(quantile(samples, 0.75));
  all["samples"] = Tree::of(static_cast<std::int64_t>(samples.size()));
  return all;
}

double triad_bandwidth() {
  constexpr std::size_t n = std::size_t{1} << 24;
  std::vector<double> a(n, 1.0);
  const std::vector<double> b(n, 2.0);
  const std::vector<double> c(n, 3.0);
  double best = 1e30;
  for (int pass = 0; pass < 6; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    const double s = 3.0 + pass;
    for (std::size_t i = 0; i < n; ++i) a[i] = b[i] + s * c[i];
    const volatile double keep = a[n / 2]; // the loop must not be thrown away
    (void)keep;
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return 32.0 * static_cast<double>(n) / best;
}

} // namespace ansatz::apps
