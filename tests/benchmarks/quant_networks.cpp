// SPDX-License-Identifier: Apache-2.0
// Networks in few bits: the accuracy of the shipped classifiers method by method, and what integer training and other arithmetics of attention do.
//   bench_quant_networks --json out.json
// post       post-training quantization of models, activations in 8 bits: every method at every number of weight bits, float32 first
// mixed      bits layer by layer from the curvature of the loss, beside as many equal bits
// attention  the transformer with its products Q K^T and softmax V in other arithmetics
// training   the convolutional network in float32 and with integer products: accuracy by seed, seconds a step in pairs
// Accuracy is that on test images, which nothing was chosen by.
#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/shipped_file.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/learning/image_batches.hpp>
#include <ansatz/learning/training_state.hpp>
#include <ansatz/quant/networks/accuracy_table.hpp>
#include <ansatz/quant/networks/attention_products.hpp>
#include <ansatz/quant/networks/mixed_precision.hpp>
#include <ansatz/quant/networks/training_race.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>

namespace {

using namespace ansatz;
using namespace ansatz::quant;
using apps::Tree;

double seconds_of(const std::function<void()>& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Benchmark {
public:
  Benchmark(apps::RunContext& run, const ImageSet& images)
      : run_(run), images_(images), test_(std::min(run.config.get_int("test"), images.test.count())),
        calibration_(run.config.get_int("calibration")) {}

  void post(const std::string& model) {
    const Sequence net = read_sequence(file_of(model));
    const Judged problem = judged(net, images_, calibration_, test_);
    Tree real = row("post", model, "f32", {.bits_per_weight = 32, .accuracy = accuracy_of(problem.logits), .agreement = 1}, 32);
    real["seconds"] = apps::statistics({seconds_of([&] { (void)logits_of(net, images_.test, test_); })});
    run_.summary.add_result(real);
    for (const std::int64_t bits : run_.config.get_int_list("bits")) {
      std::map<std::string, std::vector<bool>> right;
      for (const NamedMethod& m : post_training_methods(static_cast<int>(bits))) {
        const AccuracyRow r = measure_accuracy(problem, m.options);
        right[m.name] = r.right;
        Tree result = row("post", model, m.name, r, static_cast<int>(bits));
        result["seconds"] = apps::statistics({r.seconds_to_run});
        // Power levels beside uniform ones with the same rounding.
        const std::string peer = m.name == "power" ? "uniform-clip" : m.name.starts_with("power-") ? "uniform-" + m.name.substr(6) : "";
        if (right.contains(peer)) compare(result, peer, r.right, right[peer]);
        run_.summary.add_result(result);
      }
    }
  }

  void mixed(const std::string& model) {
    const std::string path = file_of(model);
    learning::Arena<float> arena(learning::image_network<float>(model).layout);
    learning::load_model(path, model, arena);
    const Sequence net = as_sequence(model, arena);
    const Judged problem = judged(net, images_, calibration_, test_);
    const std::vector<double> curvatures = mean_curvatures(model, arena, images_.train, std::min<std::int64_t>(calibration_, 256), 4, 1);
    for (const std::int64_t budget : run_.config.get_int_list("bits")) {
      NamedMethod m = post_training_method("uniform-descent", static_cast<int>(budget));
      m.options.bits = choose_bits(net, curvatures, m.options.levels, {2, 3, 4, 5, 6, 8}, static_cast<double>(budget));
      std::string name = "bits";
      for (const int b : m.options.bits) name += " " + std::to_string(b);
      const AccuracyRow r = measure_accuracy(problem, m.options);
      m.options.bits.clear();
      const AccuracyRow equal = measure_accuracy(problem, m.options);
      Tree result = row("mixed", model, name, r, static_cast<int>(budget));
      compare(result, "equal bits", r.right, equal.right);
      result["seconds"] = apps::statistics({r.seconds_to_run});
      run_.summary.add_result(result);
      run_.summary.add_result(row("mixed", model, "equal bits", equal, static_cast<int>(budget)));
    }
  }

  void attention() {
    const std::int64_t test = std::min(test_, run_.config.get_int("attention_test"));
    const std::string model = "fashion-transformer";
    learning::Arena<float> arena(learning::image_network<float>(model).layout);
    learning::load_model(file_of(model), model, arena);
    std::vector<float> real;
    for (const std::string& name : attention_arithmetics()) {
      const auto net = learning::image_network<float>(model, learning::make_linear_kernels<float>(), attention_products(name));
      std::vector<float> logits;
      const double seconds = seconds_of([&] { logits = learning::logits_of(net.chain, std::as_const(arena).parameters(), images_.test, test); });
      if (real.empty()) real = logits;
      AccuracyRow r{.bits_per_weight = 32, .accuracy = accuracy_of(logits), .agreement = agreement(logits, real)};
      r.logit_error = distance(logits, real);
      Tree result = row("attention", model, name, r, 32);
      result["seconds"] = apps::statistics({seconds});
      run_.summary.add_result(result);
    }
  }

  void training() {
    const std::int64_t epochs = run_.config.get_int("epochs");
    for (const std::int64_t seed : run_.config.get_int_list("seeds")) {
      const std::vector<RaceResult> both = race(images_, {.epochs = epochs, .seed = static_cast<std::uint64_t>(seed)});
      report_training(false, seed, both[0]);
      report_training(true, seed, both[1]);
    }
  }

private:
  static std::string file_of(const std::string& model) {
    std::string name = model;
    std::replace(name.begin(), name.end(), '-', '_');
    return shipped_file("models/" + name + ".h5");
  }
  [[nodiscard]] double accuracy_of(std::span<const float> logits) const {
    return learning::accuracy(logits, std::span(images_.test.labels).first(logits.size() / 10));
  }

  static double agreement(std::span<const float> a, std::span<const float> b) {
    std::vector<std::uint8_t> classes;
    for (std::size_t at = 0; at < b.size(); at += 10)
      classes.push_back(
          static_cast<std::uint8_t>(std::max_element(b.begin() + static_cast<std::ptrdiff_t>(at), b.begin() + static_cast<std::ptrdiff_t>(at + 10)) -
                                    (b.begin() + static_cast<std::ptrdiff_t>(at))));
    return learning::accuracy(a, classes);
  }
  static double distance(std::span<const float> a, std::span<const float> b) {
    double error = 0;
    double energy = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      error += static_cast<double>((a[i] - b[i]) * (a[i] - b[i]));
      energy += static_cast<double>(b[i] * b[i]);
    }
    return std::sqrt(error / energy);
  }

  /// Adds the paired difference of the accuracies to the entry of the first.
  void compare(Tree& result, const std::string& peer, const std::vector<bool>& right, const std::vector<bool>& right_of_peer) {
    const PairedDifference d = paired_difference(right, right_of_peer);
    result["peer"] = Tree::of(peer);
    result["accuracy_above_peer"] = Tree::of(d.mean);
    result["standard_error"] = Tree::of(d.standard_error);
    std::array<char, 120> line{};
    (void)std::snprintf(line.data(), line.size(), "%50s %-18s %+9.4f +- %.4f", "above", peer.c_str(), d.mean, d.standard_error);
    run_.progress.say(line.data());
  }

  Tree row(const std::string& part, const std::string& model, const std::string& method, const AccuracyRow& r, int bits) {
    Tree e = Tree::object();
    e["part"] = Tree::of(part);
    e["model"] = Tree::of(model);
    e["method"] = Tree::of(method);
    e["weight_bits"] = Tree::of(std::int64_t{bits});
    e["bits_per_weight"] = Tree::of(r.bits_per_weight);
    e["accuracy"] = Tree::of(r.accuracy);
    e["agreement"] = Tree::of(r.agreement);
    e["logit_error"] = Tree::of(r.logit_error);
    e["exponent_low"] = Tree::of(r.exponent_low);
    e["exponent_high"] = Tree::of(r.exponent_high);
    e["quantize_seconds"] = Tree::of(r.seconds_to_quantize);
    std::array<char, 160> line{};
    (void)std::snprintf(line.data(), line.size(), "%-9s %-20s %-18s %3d %6.2f %9.4f %9.4f %9.4f %8.2f", part.c_str(), model.c_str(), method.c_str(),
                        bits, r.bits_per_weight, r.accuracy, r.agreement, r.logit_error, r.seconds_to_quantize);
    run_.progress.say(line.data());
    return e;
  }

  void report_training(bool integers, std::int64_t seed, const RaceResult& r) {
    Tree e = Tree::object();
    e["part"] = Tree::of(std::string("training"));
    e["method"] = Tree::of(std::string(integers ? "dfp16" : "f32"));
    e["seed"] = Tree::of(seed);
    e["steps"] = Tree::of(r.steps);
    e["accuracy"] = Tree::of(r.accuracy);
    e["loss"] = Tree::of(r.loss);
    e["step_seconds"] = apps::statistics(r.seconds_of_steps);
    Tree phases = Tree::object();
    for (const auto& [name, seconds] : r.seconds_of_phases) phases[name] = Tree::of(seconds / static_cast<double>(r.steps));
    e["phase_seconds"] = phases;
    run_.summary.add_result(e);
    std::array<char, 160> line{};
    (void)std::snprintf(line.data(), line.size(), "training  seed %lld  %-6s  accuracy %.4f  loss %.4f  median step %.2f ms",
                        static_cast<long long>(seed), integers ? "dfp16" : "f32", r.accuracy, r.loss, 1e3 * apps::quantile(r.seconds_of_steps, 0.5));
    run_.progress.say(line.data());
  }

  apps::RunContext& run_;
  const ImageSet& images_;
  std::int64_t test_;
  std::int64_t calibration_;
};

/// The first images only.
void shorten(LabelledImages& set, std::int64_t most) {
  if (set.count() <= most) return;
  set.labels.resize(static_cast<std::size_t>(most));
  set.pixels.resize(static_cast<std::size_t>(most * set.rows * set.columns));
}

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  ImageSet images = read_image_set("fashion-mnist", run.config.get_text("images"));
  shorten(images.train, run.config.get_int("train"));
  shorten(images.test, run.config.get_int("test"));
  Benchmark benchmark(run, images);
  run.progress.say("part      model                method            bits  /value  accuracy agreement    logits quantize s");
  for (const std::string& part : run.config.get_text_list("parts")) {
    if (part == "post")
      for (const std::string& model : run.config.get_text_list("models")) benchmark.post(model);
    if (part == "mixed")
      for (const std::string& model : run.config.get_text_list("models")) benchmark.mixed(model);
    if (part == "attention") benchmark.attention();
    if (part == "training") benchmark.training();
  }
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = apps::OptionKind;
  return {
      .name = "bench_quant_networks",
      .summary = "Measure classifiers in few bits, integer training and attention in other arithmetics.",
      .options =
          {{.path = "parts",
            .kind = K::text_list,
            .fallback = "[\"post\", \"mixed\", \"attention\", \"training\"]",
            .sentence = "what is measured",
            .choices = {"post", "mixed", "attention", "training"},
            .flag = "--parts"},
           {.path = "models",
            .kind = K::text_list,
            .fallback = "[\"fashion-cnn\", \"fashion-mlp\"]",
            .sentence = "what is quantized after training",
            .choices = {"fashion-cnn", "fashion-mlp"},
            .flag = "--models"},
           {.path = "bits", .kind = K::integer_list, .fallback = "[4, 3]", .sentence = "of weights", .minimum = 2, .maximum = 8, .flag = "--bits"},
           {.path = "test", .kind = K::integer, .fallback = "10000", .sentence = "test images", .minimum = 1, .flag = "--test"},
           {.path = "attention_test",
            .kind = K::integer,
            .fallback = "1000",
            .sentence = "test images of part attention",
            .minimum = 1,
            .flag = "--attention-test"},
           {.path = "train", .kind = K::integer, .fallback = "18000", .sentence = "training images", .minimum = 64, .flag = "--train"},
           {.path = "calibration",
            .kind = K::integer,
            .fallback = "128",
            .sentence = "training images to calibrate with",
            .minimum = 1,
            .flag = "--calibration"},
           {.path = "seeds",
            .kind = K::integer_list,
            .fallback = "[1, 2, 3, 4, 5]",
            .sentence = "of training",
            .minimum = 0,
            .maximum = 1e9,
            .flag = "--seeds"},
           {.path = "epochs", .kind = K::integer, .fallback = "1", .sentence = "of training", .minimum = 1, .flag = "--epochs"},
           {.path = "images",
            .kind = K::path,
            .fallback = "\"\"",
            .sentence = "folder of the images; empty: where Debian puts them",
            .flag = "--images"}},
      .examples = {"bench_quant_networks", "bench_quant_networks --parts training --seeds 1,2 --epochs 2"}};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
