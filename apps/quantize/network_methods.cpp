// SPDX-License-Identifier: Apache-2.0
#include "network_methods.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/model_file.hpp>
#include <ansatz/learning/image_batches.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace ansatz::apps {

namespace {

/// The name of the classifier in a file, or nothing.
std::string classifier_in(const std::string& path) {
  std::string name;
  try {
    name = read_model_name(path);
  } catch (const FileError&) {
    return {}; // another kind of file
  }
  const auto names = learning::image_network_names();
  if (std::find(names.begin(), names.end(), name) == names.end() || learning::image_network_info(name).layers.empty()) return {};
  return name;
}

std::vector<std::uint8_t> classes_of(std::span<const float> logits, std::int64_t images) {
  const auto classes = static_cast<std::ptrdiff_t>(logits.size() / static_cast<std::size_t>(images));
  std::vector<std::uint8_t> chosen;
  for (auto z = logits.begin(); z != logits.end(); z += classes) chosen.push_back(static_cast<std::uint8_t>(std::max_element(z, z + classes) - z));
  return chosen;
}

Tree tree_of_method(const quant::NamedMethod& method, int bits, const quant::AccuracyRow& r) {
  Tree e = Tree::object();
  e["method"] = Tree::of(method.name);
  e["weight_bits"] = Tree::of(std::int64_t{bits});
  e["bits_per_value"] = Tree::of(r.bits_per_weight);
  e["accuracy"] = Tree::of(r.accuracy);
  e["agreement"] = Tree::of(r.agreement);
  e["logit_error"] = Tree::of(r.logit_error);
  e["quantize_seconds"] = Tree::of(r.seconds_to_quantize);
  return e;
}

} // namespace

std::vector<Option> network_options() {
  using K = OptionKind;
  return {{.path = "network.bits",
           .kind = K::integer_list,
           .fallback = "[]",
           .sentence = "classifiers: weight bits for which the methods that look at the whole network are compared; empty: none",
           .minimum = 2,
           .maximum = 8,
           .flag = "--network-bits"},
          {.path = "network.images",
           .kind = K::integer,
           .fallback = "2000",
           .sentence = "classifiers: test images that they are judged by",
           .minimum = 1,
           .maximum = 1e6,
           .flag = "--network-images"}};
}

std::optional<NetworkMethods> NetworkMethods::of(RunContext& run, const std::string& path) {
  const std::string model = classifier_in(path);
  if (model.empty()) return std::nullopt;
  const std::string set = learning::image_network_info(model).image_set;
  if (!has_image_set(set)) {
    run.progress.say(model + ": without accuracy, since the images " + set + " are not installed");
    return std::nullopt;
  }
  NetworkMethods methods;
  methods.net_ = quant::read_sequence(path);
  methods.images_ = read_image_set(set);
  methods.test_ = std::min(run.config.get_int("network.images"), methods.images_.test.count());
  methods.logits_ = quant::logits_of(methods.net_, methods.images_.test, methods.test_);
  return methods;
}

void NetworkMethods::add_columns(const quant::TensorFormat& format, Row& row) const {
  quant::Sequence rounded = net_;
  for (quant::LinearLayer& layer : rounded.linear) {
    quant::EncodedTensor e;
    format.fit(layer.weight, {static_cast<std::size_t>(layer.out), static_cast<std::size_t>(layer.length())}, e);
    format.encode(layer.weight, e);
    format.decode(e, layer.weight);
  }
  const std::vector<float> logits = quant::logits_of(rounded, images_.test, test_);
  const auto labels = std::span(images_.test.labels).first(static_cast<std::size_t>(test_));
  row.extra.emplace_back("accuracy", learning::accuracy(logits, labels));
  row.extra.emplace_back("agreement", learning::accuracy(logits, classes_of(logits_, test_)));
}

void NetworkMethods::add_methods(RunContext& run) const {
  const std::vector<std::int64_t> all_bits = run.config.get_int_list("network.bits");
  if (all_bits.empty()) return;
  const quant::Judged problem{net_, images_, std::min<std::int64_t>(512, images_.train.count()), test_, logits_};
  run.progress.say("whole network, activations in 8 bits   bits /value  accuracy agreement");
  for (const std::int64_t bits : all_bits)
    for (const quant::NamedMethod& method : quant::post_training_methods(static_cast<int>(bits))) {
      const quant::AccuracyRow r = quant::measure_accuracy(problem, method.options);
      std::array<char, 160> line{};
      (void)std::snprintf(line.data(), line.size(), "%-36s %6lld %6.2f %9.4f %9.4f", method.name.c_str(), static_cast<long long>(bits),
                          r.bits_per_weight, r.accuracy, r.agreement);
      run.progress.say(line.data());
      run.summary.add_result(tree_of_method(method, static_cast<int>(bits), r));
    }
}

} // namespace ansatz::apps
