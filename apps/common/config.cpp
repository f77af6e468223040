// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include "check_value.hpp"
#include "read_json.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <algorithm>
#include <cctype>

namespace ansatz::apps {

namespace {

std::string petsc_text(const Tree& value) { return value.kind == Tree::Kind::text ? value.text : value.to_json(); }

/// PETSc's own rule for what is a name and what a value.
bool is_petsc_name(const std::string& word) { return word.size() > 1 && word[0] == '-' && std::isalpha(static_cast<unsigned char>(word[1])) != 0; }

void refuse(const Problems& problems) {
  if (problems.keys.empty() && problems.values.empty()) return;
  std::string text;
  for (const auto* list : {&problems.keys, &problems.values})
    for (const std::string& line : *list) text += (text.empty() ? "" : "\n") + line;
  throw UsageError(problems.keys.empty() ? "bad_value" : "bad_key", text);
}

} // namespace

std::string to_text(Origin origin) {
  switch (origin) {
    case Origin::fallback: return "default";
    case Origin::file: return "file";
    case Origin::environment: return "env";
    case Origin::command_line: break;
  }
  return "cli";
}

Config::Config(const std::vector<Option>& options, const Sources& sources) : options_(options) {
  Problems problems;
  take_defaults();
  if (!sources.file_name.empty()) take_file(sources, problems);
  take_environment(sources, problems);
  take_command_line(sources, problems);
  take_petsc_words(sources.petsc_environment, Origin::environment, problems);
  take_petsc_words(sources.petsc_command_line, Origin::command_line, problems);
  refuse(problems);
}

void Config::take(const Option& option, Tree value, Origin origin) {
  tree_.set_path(option.path, std::move(value));
  origins_[option.path] = origin;
}

void Config::take_defaults() {
  for (const Option& option : options_) {
    std::vector<std::string> wrong;
    Tree value = read_json(option.fallback, wrong);
    if (!wrong.empty()) throw InternalError("internal", option.path + ": the default " + option.fallback + " is no JSON");
    take(option, std::move(value), Origin::fallback);
  }
}

void Config::take_file(const Sources& sources, Problems& problems) {
  std::vector<std::string> wrong;
  const Tree file = read_json(sources.file_text, wrong);
  for (const std::string& line : wrong) problems.values.push_back(sources.file_name + ": " + line);
  if (wrong.empty() && file.kind != Tree::Kind::object) problems.values.push_back(sources.file_name + ": must hold one object {...}");
  take_object(file, "", sources, problems);
}

void Config::take_object(const Tree& object, const std::string& prefix, const Sources& sources, Problems& problems) {
  for (const auto& [key, found] : object.members) {
    const std::string path = prefix + key;
    const std::string where = sources.file_name + ": " + path;
    if (path == "petsc") {
      for (const auto& [name, value] : found.members) take_petsc({name.starts_with("-") ? name : "-" + name, petsc_text(value), Origin::file});
      if (found.kind != Tree::Kind::object) problems.values.push_back(where + ": must be an object of PETSc options");
    } else if (const Option* option = find(path)) {
      Tree value = found;
      check_value(*option, value, where, sources.folder, problems);
      take(*option, std::move(value), Origin::file);
    } else if (keys_below(path + ".").empty()) {
      problems.keys.push_back(where + ": unknown key" + did_you_mean(key, keys_below(prefix)));
    } else if (found.kind != Tree::Kind::object) {
      problems.values.push_back(where + ": found " + found.to_json() + "; must be an object");
    } else {
      take_object(found, path + ".", sources, problems);
    }
  }
}

void Config::take_environment(const Sources& sources, Problems& problems) {
  std::vector<std::string> names;
  for (const Option& option : options_) names.push_back(environment_name(option.path));
  for (const auto& [name, text] : sources.environment) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      problems.keys.push_back("environment: " + name + ": unknown name" + did_you_mean(name, names));
      continue;
    }
    const Option& option = options_[static_cast<std::size_t>(found - names.begin())];
    Tree value = value_of_text(option, text);
    check_value(option, value, "environment: " + name, "", problems);
    take(option, std::move(value), Origin::environment);
  }
}

void Config::take_command_line(const Sources& sources, Problems& problems) {
  for (const auto& [path, text] : sources.command_line) {
    if (const Option* option = find(path)) {
      Tree value = value_of_text(*option, text);
      check_value(*option, value, "command line: " + (option->flag.empty() ? path : option->flag + " (" + path + ")"), "", problems);
      take(*option, std::move(value), Origin::command_line);
    } else {
      std::vector<std::string> paths;
      for (const Option& o : options_) paths.push_back(o.path);
      problems.keys.push_back("command line: " + path + ": unknown key" + did_you_mean(path, paths));
    }
  }
}

