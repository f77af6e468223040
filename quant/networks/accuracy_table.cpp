// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/learning/image_batches.hpp>
#include <ansatz/quant/networks/accuracy_table.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace ansatz::quant {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::size_t class_of(std::span<const float> logits) {
  return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

NamedMethod with(const std::string& name, const std::string& sentence, LevelOptions levels, Search search = Search::nearest, bool correct = false) {
  PostTrainingOptions o{.levels = levels, .search = search};
  o.correct_bias = correct;
  return {name, sentence, o};
}

} // namespace

std::vector<NamedMethod> post_training_methods(int bits) {
  using S = LevelShape;
  const LevelOptions plain{S::uniform, bits, false, 0};
  const LevelOptions clipped{S::uniform, bits, true, 0};
  const LevelOptions power{S::power, bits, true, 0};
  const LevelOptions book{S::codebook, bits, false, 0};
  std::vector<NamedMethod> all{
      with("uniform", "equal steps up to the largest weight of a row, to the nearest", plain),
      with("uniform-clip", "the same up to the best clip", clipped),
      with("uniform-equalize", "uniform-clip after cross-layer equalization, bias corrected", clipped, Search::nearest, true),
      with("uniform-bias", "uniform-clip, bias corrected", clipped, Search::nearest, true),
      with("uniform-dynamic", "uniform-bias with the range of the activations at run time", clipped, Search::nearest, true),
      with("uniform-adaround", "up or down learned for the output of the layer, bias corrected", clipped, Search::adaround, true),
      with("uniform-gptq", "column by column, errors handed on, bias corrected", clipped, Search::gptq, true),
      with("uniform-descent", "any level, coordinate by coordinate, bias corrected", clipped, Search::descent, true),
      with("power-root", "exponent 1/2 up to the largest weight of a row, to the nearest", {S::power, bits, false, 0.5}),
      with("power", "exponent and clip chosen together, to the nearest", power),
      with("power-bias", "power, bias corrected", power, Search::nearest, true),
      with("power-free", "exponent and weights learned without data", power, Search::learned),
      with("power-adaround", "up or down learned for the output of the layer, bias corrected", power, Search::adaround, true),
      with("power-learned", "exponent and weights learned for the output of the layer, bias corrected", power, Search::learned, true),
      with("power-descent", "any level, coordinate by coordinate, bias corrected", power, Search::descent, true),
      with("codebook", "the best levels of the layer (Lloyd, Max), to the nearest", book),
      with("codebook-descent", "any of them, coordinate by coordinate, bias corrected", book, Search::descent, true),
  };
  for (NamedMethod& m : all) {
    m.options.equalized = m.name == "uniform-equalize";
    m.options.dynamic_activations = m.name == "uniform-dynamic";
    m.options.with_data = m.name != "power-free";
  }
  return all;
}

NamedMethod post_training_method(const std::string& name, int bits) {
  const std::vector<NamedMethod> methods = post_training_methods(bits);
  std::vector<std::string> names;
  names.reserve(methods.size());
  for (const NamedMethod& m : methods) {
    if (m.name == name) return m;
    names.push_back(m.name);
  }
  throw UsageError("bad_value", "no method of post-training quantization is called " + name + did_you_mean(name, names));
}

Judged judged(const Sequence& net, const ImageSet& images, std::int64_t calibration, std::int64_t test) {
  if (calibration < 1 || calibration > images.train.count() || test < 1 || test > images.test.count())
    throw UsageError("bad_value", std::to_string(calibration) + " images to calibrate with and " + std::to_string(test) + " to test; there are " +
                                      std::to_string(images.train.count()) + " and " + std::to_string(images.test.count()));
  return {net, images, calibration, test, logits_of(net, images.test, test)};
}

PairedDifference paired_difference(const std::vector<bool>& a, const std::vector<bool>& b) {
  if (a.size() != b.size() || a.empty())
    throw UsageError("bad_value",
                     "answers to " + std::to_string(a.size()) + " and " + std::to_string(b.size()) + " images; both must be of the same ones");
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = (a[i] ? 1.0 : 0.0) - (b[i] ? 1.0 : 0.0);
    sum += difference;
    squares += difference * difference;
  }
  const auto n = static_cast<double>(a.size());
  return {sum / n, std::sqrt((squares / n - sum * sum / (n * n)) / n)};
}

AccuracyRow measure_accuracy(const Judged& problem, const PostTrainingOptions& options) {
  AccuracyRow row;
  auto start = Clock::now();
  const QuantizedNetwork quantized = quantize(problem.net, problem.images.train, problem.calibration, options);
  row.seconds_to_quantize = seconds_since(start);
  start = Clock::now();
  const std::vector<float> logits = logits_of(quantized.exact(), problem.images.test, problem.test, quantized.map());
  row.seconds_to_run = seconds_since(start);
  double weights = 0;
  row.exponent_low = 10;
  row.exponent_high = 0;
  for (const QuantizedLayer& layer : quantized.layers()) {
    weights += static_cast<double>(layer.weight.size());
    row.exponent_low = std::min(row.exponent_low, layer.levels.exponent);
    row.exponent_high = std::max(row.exponent_high, layer.levels.exponent);
  }
  row.bits_per_weight = quantized.weight_bits() / weights;
  const std::size_t classes = logits.size() / static_cast<std::size_t>(problem.test);
  for (std::size_t at = 0; at < logits.size(); at += classes)
    row.right.push_back(class_of(std::span(logits).subspan(at, classes)) == problem.images.test.labels[at / classes]);
  row.accuracy = static_cast<double>(std::count(row.right.begin(), row.right.end(), true)) / static_cast<double>(problem.test);
  double same = 0;
  double error = 0;
  double energy = 0;
  for (std::size_t at = 0; at < logits.size(); at += classes)
    same += class_of(std::span(logits).subspan(at, classes)) == class_of(std::span(problem.logits).subspan(at, classes)) ? 1 : 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double z = static_cast<double>(problem.logits[i]);
    error += (static_cast<double>(logits[i]) - z) * (static_cast<double>(logits[i]) - z);
    energy += z * z;
  }
  row.agreement = same / static_cast<double>(problem.test);
  row.logit_error = std::sqrt(error / energy);
  return row;
}

} // namespace ansatz::quant
