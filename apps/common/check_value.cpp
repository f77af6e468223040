// SPDX-License-Identifier: Apache-2.0
#include "check_value.hpp"

#include "read_json.hpp"

#include <ansatz/data/nearest_name.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace ansatz::apps {

namespace {

using Kind = Tree::Kind;

bool in_range(const Option& option, double value) {
  if (!std::isfinite(value)) return false;
  if (option.open_minimum ? value <= option.minimum : value < option.minimum) return false;
  return option.open_maximum ? value < option.maximum : value <= option.maximum;
}

bool good_choice(const Option& option, const std::string& text) {
  return option.kind == OptionKind::path || option.choices.empty() ||
         std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end();
}

/// Whether one value, or one entry of a list, is of the kind and in the range asked for; an integer given for a real becomes one.
bool good_scalar(const Option& option, OptionKind kind, Tree& value) {
  switch (kind) {
    case OptionKind::boolean: return value.kind == Kind::boolean;
    case OptionKind::integer: return value.kind == Kind::integer && in_range(option, value.real);
    case OptionKind::real:
      if (value.kind == Kind::integer) value = Tree::of(value.real);
      return value.kind == Kind::real && in_range(option, value.real);
    default: return value.kind == Kind::text && good_choice(option, value.text);
  }
}

/// Whether a path's text names a file, and is not one of the words that stand for themselves.
bool is_file_name(const Option& option, const std::string& text) {
  return !text.empty() && text != "-" && std::find(option.choices.begin(), option.choices.end(), text) == option.choices.end();
}

OptionKind entry_kind(OptionKind kind) {
  if (kind == OptionKind::integer_list) return OptionKind::integer;
  return kind == OptionKind::real_list ? OptionKind::real : OptionKind::text;
}

bool is_list(OptionKind kind) { return kind == OptionKind::integer_list || kind == OptionKind::real_list || kind == OptionKind::text_list; }

std::string hint(const Option& option, const Tree& value) {
  if (option.choices.empty()) return "";
  const std::string* wrong = value.kind == Kind::text ? &value.text : nullptr;
  for (const Tree& item : value.items)
    if (item.kind == Kind::text && !good_choice(option, item.text)) wrong = &item.text;
  if (wrong == nullptr) return "";
  const std::string text = did_you_mean(*wrong, option.choices);
  return text.substr(0, text.find(" Valid:")); // the rule has named them all
}

std::string unknown_key(const std::string& where, const std::string& name, const std::vector<std::string>& names) {
  return where + "." + name + ": unknown key" + did_you_mean(name, names);
}

void check_object(const Option& option, Tree& value, const std::string& where, const std::string& folder, Problems& problems) {
  std::vector<std::string> types;
  for (const Variant& v : option.variants) types.push_back(v.type);
  const Tree* type = value.find("type");
  if (value.kind != Kind::object || type == nullptr || type->kind != Kind::text) {
    problems.values.push_back(where + ": found " + value.to_json() + "; must be an object with a text \"type\"");
    return;
  }
  const auto variant = std::find_if(option.variants.begin(), option.variants.end(), [&](const Variant& v) { return v.type == type->text; });
  if (variant == option.variants.end()) {
    problems.values.push_back(where + ".type: found " + apps::quoted(type->text) + did_you_mean(type->text, types));
    return;
  }
  std::vector<std::string> names{"type"};
  for (const Option& field : variant->fields) names.push_back(field.path);
  for (const auto& [name, member] : value.members)
    if (std::find(names.begin(), names.end(), name) == names.end()) problems.keys.push_back(unknown_key(where, name, names));
  for (const Option& field : variant->fields) {
    const std::string place = where + "." + field.path;
    if (value.find(field.path) == nullptr) {
      std::vector<std::string> none;
      if (field.fallback.empty()) {
        problems.values.push_back(place + ": missing; must be " + rule_text(field));
      } else {
        value[field.path] = read_json(field.fallback, none);
      }
    } else {
      check_value(field, value[field.path], place, folder, problems);
    }
  }
}

} // namespace

void check_value(const Option& option, Tree& value, const std::string& where, const std::string& folder, Problems& problems) {
  bool good = true;
  if (option.kind == OptionKind::object_list) {
    good = value.kind == Kind::list && value.items.size() >= option.min_length && value.items.size() <= option.max_length;
    if (good)
      for (std::size_t i = 0; i < value.items.size(); ++i)
        check_object(option, value.items[i], where + "[" + std::to_string(i) + "]", folder, problems);
  } else if (is_list(option.kind)) {
    good = value.kind == Kind::list && value.items.size() >= option.min_length && value.items.size() <= option.max_length;
    for (Tree& item : value.items) good = good && good_scalar(option, entry_kind(option.kind), item);
  } else {
    good = good_scalar(option, option.kind, value);
  }
  if (!good) {
    problems.values.push_back(where + ": found " + value.to_json() + "; must be " + rule_text(option) + hint(option, value));
  } else if (option.kind == OptionKind::path && !folder.empty() && is_file_name(option, value.text)) {
    value.text = (std::filesystem::path(folder) / value.text).lexically_normal().string();
  }
}

Tree value_of_text(const Option& option, const std::string& text) {
  std::vector<std::string> problems;
  if (is_list(option.kind) && !text.starts_with("[")) {
    Tree list = Tree::list();
    Option entry = option;
    entry.kind = entry_kind(option.kind);
    for (std::size_t start = 0; start <= text.size() && !text.empty();) {
      const std::size_t comma = std::min(text.find(',', start), text.size());
      list.items.push_back(value_of_text(entry, text.substr(start, comma - start)));
      start = comma + 1;
    }
    return list;
  }
  if (option.kind == OptionKind::text || option.kind == OptionKind::path || option.kind == OptionKind::choice) return Tree::of(text);
  Tree value = read_json(text, problems);
  // What is no JSON stays the text it is, and fails the check with its own words.
  return problems.empty() ? value : Tree::of(text);
}

} // namespace ansatz::apps
