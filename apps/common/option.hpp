// SPDX-License-Identifier: Apache-2.0
/// What an app can be told: a table of options, from which flags, file keys, environment names, checks, help, schema and completion all follow.
/// Threads: values.  MPI: none.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace ansatz::apps {

enum class OptionKind {
  boolean,
  integer,
  real,
  text,
  path,   ///< text; relative to the case file if given there, to the current folder otherwise; "-", "" and `choices` stay as they are
  choice, ///< text, one of `choices`
  integer_list,
  real_list,
  text_list,
  object_list, ///< list of objects; the member "type" chooses one of `variants`
};

struct Option;

/// One kind of object in an object_list.
struct Variant {
  std::string type;
  std::string sentence;
  std::vector<Option> fields;
};

/// One option. Members of a variant use `path` as their plain name.
struct Option {
  std::string path{}; ///< "solver.rtol": key in the file, ANSATZ_SOLVER__RTOL in the environment
  OptionKind kind = OptionKind::text;
  std::string fallback = ""; ///< default as JSON text ("1e-6", "\"mgcg\"", "[64,64,64]"); empty in a variant: required
  std::string sentence = ""; ///< one sentence for help and schema
  double minimum = -std::numeric_limits<double>::infinity(); ///< of a number, or of each entry of a list
  double maximum = std::numeric_limits<double>::infinity();
  bool open_minimum = false;  ///< true: value > minimum
  bool open_maximum = false;  ///< true: value < maximum
  std::size_t min_length = 0; ///< of a list
  std::size_t max_length = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> choices = {}; ///< of a choice, or allowed entries of a text_list; of a path: words with a meaning of their own
  std::vector<Variant> variants = {};    ///< of an object_list
  std::string unit = "";                 ///< "s", "m"; empty: none
  std::string flag = "";                 ///< "--rtol", "file" for an argument without a flag; empty: by --set and file only
  bool advanced = false;                 ///< only in --help-all
  bool case_file = false;                ///< the flag also takes a case file NAME.json, like --config
  std::string hdf5_path = "";            ///< the flag also takes a file NAME.h5, as the value of this option; empty: no
};

/// A named list printed by --list ("solvers": name and sentence).
struct NamedList {
  std::string title;
  std::vector<std::pair<std::string, std::string>> entries;
};

struct AppDescription {
  std::string name;    ///< "ansatz-poisson"
  std::string summary; ///< one sentence
  std::vector<Option> options;
  std::vector<std::string> examples; ///< whole command lines
  std::vector<NamedList> lists = {}; ///< for --list
  bool solves = true;                ///< false: only the common options that make sense for a reader of files
};

/// The options run_app adds to those of an app, paths "run.*": json, output, overwrite, checkpoint_every, wall_time, seed, threads, progress,
/// progress_interval, log; for an app that does not solve only json.
[[nodiscard]] std::vector<Option> common_options(bool solves = true);

/// ANSATZ_SOLVER__RTOL for solver.rtol.
[[nodiscard]] std::string environment_name(const std::string& path);

/// `real > 0`, `integer in [1, 1024]`, `one of a, b`: the rule a value must keep, for messages and help.
[[nodiscard]] std::string rule_text(const Option& option);

} // namespace ansatz::apps