void Config::take_petsc(PetscOption option) {
  const auto same = std::find_if(petsc_.begin(), petsc_.end(), [&](const PetscOption& o) { return o.name == option.name; });
  if (same == petsc_.end()) {
    petsc_.push_back(std::move(option));
  } else {
    *same = std::move(option);
  }
}

void Config::take_petsc_words(const std::vector<std::string>& words, Origin origin, Problems& problems) {
  const std::string source = origin == Origin::environment ? "environment: PETSC_OPTIONS" : "command line";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_petsc_name(words[i])) {
      problems.keys.push_back(source + ": " + words[i] + ": no PETSc option; their names begin with a dash");
      continue;
    }
    const bool with_value = i + 1 < words.size() && !is_petsc_name(words[i + 1]);
    take_petsc({words[i], with_value ? words[i + 1] : "", origin});
    if (with_value) ++i;
  }
}

const Option* Config::find(const std::string& path) const {
  const auto found = std::find_if(options_.begin(), options_.end(), [&](const Option& o) { return o.path == path; });
  return found == options_.end() ? nullptr : &*found;
}

/// Keys that may stand below `prefix` ("" or "solver.").
std::vector<std::string> Config::keys_below(const std::string& prefix) const {
  std::vector<std::string> all;
  for (const Option& o : options_) {
    if (!o.path.starts_with(prefix)) continue;
    const std::string key = o.path.substr(prefix.size(), o.path.find('.', prefix.size()) - prefix.size());
    if (std::find(all.begin(), all.end(), key) == all.end()) all.push_back(key);
  }
  if (prefix.empty()) all.emplace_back("petsc");
  return all;
}

const Tree& Config::value(const std::string& path, std::initializer_list<OptionKind> kinds) const {
  const Option* option = find(path);
  if (option == nullptr || std::find(kinds.begin(), kinds.end(), option->kind) == kinds.end())
    throw InternalError("internal", "the app asks for the option " + path + ", which its table does not hold in that kind");
  return *tree_.at_path(path);
}

bool Config::get_bool(const std::string& path) const { return value(path, {OptionKind::boolean}).boolean; }
std::int64_t Config::get_int(const std::string& path) const { return value(path, {OptionKind::integer}).integer; }
double Config::get_real(const std::string& path) const { return value(path, {OptionKind::real}).real; }

const std::string& Config::get_text(const std::string& path) const {
  return value(path, {OptionKind::text, OptionKind::path, OptionKind::choice}).text;
}

std::vector<std::int64_t> Config::get_int_list(const std::string& path) const {
  std::vector<std::int64_t> all;
  for (const Tree& item : value(path, {OptionKind::integer_list}).items) all.push_back(item.integer);
  return all;
}

std::vector<double> Config::get_real_list(const std::string& path) const {
  std::vector<double> all;
  for (const Tree& item : value(path, {OptionKind::real_list}).items) all.push_back(item.real);
  return all;
}

std::vector<std::string> Config::get_text_list(const std::string& path) const {
  std::vector<std::string> all;
  for (const Tree& item : value(path, {OptionKind::text_list}).items) all.push_back(item.text);
  return all;
}

const Tree& Config::json_subtree(const std::string& path) const {
  const Tree* found = tree_.at_path(path);
  if (found == nullptr) throw InternalError("internal", "the app asks for " + path + ", which its table does not hold");
  return *found;
}

Origin Config::origin(const std::string& path) const {
  const auto found = origins_.find(path);
  if (found == origins_.end()) throw InternalError("internal", "the app asks for the origin of " + path + ", which its table does not hold");
  return found->second;
}

std::string Config::to_json() const {
  Tree all = tree_;
  for (const PetscOption& o : petsc_) all["petsc"][o.name] = Tree::of(o.text);
  return all.to_json();
}

std::string Config::print(const Tree& object, const std::string& prefix, const std::string& indent) const {
  std::string text = "{\n";
  const bool more = prefix.empty() && !petsc_.empty();
  for (std::size_t i = 0; i < object.members.size(); ++i) {
    const auto& [key, member] = object.members[i];
    const std::string comma = i + 1 < object.members.size() || more ? "," : "";
    const std::string path = prefix + key;
    const auto origin = origins_.find(path);
    text += indent + "  " + apps::quoted(key) + ": ";
    if (origin != origins_.end()) {
      text += member.to_json() + comma + " // " + to_text(origin->second) + "\n";
    } else {
      text += print(member, path + ".", indent + "  ");
      text += comma + "\n";
    }
  }
  if (more) {
    text += "  \"petsc\": {\n";
    for (std::size_t i = 0; i < petsc_.size(); ++i)
      text += "    " + apps::quoted(petsc_[i].name) + ": " + apps::quoted(petsc_[i].text) + (i + 1 < petsc_.size() ? ", // " : " // ") +
              to_text(petsc_[i].origin) + "\n";
    text += "  }\n";
  }
  return text + indent + "}";
}

std::string Config::to_commented_json() const { return print(tree_, "", "") + "\n"; }

} // namespace ansatz::apps
