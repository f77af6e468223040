// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include "check_value.hpp"
#include "read_json.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>

namespace ansatz::apps {

namespace {

const Option* find_option(const std::vector<Option>& options, const std::string& path) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.path == path; });
  return found == options.end() ? nullptr : &*found;
}

std::vector<std::string> paths_of(const std::vector<Option>& options) {
  std::vector<std::string> all;
  for (const Option& o : options) all.push_back(o.path);
  return all;
}

/// Keys that may stand below `prefix` ("" or "solver.").
std::vector<std::string> keys_below(const std::vector<Option>& options, const std::string& prefix) {
  std::vector<std::string> all;
  for (const Option& o : options) {
    if (!o.path.starts_with(prefix)) continue;
    const std::string key = o.path.substr(prefix.size(), o.path.find('.', prefix.size()) - prefix.size());
    if (std::find(all.begin(), all.end(), key) == all.end()) all.push_back(key);
  }
  if (prefix.empty()) all.emplace_back("petsc");
  return all;
}

std::string petsc_text(const Tree& value) { return value.kind == Tree::Kind::text ? value.text : value.to_json(); }

[[noreturn]] void refuse(const Problems& problems) {
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
  for (const Option& o : options_) {
    std::vector<std::string> wrong;
    tree_.set_path(o.path, read_json(o.fallback, wrong));
    if (!wrong.empty()) throw InternalError("internal", o.path + ": the default " + o.fallback + " is no JSON");
    origins_[o.path] = Origin::fallback;
  }
  const std::string folder = std::filesystem::path(sources.file_name).parent_path().string();
  const std::function<void(const Tree&, const std::string&)> walk = [&](const Tree& object, const std::string& prefix) {
    for (const auto& [key, found] : object.members) {
      const std::string path = prefix + key;
      const std::string where = sources.file_name + ": " + path;
      if (path == "petsc") {
        for (const auto& [name, value] : found.members) petsc_.emplace_back(name.starts_with("-") ? name : "-" + name, petsc_text(value));
        if (found.kind != Tree::Kind::object) problems.values.push_back(where + ": must be an object of PETSc options");
      } else if (const Option* option = find_option(options_, path)) {
        Tree value = found;
        check_value(*option, value, where, folder, problems);
        tree_.set_path(path, std::move(value));
        origins_[path] = Origin::file;
      } else if (keys_below(options_, path + ".").empty()) {
        problems.keys.push_back(where + ": unknown key" + did_you_mean(key, keys_below(options_, prefix)));
      } else if (found.kind != Tree::Kind::object) {
        problems.values.push_back(where + ": found " + found.to_json() + "; must be an object");
      } else {
        walk(found, path + ".");
      }
    }
  };
  if (!sources.file_name.empty()) {
    std::vector<std::string> wrong;
    const Tree file = read_json(sources.file_text, wrong);
    for (const std::string& line : wrong) problems.values.push_back(sources.file_name + ": " + line);
    if (wrong.empty() && file.kind != Tree::Kind::object) problems.values.push_back(sources.file_name + ": must hold one object {...}");
    walk(file, "");
  }
  const auto take = [&](const Option& option, const std::string& text, const std::string& where, Origin origin) {
    Tree value = value_of_text(option, text);
    check_value(option, value, where, "", problems);
    tree_.set_path(option.path, std::move(value));
    origins_[option.path] = origin;
  };
  for (const auto& [name, text] : sources.environment) {
    const auto found =
        std::find_if(options_.begin(), options_.end(), [&, &wanted = name](const Option& o) { return environment_name(o.path) == wanted; });
    if (found != options_.end()) {
      take(*found, text, "environment: " + name, Origin::environment);
      continue;
    }
    std::vector<std::string> names;
    for (const Option& o : options_) names.push_back(environment_name(o.path));
    problems.keys.push_back("environment: " + name + ": unknown name" + did_you_mean(name, names));
  }
  for (const auto& [path, text] : sources.command_line) {
    if (const Option* option = find_option(options_, path)) {
      take(*option, text, "command line: " + (option->flag.empty() ? path : option->flag + " (" + path + ")"), Origin::command_line);
    } else {
      problems.keys.push_back("command line: " + path + ": unknown key" + did_you_mean(path, paths_of(options_)));
    }
  }
  if (!problems.keys.empty() || !problems.values.empty()) refuse(problems);
}

const Tree& Config::value(const std::string& path, std::vector<OptionKind> kinds) const {
  const Option* option = find_option(options_, path);
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
  for (const auto& [name, text] : petsc_) all["petsc"][name] = Tree::of(text);
  return all.to_json();
}

std::string Config::to_commented_json() const {
  const std::function<std::string(const Tree&, const std::string&, const std::string&)> print = [&](const Tree& object, const std::string& prefix,
                                                                                                    const std::string& indent) {
    std::string text = "{\n";
    for (std::size_t i = 0; i < object.members.size(); ++i) {
      const auto& [key, member] = object.members[i];
      const std::string comma = i + 1 < object.members.size() || (prefix.empty() && !petsc_.empty()) ? "," : "";
      const auto origin = origins_.find(prefix + key);
      text += indent + "  " + apps::quoted(key) + ": ";
      if (origin != origins_.end()) {
        text += member.to_json() + comma + " // " + to_text(origin->second) + "\n";
      } else {
        text += print(member, prefix + key + ".", indent + "  ") + comma + "\n";
      }
    }
    if (prefix.empty() && !petsc_.empty()) {
      text += "  \"petsc\": {\n";
      for (std::size_t i = 0; i < petsc_.size(); ++i)
        text += "    " + apps::quoted(petsc_[i].first) + ": " + apps::quoted(petsc_[i].second) + (i + 1 < petsc_.size() ? "," : "") + " // file\n";
      text += "  }\n";
    }
    return text + indent + "}";
  };
  return print(tree_, "", "") + "\n";
}

} // namespace ansatz::apps
