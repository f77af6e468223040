// SPDX-License-Identifier: Apache-2.0
#include "tasks.hpp"

#include <ansatz/data/array_file.hpp>
#include <ansatz/equivariant/gaunt/feature_interaction.hpp>
#include <ansatz/equivariant/gaunt/wisdom.hpp>

#include <filesystem>

namespace ansatz::apps {

namespace {

using namespace ansatz::equivariant;

/// A batch of features in a file, and what they are.
struct Operand {
  std::string option; ///< to name in messages
  ArrayReader reader;
  std::string irreps;
  std::int64_t size;

  Operand(RunContext& run, const std::string& name, const std::string& number)
      : option("--" + name), reader(run.comm, required(run, "product." + name, option)),
        irreps(required(run, "product.irreps" + number, "--irreps" + number)), size(static_cast<std::int64_t>(Irreps(irreps).size())) {
    if (reader.columns() != size)
      throw UsageError("bad_value", option + " has " + std::to_string(reader.columns()) + " columns, \"" + irreps + "\" has " + std::to_string(size) +
                                        " numbers; give the irreps of the data with --irreps" + number);
  }
  static std::string required(const RunContext& run, const std::string& path, const std::string& flag) {
    if (run.config.get_text(path).empty()) throw UsageError("usage", "--task product needs " + flag + "; --help shows an example");
    return run.config.get_text(path);
  }
};

InteractionOptions options_of(const Config& config, const Operand& x, const Operand& y) {
  const std::string& normalisation = config.get_text("product.normalisation");
  InteractionOptions o;
  o.irreps1 = x.irreps;
  o.irreps2 = y.irreps;
  o.irreps3 = config.get_text("product.irreps3");
  o.layout = config.get_text("product.layout") == "ir_mul" ? Layout::ir_mul : Layout::mul_ir;
  o.normalisation = normalisation == "component" ? Normalisation::component : normalisation == "norm" ? Normalisation::norm : Normalisation::integral;
  o.method = config.get_text("product.method");
  o.kernels = config.get_text("kernels");
  o.threads = static_cast<int>(config.get_int("threads"));
  return o;
}

/// Names the methods: all ranks must take the same, and a file of choices spares the measurement.
template <class T>
void choose(RunContext& run, InteractionOptions& o) {
  Wisdom wisdom;
  const std::string& path = run.config.get_text("product.wisdom");
  if (!path.empty() && std::filesystem::exists(path)) wisdom.read(run.comm, path);
  GauntOptions plain{.degree1 = SignalIrreps(Irreps(o.irreps1)).degree,
                     .degree2 = SignalIrreps(Irreps(o.irreps2)).degree,
                     .degree3 = SignalIrreps(Irreps(o.irreps3)).degree,
                     .method = o.method,
                     .kernels = o.kernels};
  const std::size_t known = wisdom.size();
  plain = choose_methods<T>(run.comm, plain, wisdom);
  if (!path.empty() && wisdom.size() > known) wisdom.write(run.comm, path);
  o.method = plain.method;
  o.gradient_method = plain.gradient_method;
  plain.verify = run.config.get_bool("product.verify");
  if (plain.verify) (void)GauntPlan<T>(plain);
}

template <class T>
void multiply(RunContext& run, const Operand& x, const Operand& y) {
  InteractionOptions o = options_of(run.config, x, y);
  choose<T>(run, o);
  const FeatureInteraction<T> product(o);
  const std::int64_t rows = x.reader.rows(), first = first_row(rows, run.rank, run.ranks), count = first_row(rows, run.rank + 1, run.ranks) - first;
  const bool one = y.reader.rows() == 1 && rows > 1; // one y for all
  const auto a = x.reader.read_rows<T>(first, count);
  auto b = y.reader.read_rows<T>(one ? 0 : first, one ? 1 : count);
  if (one)
    for (std::int64_t i = 1; i < count; ++i) b.insert(b.end(), b.begin(), b.begin() + y.size);
  if (one && count == 0) b.clear();
  const auto size = static_cast<std::int64_t>(Irreps(o.irreps3).size());
  std::vector<T> z(static_cast<std::size_t>(count * size));
  AlignedVector<T> work(product.workspace());
  const double start = MPI_Wtime();
  product.execute(a, b, {}, z, work);
  const double seconds = MPI_Wtime() - start;
  run.summary.phase("product", seconds, run.comm);
  run.summary.set("method", Tree::of(product.plan().method()));
  run.summary.set("rows", Tree::of(rows));
  run.progress.say(std::to_string(rows) + " products of " + x.irreps + " and " + y.irreps + " by " + product.plan().method() + ", " +
                   std::to_string(product.channels()) + " channels");
  const std::string& path = run.config.get_text("output");
  if (path.empty()) return;
  ArrayFile file(run.comm, path, {.overwrite = run.config.get_bool("overwrite")});
  file.write_meta(meta_of(run));
  file.write_rows<T>("z", {.rows = rows, .first = first, .columns = size}, z,
                     {{"irreps", o.irreps3},
                      {"layout", run.config.get_text("product.layout")},
                      {"normalisation", run.config.get_text("product.normalisation")},
                      {"convention", product_convention}});
  file.publish();
  run.progress.say("written: " + path);
}

} // namespace

std::vector<Option> product_options() {
  using K = OptionKind;
  const auto text = [](const char* name, const char* flag, const char* sentence) {
    return Option{.path = std::string("product.") + name, .kind = K::text, .fallback = "\"\"", .sentence = sentence, .flag = flag};
  };
  return {text("x", "--x", "product: first factors, FILE:DATASET, a row an element of the batch"),
          text("y", "--y", "product: second factors; one row serves all"),
          text("irreps1", "--irreps1", "product: what the columns of x are, \"8x0e+8x1o\""),
          text("irreps2", "--irreps2", "product: of y"),
          text("irreps3", "--irreps3", "product: of the result"),
          {.path = "product.layout",
           .kind = K::choice,
           .fallback = "\"mul_ir\"",
           .sentence = "product: channels slow or fast within a term",
           .choices = {"mul_ir", "ir_mul"},
           .flag = "--layout"},
          {.path = "product.normalisation",
           .kind = K::choice,
           .fallback = "\"integral\"",
           .sentence = "product: of the harmonics",
           .choices = {"integral", "component", "norm"},
           .flag = "--normalisation"},
          {.path = "product.method",
           .kind = K::choice,
           .fallback = "\"auto\"",
           .sentence = "product: method; auto measures on rank 0, estimate counts operations",
           .choices =
               [] {
                 std::vector<std::string> names{"auto", "estimate"};
                 for (const std::string& name : method_names()) names.push_back(name);
                 return names;
               }(),
           .flag = "--method"},
          {.path = "product.wisdom",
           .kind = K::path,
           .fallback = "\"\"",
           .sentence = "product: file of measured choices, read if it is there, written if something was measured",
           .flag = "--wisdom"},
          {.path = "product.verify",
           .kind = K::boolean,
           .fallback = "false",
           .sentence = "product: let all methods multiply one block first and compare",
           .flag = "--verify"}};
}

Outcome run_product(RunContext& run) {
  const Operand x(run, "x", "1"), y(run, "y", "2");
  (void)Operand::required(run, "product.irreps3", "--irreps3");
  if (y.reader.rows() != x.reader.rows() && y.reader.rows() != 1)
    throw UsageError("bad_value",
                     "--y has " + std::to_string(y.reader.rows()) + " rows, --x " + std::to_string(x.reader.rows()) + "; give as many, or one");
  if (x.reader.single_precision() && y.reader.single_precision())
    multiply<float>(run, x, y);
  else
    multiply<double>(run, x, y);
  return {ExitCode::answer, "multiplied"};
}

} // namespace ansatz::apps
