// SPDX-License-Identifier: Apache-2.0
/// A table of options with one of every kind, and what a wrong configuration says.
#pragma once

#include <ansatz/apps/common/config.hpp>
#include <ansatz/apps/common/option.hpp>
#include <ansatz/data/error.hpp>

#include <string>
#include <vector>

namespace ansatz::apps {

inline std::vector<Option> table() {
  using K = OptionKind;
  const Option radius{.path = "radius", .kind = K::real, .sentence = "radius", .minimum = 0, .open_minimum = true, .unit = "m"};
  const Option axis{.path = "axis", .kind = K::choice, .fallback = "\"z\"", .sentence = "axis", .choices = {"x", "y", "z"}};
  const Option file{.path = "file", .kind = K::path, .fallback = "\"\"", .sentence = "mesh"};
  return {{.path = "solver.rtol",
           .kind = K::real,
           .fallback = "1e-6",
           .sentence = "tolerance",
           .minimum = 0,
           .maximum = 1,
           .open_minimum = true,
           .open_maximum = true,
           .flag = "--rtol"},
          {.path = "solver.steps", .kind = K::integer, .fallback = "10", .sentence = "steps", .minimum = 0, .maximum = 1000, .flag = "--steps"},
          {.path = "solver.name",
           .kind = K::choice,
           .fallback = "\"cg\"",
           .sentence = "solver",
           .choices = {"cg", "mgcg"},
           .flag = "--solver",
           .case_file = true},
          {.path = "solver.trace", .kind = K::boolean, .fallback = "false", .sentence = "trace", .flag = "--trace"},
          {.path = "title", .kind = K::text, .fallback = "\"\"", .sentence = "title", .flag = "--title"},
          {.path = "rhs", .kind = K::path, .fallback = "\"random\"", .sentence = "right-hand side", .choices = {"random"}, .flag = "--rhs"},
          {.path = "grid",
           .kind = K::integer_list,
           .fallback = "[8]",
           .sentence = "cells",
           .minimum = 1,
           .min_length = 1,
           .max_length = 3,
           .flag = "--grid"},
          {.path = "origin", .kind = K::real_list, .fallback = "[0.0, 0.0]", .sentence = "origin", .min_length = 2, .max_length = 2},
          {.path = "open", .kind = K::text_list, .fallback = "[]", .sentence = "walls", .choices = {"left", "right"}, .flag = "--open"},
          {.path = "shapes",
           .kind = K::object_list,
           .fallback = "[]",
           .sentence = "shapes",
           .variants = {{"ball", "ball", {radius, axis}}, {"mesh", "mesh", {file}}}}};
}

inline AppDescription description() {
  return {.name = "ansatz-test", .summary = "Test.", .options = table(), .examples = {"ansatz-test"}, .lists = {{"things", {{"one", "first"}}}}};
}

/// The configuration of a case file alone.
inline Config from_file(const std::string& text, const std::string& folder = "") {
  return Config(table(), {.file_name = "case.json", .file_text = text, .folder = folder});
}

inline Config from_line(std::vector<std::pair<std::string, std::string>> values) { return Config(table(), {.command_line = std::move(values)}); }

/// What the construction of a configuration complains about: "reason: text"; "" if it does not.
template <class Make>
std::string complaint(Make&& make) {
  try {
    (void)make();
    return "";
  } catch (const UsageError& error) {
    return error.reason() + ": " + error.what();
  }
}

} // namespace ansatz::apps
