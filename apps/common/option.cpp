// SPDX-License-Identifier: Apache-2.0
#include "option.hpp"

#include "tree.hpp"

#include <cctype>
#include <cmath>

namespace ansatz::apps {

namespace {

std::string bound(double value) {
  std::string text = number_text(value);
  if (text.size() > 2 && text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string range(const Option& option) {
  const bool low = std::isfinite(option.minimum);
  const bool high = std::isfinite(option.maximum);
  if (low && high)
    return std::string(" in ") + (option.open_minimum ? "(" : "[") + bound(option.minimum) + ", " + bound(option.maximum) +
           (option.open_maximum ? ")" : "]");
  if (low) return (option.open_minimum ? " > " : " >= ") + bound(option.minimum);
  if (high) return (option.open_maximum ? " < " : " <= ") + bound(option.maximum);
  return "";
}

std::string one_of(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

std::string lengths(const Option& option) {
  if (option.max_length == std::numeric_limits<std::size_t>::max())
    return option.min_length > 0 ? ", at least " + std::to_string(option.min_length) : "";
  if (option.min_length == option.max_length) return ", " + std::to_string(option.min_length) + " of them";
  return ", " + std::to_string(option.min_length) + " to " + std::to_string(option.max_length) + " of them";
}

} // namespace

std::vector<Option> common_options(bool solves) {
  using K = OptionKind;
  std::vector<Option> all{
      {.path = "run.json", .kind = K::path, .fallback = "\"\"", .sentence = "JSON summary (replaced), - for stdout", .flag = "--json"},
  };
  if (!solves) return all;
  const std::vector<Option> more{
      {.path = "run.output", .kind = K::path, .fallback = "\"\"", .sentence = "result file (HDF5); empty: none", .flag = "--output"},
      {.path = "run.overwrite", .kind = K::boolean, .fallback = "false", .sentence = "replace files that exist", .flag = "--overwrite"},
      {.path = "run.checkpoint_every",
       .kind = K::real,
       .fallback = "0.0",
       .sentence = "time between checkpoints beside the output; 0: only when stopped",
       .minimum = 0,
       .unit = "s",
       .flag = "--checkpoint-every"},
      {.path = "run.seed", .kind = K::integer, .fallback = "1", .sentence = "seed of random numbers", .minimum = 0, .flag = "--seed"},
      {.path = "run.threads",
       .kind = K::integer,
       .fallback = "1",
       .sentence = "BLAS threads of each rank",
       .minimum = 1,
       .maximum = 1024,
       .flag = "--threads"},
      {.path = "run.wall_time", .kind = K::text, .fallback = "\"\"", .sentence = "stop in time for this limit, hh:mm:ss", .flag = "--wall-time"},
      {.path = "run.progress",
       .kind = K::choice,
       .fallback = "\"lines\"",
       .sentence = "how progress is shown",
       .choices = {"lines", "bar", "none"},
       .flag = "--progress"},
      {.path = "run.progress_interval",
       .kind = K::real,
       .fallback = "10.0",
       .sentence = "time between progress lines",
       .minimum = 0,
       .open_minimum = true,
       .unit = "s",
       .flag = "--progress-interval",
       .advanced = true},
      {.path = "run.log", .kind = K::path, .fallback = "\"\"", .sentence = "events, one JSON object a line", .flag = "--log"},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::string environment_name(const std::string& path) {
  std::string name = "ANSATZ_";
  for (const char c : path) name += c == '.' ? std::string("__") : std::string(1, static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return name;
}

std::string rule_text(const Option& option) {
  switch (option.kind) {
    case OptionKind::boolean: return "true or false";
    case OptionKind::integer: return "integer" + range(option);
    case OptionKind::real: return "real" + range(option);
    case OptionKind::text: return "text";
    case OptionKind::path: return option.choices.empty() ? "file name" : "one of " + one_of(option.choices) + ", or a file name";
    case OptionKind::choice:
      return "one of " + one_of(option.choices) + (option.case_file ? ", or a case file NAME.json" : "") +
             (option.hdf5_path.empty() ? "" : ", or a result file NAME.h5");
    case OptionKind::integer_list: return "list of integers" + range(option) + lengths(option);
    case OptionKind::real_list: return "list of reals" + range(option) + lengths(option);
    case OptionKind::text_list: return option.choices.empty() ? "list of texts" + lengths(option) : "list of " + one_of(option.choices);
    case OptionKind::object_list: break;
  }
  std::vector<std::string> types;
  for (const Variant& v : option.variants) types.push_back(v.type);
  return "list of objects with \"type\": " + one_of(types);
}

} // namespace ansatz::apps
